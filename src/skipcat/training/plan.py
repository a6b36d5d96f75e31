"""How many epochs at which sizes: fixed by `epochs`, or planned from measured speed for `minutes`.

Under a time budget the images start small and grow, the largest size last; where even that is too
slow for enough epochs, the final size shrinks and then the stem's reduction grows, up to the
paper's. What was planned is logged before the first step, and again at every change.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

# Enough epochs to learn from scratch, and those after which more of the same gains little.
# Settled on validation images of two sets; see benchmarks/.
EPOCHS_WANTED = 24
EPOCHS_AT_MOST = 40
# The first epochs' side as a share of the last's.
FIRST_SHARE = 0.55
SHRUNK = (1.0, 0.875, 0.75, 0.6875, 0.625, 0.5)


@dataclass(frozen=True)
class Plan:
    """The epochs that are left from `first_epoch` on, each with its image size.

    `progress` is how far along the rate's schedule the run stands when this plan begins, so that
    a plan made on the way bends the schedule and does not break it.
    """

    sizes_px: tuple[int, ...]
    first_epoch: int = 0
    progress: float = 0.0
    stem_reduction: int = 1
    image_px: int = 0
    reason: str = ""

    @property
    def epochs(self) -> int:
        """All epochs of the run, those before this plan included."""
        return self.first_epoch + len(self.sizes_px)

    def size_at(self, epoch: int) -> int:
        """Give the image size of an epoch of this plan."""
        return self.sizes_px[epoch - self.first_epoch]

    def progress_at(self, epoch: float) -> float:
        """Give the progress of the rate's schedule, 0 to 1; `epoch` counts in fractions."""
        share = (epoch - self.first_epoch) / max(1, len(self.sizes_px))
        return self.progress + (1 - self.progress) * share

    def to_dict(self) -> dict[str, object]:
        """Give the plan as plain values, for the log."""
        return asdict(self)


def plan_epochs(epochs: int, image_px: int, stem_reduction: int) -> Plan:
    """Plan a run of so many epochs, all at one size."""
    return Plan((image_px,) * epochs, image_px=image_px, stem_reduction=stem_reduction)


def grow_sizes(epochs: int, last_px: int, smallest_px: int, start: float = 0.0) -> tuple[int, ...]:
    """Give one size per epoch, growing from about half of `last_px` over 80 % of the run.

    `start` is the share of the run that is over already.
    """
    sizes = []
    for epoch in range(epochs):
        share = min(1.0, (start + (1 - start) * epoch / max(1, epochs - 1)) / 0.8)
        side = last_px * (FIRST_SHARE + (1 - FIRST_SHARE) * share)
        step = 8 if last_px >= 48 else 4 if last_px >= 24 else last_px
        sizes.append(min(last_px, max(smallest_px, round(side / step) * step)))
    return tuple(sizes)


def plan_minutes(
    seconds: float,
    images: int,
    *,
    image_px: int,
    smallest_px: int,
    reductions: tuple[int, ...],
    seconds_per_image: Callable[[int, int], float],
) -> Plan:
    """Plan a run that ends in `seconds`, from the measured time per image at (size, reduction).

    `reductions` are those of the stem that may be used, the one that suits the size first.
    """
    best: tuple[int, int, int] = (0, image_px, reductions[0])
    for reduction in reductions:
        for share in SHRUNK:
            last_px = image_px if share == 1 else round(image_px * share / 8) * 8
            if last_px < smallest_px or last_px > image_px:
                continue
            shape = grow_sizes(20, last_px, smallest_px)
            mean = sum(seconds_per_image(side, reduction) for side in shape) / len(shape)
            epochs = int(seconds / max(1e-9, images * mean))
            best = max(best, (epochs, last_px, reduction), key=lambda found: found[0])
            if epochs >= EPOCHS_WANTED:
                break
        if best[0] >= EPOCHS_WANTED:
            break
    epochs, last_px, reduction = best
    epochs = max(1, min(epochs, EPOCHS_AT_MOST))
    return Plan(
        grow_sizes(epochs, last_px, smallest_px),
        stem_reduction=reduction,
        image_px=last_px,
        reason=f"{epochs} epochs up to {last_px} px fit into {seconds:.0f} s",
    )
