"""Network and loss in one module, so that DDP, compile and hooks see one forward."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skipcat.networks.network import Network


class NetworkWithLoss(nn.Module):
    """The mean loss of a batch: cross-entropy, and that of each auxiliary head by its weight.

    loss = CE(main) + w * sum CE(auxiliary), w = 0.3 for GoogLeNet (Szegedy et al. 2015, section
    5), 0.4 for Inception v3 (its published code); targets are smoothed (Szegedy et al. 2016,
    section 7). With `class_weights` each image's loss counts by the weight of its class.
    `right` counts the images of the last batch that the main answer named rightly.

    Shapes: images (N, C, H, W), targets (N,) class numbers or (N, classes) shares; the loss
    is a scalar.
    """

    right: Tensor
    class_weights: Tensor | None

    def __init__(
        self, network: Network, label_smoothing: float, class_weights: np.ndarray | None = None
    ) -> None:
        super().__init__()
        self.network = network
        self.label_smoothing = label_smoothing
        weights = None if class_weights is None else torch.as_tensor(class_weights).float()
        self.register_buffer("class_weights", weights, persistent=False)
        self.register_buffer("right", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch."""
        logits = self.network.forward_with_auxiliary(images)
        loss = self._weigh(logits.main, targets)
        for head in logits.auxiliary:
            loss = loss + self.network.spec.auxiliary_weight * self._weigh(head, targets)
        with torch.no_grad():
            wanted = targets if targets.ndim == 1 else targets.argmax(1)
            self.right = (logits.main.argmax(1) == wanted).sum()
        return loss

    def _weigh(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.class_weights is None:
            return F.cross_entropy(logits, targets, label_smoothing=self.label_smoothing)
        # torch's own weights would divide by the batch's sum of them, and weigh the smoothing of
        # every image by all classes.
        classes = logits.shape[1]
        shares = F.one_hot(targets, classes) if targets.ndim == 1 else targets
        wanted = shares * self.class_weights
        even = wanted.sum(1, keepdim=True) / classes
        return F.cross_entropy(logits, torch.lerp(wanted, even, self.label_smoothing))


def weigh_classes(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return each class the weight N / (C n) of its n images: 1 on average over the N images.

    Shapes: (N,) -> (classes,), float64; 1 for a class without images.
    """
    counts = np.bincount(labels, minlength=classes)
    filled = np.count_nonzero(counts)
    return np.where(counts > 0, len(labels) / (filled * np.maximum(counts, 1)), 1.0)
