"""Occlusion: what an answer loses when a square of the picture is hidden.

Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", arXiv 1311.2901,
§4.1: a square slides over the picture. Here: squares that overlap by half; the loss is that of the
answer's logarithm, since a probability near 1 hardly moves; a pixel gets the mean over the squares
that hide it. RISE (Petsiuk et al. 2018, arXiv 1806.07421) asks about hundreds of random masks
instead; on the networks tried it was less faithful than this with 49 to 225 squares, which need no
seed.
"""

from collections.abc import Iterator

import numpy as np

from skipcat.classifier import Classifier
from skipcat.explanation.heatmaps.perturbation import ask, paint_mean

LEAST_SQUARES, MOST_SQUARES = 4, 8  # along a side, laid without overlap
_LEAST_PROBABILITY = 1e-12


def count_squares(grid: tuple[int, int], side_px: int) -> int:
    """Return how many squares lie along a side: as many as a grid has cells, from 4 to 8."""
    return max(1, min(max(LEAST_SQUARES, min(grid)), MOST_SQUARES, side_px // 2))


def compute_occlusion(
    classifier: Classifier, picture: np.ndarray, squares: int, targets: list[int]
) -> np.ndarray:
    """Give, for some classes, what their answer loses in nats where each pixel is hidden.

    Hidden is a square of the training images' mean colour, which is zero to the network.

    Shapes: picture (C, S, S) float32 in 0..1 -> (targets, S, S) float32; below 0 it gains.
    """
    hidden = list(_squares(picture.shape[-1], squares))
    fill = paint_mean(picture, classifier.preprocessing.mean)

    def hide() -> Iterator[np.ndarray]:
        yield picture
        for mask in hidden:
            yield np.where(mask, fill, picture)

    logs = np.log(np.maximum(ask(classifier, hide())[:, targets], _LEAST_PROBABILITY))
    maps = np.zeros((len(targets), *picture.shape[1:]))
    for mask, lost in zip(hidden, logs[0] - logs[1:], strict=True):
        maps += lost[:, None, None] * mask
    means: np.ndarray = (maps / np.sum(hidden, axis=0)).astype(np.float32)
    return means


def _squares(side_px: int, squares: int) -> Iterator[np.ndarray]:
    """Return masks of squares that overlap by half."""
    edges = np.rint(np.linspace(0, side_px, 2 * squares + 1)).astype(int)
    for top, bottom in zip(edges[:-2], edges[2:], strict=True):
        for left, right in zip(edges[:-2], edges[2:], strict=True):
            mask = np.zeros((side_px, side_px), bool)
            mask[top:bottom, left:right] = True
            yield mask
