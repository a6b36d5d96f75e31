"""Intervals for proportions: what a count of right answers says about new images."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from skipcat.errors import DataError


def wilson_interval(successes: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion.

    The set of p with |successes / total - p| <= z sqrt(p (1 - p) / total), where z is the
    standard normal's (1 + confidence) / 2 quantile: Wilson 1927, "Probable inference, the law of
    succession, and statistical inference". With no trial it is (0, 1).

    Raises:
        DataError: a negative count, more successes than trials, a confidence outside (0, 1).
    """
    if not 0 <= successes <= total:
        raise DataError(f"An interval needs 0 <= successes <= total; given {successes} of {total}.")
    if not 0.0 < confidence < 1.0:
        raise DataError(f"A confidence lies between 0 and 1, not at {confidence}.")
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share = successes / total
    scale = 1.0 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    spread = z * math.sqrt(share * (1.0 - share) / total + z * z / (4 * total * total)) / scale
    # The ends are exact at 0 and total; rounding would leave 1e-17 or 1 - 1e-16.
    low = 0.0 if successes == 0 else max(0.0, middle - spread)
    high = 1.0 if successes == total else min(1.0, middle + spread)
    return low, high


def mean_interval(
    counts: Sequence[tuple[int, int]], confidence: float = 0.95
) -> tuple[float, tuple[float, float]]:
    """Return the mean of several proportions, each (successes, total), and its interval.

    The distances from each proportion to the ends of its Wilson interval are added as standard
    errors are: low = m - sqrt(sum (p - l)^2) / k, high alike (MOVER: Zou, Huang & Zhang 2009, "A
    note on confidence interval estimation for a linear function of binomial proportions").

    Raises:
        DataError: no proportion, or one without a trial.
    """
    if not counts or not all(total for _, total in counts):
        raise DataError("A mean of proportions needs one or more, each with a trial or more.")
    shares = [successes / total for successes, total in counts]
    ends = [wilson_interval(successes, total, confidence) for successes, total in counts]
    mean = sum(shares) / len(shares)
    below = math.hypot(*(share - low for share, (low, _) in zip(shares, ends, strict=True)))
    above = math.hypot(*(high - share for share, (_, high) in zip(shares, ends, strict=True)))
    low, high = mean - below / len(shares), mean + above / len(shares)
    return mean, (max(0.0, low), min(1.0, high))
