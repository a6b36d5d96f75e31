"""How many epochs at which sizes: fixed by `epochs`, or planned from measured speed for `minutes`.

Under a time budget the images start small and grow, the largest size last; where even that is too
slow for enough epochs, the final size shrinks and then the stem's reduction grows, up to the
paper's. What was planned is logged before the first step, and again at every change.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

# Enough epochs to learn a few thousand images from scratch; larger sets need fewer, as the square
# root of their size, and no set fewer than the least; beyond the most, little more is gained.
EPOCHS_WANTED, OF_IMAGES = 24, 3000
EPOCHS_AT_LEAST, EPOCHS_AT_MOST = 5, 40
# The least part of a last epoch.
LEAST_SHARE = 0.1
# The last epochs' side, as a share of the size that suits the data, tried from the left.
SHRUNK = (1.0, 0.875, 0.75, 0.6875, 0.625, 0.5, 0.4375, 0.375, 0.3125)
# Images of this size and smaller are seen whole and large from the start.
SMALL_PX = 48
# The first epochs' side as a share of the last's.
FIRST_SHARE, FIRST_SHARE_OF_SMALL = 0.55, 0.85


@dataclass(frozen=True)
class Plan:
    """The epochs that are left from `first_epoch` on, each with its image size.

    `progress` is how far along the rate's schedule the run stands when this plan begins, so that
    a plan made on the way bends the schedule and does not break it. `last_share` is the share of
    its batches that the last epoch sees, so that a run ends on time. `tries` counts the tries
    that diverged before it.
    """

    sizes_px: tuple[int, ...]
    first_epoch: int = 0
    progress: float = 0.0
    stem_reduction: int = 1
    image_px: int = 0
    reason: str = ""
    tries: int = 0
    last_share: float = 1.0

    @property
    def epochs(self) -> int:
        """All epochs of the run, those before this plan included."""
        return self.first_epoch + len(self.sizes_px)

    def size_at(self, epoch: int) -> int:
        """Give the image size of an epoch of this plan."""
        return self.sizes_px[epoch - self.first_epoch]

    def progress_at(self, epoch: float) -> float:
        """Give the progress of the rate's schedule, 0 to 1; `epoch` counts in fractions."""
        whole = max(1, len(self.sizes_px)) - 1 + self.last_share
        share = min(1.0, (epoch - self.first_epoch) / whole)
        return self.progress + (1 - self.progress) * share

    def batches_at(self, epoch: int, batches: int) -> int:
        """Give how many of an epoch's batches are trained on."""
        last = epoch == self.epochs - 1
        return max(1, round(self.last_share * batches)) if last else batches

    def describe(self) -> str:
        """Give its epochs and their sizes in a few words."""
        count = len(self.sizes_px)
        low, high = min(self.sizes_px), max(self.sizes_px)
        part = f", the last of them {100 * self.last_share:.0f} %" if self.last_share < 1 else ""
        at = f"{low} px" if low == high else f"{low} to {high} px"
        return f"{count} epoch{'s' if count > 1 else ''} at {at}{part}"

    def to_dict(self) -> dict[str, object]:
        """Give the plan as plain values, for the log."""
        return asdict(self)


def plan_epochs(epochs: int, image_px: int, stem_reduction: int) -> Plan:
    """Plan a run of so many epochs, all at one size."""
    return Plan((image_px,) * epochs, image_px=image_px, stem_reduction=stem_reduction)


def grow_sizes(epochs: int, last_px: int, smallest_px: int, start: float = 0.0) -> tuple[int, ...]:
    """Give one size per epoch, growing to `last_px` over 80 % of the run.

    `start` is the share of the run that is over already.
    """
    first = FIRST_SHARE_OF_SMALL if last_px <= SMALL_PX else FIRST_SHARE
    step = 8 if last_px > SMALL_PX else 4 if last_px > SMALL_PX / 2 else last_px
    sizes = []
    for epoch in range(epochs):
        share = min(1.0, (start + (1 - start) * epoch / max(1, epochs - 1)) / 0.8)
        side = last_px * (first + (1 - first) * share)
        # The last size may be no multiple of the step, and is reached all the same.
        rounded = last_px if share == 1 else round(side / step) * step
        sizes.append(min(last_px, max(smallest_px, rounded)))
    return tuple(sizes)


def fill_time(
    seconds: float,
    seconds_at: Callable[[int], float],
    *,
    last_px: int,
    smallest_px: int,
    done: int = 0,
) -> tuple[tuple[int, ...], float]:
    """Give the sizes of the epochs that fill the time, and the share of the last that fits.

    `seconds_at` gives an epoch's time by its size; `done` epochs were before.
    """
    sizes: tuple[int, ...] = ()
    for epochs in range(1, max(1, EPOCHS_AT_MOST - done) + 1):
        sizes = grow_sizes(epochs, last_px, smallest_px, start=done / (done + epochs))
        over = sum(seconds_at(side) for side in sizes) - seconds
        if over >= 0:
            share = round(1 - over / seconds_at(sizes[-1]), 2)
            return sizes, min(1.0, max(LEAST_SHARE, share))
    return sizes, 1.0


def bend(
    plan: Plan, epochs_done: int, sizes_px: tuple[int, ...], last_share: float, reason: str
) -> Plan:
    """Give the plan for the rest of a run whose end moved."""
    return replace(
        plan,
        sizes_px=sizes_px,
        first_epoch=epochs_done,
        progress=plan.progress_at(epochs_done),
        last_share=last_share,
        reason=reason,
    )


def plan_minutes(
    seconds: float,
    images: int,
    *,
    image_px: int,
    smallest_px: Mapping[int, int],
    seconds_per_image: Callable[[int, int], float],
) -> Plan:
    """Plan a run that ends in `seconds`, from the measured time per image at (size, reduction).

    `smallest_px` gives the smallest image of each reduction of the stem that may be used, the one
    that suits the size first. The largest images win that leave enough epochs; where none do,
    the most epochs.
    """
    wanted = max(EPOCHS_AT_LEAST, min(EPOCHS_WANTED, EPOCHS_WANTED * (OF_IMAGES / images) ** 0.5))
    found = []
    for last_px, reduction in _candidates(image_px, smallest_px):
        shape = grow_sizes(20, last_px, smallest_px[reduction])
        per_epoch = images * sum(seconds_per_image(side, reduction) for side in shape) / len(shape)
        found.append((seconds / per_epoch, per_epoch, last_px, reduction))
        if seconds / per_epoch >= wanted:
            break
    _, _, last_px, reduction = max(found, key=lambda plan: min(plan[0], wanted))

    def seconds_at(side_px: int) -> float:
        return images * seconds_per_image(side_px, reduction)

    sizes, share = fill_time(
        seconds, seconds_at, last_px=last_px, smallest_px=smallest_px[reduction]
    )
    needed = sum(map(seconds_at, sizes)) - (1 - share) * seconds_at(sizes[-1])
    count = f"{len(sizes) - 1 + share:.3g} epochs take"
    return Plan(
        sizes,
        stem_reduction=reduction,
        image_px=last_px,
        last_share=share,
        reason=f"{count} about {needed:.0f} s of the {seconds:.0f} s left",
    )


def _candidates(image_px: int, smallest_px: Mapping[int, int]) -> list[tuple[int, int]]:
    """Give (size, reduction) in the order of preference: shrink first, then reduce in the stem."""
    found = []
    for reduction, smallest in smallest_px.items():
        for share in SHRUNK if image_px > SMALL_PX else (1.0,):
            side = image_px if share == 1 else round(image_px * share / 8) * 8
            if side >= smallest and (side == image_px or SMALL_PX <= side < image_px):
                found.append((side, reduction))
    return found or [(image_px, next(iter(smallest_px)))]
