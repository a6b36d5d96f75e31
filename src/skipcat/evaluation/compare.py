"""Two classifiers on the same images: a difference, its interval, and whether it can be told."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from skipcat.errors import DataError
from skipcat.text.numbers import join_sentences, percent
from skipcat.text.translation import Message, _


@dataclass(frozen=True)
class Comparison:
    """The accuracy of a second classifier less that of a first, on the same images.

    `only_first` and `only_second` count the images that just one of them named rightly; all that
    the comparison knows lies in these. `images_needed` is how many images in all would tell a
    difference of this size from none, None where there is no difference at all.

    Units: accuracies and differences are shares, 0.01 being one point.
    """

    images: int
    first: float
    second: float
    difference: float
    interval: tuple[float, float]
    only_first: int
    only_second: int
    confidence: float
    images_needed: int | None

    @property
    def can_tell(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.interval[0] > 0 or self.interval[1] < 0

    @property
    def images_missing(self) -> int | None:
        """How many more images would tell them apart, None where there is no difference at all."""
        return None if self.images_needed is None else max(1, self.images_needed - self.images)

    def __str__(self) -> str:
        low, high = (100 * end for end in self.interval)
        what = Message(
            "{first} and {second} on the same {images} images: {difference:+.1f} points for the "
            "second ({low:+.1f} to {high:+.1f}).",
            first=percent(self.first),
            second=percent(self.second),
            images=self.images,
            difference=100 * self.difference,
            low=low,
            high=high,
        )
        return _(join_sentences(what, self._verdict()))

    def _verdict(self) -> Message:
        if self.can_tell:
            better = self.difference > 0
            return Message("The second is better.") if better else Message("The first is better.")
        if self.images_missing is None:
            return Message("They cannot be told apart.")
        return Message(
            "They cannot be told apart; about {n:,} more image would tell.",
            "They cannot be told apart; about {n:,} more images would tell.",
            n=self.images_missing,
        )


def compare_answers(
    first_right: np.ndarray, second_right: np.ndarray, *, confidence: float = 0.95
) -> Comparison:
    """Compare which images two classifiers named rightly, image by image.

    The interval is the adjusted Wald interval for paired proportions: one image is added to each
    kind of disagreement (Bonett & Price 2012, "Adjusted Wald confidence interval for a difference
    of binomial proportions based on paired data", J. Educ. Behav. Stat. 37:479-488).

    Shapes: (N,) of booleans, the same images in the same order.

    Raises:
        DataError: no image, or not the same number of them.
    """
    first, second = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise DataError(
            f"Two classifiers are compared on the same images, one or more; given {first.shape} "
            f"and {second.shape} answers."
        )
    images = len(first)
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    one, other = (only_first + 1) / (images + 2), (only_second + 1) / (images + 2)
    middle = other - one
    spread = z * math.sqrt(max(0.0, one + other - middle**2) / (images + 2))
    difference = (only_second - only_first) / images
    return Comparison(
        images=images,
        first=float(first.mean()),
        second=float(second.mean()),
        difference=difference,
        interval=(max(-1.0, middle - spread), min(1.0, middle + spread)),
        only_first=only_first,
        only_second=only_second,
        confidence=confidence,
        images_needed=_images_needed(one + other, difference, z),
    )


def _images_needed(disagreeing: float, difference: float, z: float) -> int | None:
    """Return the N at which z standard errors of the paired difference are as long as it is."""
    if difference == 0:
        return None
    return math.ceil(z**2 * (disagreeing - difference**2) / difference**2)
