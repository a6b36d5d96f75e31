"""What a few seeds say: means and paired differences, with Student's interval.

Student 1908, "The probable error of a mean". The seed changes weights and the order of images, not
the images: an interval here says what another seed would give on these images.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over seeds; `interval` is None where one seed leaves it unknown."""

    value: float
    interval: tuple[float, float] | None
    seeds: int

    @property
    def above_zero(self) -> bool:
        """Whether the interval lies above 0."""
        return self.interval is not None and self.interval[0] > 0

    @property
    def below_zero(self) -> bool:
        """Whether the interval lies below 0."""
        return self.interval is not None and self.interval[1] < 0

    def say(self, *, scale: float = 100, digits: int = 1, sign: bool = False) -> str:
        """Give "24.0 (21.3 … 26.7)", in points where figures are shares."""
        plus = "+" if sign else ""
        text = f"{scale * self.value:{plus}.{digits}f}"
        if self.interval is None:
            return text
        low, high = (f"{scale * end:{plus}.{digits}f}" for end in self.interval)
        return f"{text} ({low} … {high})"


def average_share(values: Sequence[float]) -> Mean:
    """Give the mean of one share for each seed; its interval ends at 0 and 1."""
    mean = average(values)
    if mean.interval is None:
        return mean
    low, high = mean.interval
    return Mean(mean.value, (max(0.0, low), min(1.0, high)), mean.seeds)


def average(values: Sequence[float]) -> Mean:
    """Give the mean of one value for each seed."""
    mean, count = statistics.fmean(values), len(values)
    if count < 2:
        return Mean(mean, None, count)
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * statistics.stdev(values)
    half /= math.sqrt(count)
    return Mean(mean, (mean - half, mean + half), count)


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Mean:
    """Give the mean of ours minus theirs, paired by seed."""
    return average([a - b for a, b in zip(ours, theirs, strict=True)])
