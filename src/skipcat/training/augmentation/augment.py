"""Augmentation of whole batches, every draw a function of (seed, epoch, index)."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from skipcat.data.dataset import Dataset
from skipcat.training.augmentation.random_draws import Draw, DrawImages, draw_images
from skipcat.training.recipe import Recipe

# Below this an image is seen whole: a crop of a quarter of it would leave too little.
SMALLEST_PHOTO_PX = 40


@dataclass(frozen=True)
class Augmentation:
    """What may happen to an image in training.

    `area` is the least share of the image that a crop keeps, `shift` the largest shift as a share
    of the side, `light` the largest change of brightness and contrast, as a factor less one.
    """

    mirror: bool = False
    area: float = 1.0
    shift: float = 0.0
    light: float = 0.0


def plan_augmentation(recipe: Recipe, dataset: Dataset, image_px: int) -> Augmentation:
    """Choose what suits the data: crops and light for photographs, shifts for small images."""
    kind = recipe.augment
    if kind == "auto":
        kind = "photo" if image_px >= SMALLEST_PHOTO_PX else "shifts"
    if kind == "none":
        return Augmentation()
    mirror = recipe.mirror == "yes" or (recipe.mirror == "auto" and _may_mirror(dataset.classes))
    if kind == "shifts":
        return Augmentation(mirror=mirror, shift=1 / 8)
    return Augmentation(mirror=mirror, area=0.35, light=0.2)


def _may_mirror(classes: tuple[str, ...]) -> bool:
    """Tell whether mirroring keeps the meaning: not of characters, nor of left and right."""
    characters = sum(len(name) == 1 for name in classes) > len(classes) / 2
    sided = any(word in name.lower() for name in classes for word in ("left", "right"))
    return not characters and not sided


def augment_batch(
    pixels: torch.Tensor,
    aspects: np.ndarray,
    indices: np.ndarray,
    *,
    augmentation: Augmentation,
    seed: int,
    epoch: int,
    side_px: int,
) -> torch.Tensor:
    """Crop, shift, mirror and light a batch; pixels outside an image are its nearest edge's.

    A crop is square in the photograph as it was taken: `aspects` undoes the cache's squashing.

    Shapes: `pixels` (N, C, S, S) uint8; the result (N, C, side_px, side_px) float32.
    Units: the result is scaled to 0..1.
    """
    images = pixels.to(torch.float32).div_(255)
    while images.shape[-1] >= 2 * side_px and augmentation.area < 1:
        images = F.avg_pool2d(images, 2)  # a bilinear sample alone would skip pixels

    draw = draw_images(seed, epoch, indices)
    boxes = _boxes(aspects, augmentation, draw, images.shape[-1])
    if augmentation.mirror:
        boxes[:, 0] *= np.where(draw(Draw.MIRROR) < 0.5, -1.0, 1.0)
    if side_px != images.shape[-1] or np.any(boxes != (1.0, 1.0, 0.0, 0.0)):
        images = _sample(images, boxes, side_px)
    if augmentation.light:
        images = _relight(images, augmentation.light, draw(Draw.BRIGHTNESS), draw(Draw.CONTRAST))
    return images


def _boxes(
    aspects: np.ndarray, augmentation: Augmentation, draw: DrawImages, cached_px: int
) -> np.ndarray:
    """Return each crop as (half width, half height, centre x, centre y), the image being -1..1."""
    boxes = np.tile([1.0, 1.0, 0.0, 0.0], (len(aspects), 1))
    if augmentation.shift:
        # Whole pixels, so that nothing is blurred.
        reach = max(1, round(augmentation.shift * cached_px))
        for axis, number in ((2, Draw.CROP_X), (3, Draw.CROP_Y)):
            steps = np.floor(draw(number) * (2 * reach + 1)) - reach
            boxes[:, axis] = steps * 2 / cached_px
    if augmentation.area < 1:
        area = augmentation.area + (1 - augmentation.area) * draw(Draw.CROP_AREA)
        stretch = (4 / 3) ** (2 * draw(Draw.CROP_STRETCH) - 1)
        # The largest square of a photograph is all of its short side.
        wide = np.minimum(1.0, np.sqrt(area * stretch) * np.minimum(1.0, 1 / aspects))
        high = np.minimum(1.0, np.sqrt(area / stretch) * np.minimum(1.0, aspects))
        boxes[:, 0], boxes[:, 1] = wide, high
        boxes[:, 2] = (1 - wide) * (2 * draw(Draw.CROP_X) - 1)
        boxes[:, 3] = (1 - high) * (2 * draw(Draw.CROP_Y) - 1)
    return boxes


def _sample(images: torch.Tensor, boxes: np.ndarray, side_px: int) -> torch.Tensor:
    theta = np.zeros((len(boxes), 2, 3))
    theta[:, 0, 0], theta[:, 1, 1] = boxes[:, 0], boxes[:, 1]
    theta[:, 0, 2], theta[:, 1, 2] = boxes[:, 2], boxes[:, 3]
    size = [len(boxes), images.shape[1], side_px, side_px]
    grid = F.affine_grid(
        torch.from_numpy(theta).to(images.device, torch.float32), size, align_corners=False
    )
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _relight(
    images: torch.Tensor, light: float, brightness: np.ndarray, contrast: np.ndarray
) -> torch.Tensor:
    def factor(values: np.ndarray) -> torch.Tensor:
        factors = torch.from_numpy(1 + light * (2 * values - 1)).to(images.device, torch.float32)
        return factors.view(-1, 1, 1, 1)

    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return ((images - mean) * factor(contrast) + mean * factor(brightness)).clamp_(0, 1)
