"""Depth without memory: keep few activations and compute the others again.

Chen, Xu, Zhang, Guestrin 2016, "Training deep nets with sublinear memory cost", arXiv 1604.06174:
of a chain of n alike links, keeping every sqrt(n)-th activation brings memory from n to 2 sqrt(n)
for one more forward pass. Links of a network are unlike, so their memory is measured on the meta
device and the chain is cut where the peak is least; for alike links that is the square root.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from skipcat.networks.heap_trim import Holes
from skipcat.networks.network import Logits, Network
from skipcat.networks.torch_private import storage_key
from skipcat.networks.twins import copy_to_meta

TRIES = 40  # sizes of segment that are compared


@dataclass(frozen=True)
class ChainLink:
    """One piece of a network's chain that is not cut: a row, or a unit of a stage.

    Units:
        Bytes per image: what it keeps for the backward pass, and what it hands on.
    """

    name: str
    ends_row: str  # "" inside a stage
    kept: int = 0
    handed_on: int = 0


Segment = tuple[ChainLink, ...]


def checkpoint_activations(net: Network, image_px: int) -> None:
    """Let a network keep few activations in training and compute the others in the backward pass.

    Gradients are those of the plain run; batch-norm statistics are updated once. In evaluation
    nothing changes.

    Raises:
        NetworkError: the images are too small.
    """
    net.take_way(_Way(cut_chain(measure_links(net, image_px))))


def measure_links(net: Network, image_px: int) -> tuple[ChainLink, ...]:
    """Return a network's links and their memory, counted on the meta device."""
    x = torch.empty(2, net.spec.channels, image_px, image_px, device="meta", requires_grad=True)
    net.check_input(x)
    seen: dict[int, Tensor] = {}  # by storage; kept alive, so that no address comes twice
    measured = []
    for link in _find_links(net):
        module = copy_to_meta(net.get_submodule(link.name)).requires_grad_().train()
        before = _bytes(seen)
        with torch.autograd.graph.saved_tensors_hooks(partial(_see, seen), lambda tensor: tensor):
            y = module(x)
        for weight in (*module.parameters(), *module.buffers()):
            seen.pop(storage_key(weight), None)
        kept = _bytes(seen) - before
        measured.append(replace(link, kept=kept // 2, handed_on=y.untyped_storage().nbytes() // 2))
        x = y.detach().requires_grad_()
    return tuple(measured)


def _see(seen: dict[int, Tensor], tensor: Tensor) -> Tensor:
    seen[storage_key(tensor)] = tensor.detach()
    return tensor


def _bytes(tensors: dict[int, Tensor]) -> int:
    return sum(tensor.untyped_storage().nbytes() for tensor in tensors.values())


def cut_chain(links: tuple[ChainLink, ...]) -> tuple[Segment, ...]:
    """Cut a chain so that the most that is ever held is least.

    Held while segment i is computed again: what every segment up to it was given, and all that
    segment i keeps.
    """
    most, least = sum(link.kept for link in links), max(link.kept for link in links)
    steps = (least * (most / max(least, 1)) ** (k / TRIES) for k in range(TRIES + 1))
    return min((_cut_at(links, limit) for limit in steps), key=peak_bytes)


def peak_bytes(segments: tuple[Segment, ...], under_way: int = 0) -> int:
    """Return the most that is held per image when a chain is cut so.

    ``under_way`` counts the gradients, each as large as what a segment hands on, that are held
    beside it.
    """
    peak = boundaries = 0
    for segment in segments:
        held = sum(link.kept for link in segment) + under_way * segment[-1].handed_on
        peak = max(peak, boundaries + held)
        boundaries += segment[-1].handed_on
    return peak


def _cut_at(links: tuple[ChainLink, ...], limit: float) -> tuple[Segment, ...]:
    segments: list[list[ChainLink]] = [[]]
    for link in links:
        held = sum(other.kept for other in segments[-1])
        if segments[-1] and held + link.kept > limit * (1 + 1e-9):
            segments.append([])
        segments[-1].append(link)
    return tuple(map(tuple, segments))


def _find_links(net: Network) -> Iterator[ChainLink]:
    for row, stage in net.stages():
        # A stage is a chain of its own; so is a reduction with its convolution.
        inner = [f"{row}.{name}" for name, _ in stage.named_children()]
        names = inner if type(stage) is nn.Sequential and inner else [row]
        yield from (ChainLink(name, "") for name in names[:-1])
        yield ChainLink(names[-1], row)


@dataclass(frozen=True)
class _Way:
    """The way through a network that keeps only what stands between segments."""

    segments: tuple[Segment, ...]
    holes: Holes = field(default_factory=Holes)

    def __call__(self, net: Network, x: Tensor) -> Logits:
        heads: list[Tensor] = []
        for segment in self.segments[:-1]:
            self.holes.give_back()
            x, found = self._run_twice(net, segment, x)
            heads += found
        # The last segment's backward pass comes at once: nothing is won by forgetting it.
        x, found = _run(net, self.segments[-1], x)
        return Logits(x, (*heads, *found))

    def _run_twice(
        self, net: Network, segment: Segment, x: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        @contextmanager
        def again() -> Iterator[None]:
            self.holes.give_back()
            with _norms_at_rest(net, segment):
                yield

        given: tuple[Tensor, tuple[Tensor, ...]] = checkpoint(
            partial(_run, net, segment),
            x,
            use_reentrant=False,
            context_fn=lambda: (nullcontext(), again()),
        )
        return given


def _run(net: Network, segment: Segment, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    heads: list[Tensor] = []
    for link in segment:
        x = net.get_submodule(link.name)(x)
        if link.ends_row in net.auxiliary:
            heads.append(net.auxiliary[link.ends_row](x))
    return x, tuple(heads)


@contextmanager
def _norms_at_rest(net: Network, segment: Segment) -> Iterator[None]:
    """Let norms use the batch's statistics, as before, without counting the batch again."""
    modules = [net.get_submodule(link.name) for link in segment]
    modules += [net.auxiliary[link.ends_row] for link in segment if link.ends_row in net.auxiliary]
    norms = [m for module in modules for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, momentum, batches in before:
            norm.momentum, norm.num_batches_tracked = momentum, batches
