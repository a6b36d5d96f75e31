"""Run a network on pixels."""

from collections.abc import Sequence

import numpy as np
import torch

from skipcat.engines.device import pick_device
from skipcat.networks.modes import evaluating

BATCH = 64


def normalise(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Subtract the mean and divide by the standard deviation, channel by channel.

    Shapes: (N, C, S, S) in and out; `mean` and `std` (C,).
    Units: `pixels` uint8, or floats scaled to 0..1.
    """
    values = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
    centre, spread = (
        torch.tensor(v, dtype=torch.float32, device=pixels.device).view(1, -1, 1, 1)
        for v in (mean, std)
    )
    return (values - centre) / spread


def run_network(
    network: torch.nn.Module, pixels: np.ndarray, mean: Sequence[float], std: Sequence[float]
) -> np.ndarray:
    """Give the logits of uint8 pixels, in batches, wherever the network lies.

    The network answers in eval mode, whatever mode it is in, and is left in its own.

    Shapes: `pixels` (N, C, S, S), the result (N, classes) float32.
    """
    place = next(network.parameters()).device
    if place.type == "cpu":
        pick_device("cpu")  # flushes denormals
    answers = []
    with evaluating(network), torch.inference_mode():
        for start in range(0, len(pixels), BATCH):
            batch = torch.from_numpy(np.ascontiguousarray(pixels[start : start + BATCH]))
            images = normalise(batch.to(place), mean, std)
            images = images.contiguous(memory_format=torch.channels_last)
            answers.append(network(images).float().cpu().numpy())
    return np.concatenate(answers)
