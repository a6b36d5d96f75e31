"""Rows of the pre-activation networks, narrow and wide.

He et al. 2016, arXiv 1603.05027; Zagoruyko and Komodakis 2016, arXiv 1605.07146. Their tables
stand in `preact_resnet.py` and `wide_resnet.py`.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import nn

from skipcat.blocks.preactivation import (
    NormReLU,
    PreActivationUnit,
    basic_layers,
    bottleneck_layers,
    build_identity_shortcut,
    preactivation_branch,
)
from skipcat.blocks.residual import Widths
from skipcat.networks.rows.row import BuildContext, Row
from skipcat.networks.rows.stage import Stage


@dataclass(frozen=True)
class PreActivationStage(Stage):
    """Pre-activation units at one grid and width.

    The first unit of a stage activates before it splits, both ways (the appendix of the paper and
    the authors' code); in the network's first stage, conv1 has done that ("before").
    """

    shortcut: Literal["A", "B"] = "B"
    first_activation: Literal["shared", "before"] = "shared"
    kind: Literal["preactivation_stage"] = "preactivation_stage"
    order: ClassVar[str] = ", activated first"

    def build_unit(
        self, in_width: int, index: int, context: BuildContext, inner: Widths = ()
    ) -> PreActivationUnit:
        """Build one unit; ``inner`` has the widths inside its branch where these are its own."""
        norm_eps = require_norm(context)
        stride = self.stride if index == 0 else 1
        if self.block == "basic":
            layers = basic_layers(in_width, self.width, stride)
        else:
            layers = bottleneck_layers(in_width, self.width, stride, self.stride_place)
        widths, kernels, strides = layers
        widths = (in_width, *(inner or widths[1:-1]), widths[-1])
        branch = preactivation_branch(
            widths, kernels, strides, norm_eps=norm_eps, activate_first=index > 0
        )
        way = build_identity_shortcut(self.shortcut, in_width, self.out_width, stride)
        shared = index == 0 and self.first_activation == "shared"
        return PreActivationUnit(branch, way, NormReLU(in_width, norm_eps) if shared else None)


@dataclass(frozen=True)
class Activation(Row):
    """The norm and the ReLU after the last sum."""

    kind: Literal["activation"] = "activation"

    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module; return it with its output width."""
        return NormReLU(in_width, require_norm(context)), in_width

    def __str__(self) -> str:
        return "batch norm, ReLU"


def require_norm(context: BuildContext) -> float:
    """Return the epsilon of the norms, without which nothing comes before an activation.

    Raises:
        ValueError: the network has none.
    """
    if context.norm_eps is None:
        raise ValueError("pre-activation needs norm_eps")
    return context.norm_eps
