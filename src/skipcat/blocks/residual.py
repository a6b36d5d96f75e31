"""Residual learning: He, Zhang, Ren and Sun 2016, arXiv 1512.03385, §3.

Here: the residual unit, its plain twin, the branches of Fig. 5 (basic and bottleneck), the
shortcuts of options A, B and C, and variants by later papers: grouped 3x3 (Xie et al. 2017,
arXiv 1611.05431), the averaging shortcut (He et al. 2019, arXiv 1812.01187, Fig. 2(c)), the scaled
branch (Szegedy et al. 2017, arXiv 1602.07261, §3.3), the scaled shortcut (He et al. 2016, arXiv
1603.05027, Fig. 2(b)). Pre-activation units are in `preactivation.py`.
"""

from collections import OrderedDict
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from skipcat.blocks.convolution import Convolution

StridePlace = Literal["first_1x1", "3x3"]
# "D" averages before it projects; "scaled" is A of which half is added to half of the branch.
Shortcut = Literal["A", "B", "C", "D", "scaled", "none"]
CONSTANT_SCALE = 0.5
Widths = tuple[int, ...]


class SkippableUnit(nn.Module):
    """A unit whose branch may be left out of a training step: stochastic depth.

    Huang, Sun, Liu, Sedra, Weinberger 2016, arXiv 1603.09382, §3: a branch lives through a step
    with probability ``1 - drop_rate``. Where the paper scales it down in evaluation, this scales
    it up in training: the trained network is a plain one.
    """

    branch: nn.Module
    drop_rate: float = 0.0

    def skip(self, x: Tensor) -> Tensor:
        """Return the unit's response without its branch: the shortcut's alone."""
        raise NotImplementedError

    def change(self, x: Tensor) -> Tensor | None:
        """Return the branch's answer, None in a step that leaves it out."""
        if not self.training or not self.drop_rate:
            y: Tensor = self.branch(x)
            return y
        if float(torch.rand(())) < self.drop_rate:
            return None
        scaled: Tensor = self.branch(x) / (1 - self.drop_rate)
        return scaled


class Residual(SkippableUnit):
    """Add a branch to its input's shortcut, then rectify.

    ``y = relu(scale * F(x) + shortcut(x))``: He et al. 2016, eq. (1) and (2). ``branch`` is F; it
    ends without ReLU. ``scale`` is 1 but beside scaled shortcuts and in the Inception-ResNets,
    whose last unit is not rectified.

    Shapes:
        Both ways give the same ``(N, C, H, W)``.
    """

    def __init__(
        self, branch: nn.Module, shortcut: nn.Module, *, scale: float = 1.0, relu: bool = True
    ) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut
        self.scale = scale
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Return the unit's response."""
        change = self.change(x)
        if change is None:
            return self.skip(x)
        if self.scale != 1:
            change = self.scale * change
        x = change + self.shortcut(x)
        return functional.relu(x, inplace=True) if self.relu else x

    def skip(self, x: Tensor) -> Tensor:
        """Return ``relu(shortcut(x))``."""
        x = self.shortcut(x)
        return functional.relu(x) if self.relu else x


class Plain(nn.Module):
    """The twin without a shortcut: ``y = relu(F(x))``; its weights bear the same names."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        """Return the unit's response."""
        return functional.relu(self.branch(x), inplace=True)


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
        """Return the thinned and widened input."""
        x = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(x, (0, 0, 0, 0, self.before, self.after))


class ScaledShortcut(nn.Module):
    """Weaken a shortcut by a constant: He et al. 2016, arXiv 1603.05027, §3.1, Fig. 2(b).

    Shapes:
        Those of the shortcut.
    """

    def __init__(self, shortcut: nn.Module, scale: float) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Return the weakened input."""
        y: Tensor = self.scale * self.shortcut(x)
        return y


def basic_branch(
    in_width: int, width: int, stride: int, norm_eps: float | None, *, inner: Widths = ()
) -> nn.Sequential:
    """Build two 3x3 convolutions: Fig. 5, left; ``inner`` is the first's width, else the same."""
    (middle,) = inner or (width,)
    layers = [
        ("conv1", Convolution(in_width, middle, 3, stride, norm_eps=norm_eps)),
        ("conv2", Convolution(middle, width, 3, norm_eps=norm_eps, relu=False)),
    ]
    return nn.Sequential(OrderedDict(layers))


def bottleneck_branch(
    in_width: int,
    width: int,
    out_width: int,
    stride: int,
    *,
    norm_eps: float | None,
    stride_place: StridePlace,
    groups: int = 1,
    inner: Widths = (),
) -> nn.Sequential:
    """Build 1x1, 3x3, 1x1: Fig. 5, right; the 3x3 may fall into groups.

    ``inner`` has the widths of the first two where these are not ``width``.
    """
    one, two = inner or (width, width)
    first, second = (stride, 1) if stride_place == "first_1x1" else (1, stride)
    layers = [
        ("conv1", Convolution(in_width, one, 1, first, norm_eps=norm_eps)),
        ("conv2", Convolution(one, two, 3, second, norm_eps=norm_eps, groups=groups)),
        ("conv3", Convolution(two, out_width, 1, norm_eps=norm_eps, relu=False)),
    ]
    return nn.Sequential(OrderedDict(layers))


def build_shortcut(
    option: Literal["A", "B", "C", "D"],
    in_width: int,
    out_width: int,
    stride: int,
    norm_eps: float | None,
) -> nn.Module:
    """Build a unit's shortcut: the identity where shapes agree, but for option C.

    He et al. 2016, §3.3: A pads with zeros, B projects where shapes change, C projects always.
    D projects as B does, after a 2x2 average in place of the stride (He et al. 2019).
    """
    if option != "C" and in_width == out_width and stride == 1:
        return nn.Identity()
    if option == "A":
        return ZeroPaddedShortcut(in_width, out_width, stride)
    if option != "D" or stride == 1:
        return Convolution(in_width, out_width, 1, stride, norm_eps=norm_eps, relu=False)
    # Rounding up, and windows over the edge average what is there: any grid keeps its shape.
    average = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False)
    project = Convolution(in_width, out_width, 1, norm_eps=norm_eps, relu=False)
    return nn.Sequential(OrderedDict([("average", average), ("project", project)]))
