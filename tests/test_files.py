import json
import os
import stat
import time
from contextlib import contextmanager

import pytest

from skipcat.errors import RunError
from skipcat.files import whole_file, write_json, write_text, write_with

resource = pytest.importorskip("resource", reason="limits of file sizes are POSIX's")


@contextmanager
def disk_of(size):
    """Let no file grow beyond `size`: root, too, is refused then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_written_with_its_folders_and_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "deep" / "a.txt"
    write_text(path, "eins\nzwei\n")
    assert path.read_bytes() == b"eins\nzwei\n"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_failing_writer_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail(part):
        part.write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_with(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_ctrl_c_while_writing_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with disk_of(1000), pytest.raises(RunError) as caught:
        write_text(path, "x" * 5000)
    assert str(caught.value) == (f"Cannot write '{path}': File too large. That file is as it was.")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(RunError) as caught:
        write_text(tmp_path / "a" / "b.txt", "x")
    assert str(caught.value) == (
        f"Cannot write '{tmp_path / 'a' / 'b.txt'}': File exists. That file is as it was."
    )


def test_the_temporary_file_keeps_the_suffix_and_lies_beside(tmp_path):
    with whole_file(tmp_path / "w.safetensors") as part:
        assert part.suffix == ".safetensors"
        assert part.parent == tmp_path
        assert part.name.startswith(".w.safetensors.")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path):
    write_text(tmp_path / "ours", "x")
    (tmp_path / "theirs").write_text("x")
    ours, theirs = (stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("ours", "theirs"))
    assert ours == theirs


def test_json_keeps_names_that_no_encoding_knows(tmp_path):
    value = {"name": "花\udc80.jpg", "number": 1.5}
    write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_bytes()) == value


def test_json_refuses_what_is_no_number(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path):
    path = tmp_path / "a [page].html"
    old, young = (tmp_path / f".a [page].html.{name}.part.html" for name in ("old", "young"))
    other = tmp_path / ".b.html.old.part.html"
    for left in (old, young, other):
        left.write_text("half")
    for left in (old, other):
        os.utime(left, (time.time() - 4000,) * 2)
    write_text(path, "whole")
    assert {p.name for p in tmp_path.iterdir()} == {path.name, young.name, other.name}
