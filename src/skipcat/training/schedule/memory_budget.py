"""Whether a training fits in memory, and how many images at a time do."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch

from skipcat.cost.memory import MIB, ActivationMemory, predict_training_memory
from skipcat.engines.memory import Memory, is_out_of_memory, measure_memory
from skipcat.errors import RecipeError
from skipcat.networks.specs import Spec
from skipcat.training.precision import is_mixed
from skipcat.training.recipe import Recipe

# Of what is free: allocators keep freed blocks, and images wait beside the step.
SAFE_SHARE = 0.8
# Where activations are computed again, freed blocks are many (`networks/heap_trim.py`).
FREED_BYTES = {"all": 0, "sqrt": 2**29}
LEAST_IMAGES = 2


@dataclass(frozen=True)
class Step:
    """A step of training, as far as memory is concerned; `images` are computed at a time."""

    spec: Spec
    image_px: int
    images: int
    activation_memory: ActivationMemory = "all"
    mixed: bool = False  # most activations are of half the size then

    @property
    def peak_bytes(self) -> int:
        """What it takes at its peak."""
        fixed, each = self._foresee()
        return round(fixed + each * self.images)

    def count_fitting(self, memory: int) -> int:
        """Return how many images at a time fit safely in so many bytes, 0 where none do."""
        fixed, each = self._foresee()
        room = SAFE_SHARE * (memory - FREED_BYTES[self.activation_memory]) - fixed
        most = int(max(0.0, room) / each)
        return most - most % 8 if most > 8 else most if most >= LEAST_IMAGES else 0

    def _foresee(self) -> tuple[float, float]:
        """Return the bytes of the weights and their copies, and those of each image."""
        one = predict_training_memory(
            self.spec, self.image_px, batch=1, activation_memory=self.activation_memory
        )
        return MIB * one.weights_mib, MIB * one.activations_mib * (0.5 if self.mixed else 1)

    def __str__(self) -> str:
        return (
            f"{self.spec.name} on {self.images} images of {self.image_px} px at a time takes about "
            f"{_say(self.peak_bytes)} of memory"
        )


def size_step(spec: Spec, image_px: int, recipe: Recipe, device: torch.device) -> Step:
    """Return a recipe's step."""
    parts = max(1, min(recipe.parts, recipe.batch_size // LEAST_IMAGES))
    images = math.ceil(recipe.batch_size / parts)
    return Step(spec, image_px, images, recipe.activation_memory, is_mixed(recipe, device))


def refuse_what_never_fits(step: Step, memory: Memory) -> None:
    """Refuse a training that takes more than there is.

    Raises:
        RecipeError: it does.
    """
    if memory.total is not None and step.peak_bytes > memory.total:
        has = f"and there are {_say(memory.total)}"
        raise RecipeError(f"Training {step}, {has}; {_advise(step, memory.total)}.")


def shrink_batch(recipe: Recipe, step: Step, memory: Memory) -> tuple[int, list[str]]:
    """Return a batch that fits in what is free, and what to say of it where it is a smaller one."""
    if memory.free is None or step.peak_bytes <= SAFE_SHARE * memory.free:
        return recipe.batch_size, []
    fitting = step.count_fitting(memory.free)
    if not fitting:
        return recipe.batch_size, []
    batch = recipe.batch_size * fitting // step.images
    free = f"and {_say(memory.free)} are free"
    return batch, [f"Training {step}, {free}; it goes on with batches of {batch}."]


@contextmanager
def explain_out_of_memory(step: Step, device: torch.device) -> Iterator[None]:
    """Say what would fit where memory runs out.

    Raises:
        RecipeError: it ran out.
    """
    memory = measure_memory(device)  # before the step took any
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        free = f", and {_say(memory.free)} were free" if memory.free is not None else ""
        raise RecipeError(
            f"Memory ran out. Training {step}{free}; {_advise(step, memory.free)}. Choose another "
            "--out for that."
        ) from error


def _advise(step: Step, memory: int | None) -> str:
    """Say what fits: fewer images, more of which fewer activations are kept, or none at all."""
    # Where all should have fitted, something else took the memory, or the forecast is off.
    few = more = step.images // 2
    if memory is not None:
        few = more = min(few, step.count_fitting(memory))
    if memory is not None and step.activation_memory == "all":
        root = replace(step, activation_memory="sqrt")
        more = min(step.images, root.count_fitting(memory))
    fewer_kept = f"{more} with --activation-memory sqrt" if more > few else ""
    if few >= LEAST_IMAGES:
        fits = f"{few} at a time fit (a smaller --batch, or more --parts of it)"
        return f"{fits}, or {fewer_kept}" if fewer_kept else fits
    if fewer_kept:
        return f"{fewer_kept} fit"
    return "not even two fit, so take smaller images (--image-px) or a smaller network"


def _say(size: int) -> str:
    gib = size / 2**30
    return f"{gib:,.1f} GiB" if gib >= 1 else f"{size / MIB:,.0f} MiB"
