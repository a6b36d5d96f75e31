"""Images that can be read but are unusual: in format, colour, size or content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import Finding
from skipcat.data.doctor.scan import Scan
from skipcat.data.header import Look
from skipcat.text.translation import Message

_FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jfif"), ("JPEG", "MPO")),
    ".png": ("PNG",),
    ".bmp": ("BMP", "DIB"),
    ".gif": ("GIF",),
    **dict.fromkeys((".tif", ".tiff"), ("TIFF",)),
    ".webp": ("WEBP",),
    **dict.fromkeys((".ppm", ".pgm", ".pbm"), ("PPM",)),
    ".avif": ("AVIF",),
}
# How far apart red, green and blue may lie in an image that is called grey; JPEG stirs them a bit.
_GREY_LEVELS = 6
TINY_SHARE, LONG, LONGER = 0.25, 3.0, 2.0
BLANK_LEVELS = 2
_CHUNK = 4096

_BY_HEADER: dict[str, Callable[[Look], bool]] = {
    "palette": lambda look: look.mode in ("P", "PA"),
    "transparent": lambda look: look.transparent,
    "cmyk": lambda look: look.mode == "CMYK",
    "deep": lambda look: look.deep,
    "animated": lambda look: look.animated,
    "turned": lambda look: look.orientation != 1,
}


def find_oddities(dataset: Dataset, scan: Scan, rows: np.ndarray) -> list[Finding]:
    """Return what is unusual about the readable images."""
    looks = {int(row): look for row in rows if (look := scan.looks[row]) is not None}
    if not looks:
        return []
    found = [_find_wrong_suffixes(dataset, looks), *_find_colours(dataset, scan, looks)]
    if not isinstance(dataset.images, np.ndarray):
        for kind, holds in _BY_HEADER.items():
            found.append(_finding(kind, dataset, [r for r, look in looks.items() if holds(look)]))
        found += _find_sizes(dataset, looks)
    places = np.array(list(looks))
    spread = _in_chunks(lambda part: np.ptp(part, axis=(2, 3)).max(axis=1), scan, places)
    found.append(_finding("blank", dataset, places[spread <= BLANK_LEVELS].tolist()))
    return [one for one in found if one.names]


def _finding(
    kind: str, dataset: Dataset, rows: list[int], details: dict[int, str] | None = None
) -> Finding:
    names = tuple(dataset.names[row] for row in rows)
    said = {dataset.names[row]: words for row, words in (details or {}).items()}
    return Finding(kind, names, said)


def _find_wrong_suffixes(dataset: Dataset, looks: dict[int, Look]) -> Finding:
    wrong: dict[int, str] = {}
    for row, look in looks.items():
        source = dataset.images[row]
        if isinstance(source, Path):
            allowed = _FORMATS.get(source.suffix.lower())
            if allowed and look.format not in allowed:
                wrong[row] = Message("it is {format}", format=look.format)
    return _finding("wrong-suffix", dataset, list(wrong), wrong)


def _find_colours(dataset: Dataset, scan: Scan, looks: dict[int, Look]) -> list[Finding]:
    """Name the grey images among colour, or the colour images among grey: the smaller share."""
    places = np.array(list(looks))
    colourless = _in_chunks(_has_no_colour, scan, places)
    pairs = zip(looks.items(), colourless, strict=True)
    grey = [row for (row, look), none in pairs if look.grey or none]
    if not 0 < len(grey) < len(looks):
        return []
    if len(grey) <= len(looks) / 2:
        return [_finding("grey", dataset, grey)]
    others = set(looks) - set(grey)
    return [_finding("colour", dataset, sorted(others))]


def _has_no_colour(thumbnails: np.ndarray) -> np.ndarray:
    if thumbnails.shape[1] != 3:
        return np.zeros(len(thumbnails), bool)
    found: np.ndarray = np.ptp(thumbnails, axis=1).max(axis=(1, 2)) <= _GREY_LEVELS
    return found


def _in_chunks(
    measure: Callable[[np.ndarray], np.ndarray], scan: Scan, rows: np.ndarray
) -> np.ndarray:
    """Measure the thumbnails of some rows, which may be more than memory should hold twice."""
    starts = range(0, len(rows), _CHUNK)
    return np.concatenate([measure(scan.thumbnails[rows[i : i + _CHUNK]]) for i in starts])


def _find_sizes(dataset: Dataset, looks: dict[int, Look]) -> list[Finding]:
    sizes = np.array([(look.width, look.height) for look in looks.values()], float)
    short, stretch = sizes.min(axis=1), sizes.max(axis=1) / sizes.min(axis=1)
    tiny = short <= TINY_SHARE * np.median(short)
    long = (stretch > LONG) & (stretch > LONGER * np.median(stretch))
    said = {row: f"{look.width}x{look.height}" for row, look in looks.items()}
    places = list(looks)
    return [
        _finding(kind, dataset, chosen, {row: said[row] for row in chosen})
        for kind, flags in (("tiny", tiny), ("extreme-aspect", long))
        for chosen in ([places[i] for i in np.flatnonzero(flags)],)
    ]
