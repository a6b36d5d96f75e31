"""Auxiliary heads warmed by distillation: they learn to answer as the main head does.

Hinton, Vinyals, Dean 2015, "Distilling the knowledge in a neural network", arXiv 1503.02531, §2.
A trunk that came without heads (torchvision's GoogLeNet, most files of Inception v3) teaches them
on the user's images; it needs no labels and keeps every bit. Not here: the mixture with labels.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.torch_engine import run_network
from skipcat.errors import RecipeError
from skipcat.evaluation.intervals import wilson_interval
from skipcat.networks.catalogue import list_entries
from skipcat.networks.network import Logits, Network
from skipcat.networks.specs import Spec
from skipcat.networks.weights.load_save import read_class_count
from skipcat.networks.weights.torchvision import list_published_classes
from skipcat.training.network_names import find_weights
from skipcat.training.recipe import Recipe

TEMPERATURE = 2.0


@dataclass(frozen=True)
class HeadAgreement:
    """How often a head names what the main head names, and by how much they differ (in nats)."""

    row: str
    agreement: float
    agreement_interval: tuple[float, float]
    divergence: float


class HeadsWithLoss(nn.Module):
    """The mean loss of a batch of images, whose labels are not looked at.

    loss = T^2 sum KL(softmax(main / T) || softmax(head / T)), T = 2. The trunk, its batch-norm
    statistics and the main head stand still, in eval mode. `right` counts the images of the last
    batch on which every head named what the main head named.

    Shapes: images (N, C, H, W); the loss is a scalar.
    """

    right: Tensor

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        network.auxiliary.requires_grad_(True)
        self.register_buffer("right", torch.zeros((), dtype=torch.int64), persistent=False)

    def train(self, mode: bool = True) -> "HeadsWithLoss":
        """Set the mode of the heads; all else answers as it will in the end."""
        super().train(False)
        self.network.auxiliary.train(mode)
        return self

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of a batch."""
        logits = self.network.forward_with_auxiliary(images)
        self.right = agree(logits).all(0).sum()
        return diverge(logits).sum()


def diverge(logits: Logits, temperature: float = TEMPERATURE) -> Tensor:
    """Return how far each head's softened answers are from the main ones: T^2 KL, the images' mean.

    Shapes: (heads,).
    """
    main = F.log_softmax(logits.main.detach() / temperature, 1)
    softened = [F.log_softmax(head / temperature, 1) for head in logits.auxiliary]
    losses = [F.kl_div(s, main, reduction="batchmean", log_target=True) for s in softened]
    return temperature**2 * torch.stack(losses)


def agree(logits: Logits) -> Tensor:
    """Tell where each head names what the main head names.

    Shapes: (heads, N).
    """
    named = logits.main.argmax(1)
    return torch.stack([head.argmax(1) == named for head in logits.auxiliary])


def answer_with_heads(
    network: nn.Module, pixels: np.ndarray, preprocessing: Preprocessing
) -> Logits:
    """Return the logits of pixels, as `run_network` does, with those of the heads."""
    mean, std = preprocessing.mean, preprocessing.std
    found = torch.from_numpy(run_network(_EveryAnswer(network), pixels, mean, std))
    return Logits(found[:, 0], found[:, 1:].unbind(1))


def measure_agreement(network: Network, logits: Logits) -> tuple[HeadAgreement, ...]:
    """Return the figures of each head, by the row that it sits on."""
    far, same = diverge(logits, 1.0), agree(logits)
    return tuple(
        HeadAgreement(
            row,
            float(same[i].float().mean()),
            wilson_interval(int(same[i].sum()), same.shape[1]),
            float(far[i]),
        )
        for i, row in enumerate(network.auxiliary)
    )


def settle_answers(
    spec: Spec, recipe: Recipe, pretrained: str, classes: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what the network will answer: the data's classes, or where only heads learn its own.

    Raises:
        RecipeError: there are no heads to warm, or no weights to warm them by.
        WeightsError: the weights cannot be read, or are not this network's.
    """
    if not recipe.only_auxiliary:
        return classes
    _check_heads(spec, pretrained)
    if pretrained == "torchvision":
        return list_published_classes(spec.name)
    count = read_class_count(spec, find_weights(pretrained)[0])
    return classes if count == len(classes) else tuple(f"class {i}" for i in range(count))


def _check_heads(spec: Spec, pretrained: str) -> None:
    problems = []
    if not getattr(spec, "auxiliary_rows", ()):
        having = [e.name for e in list_entries() if getattr(e.spec, "auxiliary_rows", ())]
        problems.append(f"{spec.name} has no auxiliary heads ({', '.join(having)} have some)")
    if pretrained == "none":
        problems.append(
            "no pretrained weights are given, and a trunk of random weights has nothing to teach "
            "(--pretrained torchvision or FILE)"
        )
    if problems:
        raise RecipeError(f"only_auxiliary cannot be done: {'; '.join(problems)}.")


class _EveryAnswer(nn.Module):
    """All answers in one tensor: (N, 1 + heads, classes)."""

    network: Network

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network  # type: ignore[assignment]
        self.training = network.training

    def forward(self, images: Tensor) -> Tensor:
        logits: Logits = self.network.forward_with_auxiliary(images)
        return torch.stack((logits.main, *logits.auxiliary), 1)
