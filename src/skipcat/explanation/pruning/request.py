"""What is asked of pruning: how much may be lost, how fast it shall be, how long it may learn."""

import math
from bisect import bisect_left
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from skipcat.errors import RecipeError
from skipcat.evaluation.compare import compare_answers

MOST_SPEEDUP = 100.0


@dataclass(frozen=True)
class Wish:
    """What is asked of a pruning.

    `lose_at_most` is in points of accuracy on the deciding images; with `certain` a larger loss
    must be excluded at 95 %. `latency_ms` is that of one batch of `batch` images.

    Raises:
        RecipeError: nothing is asked, too much at once, or figures that no network has.
    """

    lose_at_most: float | None = None
    latency_ms: float | None = None
    speedup: float | None = None
    batch: int = 1
    minutes: float | None = None
    epochs: int | None = None
    certain: bool = False

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise RecipeError(f"Pruning cannot do as it is asked: {'; '.join(problems)}.")

    def _problems(self) -> list[str]:
        found = []
        if self.lose_at_most is None and self.latency_ms is None and self.speedup is None:
            found.append("give lose_at_most (points), latency_ms or speedup")
        if self.latency_ms is not None and self.speedup is not None:
            found.append("latency_ms and speedup are both given, one of them is the goal")
        if self.minutes is not None and self.epochs is not None:
            found.append("minutes and epochs are both given, one of them plans the fine-tuning")
        if self.certain and self.lose_at_most is None:
            found.append("certain needs lose_at_most")
        ranges = {
            "lose_at_most": (0, 100), "latency_ms": (0.001, math.inf), "speedup": (1, MOST_SPEEDUP),
            "batch": (1, 65536), "minutes": (0.05, math.inf), "epochs": (1, 100_000),
        }  # fmt: skip
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            whole = name in ("batch", "epochs")
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
                found.append(f"{name} is {value!r}, a {'whole ' if whole else ''}number is needed")
            elif not low <= float(value) <= high:
                bounds = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
                found.append(f"{name} is {value:g}, allowed: {bounds}")
        return found

    @property
    def tunes(self) -> bool:
        """Whether the smaller network is fine-tuned."""
        return self.minutes is not None or self.epochs is not None

    @property
    def has_goal(self) -> bool:
        """Whether a speed is asked for."""
        return self.latency_ms is not None or self.speedup is not None

    def allows(self, before: np.ndarray, after: np.ndarray) -> bool:
        """Tell whether what is lost may be lost.

        Shapes: (N,) of booleans, the same deciding images rightly named before and after.
        """
        if self.lose_at_most is None:
            return True
        found = compare_answers(before, after)
        lost = -found.interval[0] if self.certain else -found.difference
        return lost <= self.lose_at_most / 100 + 1e-12

    def check_images(self, deciding: int, data: str) -> None:
        """Refuse to be certain of what so few images can never exclude.

        Raises:
            RecipeError: even if no answer changed, a larger loss could not be excluded.
        """
        if not self.certain or self.lose_at_most is None:
            return
        least = math.ceil(1e4 * _least_loss(deciding)) / 100
        if least > self.lose_at_most:
            raise RecipeError(
                f"The {deciding:,} images of '{data}' that decide cannot exclude a loss of "
                f"{self.lose_at_most:g} points even if no answer changes, only one of {least:.2f}; "
                f"about {_images_for(self.lose_at_most):,} would, or lose_at_most={least:.2f}."
            )


def _least_loss(images: int) -> float:
    same = np.ones(images, dtype=bool)
    return -compare_answers(same, same).interval[0]


def _images_for(points: float) -> int:
    return bisect_left(range(1 << 24), -points, lo=1, key=lambda count: -100 * _least_loss(count))
