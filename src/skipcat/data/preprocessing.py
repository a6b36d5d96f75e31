"""The one way from an image to a network's input: in training, evaluation, prediction, export."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from skipcat.data.images import ImageLike, read_image

Fit = Literal["pad", "squash"]


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes a square input: size, channels, mean and std, and what of its shape.

    `fit` says what happens to an image that is not square: "pad" fits all of it into the square
    and fills the rest with the mean colour, "squash" stretches it to the square. Neither crops.

    Units: `mean` and `std` are of pixel values scaled to 0..1, one per channel.
    """

    image_px: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fit: Fit = "pad"


def prepare_image(image: ImageLike, preprocessing: Preprocessing) -> np.ndarray:
    """Return the uint8 pixels that a network sees of `image`, before mean and std.

    Shapes: (C, image_px, image_px).

    Raises:
        DataError: the image cannot be read.
    """
    picture = read_image(image, preprocessing.channels)
    if preprocessing.fit == "squash":
        return to_pixels(resize(picture, preprocessing.image_px, preprocessing.image_px))
    return to_pixels(_fit_into_square(picture, preprocessing))


def resize(image: Image.Image, width_px: int, height_px: int) -> Image.Image:
    """Resize with Pillow's antialiased bilinear filter; an image of that size is left as it is."""
    if image.size == (width_px, height_px):
        return image
    return image.resize((width_px, height_px), Image.Resampling.BILINEAR, reducing_gap=3.0)


def to_pixels(image: Image.Image) -> np.ndarray:
    """Return an "L" or "RGB" image as a uint8 array.

    Shapes: (C, H, W).
    """
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _fit_into_square(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    side = preprocessing.image_px
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    small = resize(image, width, height)
    if small.size == (side, side):
        return small
    mean = tuple(round(255 * value) for value in preprocessing.mean)
    square = Image.new(image.mode, (side, side), mean[0] if image.mode == "L" else mean)
    square.paste(small, ((side - width) // 2, (side - height) // 2))
    return square
