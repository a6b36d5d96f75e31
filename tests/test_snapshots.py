import pytest

from chinese import use_compiled_chinese
from snapshots import FOLDER, SNAPSHOTS


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_prose_is_as_it_was_read(name):
    with use_compiled_chinese():
        written = SNAPSHOTS[name]()
    assert (FOLDER / name).read_text(encoding="utf-8") == written, "run `python tests/snapshots.py`"
