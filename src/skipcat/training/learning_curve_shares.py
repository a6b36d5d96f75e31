"""The trainings of a learning curve: which images, how many epochs, where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.subsets import draw_subsets
from skipcat.errors import DataError, RecipeError
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.schedule.plan import find_batch
from skipcat.training.trainer.batches import count_batches

MOST_SEEDS = 20


@dataclass(frozen=True, eq=False)
class Training:
    """One training of the curve: on these rows, as this recipe says."""

    share: float
    rows: np.ndarray
    recipe: Recipe
    folder: Path


def check_shares(shares: Sequence[float], seeds: int) -> list[float]:
    """Return the shares in order, each once.

    Raises:
        RecipeError: shares or a number of seeds that make no curve.
    """
    for share in shares:
        if not 0 < share <= 1:
            raise RecipeError(
                f"A share of the training images is above 0 and at most 1; given {share:g}."
            )
    if len(set(shares)) < 2:
        raise RecipeError(
            f"A learning curve needs two different shares or more; given {len(set(shares))}."
        )
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= MOST_SEEDS:
        raise RecipeError(f"seeds is {seeds!r}, allowed: a whole number of 1 to {MOST_SEEDS}.")
    return sorted(set(shares))


def check_recipe(recipe: Recipe) -> None:
    """Check that a recipe can be held equal over the shares.

    Raises:
        RecipeError: it plans from time, or has no one test part.
    """
    if recipe.minutes is not None:
        raise RecipeError(
            "A learning curve holds the number of steps equal; give epochs instead of minutes."
        )
    if recipe.folds:
        raise RecipeError("A learning curve is judged on one test part; it takes no folds.")
    if recipe.seeds > 1:
        raise RecipeError(
            f"A learning curve takes seeds={recipe.seeds} for itself, not in its recipe."
        )


def plan_trainings(
    prepared: PreparedData, recipe: Recipe, shares: Sequence[float], seeds: int, path: Path
) -> list[Training]:
    """Return the trainings, smallest share first; all of about as many steps as all images take.

    Raises:
        DataError: no test image, or too few images for the shares.
    """
    dataset, split = prepared.dataset, prepared.split
    if not len(split.test):
        raise DataError(
            "A learning curve is judged on test images, and there are none; give test above 0, or "
            "a test part."
        )
    epochs = recipe.epochs or EPOCHS_BY_DEFAULT
    if recipe.batch is None:  # the same one for all shares
        recipe = replace(recipe, batch=find_batch(recipe, len(split.train)))
    steps = epochs * count_steps(len(split.train), recipe)
    found = []
    for seed in range(recipe.seed, recipe.seed + seeds):
        parts = draw_subsets(dataset, split.train, prepared.keys, shares=shares, seed=seed)
        sizes = [len(part) for part in parts]
        if len(set(sizes)) < len(sizes):
            raise DataError(
                f"Of {len(split.train)} training images some shares are the same: "
                f"{', '.join(map(str, sizes))} images; give fewer shares."
            )
        for share, rows in zip(shares, parts, strict=True):
            own = max(1, round(steps / count_steps(len(rows), recipe)))
            mine = replace(
                recipe, seed=seed, epochs=own, image_px=prepared.image_px,
                patience=max(1, round(recipe.patience * own / epochs)),
            )  # fmt: skip
            place = path / "runs" / f"share-{share:.6g}-seed-{seed}"
            found.append(Training(share, rows, mine, place))
    return sorted(found, key=lambda one: one.share)


def count_steps(images: int, recipe: Recipe) -> int:
    """Count the steps of an epoch."""
    return count_batches(images, min(images, recipe.batch_size))


def cut_dataset(prepared: PreparedData, rows: np.ndarray) -> Dataset:
    """Return the training images of `rows` with all validation and test images, in parts."""
    dataset, split = prepared.dataset, prepared.split
    named = {"train": rows, "validation": split.validation, "test": split.test}
    parts = {int(row): part for part, some in named.items() for row in some}
    kept = sorted(parts)
    in_parts = [parts[row] for row in kept]
    return replace(dataset.take(kept), parts=in_parts, left_out={}, source="")
