"""Trainings that differ in nothing but their seed: how much of an accuracy is chance."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtri

from skipcat.errors import DataError


@dataclass(frozen=True)
class SeedSpread:
    """The accuracies of trainings with several seeds, on the same images.

    `deviation` is the standard deviation over seeds, with n - 1 in the denominator. It is itself
    known from n figures only: `deviation_interval` is where it lies with 95 % confidence if
    accuracies are normal over seeds, (n - 1) s^2 / chi^2 at both ends. What chance the choice of
    the images adds is in the accuracy's own interval, not here.

    Units: shares, 0.01 being one point.
    """

    seeds: tuple[int, ...]
    accuracies: tuple[float, ...]
    mean: float
    deviation: float
    deviation_interval: tuple[float, float]


def measure_spread(
    seeds: Sequence[int], accuracies: Sequence[float], *, confidence: float = 0.95
) -> SeedSpread:
    """Return mean and standard deviation over seeds, and how well the latter is known.

    Raises:
        DataError: fewer than two seeds, or not one accuracy for each.
    """
    count = len(seeds)
    if count < 2 or len(accuracies) != count:
        raise DataError(
            f"A spread needs one accuracy for each of two seeds or more; given {len(accuracies)} "
            f"for {count}."
        )
    deviation = statistics.stdev(accuracies)
    ends = (chdtri(count - 1, (1 - side * confidence) / 2) for side in (1, -1))
    low, high = (deviation * math.sqrt((count - 1) / float(end)) for end in ends)
    return SeedSpread(
        tuple(seeds), tuple(accuracies), statistics.fmean(accuracies), deviation, (low, high)
    )
