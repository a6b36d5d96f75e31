"""Thumbnails of photographs: read from the files, upright, whole and without metadata.

A page holds pixels alone: they are encoded anew, so that no EXIF, GPS position, comment or colour
profile of a file can enter it.
"""

import numpy as np
from PIL import Image

from skipcat.data.images import ImageLike, read_image
from skipcat.data.preprocessing import Preprocessing, prepare_image, resize
from skipcat.errors import DataError
from skipcat.report.page import Picture
from skipcat.training.prepared_data import PreparedData, held_out_pixels

PHOTO_PX, SMALL_PHOTO_PX = 224, 160  # of the longer side


def show_photo(
    source: ImageLike, caption: str = "", *, channels: int = 3, px: int = PHOTO_PX
) -> Picture:
    """Read an image and bring its longer side down to `px`; never enlarge it.

    Raises:
        DataError: it cannot be read.
    """
    return Picture(_shrink(read_image(source, channels, least_px=px), px), caption)


def show_prepared(
    prepared: PreparedData, row: int, caption: str = "", *, px: int = PHOTO_PX
) -> Picture:
    """Read an image of a training from its file, or what was kept of it where that is gone."""
    try:
        return show_photo(prepared.dataset.images[row], caption, channels=prepared.channels, px=px)
    except DataError:
        return Picture(_shrink(_recall(prepared, row), px), caption, recalled=True)


def show_seen(
    prepared: PreparedData, row: int, preprocessing: Preprocessing, caption: str = ""
) -> Picture:
    """Take an image of a training as it reached the network."""
    try:
        pixels = held_out_pixels(prepared, [row], preprocessing)[0]
    except DataError:
        pixels = prepare_image(_recall(prepared, row), preprocessing)
    return show_input(pixels, caption)


def show_input(pixels: np.ndarray, caption: str = "") -> Picture:
    """Turn a network's input into a picture.

    Shapes: (C, S, S) uint8.
    """
    image = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    return Picture(np.ascontiguousarray(image), caption)


def shows_more(photo: Picture, seen: Picture) -> bool:
    """Return whether a photograph has another shape, more pixels or more colours than was seen."""
    height, width = photo.pixels.shape[:2]
    coloured = photo.pixels.ndim == 3 and bool(np.ptp(photo.pixels, axis=2).any())
    return height != width or height > len(seen.pixels) or (coloured and seen.pixels.ndim == 2)


def find_source(prepared: PreparedData, row: int) -> ImageLike:
    """Return the image of a row, or what was kept of it where its file cannot be read again."""
    source = prepared.dataset.images[row]
    try:
        read_image(source, prepared.channels, least_px=PHOTO_PX)
    except DataError:
        return _recall(prepared, row)
    return source


def _recall(prepared: PreparedData, row: int) -> Image.Image:
    """Return an image as it was decoded for training, in the shape that it had."""
    pixels, aspect = prepared.decoded.pixels[row], float(prepared.decoded.aspects[row])
    side = pixels.shape[-1]
    width, height = (side, side / aspect) if aspect > 1 else (side * aspect, side)
    square = Image.fromarray(show_input(pixels).pixels)
    return resize(square, max(1, round(width)), max(1, round(height)))


def _shrink(image: Image.Image, px: int) -> np.ndarray:
    image.thumbnail((px, px), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(image)
