"""Feature maps: what the channels of a row answer to an image.

Zeiler and Fergus 2014, arXiv 1311.2901, look at them one by one; here the channels with the
greatest mean over the grid are shown as they are, without a deconvolution.
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from skipcat.explanation.heatmaps.gradcam import run_until
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network

MOST_CHANNELS = 16


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The channels of a row with the greatest mean activation, the greatest first.

    Shapes: `channels` (K,) their numbers; `maps` (K, h, w) float32.
    """

    row: str
    channels: tuple[int, ...]
    maps: np.ndarray


def take_features(network: Network, images: Tensor, row: str) -> list[FeatureMaps]:
    """Return each image's most active channels of one row.

    Shapes:
        images ``(N, C, H, W)``, normalised.
    """
    with evaluating(network):
        activations = run_until(network, images, row).cpu().numpy()
    found = []
    for one in activations:
        order = np.argsort(-one.mean((1, 2)), kind="stable")[:MOST_CHANNELS]
        found.append(FeatureMaps(row, tuple(order.tolist()), one[order].astype(np.float32)))
    return found
