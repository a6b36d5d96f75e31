"""Pre-activation: He, Zhang, Ren and Sun 2016, "Identity mappings", arXiv 1603.05027.

Here: the unit of Fig. 4(e), whose normalisation and ReLU stand before each convolution, so that the
shortcut is the identity from the first unit to the last; basic and bottleneck branches; projections
without a norm. The other orders of Fig. 4 are not here.
"""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

from skipcat.blocks.convolution import build_conv2d
from skipcat.blocks.residual import Shortcut, SkippableUnit, StridePlace, ZeroPaddedShortcut


class NormReLU(nn.Module):
    """Normalise over the batch and rectify.

    Shapes:
        x ``(N, width, H, W)`` -> the same.
    """

    def __init__(self, width: int, norm_eps: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, eps=norm_eps)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activation."""
        return functional.relu(self.norm(x), inplace=True)


class PreActivationUnit(SkippableUnit):
    """Add a branch to its input; nothing follows the sum.

    ``y = x + F(x)``: He et al. 2016b, eq. (3) to (5). A unit that changes shapes activates before
    the split: ``a = relu(norm(x)); y = shortcut(a) + F(a)``.

    Shapes:
        Both ways give the same ``(N, C, H, W)``.
    """

    def __init__(
        self, branch: nn.Module, shortcut: nn.Module, activation: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.activation = activation
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Return the unit's response."""
        if self.activation is not None:
            x = self.activation(x)
        change = self.change(x)
        y: Tensor = self.shortcut(x)
        return y if change is None else change + y

    def skip(self, x: Tensor) -> Tensor:
        """Return the shortcut's answer to the activated input."""
        if self.activation is not None:
            x = self.activation(x)
        y: Tensor = self.shortcut(x)
        return y


def preactivation_branch(
    widths: tuple[int, ...],
    kernels: tuple[int, ...],
    strides: tuple[int, ...],
    *,
    norm_eps: float,
    activate_first: bool,
) -> nn.Sequential:
    """Build convolutions with a norm and a ReLU before each, or before all but the first.

    ``widths`` has one figure more than there are convolutions: the input's.
    """
    layers: list[tuple[str, nn.Module]] = []
    for index, (kernel, stride) in enumerate(zip(kernels, strides, strict=True)):
        number = index + 1
        width = widths[index]
        if index or activate_first:
            layers.append((f"activation{number}", NormReLU(width, norm_eps)))
        layers.append((f"conv{number}", _bare(width, widths[number], kernel, stride)))
    return nn.Sequential(OrderedDict(layers))


def basic_layers(
    in_width: int, width: int, stride: int
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return widths, kernels and strides of two 3x3 convolutions."""
    return (in_width, width, width), (3, 3), (stride, 1)


def bottleneck_layers(
    in_width: int, width: int, stride: int, stride_place: StridePlace
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return widths, kernels and strides of 1x1, 3x3, and 1x1 with four times the width."""
    first, second = (stride, 1) if stride_place == "first_1x1" else (1, stride)
    return (in_width, width, width, 4 * width), (1, 3, 1), (first, second, 1)


def build_identity_shortcut(
    option: Shortcut, in_width: int, out_width: int, stride: int
) -> nn.Module:
    """Build the shortcut: the identity, or zeros (A) or a bare 1x1 (B) where shapes change."""
    if in_width == out_width and stride == 1:
        return nn.Identity()
    if option == "A":
        return ZeroPaddedShortcut(in_width, out_width, stride)
    return _bare(in_width, out_width, 1, stride)


def _bare(in_width: int, out_width: int, kernel: int, stride: int) -> nn.Conv2d:
    return build_conv2d(in_width, out_width, kernel, stride, padding=kernel // 2)
