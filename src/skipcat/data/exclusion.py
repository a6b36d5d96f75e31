"""Lists of images to leave out: one name a line, as `skipcat check --out` writes them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skipcat.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from skipcat.data.dataset import Dataset

EXCLUDED = "excluded by you"
Exclude = str | Path | Iterable[str]

_SHOWN = 3


def exclude_images(dataset: "Dataset", exclude: Exclude) -> "Dataset":
    """Leave out the images that a list names: a file, or the names themselves.

    They are counted and named under "excluded by you". Names of files that are not used anyway
    may stand in the list.

    Raises:
        DataError: the file cannot be read, or names an image that the data do not hold.
    """
    where, names = _read_names(exclude)
    known = set(dataset.names)
    idle = {name.split(": ")[0] for left in dataset.left_out.values() for name in left}
    strange = [name for name in names if name not in known and name not in idle]
    if strange:
        raise DataError(_say_strange(where, dataset, strange))
    out = set(names) & known
    if not out:
        return dataset
    rows = [row for row, name in enumerate(dataset.names) if name not in out]
    emptied = set(dataset.labels.tolist()) - {int(dataset.labels[row]) for row in rows}
    if emptied and rows:
        shown = ", ".join(repr(dataset.classes[label]) for label in sorted(emptied)[:_SHOWN])
        raise DataError(f"{where} names every image of {shown}; keep some, or drop the class.")
    if not rows:
        raise DataError(f"{where} excludes every image of '{dataset.name}'; none is left to use.")
    images = dataset.images
    return replace(
        dataset,
        images=images[rows] if isinstance(images, np.ndarray) else [images[row] for row in rows],
        labels=dataset.labels[rows],
        names=[dataset.names[row] for row in rows],
        parts=[dataset.parts[row] for row in rows],
        left_out={**dataset.left_out, EXCLUDED: tuple(n for n in dataset.names if n in out)},
    )


def escape_name(name: str) -> str:
    r"""Give a name as one line that `unescape_name` takes back.

    >>> escape_name("rose/a\nb.jpg")
    'rose/a\\nb.jpg'
    """
    line = "".join(_escape(character) for character in name.replace("\\", "\\\\"))
    if line[:1] in ("#", " "):
        line = f"\\x{ord(line[0]):02x}{line[1:]}"
    if line.endswith(" "):
        line = f"{line[:-1]}\\x20"
    return line


def unescape_name(line: str) -> str:
    r"""Give the name that stands in a line of a list.

    Raises:
        ValueError: a backslash is followed by what no list contains.
    """
    parts, place = [], 0
    while (found := line.find("\\", place)) >= 0:
        parts.append(line[place:found])
        letter = line[found + 1 : found + 2]
        length = {"\\": 0, "n": 0, "r": 0, "t": 0, "x": 2, "u": 4, "U": 8}.get(letter)
        digits = line[found + 2 : found + 2 + (length or 0)]
        if length is None or len(digits) < length:
            raise ValueError(f"'\\{letter}' is no escape; a backslash is written '\\\\'")
        simple = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
        parts.append(simple[letter] if letter in simple else chr(int(digits, 16)))
        place = found + 2 + length
    return "".join([*parts, line[place:]])


def _escape(character: str) -> str:
    simple = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in simple:
        return simple[character]
    # Also line and paragraph separators, and halves of surrogate pairs, which UTF-8 cannot hold.
    if character == " " or character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def _read_names(exclude: Exclude) -> tuple[str, list[str]]:
    if not isinstance(exclude, str | Path):
        return "The list", list(exclude)
    path = Path(exclude).expanduser()
    where = f"The list '{path}'"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where} is no text in UTF-8; one name a line is needed.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"Cannot read the list '{path}': {why}.") from error
    names = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r").strip(" ")
        if line and not line.startswith("#"):
            try:
                names.append(unescape_name(line))
            except (ValueError, OverflowError) as error:
                raise DataError(f"{where} is wrong in line {number}: {error}.") from error
    return where, names


def _say_strange(where: str, dataset: "Dataset", strange: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in strange[:_SHOWN])
    more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
    what = "an image" if len(strange) == 1 else f"{len(strange)} images"
    hint = did_you_mean(strange[0], dataset.names)
    return f"{where} names {what} that '{dataset.name}' does not hold: {shown}{more}.{hint}"
