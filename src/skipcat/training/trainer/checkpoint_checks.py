"""Checks of a checkpoint: its place, figures and tensors; what does not fit is refused."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from skipcat.data.splits import Split
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.logs import COLUMNS
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.batches import cut_batches
from skipcat.training.trainer.divergence import TRIES
from skipcat.training.trainer.state import State

# No figure of a run is larger, and no number that is not finite is smaller.
_LARGEST = 1e15
_WHERE_JUDGED = frozenset({"validation_loss", "validation_accuracy"})


def check_place(state: State, plan: Plan, first: Plan, recipe: Recipe, split: Split) -> None:
    """Check that a run can stand where its state says, by `plan` after its `first` one.

    Raises:
        ValueError: it cannot.
    """
    if (plan.image_px, plan.stem_reduction) != (first.image_px, first.stem_reduction):
        raise ValueError(f"it is of a plan with {plan.image_px} px")
    if recipe.epochs is not None and plan.epochs > recipe.epochs:
        raise ValueError(f"it is of a plan of {plan.epochs} epochs")
    tries = len(state.divergences)
    if not tries == plan.tries < TRIES:
        raise ValueError(f"it is of try {plan.tries + 1}, after {tries} others")
    batches = list(cut_batches(len(split.train), recipe.batch_size))
    seen = batches[state.batch - 1].stop if 0 < state.batch <= len(batches) else 0
    steps = state.epoch * len(batches) + state.batch
    if 0 < state.epoch == plan.epochs:  # the last epoch may have seen a share
        steps -= len(batches) - plan.batches_at(state.epoch - 1, len(batches))
    reached = state.epoch + state.batch / len(batches)
    places = plan.first_epoch <= reached <= plan.epochs and 0 <= state.batch <= len(batches)
    if not places or state.step != steps:
        raise ValueError(f"no run stands at step {state.step}, epoch {state.epoch}")
    best = 0.0 if math.isinf(state.best_loss) else state.best_loss
    figures = (state.loss_sum, state.seconds, best)
    if not all(abs(figure) < _LARGEST for figure in figures) or state.seen != seen:
        raise ValueError("its sums are none")
    if not 0 <= state.right <= seen or not -1 <= state.best_epoch < max(1, state.epoch):
        raise ValueError("its counts are none")
    if len(state.history) != state.epoch:
        raise ValueError(f"it has figures of {len(state.history)} epochs, and is in {state.epoch}")
    judged = bool(len(split.validation))
    for number, row in enumerate(state.history, start=1):
        _check_row(number, row, judged=judged)


def _check_row(number: int, row: Mapping[str, Any], *, judged: bool) -> None:
    if set(row) != set(COLUMNS) or row["epoch"] != number:
        raise ValueError(f"its figures of epoch {number} are incomplete")
    for name, value in row.items():
        if value is None and name in _WHERE_JUDGED and not judged:
            continue
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        if not numeric or not abs(value) < _LARGEST:
            raise ValueError(f"{name} of epoch {number} is {value!r:.40}")


def check_figures(given: Mapping[str, Any], own: Mapping[str, Any], what: str) -> None:
    """Check that figures can take the place of a run's own.

    Raises:
        ValueError: one is missing, or no number above 0.
    """
    for name in own:
        value = given.get(name)
        if not isinstance(value, int | float) or not 0 <= value < _LARGEST:
            raise ValueError(f"{what} {name} is {value!r:.40}")


def check_tensors(given: Mapping[str, Tensor], own: Mapping[str, Tensor], what: str) -> None:
    """Check that tensors can take the place of a run's own.

    Raises:
        ValueError: a name, shape or type differs.
    """
    strange = sorted(set(given) ^ set(own))
    if strange:
        raise ValueError(f"{what} has or lacks {strange[0]:.60}")
    for name, tensor in given.items():
        _check_tensor(tensor, own[name], f"{what} {name}")


def check_momenta(given: Mapping[int, Tensor], parameters: Sequence[Tensor]) -> None:
    """Check that an optimiser's buffers are of its parameters, which may lack one.

    Raises:
        ValueError: a number, shape or type differs.
    """
    for number, buffer in given.items():
        if not 0 <= number < len(parameters):
            raise ValueError(f"there is no parameter {number}")
        _check_tensor(buffer, parameters[number], f"momentum {number}")


def _check_tensor(given: Tensor, own: Tensor, what: str) -> None:
    if given.shape != own.shape or given.dtype != own.dtype:
        was = f"{tuple(given.shape)} {given.dtype}, not {tuple(own.shape)} {own.dtype}"
        raise ValueError(f"{what} is {was}")
