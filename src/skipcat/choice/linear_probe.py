"""What published weights know of the images already: a linear probe, before any training.

Alain & Bengio 2017, "Understanding intermediate layers using linear classifier probes", arXiv
1610.01644. The trunk looks at every image once; its classifier is replaced by a linear discriminant
whose covariance is shrunk as Ledoit & Wolf 2004 do (no figure to be tuned, nothing drawn).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import nn

from skipcat.engines.torch_engine import run_network
from skipcat.networks.network import Network
from skipcat.training.augmentation.random_draws import draw_order
from skipcat.training.prepared_data import held_out_pixels
from skipcat.training.trainer.trainer import Trainer

# More images make the probe's order no surer than the few validation images can tell.
MOST_IMAGES = 5000


def probe(trainer: Trainer) -> np.ndarray:
    """Fit a linear probe on the training images; give its scores on the validation images.

    Shapes: (validation images, classes).
    """
    split, labels, look = trainer.data.split, trainer.data.dataset.labels, trainer.preprocessing
    order = draw_order(trainer.recipe.seed, 0, len(split.train))[:MOST_IMAGES]
    rows = split.train[np.sort(order)]
    seen = _describe(trainer, held_out_pixels(trainer.data, rows, look))
    judged = _describe(trainer, trainer.validation_pixels)
    linear = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(seen, labels[rows])
    scores = np.full((len(judged), len(trainer.data.dataset.classes)), -np.inf)
    scores[:, linear.classes_] = linear.predict_log_proba(judged)
    return scores


def _describe(trainer: Trainer, pixels: np.ndarray) -> np.ndarray:
    """Return what the trunk hands to its classifier. Shapes: (N, C, H, W), (N, features)."""
    look, network = trainer.preprocessing, trainer.network.eval()
    with _note_features(network) as noted:
        run_network(network, pixels, look.mean, look.std)
    return torch.cat(noted).numpy()


@contextmanager
def _note_features(network: Network) -> Iterator[list[torch.Tensor]]:
    noted: list[torch.Tensor] = []

    def note(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        noted.append(given[0].detach().flatten(1).float().cpu())

    *_, (_, classifier) = network.stages()
    hook = classifier.register_forward_pre_hook(note)
    try:
        yield noted
    finally:
        hook.remove()
