"""Keep a run to its time: the plan before the first step, and its mending on the way."""

import time
from collections.abc import Callable
from typing import Any

import torch

from skipcat.networks.catalogue import Spec
from skipcat.training.plan import (
    EPOCHS_AT_MOST,
    Plan,
    bend,
    grow_sizes,
    plan_epochs,
    plan_minutes,
)
from skipcat.training.prepare import Prepared
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.speed import allowed_reductions, measure_step_time, smallest_size


def make_plan(
    spec: Spec,
    prepared: Prepared,
    recipe: Recipe,
    device: torch.device,
    deadline: float | None,
    logged: list[dict[str, Any]],
) -> tuple[Plan, Callable[[Plan, list], Plan | None] | None]:
    """Give the plan: that of the log, that of `epochs`, or one made from measured speed."""
    if logged:
        last = logged[0]
        return Plan(**{**last, "sizes_px": tuple(last["sizes_px"])}), None
    if deadline is None:
        epochs = recipe.epochs or EPOCHS_BY_DEFAULT
        return plan_epochs(epochs, prepared.image_px, spec.stem_reduction), None
    least = smallest_size(spec, spec.stem_reduction)
    probed = (max(least, prepared.image_px // 3), max(least, prepared.image_px * 3 // 4))
    per_image = measure_step_time(spec, probed, recipe, device)
    train, validation = len(prepared.split.train), len(prepared.split.validation)
    # A validation image takes one forward pass at full size, a third of a training image.
    weight = train + validation / 3
    smallest = {r: smallest_size(spec, r) for r in allowed_reductions(spec)}
    plan = plan_minutes(
        max(1.0, deadline - time.monotonic()),
        round(weight),
        image_px=prepared.image_px,
        smallest_px=smallest,
        seconds_per_image=per_image,
    )

    def replan(plan: Plan, history: list[dict[str, Any]]) -> Plan | None:
        def per_epoch(side_px: int) -> float:
            return weight * per_image(side_px, plan.stem_reduction)

        return mend_plan(plan, history, deadline, per_epoch)

    return plan, replan


def mend_plan(
    plan: Plan,
    history: list[dict[str, Any]],
    deadline: float,
    expect: Callable[[int], float],
) -> Plan | None:
    """Give a plan with fewer or more epochs when the measured speed will miss the end.

    `expect` gives the seconds of an epoch by its size, as foreseen before the first step.
    """
    done = len(history)
    left = deadline - time.monotonic()
    slower = 1.0
    if history:
        slower = history[-1]["seconds"] / sum(expect(row["image_px"]) for row in history)
    sizes = plan.sizes_px[done - plan.first_epoch :]
    if not sizes:
        return None
    needed = slower * sum(expect(side) for side in sizes)
    mean = needed / len(sizes)
    full = plan.epochs >= EPOCHS_AT_MOST
    if needed <= left and (full or left - needed < mean):
        return None
    if needed > left and needed - left < 0.25 * mean and len(sizes) > 1:
        return None
    epochs = max(1, min(round(left / mean - 0.3), EPOCHS_AT_MOST - done))
    if epochs == len(sizes):
        return None
    grown = grow_sizes(epochs, sizes[-1], min(plan.sizes_px), start=done / (done + epochs))
    why = f"{left:.0f} s are left and an epoch takes about {mean:.1f} s"
    return bend(plan, done, grown, why)
