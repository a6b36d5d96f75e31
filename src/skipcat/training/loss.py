"""Network and loss in one module, so that DDP, compile and hooks see one forward."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skipcat.networks.network import Network


class NetworkWithLoss(nn.Module):
    """The mean loss of a batch: cross-entropy, and that of each auxiliary head by its weight.

    loss = CE(main) + w * sum CE(auxiliary), w = 0.3 for GoogLeNet (Szegedy et al. 2015, section
    5), 0.4 for Inception v3 (its published code); targets are smoothed (Szegedy et al. 2016,
    section 7). `right` counts the images of the last batch that the main answer named rightly.

    Shapes: images (N, C, H, W), targets (N,) class numbers or (N, classes) shares; the loss
    is a scalar.
    """

    right: Tensor

    def __init__(self, network: Network, label_smoothing: float) -> None:
        super().__init__()
        self.network = network
        self.label_smoothing = label_smoothing
        self.register_buffer("right", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """Give the loss of a batch."""
        logits = self.network.forward_with_auxiliary(images)
        loss = F.cross_entropy(logits.main, targets, label_smoothing=self.label_smoothing)
        for head in logits.auxiliary:
            auxiliary = F.cross_entropy(head, targets, label_smoothing=self.label_smoothing)
            loss = loss + self.network.spec.auxiliary_weight * auxiliary
        with torch.no_grad():
            wanted = targets if targets.ndim == 1 else targets.argmax(1)
            self.right = (logits.main.argmax(1) == wanted).sum()
        return loss
