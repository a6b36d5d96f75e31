"""Three parts: training; validation, which decides; test, which reports once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of a dataset's three parts, and what kept images out of training."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    left_out: dict[str, tuple[str, ...]]


def split_dataset(
    dataset: Dataset,
    rows: np.ndarray,
    hashes: Sequence[str],
    *,
    validation: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
) -> Split:
    """Divide the usable `rows` class by class; equal images stay on one side.

    Parts that the user made are respected; a part that is missing is taken out of training. An
    image that is also in the user's validation or test part is left out of training.

    Raises:
        DataError: shares that leave nothing to train on, or a class without a training image.
    """
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise DataError(
            f"The shares validation {validation:g} and test {test:g} leave nothing to train on; "
            "each is 0 or more, and together they are less than 1."
        )
    given = {part: [r for r in rows if dataset.parts[r] == part] for part in ("validation", "test")}
    held = {hashes[row] for part in given.values() for row in part}
    pool = [r for r in rows if dataset.parts[r] not in given]
    twins = [r for r in pool if hashes[r] in held]
    pool = [r for r in pool if hashes[r] not in held]
    shares = {
        "test": 0.0 if given["test"] else test,
        "validation": 0.0 if given["validation"] else validation,
    }
    taken = _draw(dataset, pool, hashes, shares, seed)
    for part, drawn in taken.items():
        given[part] += drawn
    out = set(given["validation"]) | set(given["test"])
    train = [row for row in pool if row not in out]
    _refuse_empty_classes(dataset, train)
    left_out = {}
    if twins:
        left_out["also in the validation or test part"] = tuple(dataset.names[r] for r in twins)
    return Split(_array(train), _array(given["validation"]), _array(given["test"]), left_out)


def _draw(
    dataset: Dataset,
    pool: list[int],
    hashes: Sequence[str],
    shares: dict[str, float],
    seed: int,
) -> dict[str, list[int]]:
    """Draw each part's share of each class, in groups of equal images."""
    groups: dict[str, list[int]] = {}
    for row in pool:
        groups.setdefault(hashes[row], []).append(row)
    by_class: dict[int, list[list[int]]] = {}
    # Sorted by content, so that neither file names nor the order of listing decide.
    for key in sorted(groups):
        by_class.setdefault(int(dataset.labels[groups[key][0]]), []).append(groups[key])
    drawn: dict[str, list[int]] = {part: [] for part in shares}
    for label, members in sorted(by_class.items()):
        order = np.random.default_rng([seed, label]).permutation(len(members))
        start = 0
        for part, share in shares.items():
            count = _share_of(len(members), share, spare=len(members) - start - 1)
            drawn[part] += [r for i in order[start : start + count] for r in members[i]]
            start += count
    return drawn


def _share_of(total: int, share: float, spare: int) -> int:
    """Round the share; one image at least where the class has five, and one is left to train."""
    count = round(total * share)
    if share > 0 and count == 0 and total >= 5:
        count = 1
    return max(0, min(count, spare))


def _refuse_empty_classes(dataset: Dataset, train: list[int]) -> None:
    if not train:
        raise DataError("No image is left for training; the data hold none or the shares are 1.")
    present = {int(dataset.labels[row]) for row in train}
    missing = [name for i, name in enumerate(dataset.classes) if i not in present]
    if missing:
        raise DataError(
            f"No training image for the class {missing[0]!r}"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
            + "; every class needs at least one that can be read."
        )
    if len(present) < 2:
        raise DataError(
            f"All images are of one class, {dataset.classes[0]!r}; at least two classes are needed."
        )


def _array(rows: list[int]) -> np.ndarray:
    return np.array(sorted(rows), dtype=np.int64)
