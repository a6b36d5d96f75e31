"""Grad-CAM: what of a row's grid speaks for a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017, "Grad-CAM: visual explanations from deep
networks via gradient-based localization", arXiv 1610.02391. Here: eq. (1) and (2), of any row of
the chain. Not here: Guided Grad-CAM, counterfactual maps.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network


def compute_gradcam(network: Network, images: Tensor, targets: Tensor, row: str) -> np.ndarray:
    """Return each image's Grad-CAM of one row for one class: ``relu(sum_k alpha_k A_k)``.

    ``alpha_k`` is the mean over the grid of the gradient of the class's logit by channel k of the
    row's output A: eq. (1) and (2). The network answers in eval mode and keeps its own.

    Shapes:
        images ``(N, C, H, W)``, normalised; targets ``(N,)`` -> ``(N, h, w)``, the row's grid.
    """
    with evaluating(network), torch.inference_mode(False), torch.enable_grad():
        activation = run_until(network, images, row)
        activation.requires_grad_()
        scores = run_after(network, activation, row).gather(1, targets[:, None])
        (gradient,) = torch.autograd.grad(scores.sum(), activation)
    weights = gradient.mean((2, 3), keepdim=True)
    maps: np.ndarray = functional.relu((weights * activation.detach()).sum(1)).cpu().numpy()
    return maps


def run_until(network: Network, images: Tensor, row: str) -> Tensor:
    """Return the output of a row, cut off from what made it.

    Shapes:
        ``(N, C, H, W)`` -> ``(N, channels of the row, h, w)``.
    """
    with torch.inference_mode(False), torch.no_grad():
        x = images.clone()
        for name, module in network.stages():
            x = module(x)
            if name == row:
                break
        return x.clone()  # a row may give its input itself, and the next one write over it


def run_after(network: Network, x: Tensor, row: str) -> Tensor:
    """Return the logits that the rows after one make of its output.

    Shapes:
        ``(N, channels of the row, h, w)`` -> ``(N, classes)``.
    """
    stages = list(network.stages())
    after = network.row_names.index(row) + 1
    for _, module in stages[after:]:
        x = module(x)
    return x


def enlarge(maps: np.ndarray, side_px: int) -> np.ndarray:
    """Return maps of a grid as maps of the image, bilinear between the cells' middles.

    Shapes: (N, h, w) -> (N, side_px, side_px) float32.
    """
    small = torch.from_numpy(np.ascontiguousarray(maps, np.float32))[:, None]
    large = functional.interpolate(small, (side_px, side_px), mode="bilinear", align_corners=False)
    return large[:, 0].numpy()
