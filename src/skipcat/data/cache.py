"""Decode once: images to uint8 pixels at the size needed, with what could not be read named."""

import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from skipcat.data import images
from skipcat.data.dataset import Dataset
from skipcat.data.header import Look, look_at
from skipcat.data.images import ImageLike
from skipcat.data.preprocessing import Preprocessing, prepare_image, resize, to_pixels
from skipcat.errors import DataError
from skipcat.reporting import Progress, no_progress
from skipcat.text.translation import Message

# Above this the pixels lie in a file that the system pages in and out.
LARGEST_IN_MEMORY = 1 << 30
TAKEN_AT_ONCE = 1024
# So many images go to a thread at once: handing out tiny ones one by one takes as long as they do.
HANDED_OUT = 16


@dataclass(frozen=True, eq=False)
class Decoded:
    """The pixels of a dataset's images, each squashed to one square, in the dataset's order.

    Shapes: `pixels` (N, C, S, S) uint8; `rows` the indices of those that could be read;
    `aspects` (N,) width divided by height, which the squashing took away.
    """

    pixels: np.ndarray
    rows: np.ndarray
    aspects: np.ndarray
    hashes: tuple[str, ...]
    broken: dict[str, str]  # name -> why it cannot be read
    looks: tuple[Look | None, ...]  # what the headers say


def decode_dataset(
    dataset: Dataset,
    side_px: int,
    channels: int,
    *,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> Decoded:
    """Decode every image of `dataset` once, squashed to `side_px` x `side_px`.

    Large sets go to a file in `folder` (default: the system's temporary folder), mapped into
    memory; the file has no name any more once it is open, where the system allows that.

    Raises:
        DataError: no image could be read.
    """
    total = len(dataset)
    pixels = _room((total, channels, side_px, side_px), folder)
    aspects, hashes = np.ones(total), [""] * total
    looks: list[Look | None] = [None] * total
    broken: dict[str, str] = {}

    def decode(row: int) -> None:
        try:
            hashes[row], looks[row], image = read_once(dataset.images[row], channels)
        except DataError as error:
            broken[dataset.names[row]] = str(error)
        else:
            aspects[row] = image.width / image.height
            pixels[row] = to_pixels(resize(image, side_px, side_px))

    in_threads(decode, total, lambda done: progress(Message("Reading images"), done, total))
    rows = np.array([row for row in range(total) if dataset.names[row] not in broken], dtype=int)
    if not len(rows):
        name, why = next(iter(sorted(broken.items())))
        raise DataError(f"None of the {total} images can be read; '{name}', for one: {why}")
    whole = dict(sorted(broken.items()))
    return Decoded(pixels, rows, aspects, tuple(hashes), whole, tuple(looks))


def read_once(
    source: Path | np.ndarray, channels: int, *, least_px: int | None = None
) -> tuple[str, Look | None, Image.Image]:
    """Return an image's hash, what its header says, and the image, upright, at `least_px` or more.

    Raises:
        DataError: it cannot be read.
    """
    if isinstance(source, np.ndarray):
        return images.hash_image(source), look_at(source), images.read_image(source, channels)
    try:
        content = images.read_bytes(source)
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror or error}.") from error
    image = images.open_image(content)
    look = look_at(image)
    if image.format != "JPEG":  # to look for metadata Pillow may have decoded, and met an error
        image = images.open_image(content)
    return images.hash_bytes(content), look, images.finish_image(image, channels, least_px=least_px)


def prepare_images(
    sources: Sequence[ImageLike], preprocessing: Preprocessing, *, progress: Progress = no_progress
) -> tuple[np.ndarray, dict[int, str]]:
    """Return many images as a network sees them, and why which of them cannot be read.

    Shapes: (N, C, image_px, image_px) uint8, before mean and std; zeros where unreadable.
    """
    side, total = preprocessing.image_px, len(sources)
    pixels = _room((total, preprocessing.channels, side, side), None)
    broken: dict[int, str] = {}

    def prepare(row: int) -> None:
        try:
            pixels[row] = prepare_image(sources[row], preprocessing)
        except DataError as error:
            broken[row] = str(error)

    in_threads(prepare, total, lambda done: progress(Message("Reading images"), done, total))
    return pixels, dict(sorted(broken.items()))


def take_images(pixels: np.ndarray, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return some of the images, in memory where they are few.

    Shapes: (N, C, S, S) uint8 and (M,) -> (M, C, S, S).
    """
    taken = _room((len(rows), *pixels.shape[1:]), None)
    for start in range(0, len(rows), TAKEN_AT_ONCE):
        chunk = slice(start, start + TAKEN_AT_ONCE)
        taken[chunk] = pixels[rows[chunk]]
    return taken


def in_threads(work: Callable[[int], None], total: int, tick: Callable[[int], None]) -> None:
    """Run `work` on every row; Pillow lets other threads run while it decodes and resizes."""

    def work_on(rows: range) -> int:
        for row in rows:
            work(row)
        return rows.stop

    handed = [range(start, min(start + HANDED_OUT, total)) for start in range(0, total, HANDED_OUT)]
    with images.without_warnings(), ThreadPoolExecutor(min(8, _count_cores())) as pool:
        for done in pool.map(work_on, handed):
            tick(done)


def _count_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _room(shape: tuple[int, ...], folder: Path | None) -> np.ndarray:
    size = int(np.prod(shape))
    if size <= LARGEST_IN_MEMORY:
        return np.zeros(shape, np.uint8)
    where = folder or tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder, prefix="skipcat-cache-") as file:
            file.truncate(size)
            if hasattr(os, "posix_fallocate"):
                # A disk that fills up later would kill the process without a word.
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.uint8, "r+", shape=shape)
    except OSError as error:
        raise DataError(
            f"The decoded images need {size / 2**30:.1f} GiB in '{where}': "
            f"{error.strerror or error}. A smaller image_px needs less."
        ) from error
