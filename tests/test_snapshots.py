import pytest

from snapshots import FOLDER, SNAPSHOTS


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_prose_is_as_it_was_read(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == SNAPSHOTS[name](), (
        "run `python tests/snapshots.py`"
    )
