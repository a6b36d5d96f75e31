"""Means and paired differences over a few seeds, with Student's confidence interval.

Student 1908, "The probable error of a mean". The seed changes weights and the order of images, not
the images: an interval here says what another seed would give on these images.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from skipcat.text.translation import Message

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over seeds; `interval` is None where one seed leaves it unknown."""

    value: float
    interval: tuple[float, float] | None
    seeds: int

    @property
    def above_zero(self) -> bool:
        """Return whether the interval lies above 0."""
        return self.interval is not None and self.interval[0] > 0

    @property
    def below_zero(self) -> bool:
        """Return whether the interval lies below 0."""
        return self.interval is not None and self.interval[1] < 0

    def describe(self, *, scale: float = 1, digits: int = 1, sign: bool = False) -> Message:
        """Return "24.0 (21.3 … 26.7)": the mean and its interval."""
        value, *ends = self._format(scale, digits, sign=sign)
        if not ends:
            return Message("{value}", value=value)
        return Message("{value} ({low} … {high})", value=value, low=ends[0], high=ends[1])

    def percent(self, *, scale: float = 100, digits: int = 1) -> Message:
        """Return "24.0 (21.3 … 26.7) %", of a share where nothing else is given."""
        value, *ends = self._format(scale, digits)
        if not ends:
            return Message("{value} %", value=value)
        return Message("{value} ({low} … {high}) %", value=value, low=ends[0], high=ends[1])

    def points(self) -> Message:
        """Return "+2.1 (+0.4 … +3.7) points", of a difference of shares."""
        value, *ends = self._format(100, 1, sign=True)
        if not ends:
            return Message("{value} points", value=value)
        return Message("{value} ({low} … {high}) points", value=value, low=ends[0], high=ends[1])

    def _format(self, scale: float, digits: int, *, sign: bool = False) -> list[str]:
        layout = f"{'+' if sign else ''}.{digits}f"
        return [f"{scale * figure:{layout}}" for figure in (self.value, *(self.interval or ()))]


def average_share(values: Sequence[float]) -> Mean:
    """Compute the mean of one share for each seed; its interval ends at 0 and 1."""
    mean = average(values)
    if mean.interval is None:
        return mean
    low, high = mean.interval
    return Mean(mean.value, (max(0.0, low), min(1.0, high)), mean.seeds)


def average(values: Sequence[float]) -> Mean:
    """Compute the mean of one value for each seed."""
    mean, count = statistics.fmean(values), len(values)
    if count < 2:
        return Mean(mean, None, count)
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * statistics.stdev(values)
    half /= math.sqrt(count)
    return Mean(mean, (mean - half, mean + half), count)


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Mean:
    """Compute the mean of ours minus theirs, paired by seed."""
    return average([a - b for a, b in zip(ours, theirs, strict=True)])
