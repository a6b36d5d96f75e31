"""Whether a probability means what it says: temperature, calibration error, reliability."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from skipcat.errors import DataError
from skipcat.evaluation.checks import check_labels, check_logits

LOWEST_TEMPERATURE = 0.05
HIGHEST_TEMPERATURE = 20.0
# Of fewer images a temperature says more of them than of the network: `benchmarks/temperature.py`.
LEAST_IMAGES = 30
# No network there needed one outside of 0.2 to 1.6; beyond these, chance in the images speaks.
LOWEST_KEPT, HIGHEST_KEPT = 0.1, 10.0


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose confidence fell into (low, high]; means are None where there are none."""

    low: float
    high: float
    images: int
    confidence: float | None
    accuracy: float | None


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the softmax of logits divided by a temperature, in float64.

    Shapes: (N, C) -> (N, C).
    """
    probabilities: np.ndarray = special.softmax(_scale(logits, temperature), axis=1)
    return probabilities


def negative_log_likelihood(
    logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0
) -> float:
    """Return the mean of -log softmax(logits / temperature) at the labels, in nats."""
    logs = special.log_softmax(_scale(logits, temperature), axis=1)
    return float(np.mean(-logs[np.arange(len(labels)), labels]))


def _scale(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Divide by the temperature what is left of logits without the largest: nothing overflows."""
    scores = np.asarray(logits, dtype=np.float64)
    scaled: np.ndarray = (scores - scores.max(axis=1, keepdims=True)) / temperature
    return scaled


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature T under which softmax(logits / T) fits the labels best.

    Guo et al. 2017, "On calibration of modern neural networks", §4.2: the T that minimises the
    negative log-likelihood; no answer changes, since the largest logit stays the largest.
    One more image, whose label is spread evenly over the classes, is counted in. It weighs
    1 / (N + 1), so it vanishes with N, and it keeps T finite where every answer is right, where
    the plain minimum is T = 0 and every probability would be 1 (Platt 1999 softens targets for
    the same reason). T is held to [0.05, 20]; without images, or where all logits of each
    image are equal, it is 1.

    Shapes: logits (N, C), labels (N,).

    Raises:
        DataError: wrong shapes, logits that are not finite, labels out of range.
    """
    if np.ndim(labels) == 1 and len(labels) == 0:
        return 1.0
    scores = check_logits(logits)
    images, classes = scores.shape
    targets = check_labels(labels, images, classes)
    if np.ptp(scores, axis=1).max() == 0.0:
        return 1.0
    scores = scores - scores.max(axis=1, keepdims=True)
    even = 1.0 / (images + 1)
    wanted = (1.0 - even) * scores[np.arange(images), targets] + even * scores.mean(axis=1)

    def slope(sharpness: float) -> float:
        """Derivative of the likelihood term by 1 / T: the model's mean logit less the wanted."""
        return float(np.mean((softmax(scores * sharpness) * scores).sum(axis=1) - wanted))

    # The term is convex in 1 / T (a log-sum-exp of a linear function), so its slope grows and
    # halving finds the one zero; 60 halvings of a range of 20 pass below float64's resolution.
    # scipy's brentq gives other last digits, and with them classifiers of other bytes.
    low, high = 1.0 / HIGHEST_TEMPERATURE, 1.0 / LOWEST_TEMPERATURE
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if slope(middle) < 0.0 else (low, middle)
    return 1.0 / high


def calibrate(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that a classifier keeps, from the images that decide.

    That of `fit_temperature`, held to [0.1, 10]; 1 of fewer than 30 images.

    Shapes: logits (N, C), labels (N,).
    """
    if len(labels) < LEAST_IMAGES:
        return 1.0
    return min(max(fit_temperature(logits, labels), LOWEST_KEPT), HIGHEST_KEPT)


def reliability_bins(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Group images by the probability of their answer, in bins of equal width.

    Guo et al. 2017, §2: bin m holds confidences in ((m - 1) / bins, m / bins].

    Shapes: probabilities (N, C), labels (N,).
    """
    scores = check_logits(probabilities)
    targets = check_labels(labels, *scores.shape)
    if bins < 1:
        raise DataError(f"A reliability diagram needs at least 1 bin, not {bins}.")
    confidence = scores.max(axis=1)
    right = scores.argmax(axis=1) == targets
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    found = []
    for index in range(bins):
        inside = place == index
        count = int(inside.sum())
        means = [float(each[inside].mean()) if count else None for each in (confidence, right)]
        found.append(ReliabilityBin(float(edges[index]), float(edges[index + 1]), count, *means))
    return tuple(found)


def calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """Return the mean distance of confidence and accuracy over bins, weighted by their images.

    The expected calibration error, between 0 and 1: Guo et al. 2017, eq. (3).
    """
    total = sum(one.images for one in bins)
    gaps = (
        one.images * abs(one.confidence - one.accuracy)
        for one in bins
        if one.confidence is not None and one.accuracy is not None
    )
    return float(sum(gaps) / total) if total else 0.0
