"""Residual learning: He, Zhang, Ren and Sun 2016, arXiv 1512.03385, §3.

Here: the residual unit, the branches of Fig. 5 (basic and bottleneck), the projection shortcut
(options B and C) and the parameter-free one (option A). Pre-activation units are not here.
"""

from collections import OrderedDict
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from skipcat.blocks.convolution import Convolution

StridePlace = Literal["first_1x1", "3x3"]


class Residual(nn.Module):
    """Add a branch to its input's shortcut, then rectify.

    ``y = relu(F(x) + shortcut(x))``: He et al. 2016, eq. (1) and (2). ``branch`` is F; it ends in
    a normalisation without ReLU.

    Shapes:
        Both ways give the same ``(N, C, H, W)``.
    """

    def __init__(self, branch: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Give the unit's response."""
        return functional.relu(self.branch(x) + self.shortcut(x), inplace=True)


class ZeroPaddedShortcut(nn.Module):
    """Take every second pixel and add channels of zeros: option A, no parameters.

    He et al. 2016, §3.3. Half of the new channels stand before the old ones, half after them:
    the paper does not say, and the CIFAR weights that circulate need exactly this.

    Shapes:
        x ``(N, in_width, H, W)`` -> ``(N, out_width, ceil(H / stride), ceil(W / stride))``.
    """

    def __init__(self, in_width: int, out_width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.before = (out_width - in_width) // 2
        self.after = out_width - in_width - self.before

    def forward(self, x: Tensor) -> Tensor:
        """Give the thinned and widened input."""
        x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, (0, 0, 0, 0, self.before, self.after))


def basic_branch(in_width: int, width: int, stride: int, norm_eps: float) -> nn.Sequential:
    """Build two 3x3 convolutions: Fig. 5, left."""
    layers = [
        ("conv1", Convolution(in_width, width, 3, stride, norm_eps=norm_eps)),
        ("conv2", Convolution(width, width, 3, norm_eps=norm_eps, relu=False)),
    ]
    return nn.Sequential(OrderedDict(layers))


def bottleneck_branch(
    in_width: int, width: int, stride: int, norm_eps: float, *, stride_place: StridePlace
) -> nn.Sequential:
    """Build 1x1, 3x3, 1x1 with four times the width at the end: Fig. 5, right."""
    first, second = (stride, 1) if stride_place == "first_1x1" else (1, stride)
    layers = [
        ("conv1", Convolution(in_width, width, 1, first, norm_eps=norm_eps)),
        ("conv2", Convolution(width, width, 3, second, norm_eps=norm_eps)),
        ("conv3", Convolution(width, 4 * width, 1, norm_eps=norm_eps, relu=False)),
    ]
    return nn.Sequential(OrderedDict(layers))


def projection_shortcut(in_width: int, out_width: int, stride: int, norm_eps: float) -> nn.Module:
    """Build option B: the identity where shapes agree, else a 1x1 convolution."""
    if in_width == out_width and stride == 1:
        return nn.Identity()
    return Convolution(in_width, out_width, 1, stride, norm_eps=norm_eps, relu=False)


def zero_padded_shortcut(in_width: int, out_width: int, stride: int) -> nn.Module:
    """Build option A: the identity where shapes agree, else zeros for the new channels."""
    if in_width == out_width and stride == 1:
        return nn.Identity()
    return ZeroPaddedShortcut(in_width, out_width, stride)
