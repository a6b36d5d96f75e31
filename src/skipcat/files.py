"""Files that are whole or absent: temporary name, flush, fsync, rename."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skipcat.errors import RunError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it over `path` when the block succeeds.

    The temporary file lies in the same folder, so that the rename is atomic; whatever stood at
    `path` stays there untouched until then, and when the block fails the temporary file goes.
    It keeps the suffix of `path`, from which writers tell the format.

    Raises:
        RunError: the folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
        with suppress(FileNotFoundError):
            part.unlink()


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


def _cannot_write(path: Path, error: OSError) -> RunError:
    return RunError(f"Cannot write '{path}': {error.strerror or error}. Nothing there was changed.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut, where the system and its disks know how to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks refuse; the file is whole all the same
            os.fsync(handle)
    finally:
        os.close(handle)
