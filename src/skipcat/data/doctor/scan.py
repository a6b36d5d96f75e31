"""One pass over the images: headers, hashes, thumbnails, and why some cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from skipcat.data.cache import Decoded, in_threads, read_once
from skipcat.data.dataset import Dataset
from skipcat.data.doctor.near_duplicates import THUMBNAIL_PX
from skipcat.data.header import Look
from skipcat.data.preprocessing import resize, to_pixels
from skipcat.errors import DataError
from skipcat.reporting import Progress
from skipcat.text.translation import Message


@dataclass(frozen=True, eq=False)
class Scan:
    """What one pass over a dataset's images saw, in the dataset's order.

    Shapes: `thumbnails` (N, C, 32, 32) uint8, each image squashed to a square.
    """

    thumbnails: np.ndarray
    hashes: Sequence[str]
    looks: Sequence[Look | None]
    broken: dict[str, str]  # name -> why it cannot be read

    def readable_rows(self, dataset: Dataset) -> np.ndarray:
        """Return the rows of the images that can be read."""
        rows = [row for row, name in enumerate(dataset.names) if name not in self.broken]
        return np.array(rows, dtype=np.int64)


def scan_images(dataset: Dataset, progress: Progress) -> Scan:
    """Look at every image once, decoding JPEGs at a fraction of their size.

    A fraction is decoded from all of a file's data, so that one that is cut short is found. A
    photograph of 500x375 costs a quarter of the time that decoding it in full would.
    """
    total = len(dataset)
    thumbnails = np.zeros((total, 3, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    hashes, broken = [""] * total, {}
    looks: list[Look | None] = [None] * total

    def scan(row: int) -> None:
        try:
            source = dataset.images[row]
            hashes[row], looks[row], image = read_once(source, 3, least_px=THUMBNAIL_PX)
        except DataError as error:
            broken[dataset.names[row]] = str(error)
        else:
            thumbnails[row] = to_pixels(resize(image, THUMBNAIL_PX, THUMBNAIL_PX))

    in_threads(scan, total, lambda done: progress(Message("Checking images"), done, total))
    return Scan(thumbnails, hashes, looks, dict(sorted(broken.items())))


def scan_decoded(decoded: Decoded) -> Scan:
    """Return the same from images that were decoded for another purpose."""
    pixels = decoded.pixels
    if pixels.shape[-1] != THUMBNAIL_PX:
        small = (len(pixels), pixels.shape[1], THUMBNAIL_PX, THUMBNAIL_PX)
        thumbnails = np.zeros(small, np.uint8)
        for row in decoded.rows:
            thumbnails[row] = _shrink(pixels[row])
        pixels = thumbnails
    return Scan(pixels, decoded.hashes, decoded.looks, decoded.broken)


def _shrink(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0).copy())
    return to_pixels(resize(image, THUMBNAIL_PX, THUMBNAIL_PX))
