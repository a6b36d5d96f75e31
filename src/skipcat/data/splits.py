"""Three parts: training; validation, which decides; test, which reports once."""

from collections.abc import Iterable, Sequence
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
    keys: Sequence[str],
    *,
    validation: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
) -> Split:
    """Divide the usable `rows` class by class; images of equal key stay on one side.

    A key is an image's hash, or what it shares with its near duplicates.

    Parts that the user made are respected; a part that is missing is taken out of training. An
    image that is also in the user's validation or test part is left out of training, one that is
    in both of them out of validation.

    Raises:
        DataError: shares that leave nothing to train on, or a class without a training image.
    """
    if not (0 <= validation < 1 and 0 <= test < 1 and validation + test < 1):
        raise DataError(
            f"The shares validation {validation:g} and test {test:g} leave nothing to train on; "
            "each is 0 or more, and together they are less than 1."
        )
    also_held_out = find_held_out(dataset, rows, keys)
    dropped = {row for out in also_held_out.values() for row in out}
    kept = [int(row) for row in rows if row not in dropped]
    given = {part: [r for r in kept if dataset.parts[r] == part] for part in ("validation", "test")}
    pool = [row for row in kept if dataset.parts[row] not in given]
    shares = {
        "test": 0.0 if given["test"] else test,
        "validation": 0.0 if given["validation"] else validation,
    }
    taken = _draw(dataset, pool, keys, shares, seed)
    for part, drawn in taken.items():
        given[part] += drawn
    out = set(given["validation"]) | set(given["test"])
    train = [row for row in pool if row not in out]
    _refuse_empty_classes(dataset, train)
    left_out = {
        reason: tuple(dataset.names[row] for row in out) for reason, out in also_held_out.items()
    }
    return Split(_array(train), _array(given["validation"]), _array(given["test"]), left_out)


def find_held_out(
    dataset: Dataset, rows: np.ndarray, keys: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Return the rows that the user's own parts hold once more where they must not, by reason."""
    held: dict[str, set[str]] = {"validation": set(), "test": set()}
    for row in rows:
        if dataset.parts[row] in held:
            held[dataset.parts[row]].add(keys[row])
    anywhere = held["validation"] | held["test"]
    twins = [int(r) for r in rows if dataset.parts[r] not in held and keys[r] in anywhere]
    # What is in the user's test part must not have decided.
    repeated = [
        int(r) for r in rows if dataset.parts[r] == "validation" and keys[r] in held["test"]
    ]
    found = {
        "also in the validation or test part": tuple(twins),
        "in the validation part, but also in the test part": tuple(repeated),
    }
    return {reason: out for reason, out in found.items() if out}


def group_by_class(
    dataset: Dataset, rows: Iterable[int], keys: Sequence[str]
) -> dict[int, list[list[int]]]:
    """Give each class's groups of rows that have one key; a group is of its least label's class."""
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(keys[row], []).append(int(row))
    by_class: dict[int, list[list[int]]] = {}
    # Sorted by content, so that neither file names nor the order of listing decide.
    for key in sorted(groups):
        label = min(int(dataset.labels[row]) for row in groups[key])
        by_class.setdefault(label, []).append(groups[key])
    return dict(sorted(by_class.items()))


def _draw(
    dataset: Dataset, pool: list[int], keys: Sequence[str], shares: dict[str, float], seed: int
) -> dict[str, list[int]]:
    """Draw each part's share of each class, group by group; what is too large for it is not cut."""
    drawn: dict[str, list[int]] = {part: [] for part in shares}
    for label, members in group_by_class(dataset, pool, keys).items():
        order = np.random.default_rng([seed, label]).permutation(len(members))
        left = [members[i] for i in order]
        total = sum(len(group) for group in members)
        for part, share in shares.items():
            room = _share_of(total, share, spare=sum(len(group) for group in left) - 1)
            rest = []
            for group in left:
                if len(group) <= room:
                    drawn[part] += group
                    room -= len(group)
                else:
                    rest.append(group)
            left = rest
    return drawn


def _share_of(total: int, share: float, spare: int) -> int:
    """Round the share; one image at least where the class has five, and one is left to train."""
    count = round(total * share) or int(share > 0 and total >= 5)
    return max(0, min(count, spare))


def _refuse_empty_classes(dataset: Dataset, train: list[int]) -> None:
    if not train:
        raise DataError("No image is left for training; the data hold none or the shares are 1.")
    present = {int(dataset.labels[row]) for row in train}
    missing = [name for i, name in enumerate(dataset.classes) if i not in present]
    if missing:
        parts = zip(dataset.labels, dataset.parts, strict=True)
        held = {dataset.classes[label] for label, part in parts if part in ("validation", "test")}
        alone = len(missing) == 1 and missing[0] in held
        hint = " It is in the validation or test part only." if alone else ""
        raise DataError(
            f"No training image for the class {missing[0]!r}"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
            + "; every class needs at least one that can be read."
            + hint
        )
    if len(present) < 2:
        raise DataError(
            f"All images are of one class, {dataset.classes[0]!r}; at least two classes are needed."
        )


def _array(rows: list[int]) -> np.ndarray:
    return np.array(sorted(rows), dtype=np.int64)
