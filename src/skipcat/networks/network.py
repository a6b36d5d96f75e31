"""The one network class: a chain of the paper's rows, with auxiliary heads beside it."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from skipcat.errors import NetworkError
from skipcat.networks.checks import check_built
from skipcat.networks.specs import Spec
from skipcat.networks.stem import reduce_stem, smallest_image_px

Initialise = Callable[[nn.Module, Generator], None]


class Logits(NamedTuple):
    """The answer, and the answers of the auxiliary heads in order of depth."""

    main: Tensor
    auxiliary: tuple[Tensor, ...]


Way = Callable[["Network", Tensor], Logits]


class Network(nn.Module):
    """A classic network: the rows of its paper's table, one after another.

    Children bear the rows' names; ``auxiliary`` holds the heads, keyed by the row they sit on.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        initialise: Initialise,
        build_head: Callable[[int], nn.Module] | None = None,
        head_rows: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        rows = reduce_stem(spec.rows, spec.stem_reduction)
        heads: dict[str, nn.Module] = {}
        width = spec.channels
        for name, row in rows:
            module, width = row.build(width, spec)
            self.add_module(name, module)
            if name in head_rows and build_head is not None:
                heads[name] = build_head(width)
        self.spec = spec
        self.row_names = tuple(name for name, _ in rows)
        self.descriptions: Mapping[str, str] = {name: str(row) for name, row in rows}
        self.smallest_px = max(spec.smallest_px, smallest_image_px(rows))
        self.auxiliary = nn.ModuleDict(heads)
        self._way: Way | None = None
        self._initialise = initialise
        check_built(self, spec, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, in training and evaluation alike.

        Shapes:
            x ``(N, channels, H, W)`` -> ``(N, classes)``.

        Raises:
            NetworkError: the images have other channels or are too small.
        """
        self.check_input(x)
        if self._way is not None and self.training and torch.is_grad_enabled():
            return self._way(self, x).main
        for name in self.row_names:
            x = getattr(self, name)(x)
        return x

    def forward_with_auxiliary(self, x: Tensor) -> Logits:
        """Return the logits and those of the auxiliary heads, () where there are none.

        Shapes:
            x ``(N, channels, H, W)`` -> each ``(N, classes)``.

        Raises:
            NetworkError: the images have other channels or are too small.
        """
        self.check_input(x)
        if self._way is not None and self.training and torch.is_grad_enabled():
            return self._way(self, x)
        heads: list[Tensor] = []
        for name in self.row_names:
            x = getattr(self, name)(x)
            if name in self.auxiliary:
                heads.append(self.auxiliary[name](x))
        return Logits(x, tuple(heads))

    def take_way(self, way: "Way | None") -> None:
        """Install an alternative forward pass for training (activation checkpointing)."""
        self._way = way

    def stages(self) -> Iterator[tuple[str, nn.Module]]:
        """Return the chain: row names and modules, without auxiliary heads."""
        for name in self.row_names:
            yield name, getattr(self, name)

    def initialise(self, seed: int) -> None:
        """Draw fresh weights; torch's own generators are left as they are."""
        self._initialise(self, Generator().manual_seed(seed))

    def check_input(self, x: Tensor) -> None:
        """Refuse images that the network was not built for."""
        # A traced or exported graph has its shapes fixed elsewhere; a guard would narrow it.
        if torch.compiler.is_compiling() or torch.jit.is_tracing():  # type: ignore[attr-defined]
            return
        name, channels, least = self.spec.name, self.spec.channels, self.smallest_px
        if x.dim() != 4:
            given = tuple(x.shape)
            raise NetworkError(f"{name} takes images (N, {channels}, H, W), but was given {given}.")
        if x.shape[1] != channels:
            raise NetworkError(
                f"{name} was built for {channels}-channel images, but was given {x.shape[1]} "
                f"channels; build it with channels={x.shape[1]}."
            )
        if not x.is_floating_point():
            raise NetworkError(
                f"{name} takes normalised images of floats, but was given {x.dtype}; scale them to "
                "0..1, subtract the mean, divide by the deviation."
            )
        height, width = x.shape[2], x.shape[3]
        if min(height, width) < least:
            raise NetworkError(self._too_small(height, width))

    def _too_small(self, height: int, width: int) -> str:
        text = (
            f"{self.spec.name} with stem reduction {self.spec.stem_reduction} takes images of "
            f"{self.smallest_px} px or more, but was given {height}x{width}"
        )
        if min(height, width) >= self.spec.smallest_px:
            return f"{text}; build it with image_px={min(height, width)}."
        return f"{text}."

    def __repr__(self) -> str:
        spec = self.spec
        lines = [
            f"{spec.name}: {spec.classes} classes, {spec.channels} channels, "
            f"stem reduction {spec.stem_reduction}",
            spec.paper,
        ]
        column = max(len(name) for name in self.row_names) + 2
        lines += [f"  {name:<{column}}{self.descriptions[name]}" for name in self.row_names]
        lines += [f"  auxiliary head on {name}" for name in self.auxiliary]
        return "\n".join(lines)
