"""What a classifier gains by not answering when it is unsure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skipcat.evaluation.intervals import wilson_interval

SHARES = tuple(share / 20 for share in range(20, 0, -1))


@dataclass(frozen=True)
class Abstention:
    """One point of the curve: so sure at least, so many answered, so many of them right."""

    probability: float
    answered: float
    accuracy: float
    accuracy_interval: tuple[float, float]


def abstention_curve(
    probabilities: np.ndarray, labels: np.ndarray, shares: Sequence[float] = SHARES
) -> tuple[Abstention, ...]:
    """Return accuracy against the share of images answered, the surest answered first.

    The risk-coverage curve of El-Yaniv & Wiener 2010, "On the foundations of noise-free selective
    classification", with accuracy for risk. Equal probabilities are answered together.

    Shapes: probabilities (N, C), labels (N,).
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    order = np.argsort(-sure, kind="stable")
    points: dict[float, Abstention] = {}
    for share in shares:
        last = order[max(1, round(share * len(labels))) - 1]
        least = float(sure[last])
        answered = sure >= least
        count, correct = int(answered.sum()), int(right[answered].sum())
        points[least] = Abstention(
            least, count / len(labels), correct / count, wilson_interval(correct, count)
        )
    return tuple(points.values())
