"""From the user's data to what a training reads: one size, one cache, three parts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from skipcat.classifier import Origin
from skipcat.data.cache import Decoded, decode_dataset, prepare_images, take_images
from skipcat.data.dataset import Dataset
from skipcat.data.doctor.check import examine_decoded
from skipcat.data.doctor.findings import Checkup
from skipcat.data.images import peek
from skipcat.data.preprocessing import Preprocessing
from skipcat.data.splits import Split, split_dataset
from skipcat.errors import DataError
from skipcat.networks.catalogue import find_entry
from skipcat.networks.entry import Entry
from skipcat.reporting import Progress, no_progress
from skipcat.training.recipe import Recipe

# A crop of a third of an image is three fifths of its side: some room above the input's size.
CACHE_ROOM = 1.25
_STATISTICS_FROM = 4096
PEEKED_AT = 2048


@dataclass(frozen=True, eq=False)
class PreparedData:
    """Data that are ready to train on; `image_px` is the size that suits data and network."""

    dataset: Dataset
    decoded: Decoded
    split: Split
    image_px: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str
    sizes: np.ndarray  # (N, 2): width and height as a person sees them
    checkup: Checkup
    keys: Sequence[str]  # what equal and nearly equal images share
    learnt: Origin = field(default_factory=Origin)
    """Of the first weights, where a classifier gave them."""

    @property
    def square(self) -> bool:
        """Whether every image is square, so that fitting changes nothing."""
        return bool(np.all(self.sizes[self.decoded.rows, 0] == self.sizes[self.decoded.rows, 1]))

    @property
    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Everything that is not used, by reason."""
        broken = [f"{name}: {why}" for name, why in self.decoded.broken.items()]
        left_out = {**self.dataset.left_out, **self.split.left_out}
        return left_out | ({"cannot be read": tuple(broken)} if broken else {})


def prepare_data(
    dataset: Dataset,
    entry: Entry,
    recipe: Recipe,
    *,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> PreparedData:
    """Choose size and channels, decode every image once, and divide them in three parts.

    Raises:
        DataError: too few classes or images, or images smaller than the network accepts.
    """
    if len(dataset.classes) < 2:
        raise DataError(
            f"'{dataset.name}' has one class, {dataset.classes[0]!r}; at least two are needed."
        )
    short, grey = peek_images(dataset)
    image_px = recipe.image_px or min(entry.image_px, short)
    if image_px < entry.smallest_px:
        raise DataError(_too_small(entry, image_px, given=recipe.image_px is not None))
    cache_px = max(image_px, min(short, round(image_px * CACHE_ROOM)))
    channels = 1 if grey else 3
    decoded = decode_dataset(dataset, cache_px, channels, folder=folder, progress=progress)
    if grey and not all(look.grey for look in decoded.looks if look):
        channels = 3  # a colour image that nobody had peeked at
        decoded = decode_dataset(dataset, cache_px, channels, folder=folder, progress=progress)
    checkup, keys = examine_decoded(dataset, decoded)
    split = split_dataset(
        dataset,
        decoded.rows,
        keys,
        validation=recipe.validation,
        test=recipe.test,
        seed=recipe.seed_of_split,
    )
    mean, std = measure_statistics(decoded.pixels, split.train)
    fingerprint = fingerprint_data(dataset, decoded)
    return PreparedData(
        dataset,
        decoded,
        split,
        image_px,
        channels,
        mean,
        std,
        fingerprint,
        _list_sizes(decoded),
        checkup,
        keys,
    )


def fingerprint_data(dataset: Dataset, decoded: Decoded) -> str:
    """Return a hash of all images and labels, whatever their names and order."""
    lines = sorted(
        f"{decoded.hashes[r]} {dataset.classes[dataset.labels[r]]}" for r in decoded.rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def held_out_pixels(
    prepared: PreparedData, rows: Sequence[int] | np.ndarray, preprocessing: Preprocessing
) -> np.ndarray:
    """Return images as the finished classifier will see them, from the cache where that is equal.

    Shapes: (N, C, image_px, image_px) uint8.

    Raises:
        DataError: an image that could be read before cannot be read any more.
    """
    if prepared.square and preprocessing.image_px == prepared.decoded.pixels.shape[-1]:
        return take_images(prepared.decoded.pixels, rows)
    pixels, broken = prepare_images([prepared.dataset.images[row] for row in rows], preprocessing)
    if broken:
        raise DataError(f"It was changed while it was used: {next(iter(broken.values()))}")
    return pixels


def peek_images(dataset: Dataset) -> tuple[int, bool]:
    """Return the median short side, and whether all are grey; unreadable ones count not.

    Of a large set's images some are opened, evenly spaced.
    """
    if isinstance(dataset.images, np.ndarray):
        height, width = dataset.images.shape[1:3]
        return min(height, width), dataset.images.ndim == 3 or dataset.images.shape[3] == 1
    every = -(-len(dataset) // PEEKED_AT)
    for paths in (dataset.images[::every], dataset.images):
        readable = [look for path in paths if (look := peek(path)) is not None]
        if readable:
            short = int(np.median([min(look.upright_size) for look in readable]))
            return short, all(look.grey for look in readable)
    raise DataError(
        f"None of the {len(dataset)} files of '{dataset.name}' is an image that Pillow can open; "
        f"'{dataset.names[0]}', for one."
    )


def _list_sizes(decoded: Decoded) -> np.ndarray:
    """Return every image's width and height as a person sees them, the median where unknown."""
    known = [look.upright_size for look in decoded.looks if look]
    middle = tuple(np.median(known, axis=0).astype(int)) if known else (1, 1)
    return np.array([look.upright_size if look else middle for look in decoded.looks])


def _too_small(entry: Entry, image_px: int, *, given: bool) -> str:
    what = "image_px is" if given else "the images' median short side is"
    hint = "" if given else f" Enlarge them with image_px={entry.smallest_px}"
    if hint:
        hint += ", or take resnet18." if image_px >= find_entry("resnet18").smallest_px else "."
    return f"{entry.name} takes images of {entry.smallest_px} px or more; {what} {image_px}.{hint}"


def measure_statistics(pixels: np.ndarray, rows: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Return mean and standard deviation per channel, of at most 4,096 training images."""
    chosen = rows[:: max(1, -(-len(rows) // _STATISTICS_FROM))]
    sample = pixels[chosen].astype(np.float32) / 255
    mean = sample.mean(axis=(0, 2, 3), dtype=np.float64)
    std = sample.std(axis=(0, 2, 3), dtype=np.float64)
    return (
        tuple(round(float(value), 6) for value in mean),
        tuple(round(max(float(value), 1e-3), 6) for value in std),
    )
