"""A folder of class folders, with or without train/, val/ and test/ above them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from skipcat.data.images import SUFFIXES
from skipcat.errors import DataError

PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}

# Written by operating systems into every folder that somebody opens; nobody's images.
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Index:
    """Rows of (path, label, what a person calls it, part), and what was left out, by reason."""

    rows: tuple[tuple[Path, str, str, str], ...]
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)


def index_folder(folder: Path) -> Index:
    """Index class folders; files in folders below a class folder belong to the class.

    Raises:
        DataError: no class folder holds an image, or images lie outside class folders only.
    """
    subfolders = _folders_in(folder)
    parts = {name: PARTS[name.lower()] for name in subfolders if name.lower() in PARTS}
    divided = "train" in parts.values() and all(_folders_in(folder / name) for name in parts)
    left_out: dict[str, list[str]] = {}
    rows: list[tuple[Path, str, str, str]] = []
    for top in parts if divided else [""]:
        for label in _folders_in(folder / top):
            for file in _files_below(folder / top / label):
                shown = file.relative_to(folder).as_posix()
                if file.suffix.lower() in SUFFIXES:
                    rows.append((file, label, shown, parts.get(top, "")))
                else:
                    left_out.setdefault("no image by its name", []).append(shown)
    for name in subfolders if divided else []:
        if name not in parts:
            left_out.setdefault("a folder beside train/, val/ and test/", []).append(name + "/")
    loose = [file.name for file in sorted(folder.iterdir()) if _is_loose_image(file)]
    if loose:
        left_out.setdefault("an image outside the class folders", []).extend(loose)
    if not rows:
        raise DataError(_nothing_found(folder, subfolders, loose))
    return Index(tuple(rows), {reason: tuple(names) for reason, names in left_out.items()})


def _nothing_found(folder: Path, subfolders: list[str], loose: list[str]) -> str:
    shape = "one folder per class is needed, with that class's images in it"
    if loose:
        return f"'{folder}' holds {len(loose)} images but no class folders; {shape}."
    if not subfolders:
        return f"'{folder}' is empty; {shape}."
    return f"'{folder}' has {len(subfolders)} folders but no images in them; {shape}."


def _is_loose_image(file: Path) -> bool:
    return file.is_file() and file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _folders_in(folder: Path) -> list[str]:
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.name.startswith(".")
    )


def _files_below(folder: Path) -> Iterator[Path]:
    """Give the files below `folder` in a stable order; linked folders are followed once."""
    seen: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        status = Path(here).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.lower() not in _CLUTTER:
                yield Path(here) / name
