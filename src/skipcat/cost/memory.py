"""How much memory a training step takes at its peak, foreseen without taking the step.

What autograd keeps for the backward pass is counted on the meta device, link by link; beside it
stand the copies of the weights that training holds, and the gradients under way at the peak.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import torch

from skipcat.networks.activation_checkpointing import (
    ChainLink,
    cut_chain,
    measure_links,
    peak_bytes,
)
from skipcat.networks.catalogue import build_network, find_entry, make_spec
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.torch_private import DispatchMode, StorageWeakRef, storage_key

ActivationMemory = Literal["all", "sqrt"]

MIB = 2**20
# Weights, their gradients, momenta, the moving average, and the best average so far.
WEIGHT_COPIES = 5
# Beside what is kept: the gradient that comes in, and one in between.
GRADIENTS_UNDER_WAY = 2


@dataclass(frozen=True)
class TrainingMemory:
    """The peak memory of training on CPU, beside what the interpreter and torch take.

    It is that of tensors. glibc's allocator may keep freed blocks beside them: up to a fifth where
    all activations are kept, up to half a GiB with "sqrt" (`networks/heap_trim.py`).

    Units:
        MiB of 2**20 bytes; float32.
    """

    batch: int
    image_px: int
    activation_memory: ActivationMemory
    activations_mib: float
    weights_mib: float

    @property
    def peak_mib(self) -> float:
        """Return the sum."""
        return self.activations_mib + self.weights_mib

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON takes them."""
        return {**asdict(self), "peak_mib": self.peak_mib}


def predict_training_memory(
    network: str | Spec,
    image_px: int | None = None,
    classes: int | None = None,
    *,
    batch: int = 64,
    activation_memory: ActivationMemory = "all",
) -> TrainingMemory:
    """Foresee the peak memory of training a network with SGD and momentum.

    A spec keeps its own reduction in the stem, whatever the size of the images.

    Raises:
        NetworkError: there is no such network, or it does not accept the figures.
    """
    spec = make_spec(network, classes, image_px if isinstance(network, str) else None)
    image_px = image_px or find_entry(spec.name).image_px
    links, numbers = _measure(spec, image_px)
    segments = cut_chain(links) if activation_memory == "sqrt" else (links,)
    return TrainingMemory(
        batch=batch,
        image_px=image_px,
        activation_memory=activation_memory,
        activations_mib=batch * peak_bytes(segments, GRADIENTS_UNDER_WAY) / MIB,
        weights_mib=4 * WEIGHT_COPIES * numbers / MIB,
    )


@lru_cache(maxsize=4)  # both ways of keeping activations are foreseen from one measurement
def _measure(spec: Spec, image_px: int) -> tuple[tuple[ChainLink, ...], int]:
    with torch.device("meta"):
        net = build_network(spec)
    numbers = sum(tensor.numel() for tensor in net.state_dict().values())
    return measure_links(net, image_px), numbers


def predict_answer_memory(net: Network, image_px: int, batch: int = 1) -> float:
    """Foresee the peak memory of one forward pass: the weights, and all tensors alive at once.

    `net` is on the meta device, where nothing is computed. What torch's kernels take beside the
    tensors, and the interpreter, are not in it.

    Units: MiB of 2**20 bytes; float32.
    """
    images = torch.empty(batch, net.spec.channels, image_px, image_px, device="meta")
    weights = sum(tensor.numel() * tensor.element_size() for tensor in net.state_dict().values())
    with evaluating(net), torch.inference_mode(), _LiveBytes() as live:
        net(images)
    return float(weights + images.numel() * images.element_size() + live.peak) / MIB


class _LiveBytes(DispatchMode):
    """Notes the most bytes of results that were alive after any operation."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._storages: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {storage_key(value) for value in args if isinstance(value, torch.Tensor)}
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else (out,):
            if isinstance(tensor, torch.Tensor) and storage_key(tensor) not in given:
                storage = tensor.untyped_storage()
                self._storages[storage_key(tensor)] = (StorageWeakRef(storage), storage.nbytes())
        self._storages = {k: v for k, v in self._storages.items() if not v[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self._storages.values()))
        return out
