"""The request of a training: what is asked, as plain values."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from skipcat.data.dataset import Dataset
from skipcat.training.network_names import is_classifier, name_architecture
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.plan import Plan

USUAL_NETWORK = "resnet18"


@dataclass(frozen=True, eq=False)
class WarmStart:
    """Where a race left a network: its folder, its plan, its measured speed, its data."""

    folder: Path
    plan: Plan
    seconds_per_step: float
    batch: int
    prepared: PreparedData

    def time_image(self, side_px: int, reduction: int) -> float:
        """Return the seconds of training on one image; a race knows its own size only."""
        return self.seconds_per_step / self.batch


@dataclass(frozen=True, eq=False)
class TrainingRequest:
    """What is asked of one training; None leaves a choice to the run that is resumed.

    `recipe` as a mapping names some of its fields; `usual` has the others of a new run. An
    `automatic` training decides as `fit` does: weights that cannot be had are done without, few
    images are evaluated by cross-validation, a batch that memory does not hold becomes smaller.
    `warm_start` is where a race left the network, `reason` why it is this one; the recipe's minutes
    count from `started`, a time.monotonic().
    """

    data: Dataset
    out: Path
    network: str | Path | None = None
    pretrained: str | Path | None = None
    recipe: Recipe | Mapping[str, object] | None = None
    usual: Recipe = field(default_factory=Recipe)
    resume: bool = False
    allow_changes: bool = False
    automatic: bool = False
    warm_start: WarmStart | None = None
    reason: str = ""
    started: float = field(default_factory=time.monotonic)

    def complete(self, network: str, pretrained: str, base: Recipe) -> tuple[str, str, Recipe]:
        """Return network, pretrained and recipe in full; what is not named is as given here.

        The weights of a classifier's folder bring its network with them.
        """
        weights = name_architecture(self.pretrained or "")
        named = name_architecture(self.network or (weights if is_classifier(weights) else ""))
        recipe = self.recipe
        if not isinstance(recipe, Recipe):
            fields: dict[str, Any] = dict(recipe or {})
            if {"epochs", "minutes"} & set(fields):
                base = replace(base, epochs=None, minutes=None)
            recipe = replace(base, **fields)
        elif recipe.batch is None:
            recipe = replace(recipe, batch=base.batch)
        return named or network, weights or pretrained, recipe
