"""Which images teach, which decide, and which report: no image does two of these."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from skipcat.classifier import DECIDED, TRAINED, Classifier
from skipcat.data.cache import prepare_images
from skipcat.data.dataset import Dataset, open_dataset
from skipcat.data.images import hash_image
from skipcat.errors import ClassifierError
from skipcat.reporting import Progress, no_progress
from skipcat.text.translation import Message

# Fewer images that decided in training are too few to decide again.
ENOUGH_TO_DECIDE = 50


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images as the network sees them, before mean and std.

    Shapes: `pixels` (N, C, S, S) uint8, `labels` (N,) indices into the classifier's classes,
    `rows` (N,) of the dataset. `unreadable` names those that are missing.
    """

    pixels: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    unreadable: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, most: int) -> "Labelled":
        """Return at most so many of them, spread evenly over all."""
        if len(self) <= most:
            return self
        places = spread_rows(range(len(self)), most)
        return Labelled(self.pixels[places], self.labels[places], self.rows[places])


@dataclass(frozen=True, eq=False)
class Division:
    """The rows of a dataset by what a classifier may use them for.

    `deciding` are those that decided in its training already; where DATA hold too few of them, a
    share of those that may judge. `reporting` are the others that may judge.
    """

    dataset: Dataset
    labels: np.ndarray
    training: list[int]
    deciding: list[int]
    reporting: list[int]
    deciding_are: Message
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)


def divide_images(classifier: Classifier, data: object, *, share: float) -> Division:
    """Divide `data` by the hashes that the classifier recorded; the test part alone may judge.

    `share` of the images that may judge is set aside to decide where no others can: class by
    class, in the order of their hashes, so that neither names nor chance choose; 0 sets none aside.

    Raises:
        DataError: there are no such data.
        ClassifierError: they hold other classes, or no image that may judge.
    """
    dataset = open_dataset(data)
    labels, used = classifier.match_labels(dataset), classifier.used_images()
    hashes = [_hash(dataset, row) for row in range(len(dataset))]
    reasons = [used.get(one, "") for one in hashes]
    judging = [i for i, part in enumerate(dataset.parts) if part == "test"] or range(len(dataset))
    free = [row for row in judging if not reasons[row]]
    left_out: dict[str, list[str]] = {}
    for row in judging:
        if reasons[row]:
            left_out.setdefault(reasons[row], []).append(dataset.names[row])
    named = {reason: tuple(names) for reason, names in left_out.items()}
    if not free:
        counts = ", ".join(f"{len(names)} {reason}" for reason, names in named.items())
        raise ClassifierError(
            f"No image of '{dataset.name}' may judge this classifier ({counts}); give images "
            "that it has not seen."
        )
    training = [row for row, reason in enumerate(reasons) if reason == TRAINED]
    deciding = [row for row, reason in enumerate(reasons) if reason == DECIDED]
    what = Message("the images that chose its best epoch (validation)")
    if share and len(deciding) < ENOUGH_TO_DECIDE:
        order = sorted(free, key=lambda row: (labels[row], hashes[row], row))
        step = round(1 / share)
        deciding = sorted(order[step - 1 :: step])
        what = Message(
            "{share:.0%} of the images that it has not seen, which do not report", share=share
        )
    aside = set(deciding)
    reporting = [row for row in free if row not in aside]
    return Division(dataset, labels, training, deciding, reporting, what, named)


def read_images(
    classifier: Classifier,
    division: Division,
    rows: Sequence[int],
    *,
    progress: Progress = no_progress,
) -> Labelled:
    """Decode some images of a division; those that cannot be read are missing, and named."""
    sources = [division.dataset.images[row] for row in rows]
    pixels, broken = prepare_images(sources, classifier.preprocessing, progress=progress)
    places = np.array([i for i in range(len(rows)) if i not in broken], dtype=np.int64)
    taken = np.asarray(rows, dtype=np.int64)[places]
    unreadable = tuple(division.dataset.names[rows[place]] for place in broken)
    return Labelled(pixels[places] if broken else pixels, division.labels[taken], taken, unreadable)


def count_left_out(division: Division, *read: Labelled) -> dict[str, int]:
    """Count the images that were left out, by reason."""
    counts = {reason: len(names) for reason, names in division.left_out.items()}
    unreadable = {name for images in read for name in images.unreadable}
    return counts | ({"cannot be read": len(unreadable)} if unreadable else {})


def spread_rows(rows: Sequence[int], most: int) -> list[int]:
    """Return at most so many rows, spread evenly over all."""
    if len(rows) <= most:
        return list(rows)
    return [rows[i] for i in np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _hash(dataset: Dataset, row: int) -> str:
    try:
        return hash_image(dataset.images[row])
    except OSError:
        return ""
