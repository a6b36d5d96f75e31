"""How many epochs at which size: fixed by `epochs`, or planned from measured speed for `minutes`.

Where the size that suits the data is too slow for enough epochs, the size shrinks and then the
stem's reduction grows, up to the paper's. What was planned is logged before the first step, and
again at every change. Images that grow on the way (Howard 2018) were tried and left out: in the
same minutes a single, smaller size learnt more (`benchmarks/ablation.py`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from skipcat.text.numbers import percent
from skipcat.text.translation import Message
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe

# Enough epochs to learn a few thousand images from scratch; larger sets need fewer, as the square
# root of their size, and no set fewer than the least; beyond the most, little more is gained.
EPOCHS_WANTED, OF_IMAGES = 24, 3000
EPOCHS_AT_LEAST, EPOCHS_AT_MOST = 5, 40
# In fewer steps than these a network can end at chance, as its norms' statistics lag behind its
# weights: smaller batches make more steps, down to those that still make statistics.
STEPS_WANTED, LEAST_BATCH = 200, 16
# The least part of a last epoch, and of one that is the only one.
LEAST_SHARE, LEAST_OF_ONE = 0.1, 0.001
# The side as a share of the size that suits the data, tried from the left.
SHRUNK = (1.0, 0.875, 0.75, 0.6875, 0.625, 0.5, 0.4375, 0.375, 0.3125)
# Images are not made smaller than this.
SMALL_PX = 48


@dataclass(frozen=True)
class Plan:
    """The epochs of a run, those before `first_epoch` by an earlier plan, and parts of one.

    `progress` is how far along the rate's schedule the run stands when this plan begins, so that
    a plan made on the way bends the schedule and does not break it. `last_share` is the share of
    its batches that the last epoch sees, so that a run ends on time. The schedule stands at `hold`
    until another plan lets it go: in a race, the rate stays at its peak. `tries` counts the tries
    that diverged before it.
    """

    epochs: int
    image_px: int
    stem_reduction: int = 1
    first_epoch: float = 0
    progress: float = 0.0
    last_share: float = 1.0
    hold: float = 1.0
    reason: str = ""
    tries: int = 0

    @property
    def epochs_left(self) -> float:
        """The epochs of this plan alone."""
        return self.epochs - self.first_epoch

    @property
    def length(self) -> float:
        """The epochs of this plan alone, the last one by its share."""
        return self.epochs_left - 1 + self.last_share

    def progress_at(self, epoch: float) -> float:
        """Return the progress of the rate's schedule, 0 to 1; `epoch` counts in fractions."""
        share = min(1.0, (epoch - self.first_epoch) / self.length)
        return min(self.hold, self.progress + (1 - self.progress) * share)

    def batches_at(self, epoch: int, batches: int) -> int:
        """Return how many of an epoch's batches are trained on."""
        last = epoch == self.epochs - 1
        return max(1, round(self.last_share * batches)) if last else batches

    def describe(self) -> Message:
        """Return its epochs and their size in a few words."""
        part = ""
        if self.last_share < 1:
            part = Message(", the last of them {share}", share=percent(self.last_share, 0))
        return Message(
            "{n} epoch at {image_px} px{part}",
            "{n} epochs at {image_px} px{part}",
            n=math.ceil(self.epochs_left),
            image_px=self.image_px,
            part=part,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the plan as plain values, for the log."""
        return asdict(self)


@dataclass(frozen=True)
class Spent:
    """The epochs of a run that are over, the last of them perhaps in part, and their seconds.

    `quick` are the epochs at its beginning, and their seconds, that say nothing of the pace of the
    rest: heads that learn alone cost a third.
    """

    epochs: float
    seconds: float
    quick: tuple[float, float] = (0.0, 0.0)

    def pace(self, expected: float) -> float:
        """Return the seconds of an epoch from here on; `expected` are those foreseen."""
        epochs, seconds = self.quick
        if self.epochs > epochs:
            return (self.seconds - seconds) / (self.epochs - epochs)
        return max(expected, self.seconds / self.epochs) if self.epochs else expected


#: Changes a plan on its way, or not.
Replan = Callable[[Plan, Spent], Plan | None]


def choose_batch(epochs: float, images: int, batch: int) -> int:
    """Return the batch, halved until the epochs have enough steps.

    >>> choose_batch(20, 50_000, 64), choose_batch(20, 200, 64), choose_batch(1, 100, 64)
    (64, 16, 16)
    """
    batch = min(batch, images)
    while batch >= 2 * LEAST_BATCH and epochs * images / batch < STEPS_WANTED:
        batch //= 2
    return batch


def find_batch(recipe: Recipe, images: int) -> int:
    """Return the batch of a recipe before its run is planned: what it names, or what suits."""
    if recipe.batch or recipe.only_auxiliary:
        return recipe.batch_size
    usual = want_epochs(images) if recipe.minutes else EPOCHS_BY_DEFAULT
    return choose_batch(recipe.epochs or usual, images, recipe.batch_size)


def fill_time(seconds: float, per_epoch: float, *, done: int = 0) -> tuple[int, float]:
    """Return how many epochs of `per_epoch` seconds fill the time, and the share of the last.

    `done` epochs were before.
    """
    most = max(1, EPOCHS_AT_MOST - done)
    for epochs in range(1, most + 1):
        over = epochs * per_epoch - seconds
        if over >= 0:
            share = round(1 - over / per_epoch, 2 if epochs > 1 else 3)
            least = LEAST_SHARE if done + epochs > 1 else LEAST_OF_ONE
            return epochs, min(1.0, max(least, share))
    return most, 1.0


def bend(plan: Plan, done: float, left: int, last_share: float, reason: str) -> Plan:
    """Return the plan for the rest of a run whose end moved: `left` epochs after those `done`.

    Where an epoch is done in part, it is one of those left.
    """
    return replace(
        plan,
        epochs=int(done) + left,
        first_epoch=done,
        progress=plan.progress_at(done),
        last_share=last_share,
        reason=reason,
    )


def want_epochs(images: int) -> float:
    """Return how many epochs are enough to learn so many images from scratch."""
    wanted = EPOCHS_WANTED * math.sqrt(OF_IMAGES / images)
    return max(EPOCHS_AT_LEAST, min(EPOCHS_WANTED, wanted))


def plan_minutes(
    seconds: float,
    images: int,
    *,
    image_px: int,
    smallest_px: Mapping[int, int],
    seconds_per_image: Callable[[int, int], float],
    images_after: float = 0.0,
    shrink: bool = True,
) -> Plan:
    """Plan a run that ends in `seconds`, from the measured time per image at (size, reduction).

    `smallest_px` gives the smallest image of each reduction of the stem that may be used, the one
    that suits the size first. The largest images win that leave enough epochs; where none do,
    the most epochs. What comes after them takes as long as `images_after`. Without `shrink` the
    images keep their size and the stem its reduction.
    """
    wanted = want_epochs(images)
    found = []
    candidates = _candidates(image_px, smallest_px)
    for side_px, reduction in candidates if shrink else candidates[:1]:
        per_image = seconds_per_image(side_px, reduction)
        left = max(1.0, seconds - images_after * per_image)
        found.append((left / (images * per_image), left, side_px, reduction))
        if found[-1][0] >= wanted:
            break
    length, left, side_px, reduction = max(found, key=lambda plan: min(plan[0], wanted))
    per_epoch = left / length
    epochs, share = fill_time(left, per_epoch)
    needed = (epochs - 1 + share) * per_epoch
    reason = Message(
        "{epochs:.3g} epochs take about {needed:.0f} s of the {left:.0f} s left",
        epochs=epochs - 1 + share,
        needed=needed,
        left=left,
    )
    return Plan(epochs, side_px, reduction, last_share=share, reason=reason)


def _candidates(image_px: int, smallest_px: Mapping[int, int]) -> list[tuple[int, int]]:
    """Give (size, reduction) in the order of preference: shrink first, then reduce in the stem."""
    found = []
    for reduction, smallest in smallest_px.items():
        for share in SHRUNK if image_px > SMALL_PX else (1.0,):
            side = image_px if share == 1 else round(image_px * share / 8) * 8
            if side >= smallest and (side == image_px or SMALL_PX <= side < image_px):
                found.append((side, reduction))
    return found or [(image_px, next(iter(smallest_px)))]
