"""The first plan of a run: that of its log, of its epochs, or of the speed measured here."""

import time
from collections.abc import Callable

import torch

from skipcat.networks.specs import Spec
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.schedule.image_sizes import allowed_reductions, smallest_size
from skipcat.training.schedule.plan import Plan, Replan
from skipcat.training.schedule.time_budget import keep_to, plan_time, weigh_evaluation
from skipcat.training.trainer.step_timing import measure_step_time


def make_plan(
    spec: Spec,
    prepared: PreparedData,
    recipe: Recipe,
    device: torch.device,
    deadline: float | None,
    logged: list[Plan],
) -> tuple[Plan, Replan | None]:
    """Return the log's plan, that of `epochs`, or one of measured speed, with what mends it."""
    if logged:
        return logged[0], None
    if deadline is None:
        epochs = recipe.epochs or EPOCHS_BY_DEFAULT
        return Plan(epochs, prepared.image_px, spec.stem_reduction), None
    per_image = time_images(spec, prepared, recipe, device)
    after = weigh_evaluation(prepared)
    seconds = deadline - time.monotonic()
    plan = plan_time(
        spec, prepared, recipe, seconds=seconds, per_image=per_image, images_after=after
    )
    deadline -= after * per_image(plan.image_px, plan.stem_reduction)
    return plan, keep_to(prepared, deadline, per_image)


def time_images(
    spec: Spec, prepared: PreparedData, recipe: Recipe, device: torch.device
) -> Callable[[int, int], float]:
    """Measure how long training takes here; return seconds per image at (size, reduction)."""
    own, widest = spec.stem_reduction, allowed_reductions(spec)[-1]
    least, side = smallest_size(spec, own), prepared.image_px
    low, high = ((max(least, side // part), own) for part in (3, 2))
    # What a plan may come to is measured, not guessed from beyond what was.
    if widest >= 4 * own and side >= smallest_size(spec, widest):
        low = (side, widest)
    return measure_step_time(spec, (low, high), recipe, device)
