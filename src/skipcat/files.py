"""Files that are whole or absent: temporary name, flush, fsync, rename."""

import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from skipcat.errors import ClassifierError, RunError

# Holds the files that are being replaced together, as they were; there only while that lasts.
BEFORE = ".before"
# No file takes so long to write: whoever began it is gone.
LEFT_AFTER_SECONDS = 3600


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Return a temporary path beside `path`; rename it over `path` when the block succeeds.

    The temporary file lies in the same folder, so that the rename is atomic; whatever stood at
    `path` stays there untouched until then, and when the block fails the temporary file goes.
    It keeps the suffix of `path`, from which writers tell the format.

    Raises:
        RunError: the folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_left(path)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=f".part{path.suffix}"
        )
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from error
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _clear_left(path: Path) -> None:
    """Delete what processes left that were killed while they wrote the file, some time ago."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_AFTER_SECONDS:
                left.unlink()


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all.

    Halves of surrogate pairs, which a name can hold, become JSON's escapes for them.
    """
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_with(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary path, then put it in the place of `path`."""
    with whole_file(path) as part:
        write(part)


@contextmanager
def replaced_together(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """Let a block replace several files of a folder: all of them, or none.

    What was there is kept in a folder beside until the block ends well, and put back when it
    fails. Where a process is killed in between, `find_whole` gives the folder that holds what was
    there before, and the next block puts it back first.

    Raises:
        RunError: the folder cannot be written.
    """
    try:
        _put_back(folder, names)
        _keep(folder, names)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        yield
        _drop(folder)
    except BaseException as error:
        with suppress(OSError):  # then `find_whole` knows where it is
            _put_back(folder, names)
        if isinstance(error, OSError):
            raise _cannot_write(folder, error) from error
        raise


def find_whole(folder: Path) -> Path:
    """Give where the files of a folder are whole: in it, or beside, after a process was killed."""
    before = folder / BEFORE
    try:
        return before if before.is_dir() and any(before.iterdir()) else folder
    except OSError:  # a name that no folder can have
        return folder


def is_file(path: Path) -> bool:
    """Return whether a file is there; a name that none can have is none."""
    return _has_kind(path, S_ISREG)


def is_folder(path: Path) -> bool:
    """Return whether a folder is there; a name that none can have is none."""
    return _has_kind(path, S_ISDIR)


def _has_kind(path: Path, kind: Callable[[int], bool]) -> bool:
    try:
        return kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def find_classifier(folder: Path) -> Path:
    """Return where a classifier's files are whole; nothing is read, and torch is not imported.

    Raises:
        ClassifierError: there is none.
    """
    path = find_whole(folder)
    if is_file(path / "classifier.json"):
        return path
    where = "is no classifier: it has no classifier.json" if is_folder(path) else "does not exist"
    if is_file(path):
        where = "is a file; a classifier is a folder"
    hint = (
        " Its training has not ended; go on with --resume." if is_file(path / "recipe.json") else ""
    )
    raise ClassifierError(f"'{path}' {where}.{hint}")


def _keep(folder: Path, names: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{BEFORE}-*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    for name in names:
        for left in folder.glob(f".*{name}.*.part*"):
            left.unlink()
    making = Path(tempfile.mkdtemp(dir=folder, prefix=f"{BEFORE}-"))
    for name in names:
        if (folder / name).is_file():
            _link(folder / name, making / name)
    _sync_folder(making)
    making.replace(folder / BEFORE)
    _sync_folder(folder)


def _put_back(folder: Path, names: Sequence[str]) -> None:
    before = folder / BEFORE
    if not before.is_dir():
        return
    for name in names:
        if (before / name).is_file():
            with whole_file(folder / name) as part:
                part.unlink()
                _link(before / name, part)
        else:
            (folder / name).unlink(missing_ok=True)
    _drop(folder)


def _drop(folder: Path) -> None:
    """Give up what was there before: at once, by its name, then the files."""
    gone = folder / f"{BEFORE}-gone"
    shutil.rmtree(gone, ignore_errors=True)
    (folder / BEFORE).replace(gone)
    _sync_folder(folder)
    shutil.rmtree(gone, ignore_errors=True)


def _link(file: Path, name: Path) -> None:
    """Give a file a second name, or a copy of it one where the disk knows no second names."""
    try:
        name.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, name)
        with name.open("rb+") as copy:
            os.fsync(copy.fileno())


def _cannot_write(path: Path, error: OSError) -> RunError:
    return RunError(f"Cannot write '{path}': {error.strerror or error}. That file is as it was.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system and its disks know how to."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some network disks refuse; the file is whole all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
