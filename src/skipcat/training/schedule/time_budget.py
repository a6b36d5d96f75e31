"""The time budget: a plan that fills the minutes, and its mending on the way."""

import time
from collections.abc import Callable
from dataclasses import replace

from skipcat.networks.specs import Spec
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.schedule.image_sizes import allowed_reductions, smallest_size
from skipcat.training.schedule.learning_rate import rate_at
from skipcat.training.schedule.plan import (
    EPOCHS_AT_MOST,
    Plan,
    Replan,
    Spent,
    bend,
    fill_time,
    plan_minutes,
)

# What is left of an epoch at least where it is to end at once.
LEAST_PART = 0.01
# What is left of a time budget for the page, and for steps that were slower than foreseen.
RESERVE, RESERVE_SECONDS, RESERVE_AT_MOST = 0.015, 5.0, 0.5


def find_deadline(recipe: Recipe, started: float, networks: int) -> float | None:
    """Return when the first of the networks has to be done; all have the same time.

    Units: seconds of time.monotonic(), as `started` is; None where the recipe has no minutes.
    """
    if recipe.minutes is None:
        return None
    seconds = 60 * recipe.minutes
    reserve = min(RESERVE * seconds + RESERVE_SECONDS, RESERVE_AT_MOST * seconds)
    deadline = started + seconds - reserve
    return time.monotonic() + (deadline - time.monotonic()) / networks


def plan_time(
    spec: Spec,
    prepared: PreparedData,
    recipe: Recipe,
    *,
    seconds: float,
    per_image: Callable[[int, int], float],
    image_px: int | None = None,
    images_after: float = 0.0,
) -> Plan:
    """Plan the epochs that `seconds` hold, at `image_px` at most, or at what suits the data."""
    return plan_minutes(
        max(1.0, seconds),
        round(weigh_epoch(prepared)),
        image_px=image_px or prepared.image_px,
        smallest_px={r: smallest_size(spec, r) for r in allowed_reductions(spec)},
        seconds_per_image=per_image,
        images_after=images_after,
        shrink=recipe.preset == "fast",
    )


def keep_to(
    prepared: PreparedData, deadline: float, per_image: Callable[[int, int], float]
) -> Replan:
    """Return what mends a plan on its way, so that it ends at the deadline."""
    judging = len(prepared.split.validation) / 3

    def replan(plan: Plan, spent: Spent) -> Plan | None:
        per = per_image(plan.image_px, plan.stem_reduction)
        # An epoch that is done in part has not been judged yet.
        later = (spent.epochs - int(spent.epochs)) * judging * per
        spent = replace(spent, seconds=spent.seconds + later)
        return mend_plan(plan, spent, deadline, weigh_epoch(prepared) * per)

    return replan


def weigh_epoch(prepared: PreparedData) -> float:
    """Return the images of an epoch: a validation image takes a forward pass, a third of a step."""
    return len(prepared.split.train) + len(prepared.split.validation) / 3


def weigh_evaluation(prepared: PreparedData) -> float:
    """Return what comes after the last epoch: two ways to fit the validation images, the test part.

    Units: training images.
    """
    return (2 * len(prepared.split.validation) + len(prepared.split.test)) / 3


def mend_plan(plan: Plan, spent: Spent, deadline: float, expected: float) -> Plan | None:
    """Return a plan with fewer or more epochs when the measured speed will miss the end.

    `expected` are the seconds of an epoch as foreseen before the first step.
    """
    left, done = deadline - time.monotonic(), spent.epochs
    per_epoch = spent.pace(expected)
    if done >= plan.epochs:
        return None
    needed = (plan.epochs - done - 1 + plan.last_share) * per_epoch
    # An end that is off by less than a hundredth of the run, or a tenth of an epoch, is none.
    slack = max(0.01 * (spent.seconds + left), min(0.1, 0.1 * plan.length) * per_epoch)
    if abs(needed - left) < slack or (needed < left and plan.epochs >= EPOCHS_AT_MOST):
        return None
    part = done - int(done)
    epochs, share = fill_time(left + part * per_epoch, per_epoch, done=int(done))
    if epochs == 1:  # no step is taken back
        share = min(1.0, max(share, part + LEAST_PART))
    why = Message(
        "{left:.0f} s are left, and the rest as planned takes about {needed:.0f} s",
        left=max(0.0, left),
        needed=needed,
    )
    return bend(plan, done, epochs, share, why)


def lengthen_plan(plan: Plan, done: int, recipe: Recipe) -> Plan:
    """Return the plan of more epochs for a run that had ended after `done` of them.

    The rate rises once more, to what a run of the recipe's epochs has there, and falls as its does:
    a warm restart (Loshchilov & Hutter 2017) without a schedule of its own.
    """
    epochs = recipe.epochs or EPOCHS_BY_DEFAULT
    progress = done / epochs
    share = rate_at(progress, 1.0, recipe) / rate_at(recipe.warmup, 1.0, recipe)
    return replace(
        plan,
        epochs=epochs,
        first_epoch=done,
        progress=progress,
        reason=Message(
            "{n} epoch more than the {done} that it had ended with: the rate rises again at once, "
            "to the {share:.0f} % of its peak that a run of {epochs} has there, and falls to "
            "nothing",
            "{n} epochs more than the {done} that it had ended with: the rate rises again at once, "
            "to the {share:.0f} % of its peak that a run of {epochs} has there, and falls to "
            "nothing",
            n=epochs - done,
            done=done,
            share=100 * share,
            epochs=epochs,
        ),
    )
