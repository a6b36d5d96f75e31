"""Images mixed with their neighbours in the batch, or partly hidden.

mixup: Zhang, Cissé, Dauphin, Lopez-Paz 2018, arXiv 1710.09412, eq. (1). CutMix: Yun et al. 2019,
arXiv 1905.04899, eq. (1) and (2). Random erasing: Zhong et al. 2020, arXiv 1708.04896, §3.1. Every
draw is a function of (seed, epoch, index of the image), and the neighbour is the next image in
the batch, whose order is a function of (seed, epoch).
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import betaincinv
from torch import Tensor

from skipcat.training.augmentation.random_draws import Draw, DrawImages, draw_images

# Of what is erased, as in the paper: the share of the image, and the sides' ratio.
ERASED_SHARE, ERASED_RATIO = (0.02, 0.33), 3.3
PLACE = (Draw.BOX_X, Draw.BOX_Y)  # of the box that is pasted or erased


@dataclass(frozen=True)
class Mixing:
    """How images are mixed: the parameters of Beta(a, a), 0 for never; where both, each in half.

    `erase` is the share of the images of which a rectangle is hidden.
    """

    mixup: float = 0.0
    cutmix: float = 0.0
    erase: float = 0.0


def mix_batch(
    images: Tensor,
    targets: Tensor,
    indices: np.ndarray,
    *,
    mixing: Mixing,
    classes: int,
    seed: int,
    epoch: int,
) -> tuple[Tensor, Tensor]:
    """Mix normalised images, and their targets in the same shares.

    Shapes: (N, C, H, W), (N,) class numbers; the targets given are (N, classes) shares where
    images were mixed, else (N,) as they were.
    """
    draw = draw_images(seed, epoch, indices)
    if mixing.erase:
        images = _erase(images, mixing.erase, draw)
    if not mixing.mixup and not mixing.cutmix:
        return images, targets
    cut, kept, boxes = _draw_shares(mixing, draw, images.shape[-2:])
    other = images.roll(-1, 0)
    inside = _inside(boxes, images)
    share = torch.from_numpy(kept).to(images)
    pasted = torch.where(inside, other, images)
    faded = torch.lerp(other, images, share.view(-1, 1, 1, 1))
    is_cut = torch.from_numpy(cut).to(images.device)
    mixed = torch.where(is_cut.view(-1, 1, 1, 1), pasted, faded)
    # A box is of whole pixels: its share is what it covers, not what was drawn.
    covered = 1 - inside.to(images.dtype).mean(dim=(1, 2, 3))
    share = torch.where(is_cut, covered, share).unsqueeze(1)
    hot = F.one_hot(targets, classes).to(images.dtype)
    return mixed, share * hot + (1 - share) * hot.roll(-1, 0)


def _draw_shares(
    mixing: Mixing, draw: DrawImages, sides: torch.Size
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which images are cut, each one's own share, and the box that its neighbour covers."""
    uniform, which = draw(Draw.MIX_SHARE), draw(Draw.MIX_KIND)
    cut = which < (0.5 if mixing.mixup else 1.0) if mixing.cutmix else np.zeros(len(which), bool)
    parameter = np.where(cut, mixing.cutmix, mixing.mixup)
    kept = betaincinv(parameter, parameter, uniform)
    half = np.sqrt(1 - kept) / 2
    boxes = np.zeros((len(which), 4), np.int64)  # left, top, right, bottom
    for axis, (side, number) in enumerate(zip(reversed(sides), PLACE, strict=True)):
        centre = draw(number)
        boxes[:, axis] = np.rint(np.clip(centre - half, 0, 1) * side)
        boxes[:, axis + 2] = np.rint(np.clip(centre + half, 0, 1) * side)
    boxes[~cut] = 0
    return cut, kept, boxes


def _erase(images: Tensor, often: float, draw: DrawImages) -> Tensor:
    """Hide a rectangle of some images behind the mean, which is 0 once images are normalised."""
    low, high = ERASED_SHARE
    area = low + (high - low) * draw(Draw.ERASE_AREA)
    stretch = ERASED_RATIO ** (2 * draw(Draw.ERASE_STRETCH) - 1)
    chosen = draw(Draw.ERASE) < often
    boxes = np.zeros((len(images), 4), np.int64)
    sides = (images.shape[-1], images.shape[-2])
    lengths = (np.sqrt(area * stretch), np.sqrt(area / stretch))
    for axis, (side, length, number) in enumerate(zip(sides, lengths, PLACE, strict=True)):
        reach = np.minimum(length, 1.0)
        start = draw(number) * (1 - reach)
        boxes[:, axis] = np.rint(start * side)
        boxes[:, axis + 2] = np.rint((start + reach) * side)
    boxes[~chosen] = 0
    return images.masked_fill(_inside(boxes, images), 0.0)


def _inside(boxes: np.ndarray, images: Tensor) -> Tensor:
    """Tell which pixels lie in each image's box.

    Shapes: (N, 4) left, top, right, bottom -> (N, 1, H, W).
    """
    left, top, right, bottom = torch.from_numpy(boxes).to(images.device).T.unsqueeze(-1)
    columns = torch.arange(images.shape[-1], device=images.device)
    rows = torch.arange(images.shape[-2], device=images.device)
    across = (columns >= left) & (columns < right)
    down = (rows >= top) & (rows < bottom)
    inside: Tensor = (down.unsqueeze(-1) & across.unsqueeze(-2)).unsqueeze(1)
    return inside
