"""Random numbers that are functions of (seed, epoch, index, draw), with no state to lose.

A run that is killed and resumed, or read by any number of workers, draws the same numbers. The
mixing function is SplitMix64's finaliser (Steele, Lea & Flood 2014, "Fast splittable
pseudorandom number generators", OOPSLA, fig. 17).
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Draw(IntEnum):
    """Every draw of a training has a number of its own."""

    ORDER = 0
    CROP_AREA = 1
    CROP_X = 2
    CROP_Y = 3
    CROP_STRETCH = 4
    MIRROR = 5
    BRIGHTNESS = 6
    CONTRAST = 7
    MIX_KIND = 8
    MIX_SHARE = 9
    BOX_X = 10
    BOX_Y = 11
    ERASE = 12
    ERASE_AREA = 13
    ERASE_STRETCH = 14
    CLASS_ORDER = 100
    CLASS_REST = 101


#: Draws one number in [0, 1) for each image of a batch.
DrawImages = Callable[[Draw], np.ndarray]


def draw_uniform(seed: int, epoch: int, index: np.ndarray, draw: int) -> np.ndarray:
    """Return one number in [0, 1) per index.

    Shapes: `index` (N,) integers, the result (N,) float64.
    """
    bits = _mix(np.asarray(index, dtype=np.uint64) + _key(seed, epoch, draw))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def draw_images(seed: int, epoch: int, indices: np.ndarray) -> DrawImages:
    """Return the draws of a batch's images in an epoch."""
    return lambda number: draw_uniform(seed, epoch, indices, number)


def draw_order(seed: int, epoch: int, count: int) -> np.ndarray:
    """Return the order in which an epoch sees `count` images."""
    return np.argsort(draw_uniform(seed, epoch, np.arange(count), Draw.ORDER), kind="stable")


def draw_balanced_order(seed: int, epoch: int, labels: np.ndarray) -> np.ndarray:
    """Return an order of as many draws as there are images, each class as often as any other.

    A class is gone through in an order of its own, again and again until it has its share: no
    image of it comes once more often than another's, or is left out while another repeats. The
    k-th repeat of image i is numbered i + k * len(labels), so that it can be augmented anew.

    Shapes: `labels` (N,), the result (N,).
    """
    count, classes = len(labels), np.unique(labels)
    share, rest = divmod(count, len(classes))
    one_more = np.argsort(draw_uniform(seed, epoch, classes, Draw.CLASS_REST), kind="stable")[:rest]
    chosen = []
    for number, label in enumerate(classes):
        places = np.flatnonzero(labels == label)
        places = places[
            np.argsort(draw_uniform(seed, epoch, places, Draw.CLASS_ORDER), kind="stable")
        ]
        turn, place = np.divmod(np.arange(share + (number in one_more)), len(places))
        chosen.append(places[place] + turn * count)
    numbers = np.concatenate(chosen)
    return numbers[np.argsort(draw_uniform(seed, epoch, numbers, Draw.ORDER), kind="stable")]


def draw_seed(seed: int, epoch: int, batch: int) -> int:
    """Return a seed for what a batch's layers draw, such as dropout."""
    return int(_key(seed, epoch, batch))


def _key(seed: int, epoch: int, draw: int) -> np.uint64:
    key = np.zeros(1, dtype=np.uint64)
    for word in (seed, epoch, draw):
        key = _mix(key + np.uint64(word))
    # Far apart, so that neighbouring epochs never share a stretch of indices.
    return np.uint64(_mix(key)[0])


def _mix(words: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = words + _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
