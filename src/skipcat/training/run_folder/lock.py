"""Locks of run folders: one command at a time, by a lock that goes with its process, killed or not.

Not the package filelock: where a disk knows no locks it writes files that outlive a killed process,
and it tells nobody who holds one.
"""

import errno
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from skipcat.data.dataset import Dataset, open_dataset
from skipcat.data.exclusion import Exclude
from skipcat.errors import RunError
from skipcat.reporting import Tell
from skipcat.training.run_folder.folder import choose_folder

FILE = ".lock"
# So often somebody else may take the folder back in between.
TRIES = 1000
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def hold_folder(folder: Path, tell: Tell) -> Iterator[None]:
    """Hold a folder for the block; make it where it is missing, and take it back if left empty.

    A disk that knows no locks is told of, and the block goes on without one; so it does, silently,
    where nothing can be written, as in a finished run's folder that is read-only.

    Raises:
        RunError: another process, or another thread of this one, holds it.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    handle = _take(folder, tell)
    try:
        yield
    finally:
        if handle is not None:
            _release(folder / FILE, handle)
        for each in made:
            with suppress(OSError):  # not empty
                each.rmdir()


@contextmanager
def hold_run(
    data: object,
    out: str | Path | None,
    exclude: Exclude | None,
    tell: Tell,
    *,
    kind: str = "skipcat",
) -> Iterator[tuple[Dataset, Path]]:
    """Open the data and hold the folder of a run on them: `out`, or NAME.kind.

    Raises:
        SkipcatError: data or a folder that cannot be used; somebody else is at work there.
    """
    dataset = open_dataset(data, exclude=exclude)
    name = f"{dataset.name}.{kind}"
    path = choose_folder(data, dataset.name, out if out is not None else name)
    with hold_folder(path, tell):
        yield dataset, path


def _take(folder: Path, tell: Tell) -> int | None:
    path = folder / FILE
    for _ in range(TRIES):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # who held the folder has just taken it back
            continue
        except OSError:  # whoever has to write there says why it cannot
            return None
        try:
            _lock(handle)
        except OSError as error:
            holder = _read_holder(handle)
            os.close(handle)
            if error.errno in _HELD:
                raise RunError(
                    f"Another skipcat{holder} is at work in '{folder}'; wait for its end, or "
                    "choose another --out."
                ) from error
            tell(
                f"The disk of '{folder}' knows no locks ({error.strerror or error}): see to it "
                "that no other skipcat works there."
            )
            return None
        if _is_there(path, handle):
            with suppress(OSError):  # a full disk
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()} {platform.node()}".encode())
            return handle
        os.close(handle)  # it was deleted, by who held it, after it was opened here
    return None  # no such folder can be: whoever has to write there says so


def _read_holder(handle: int) -> str:
    """Return the process that holds a lock, in brackets, with its machine if that is another."""
    with suppress(OSError, ValueError):
        number, _, node = os.read(handle, 300).decode(errors="replace").partition(" ")
        where = "" if node == platform.node() else f" on '{node}'"
        return f" (process {int(number)}{where})"
    return ""


def _is_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


if sys.platform == "win32":  # written by its documentation, never run
    import msvcrt

    # Behind the text, since others cannot read what is locked.
    _BEHIND = 1 << 20

    def _lock(handle: int) -> None:
        os.lseek(handle, _BEHIND, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

    def _release(path: Path, handle: int) -> None:
        os.close(handle)
        with suppress(OSError):  # somebody has it open
            path.unlink()

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(path: Path, handle: int) -> None:
        with suppress(OSError):
            path.unlink()  # while it is held: who comes next makes a new one
        os.close(handle)
