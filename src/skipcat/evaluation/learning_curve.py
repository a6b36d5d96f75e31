"""How accuracy grew with the images that were trained on, in figures and in words."""

from dataclasses import asdict, dataclass
from typing import Any

from skipcat.evaluation.power_law import CurveFit
from skipcat.text.numbers import percent
from skipcat.text.translation import Message, _
from skipcat.text.width import pad, wrap


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
    def expectation(self) -> Message:
        """What twice as many images to train on would bring, in one sentence."""
        low, high = self.fit.gain_interval
        ends = {"low": _size(low), "high": _size(high)}
        if low > 0:
            return Message(
                "Twice as many images to train on ({twice:,} instead of {images:,}) would be "
                "expected to bring between {low} and {high} points more accuracy.",
                twice=2 * self.images,
                images=self.images,
                **ends,
            )
        if high < 0:
            return Message(
                "Twice as many images to train on ({twice:,} instead of {images:,}) would be "
                "expected to cost between {high} and {low} points of accuracy, so look at the "
                "images first.",
                twice=2 * self.images,
                images=self.images,
                **ends,
            )
        return Message(
            "What twice as many images to train on ({twice:,} instead of {images:,}) would bring "
            "cannot be told from {test:,} test images: anything from {low} points less accuracy "
            "to {high} points more.",
            twice=2 * self.images,
            images=self.images,
            test=self.test_images,
            **ends,
        )

    @property
    def cautions(self) -> tuple[Message, ...]:
        """What a reader must know to read the curve rightly."""
        said = [Message("Every training took about as many steps, so that only the images differ.")]
        if len(self.points[0].each) == 1:
            said.append(
                Message(
                    "Each point is one training; how much another seed would change it is not in "
                    "the ranges, and --seeds 3 would show it."
                )
            )
        if not self.fit.fits:
            said.append(Message("The points lie on no such curve; take the expectation with care."))
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain values that JSON can hold."""
        return {**asdict(self), "expectation": self.expectation, "cautions": self.cautions}

    def __str__(self) -> str:
        lines = [_row(_("share"), _("images"), _("epochs"), _("accuracy"), _("95 % interval"))]
        for one in self.points:
            low, high = map(percent, one.interval)
            ends = _("{low} to {high}", low=low, high=high)
            share, accuracy = _("{share:.3g} %", share=100 * one.share), _(percent(one.accuracy))
            lines.append(_row(share, f"{one.images:,}", f"{one.epochs:,}", accuracy, ends))
        said = [line for text in (self.expectation, *self.cautions) for line in wrap(_(text))]
        return "\n".join([*lines, "", *said])


def _row(share: str, images: str, epochs: str, accuracy: str, interval: str) -> str:
    cells = ((share, 8), (images, 9), (epochs, 8), (accuracy, 10))
    return f"{' '.join(pad(text, width, right=True) for text, width in cells)}   {interval}"


def _size(difference: float) -> str:
    """Return the size of a difference in points."""
    points = f"{100 * abs(difference):.1f}"
    return Message("less than 0.1") if points == "0.0" and difference else points
