"""Validation of the averaged weights after an epoch; weights that are not finite are refused."""

import math

import numpy as np

from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.torch_engine import run_network
from skipcat.evaluation.calibration import fit_temperature, negative_log_likelihood
from skipcat.networks.network import Network
from skipcat.training.trainer.distillation import agree, answer_with_heads, diverge


class NotFiniteError(Exception):
    """A number that is not finite; its message says which."""


def validate(
    average: Network,
    pixels: np.ndarray,
    labels: np.ndarray,
    preprocessing: Preprocessing,
    *,
    only_auxiliary: bool,
) -> tuple[float | None, float | None]:
    """Return loss and accuracy on the validation images; None where there are none.

    Shapes: (N, C, image_px, image_px) uint8, (N,).

    Raises:
        NotFiniteError: weights, logits or the loss are not finite.
    """
    average.eval()
    if not len(labels):
        if not all(bool(value.isfinite().all()) for value in average.state_dict().values()):
            raise NotFiniteError("The weights were no longer finite")
        return None, None
    if only_auxiliary:  # right is what the main head says
        answers = answer_with_heads(average, pixels, preprocessing)
        loss = float(diverge(answers).sum())
        if not math.isfinite(loss):
            raise NotFiniteError(f"The heads' loss became {loss}")
        return loss, float(agree(answers).all(0).float().mean())
    logits = run_network(average, pixels, preprocessing.mean, preprocessing.std)
    if not np.isfinite(logits).all():
        raise NotFiniteError("The answers on the validation images were no longer finite")
    # At its best temperature: smoothed targets make every epoch doubt too much, the last ones
    # most, and what is kept is calibrated afterwards.
    loss = negative_log_likelihood(logits, labels, fit_temperature(logits, labels))
    return loss, float(np.mean(logits.argmax(1) == labels))
