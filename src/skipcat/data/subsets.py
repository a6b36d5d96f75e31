"""Smaller and smaller parts of the training images, each within the next, class by class."""

from collections.abc import Sequence

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.splits import group_by_class
from skipcat.errors import DataError


def draw_subsets(
    dataset: Dataset,
    rows: np.ndarray,
    keys: Sequence[str],
    *,
    shares: Sequence[float],
    seed: int = 0,
) -> list[np.ndarray]:
    """Draw for each share that part of each class; a smaller one lies within every larger one.

    Images of equal key come and go together, so that a part is as near to its share as whole
    groups allow.

    Shapes: `rows` (N,), row numbers of the dataset; one sorted array of them for each share.

    Raises:
        DataError: a share so small that a class would have no image.
    """
    by_class = group_by_class(dataset, rows, keys)
    _refuse_empty_classes(dataset, rows, min(shares))
    parts: list[list[int]] = [[] for _ in shares]
    for label, members in by_class.items():
        order = np.random.default_rng([seed, label]).permutation(len(members))
        sizes = np.cumsum([len(members[place]) for place in order])
        for part, share in zip(parts, shares, strict=True):
            nearest = int(np.abs(sizes - share * sizes[-1]).argmin())
            part.extend(row for place in order[: nearest + 1] for row in members[place])
    return [np.array(sorted(part), dtype=np.int64) for part in parts]


def _refuse_empty_classes(dataset: Dataset, rows: np.ndarray, share: float) -> None:
    counts = np.bincount(dataset.labels[rows], minlength=len(dataset.classes))
    rarest = int(counts.argmin())
    if share * counts[rarest] < 0.5:
        least = f"1/{2 * counts[rarest]}"
        raise DataError(
            f"A share of {share:g} leaves no image of the class {dataset.classes[rarest]!r}, which "
            f"has {counts[rarest]} to train on; the smallest share that does is {least}."
        )
