"""Pictures with parts taken away: what they are filled with, and what is answered to them."""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.ndimage import gaussian_filter

from skipcat.classifier import Classifier
from skipcat.engines.torch_engine import BATCH, run_network
from skipcat.evaluation.calibration import softmax

BLUR = 0.1  # standard deviation of the blur, as a share of the picture's side


def ask(classifier: Classifier, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Give the calibrated probabilities of pictures, of which no more than a batch is made at once.

    Shapes: each (C, S, S) float32 in 0..1 -> (N, classes) float64.
    """
    preprocessing, answers = classifier.preprocessing, []
    for batch in _batches(pictures):
        logits = run_network(classifier.network, batch, preprocessing.mean, preprocessing.std)
        answers.append(softmax(logits, classifier.temperature))
    return np.concatenate(answers)


def blur(picture: np.ndarray) -> np.ndarray:
    """Return a picture so blurred that no outline is left, only its rough colours.

    Shapes: (C, S, S) -> the same.
    """
    spread = BLUR * picture.shape[-1]
    blurred: np.ndarray = gaussian_filter(picture, (0.0, spread, spread), mode="nearest")
    return blurred


def paint_mean(picture: np.ndarray, mean: tuple[float, ...]) -> np.ndarray:
    """Return a picture of one colour, the training images' mean: zero to the network.

    Shapes: (C, S, S) -> the same.
    """
    return np.broadcast_to(np.array(mean, np.float32)[:, None, None], picture.shape)


def _batches(pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    batch: list[np.ndarray] = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == BATCH:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)
