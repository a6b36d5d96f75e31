"""Batches: an epoch cut in batches, and one of them augmented, normalised and mixed."""

from collections.abc import Iterator

import numpy as np
import torch

from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.torch_engine import normalise
from skipcat.training.augmentation.augment import Augmentation, augment_batch
from skipcat.training.augmentation.mixing import Mixing, mix_batch
from skipcat.training.augmentation.random_draws import draw_balanced_order, draw_order
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe


def order_images(recipe: Recipe, epoch: int, labels: np.ndarray) -> np.ndarray:
    """Return the order in which an epoch sees the training images. Shapes: (N,) -> (N,)."""
    if recipe.balance == "sampling":
        return draw_balanced_order(recipe.seed, epoch, labels)
    return draw_order(recipe.seed, epoch, len(labels))


def load_batch(
    data: PreparedData,
    numbers: np.ndarray,
    recipe: Recipe,
    *,
    epoch: int,
    augmentation: Augmentation,
    preprocessing: Preprocessing,
    device: torch.device,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return some training images, augmented, normalised and mixed, and their targets.

    Shapes: `numbers` (N,) places in the training part, that of the k-th repeat of an image further
    by k times its length; images (N, C, H, W), targets (N,) class numbers or (N, classes) shares.
    """
    decoded, train = data.decoded, data.split.train
    repeats, places = np.divmod(numbers, len(train))
    rows = train[places]
    indices = rows + repeats * len(decoded.pixels)
    images = augment_batch(
        torch.from_numpy(np.ascontiguousarray(decoded.pixels[rows])).to(device),
        decoded.aspects[rows],
        indices,
        augmentation=augmentation,
        seed=recipe.seed,
        epoch=epoch,
        side_px=preprocessing.image_px,
    )
    return mix_batch(
        normalise(images, preprocessing.mean, preprocessing.std),
        torch.from_numpy(data.dataset.labels[rows]).to(device),
        indices,
        mixing=Mixing(recipe.mixup, recipe.cutmix, recipe.erase),
        classes=len(data.dataset.classes),
        seed=recipe.seed,
        epoch=epoch,
    )


def cut_batches(count: int, batch: int) -> Iterator[slice]:
    """Cut an epoch in batches; a last batch of one image joins the batch before it.

    >>> [s.stop - s.start for s in cut_batches(9, 4)]
    [4, 5]
    """
    start = 0
    while start < count:
        stop = count if count - start <= batch + 1 else start + batch
        yield slice(start, stop)
        start = stop


def count_batches(count: int, batch: int) -> int:
    """Return how many batches an epoch of so many images has."""
    return sum(1 for _ in cut_batches(count, batch))
