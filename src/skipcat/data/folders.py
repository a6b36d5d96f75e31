"""A folder of class folders, with or without train/, val/ and test/ above them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from skipcat.data.images import SUFFIXES
from skipcat.errors import DataError
from skipcat.files import is_file, is_folder

PARTS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}

# Written by operating systems into every folder that somebody opens; nobody's images.
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})

Row = tuple[Path, str, str, str]  # path, label, what a person calls it, part
Found = dict[str, list[str]]  # reason -> names


@dataclass(frozen=True)
class Index:
    """Where the images are, and what was left out, by reason."""

    rows: tuple[Row, ...]
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)


def index_folder(folder: Path) -> Index:
    """Index class folders; files in folders below a class folder belong to the class.

    Raises:
        DataError: no class folder holds an image, or a folder cannot be read.
    """
    subfolders = _folders_in(folder)
    parts = _parts_of(folder, subfolders)
    left_out: Found = {}
    rows: list[Row] = []
    tops = [(folder / name, part) for name, part in parts.items()] or [(folder, "")]
    classes = [(top / label, part) for top, part in tops for label in _folders_in(top)]
    homes = {_identity(place) for place, _ in (*tops, *classes)} | {_identity(folder)}
    for place, part in classes:
        rows += _index_class(folder, place, part, homes, left_out)
    if parts:
        beside = [readable(name) + "/" for name in subfolders if name not in parts]
        _leave_out(left_out, "a folder beside train/, val/ and test/", beside)
    loose = [f for place in dict.fromkeys((folder, *(t for t, _ in tops))) for f in _loose(place)]
    shown = [readable(file.relative_to(folder).as_posix()) for file in loose]
    _leave_out(left_out, "an image outside the class folders", shown)
    if not rows:
        raise DataError(_nothing_found(folder, subfolders, loose))
    return Index(tuple(rows), {reason: tuple(names) for reason, names in left_out.items()})


def readable(name: str) -> str:
    """Return a file's name as text that can be printed and stored, even where it is no UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _parts_of(folder: Path, subfolders: list[str]) -> dict[str, str]:
    """Return the folders that are parts; none where train/ is a class like any other."""
    parts = {name: PARTS[name.lower()] for name in subfolders if name.lower() in PARTS}
    train = [name for name, part in parts.items() if part == "train"]
    divided = train and all(_folders_in(folder / name) for name in train)
    return parts if divided and not any(_loose(folder / name) for name in train) else {}


def _index_class(
    folder: Path, place: Path, part: str, homes: set[tuple[int, int]], left_out: Found
) -> list[Row]:
    rows: list[Row] = []
    label = readable(place.name)
    for file in _files_below(place, homes - {_identity(place)}, left_out):
        shown = readable(file.relative_to(folder).as_posix())
        if file.suffix.lower() in SUFFIXES:
            rows.append((file, label, shown, part))
        else:
            _leave_out(left_out, "no image by its name", [shown])
    if not rows:
        name = readable(place.relative_to(folder).as_posix())
        _leave_out(left_out, "a class folder without images", [f"{name}/"])
    return rows


def _leave_out(left_out: Found, reason: str, names: list[str]) -> None:
    if names:
        left_out.setdefault(reason, []).extend(names)


def _nothing_found(folder: Path, subfolders: list[str], loose: list[Path]) -> str:
    shape = "one folder per class is needed, with that class's images in it"
    if loose:
        return f"'{folder}' holds {len(loose)} images but no class folders; {shape}."
    if not subfolders:
        return f"'{folder}' is empty; {shape}."
    return f"'{folder}' has {len(subfolders)} folders but no images in them; {shape}."


def _loose(folder: Path) -> list[Path]:
    return [
        file
        for file in _entries(folder)
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and is_file(file)
    ]


def _folders_in(folder: Path) -> list[str]:
    return [e.name for e in _entries(folder) if not e.name.startswith(".") and is_folder(e)]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"Cannot read the folder '{folder}': {error.strerror or error}.") from error


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _files_below(folder: Path, elsewhere: set[tuple[int, int]], left_out: Found) -> Iterator[Path]:
    """Return the files below `folder` in a stable order.

    A linked folder is followed once, and never into `elsewhere`, where other classes are at home.
    """

    def note(error: OSError) -> None:
        name = readable(str(error.filename))
        _leave_out(left_out, "a folder that cannot be read", [f"{name}/: {error.strerror}"])

    seen = set(elsewhere)
    for here, folders, files in os.walk(folder, followlinks=True, onerror=note):
        identity = _identity(Path(here))
        if identity in seen:
            folders.clear()
            continue
        seen.add(identity)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.lower() not in _CLUTTER:
                yield Path(here) / name
