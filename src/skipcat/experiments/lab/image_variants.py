"""Variants of the images: fewer of them, smaller ones, ones at mixed scales."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from skipcat.data.dataset import Dataset
from skipcat.data.preprocessing import resize, to_pixels
from skipcat.data.subsets import draw_subsets
from skipcat.training.prepared_data import PreparedData, measure_statistics

FEW_PER_CLASS, MOST_VALIDATION = 36, 1000

Change = Callable[[Image.Image, int], Image.Image]  # an image and its row


def draw_images(dataset: Dataset, most: int) -> Dataset:
    """Draw at most `most` images, each class in proportion; all of a smaller set, none of its test.

    The user's test part is left alone: nothing here is reported as a classifier's accuracy.
    """
    rows = np.array([row for row, part in enumerate(dataset.parts) if part != "test"])
    if len(rows) > most:
        rows = draw_subsets(dataset, rows, dataset.names, shares=[most / len(rows)])[0]
    return dataset.take(rows)


def take_few(
    prepared: PreparedData, *, per_class: int = FEW_PER_CLASS, validation: int = MOST_VALIDATION
) -> PreparedData:
    """Keep `per_class` training images on average, and at most `validation` others to validate.

    Few leave room for error, and many others show it: after 1,400 digits a small network has 99 %
    of the rest correct.
    """
    split, dataset, keys = prepared.split, prepared.dataset, prepared.keys
    few, rest, train = split.train, split.validation, per_class * len(dataset.classes)
    if len(few) > train:
        few = draw_subsets(dataset, few, keys, shares=[train / len(few)])[0]
        rest = np.sort(np.concatenate([rest, np.setdiff1d(split.train, few)]))
    if len(rest) > validation:
        rest = draw_subsets(dataset, rest, keys, shares=[validation / len(rest)])[0]
    return replace(prepared, split=replace(split, train=few, validation=rest))


def shrink_images(prepared: PreparedData, image_px: int) -> PreparedData:
    """Resize the same images, in the same parts, as squares of another size."""
    pixels = _map_images(prepared, lambda picture, _: resize(picture, image_px, image_px), image_px)
    return _with_pixels(prepared, pixels)


def mix_scales(
    prepared: PreparedData, scales: Sequence[float], canvas_px: int, seed: int = 0
) -> PreparedData:
    """Paste each image on a black square, at one of several scales and at a place drawn for it.

    Scale and place are a function of the seed and the image's row.
    """
    side = prepared.decoded.pixels.shape[-1]

    def paste(picture: Image.Image, row: int) -> Image.Image:
        draw = np.random.default_rng([seed, row])
        own_px = min(canvas_px, round(side * float(draw.choice(list(scales)))))
        left, top = (int(place) for place in draw.integers(0, canvas_px - own_px + 1, 2))
        square = Image.new(picture.mode, (canvas_px, canvas_px))
        square.paste(resize(picture, own_px, own_px), (left, top))
        return square

    return _with_pixels(prepared, _map_images(prepared, paste, canvas_px))


def _map_images(prepared: PreparedData, change: Change, side_px: int) -> np.ndarray:
    """Change the pixels of every image that is in a part; the others become black."""
    pixels, split = prepared.decoded.pixels, prepared.split
    changed = np.zeros((len(pixels), prepared.channels, side_px, side_px), np.uint8)
    for row in np.concatenate([split.train, split.validation]):
        one = pixels[row]
        picture = Image.fromarray(one[0] if len(one) == 1 else one.transpose(1, 2, 0))
        changed[row] = to_pixels(change(picture, int(row)))
    return changed


def _with_pixels(prepared: PreparedData, pixels: np.ndarray) -> PreparedData:
    """Return the data with other pixels, all of them squares of the network's size."""
    side = pixels.shape[-1]
    mean, std = measure_statistics(pixels, prepared.split.train)
    return replace(
        prepared,
        decoded=replace(prepared.decoded, pixels=pixels, aspects=np.ones(len(pixels))),
        image_px=side,
        mean=mean,
        std=std,
        sizes=np.full_like(prepared.sizes, side),
    )
