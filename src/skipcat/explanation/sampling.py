"""Which images stand on a sheet: chosen by their answers alone, before any map is made."""

import numpy as np

from skipcat.text.translation import Message


def take_right(
    probabilities: np.ndarray, labels: np.ndarray, of_class: int, most: int
) -> list[int]:
    """Return places of right answers of a class: of the surer half, at equal steps by sureness.

    Shapes: probabilities (N, classes), labels (N,).
    """
    right = np.flatnonzero((labels == of_class) & (probabilities.argmax(1) == of_class))
    order = right[np.argsort(-probabilities[right, of_class], kind="stable")]
    half = order[: max(min(most, len(order)), -(-len(order) // 2))]
    steps = np.rint(np.linspace(0, len(half) - 1, min(most, len(half)))).astype(int)
    return [int(half[step]) for step in steps]


def take_mistakes(probabilities: np.ndarray, labels: np.ndarray, most: int) -> list[int]:
    """Return the places of the wrong answers that were surest.

    Shapes: probabilities (N, classes), labels (N,).
    """
    wrong = np.flatnonzero(probabilities.argmax(1) != labels)
    order = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")]
    return [int(place) for place in order[:most]]


def say_right(shown: int, right: int, images: int) -> Message:
    """Say how the right answers of a sheet were chosen, or why there are none."""
    if not images:
        return Message("No picture that may judge is of this class.")
    if not right:
        return Message(
            "Not one of the {images} pictures of this class was named right.", images=images
        )
    return Message(
        "{right} of {images} were named right; of the surer half of these, {shown} at equal steps "
        "from the surest down. No map was looked at in choosing.",
        right=right,
        images=images,
        shown=shown,
    )


def say_mistake(number: int, mistakes: int) -> Message:
    """Say which of the mistakes this is."""
    return Message(
        "Number {number} of {mistakes} mistakes, the surest first.",
        number=number,
        mistakes=mistakes,
    )
