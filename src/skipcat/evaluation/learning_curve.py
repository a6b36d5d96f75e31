"""How accuracy grew with the images that were trained on, in figures and in words."""

from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from skipcat.evaluation.power_law import CurveFit

WIDTH = 80


@dataclass(frozen=True)
class CurvePoint:
    """What was measured at one share of the training images.

    `accuracy` is the mean of `each`, one figure for each training; the interval is Wilson's at
    95 %, of the test images.
    """

    share: float
    images: int
    epochs: int
    steps: int
    accuracy: float
    interval: tuple[float, float]
    each: tuple[float, ...]


@dataclass(frozen=True)
class LearningCurve:
    """The accuracy at several shares of the training images, and what more of them would bring.

    `images` are all those to train on; `test_images` judged every training.
    """

    data: str
    network: str
    images: int
    test_images: int
    points: tuple[CurvePoint, ...]
    fit: CurveFit

    @property
    def expectation(self) -> str:
        """What twice as many images to train on would bring, in one sentence."""
        low, high = self.fit.gain_interval
        more = f"wice as many images to train on ({2 * self.images:,} instead of {self.images:,})"
        if low > 0:
            return (
                f"T{more} would be expected to bring between {_size(low)} and {_size(high)} points "
                "more accuracy."
            )
        if high < 0:
            return (
                f"T{more} would be expected to cost between {_size(high)} and {_size(low)} points "
                "of accuracy, so look at the images first."
            )
        return (
            f"What t{more} would bring cannot be told from {self.test_images:,} test images: "
            f"anything from {_size(low)} points less accuracy to {_size(high)} points more."
        )

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must know to read the curve rightly."""
        said = ["Every training took about as many steps, so that only the images differ."]
        if len(self.points[0].each) == 1:
            said.append(
                "Each point is one training; how much another seed would change it is not in the "
                "ranges, and --seeds 3 would show it."
            )
        if not self.fit.fits:
            said.append("The points lie on no such curve; take the expectation with care.")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Give the curve as plain values that JSON can hold."""
        return {**asdict(self), "expectation": self.expectation, "cautions": self.cautions}

    def __str__(self) -> str:
        lines = [f"{'share':>8} {'images':>9} {'epochs':>8} {'accuracy':>10}   95 % interval"]
        lines += [
            f"{100 * one.share:>6.3g} % {one.images:>9,} {one.epochs:>8,} "
            f"{100 * one.accuracy:>8.1f} %   {100 * one.interval[0]:.1f} % to "
            f"{100 * one.interval[1]:.1f} %"
            for one in self.points
        ]
        said = [line for text in (self.expectation, *self.cautions) for line in wrap(text, WIDTH)]
        return "\n".join([*lines, "", *said])


def _size(difference: float) -> str:
    """Give the size of a difference in points."""
    points = f"{100 * abs(difference):.1f}"
    return "less than 0.1" if points == "0.0" and difference else points
