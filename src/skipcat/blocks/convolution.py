"""Convolution, normalisation, ReLU: the layer that every network here is made of.

Batch normalisation: Ioffe and Szegedy 2015, arXiv 1502.03167. Local response normalisation and
biased convolutions without any normalisation (GoogLeNet as printed, 2014) are here too, and the
separable convolution of arXiv 1502.03167's first row. Activation before the convolution is in
`preactivation.py`. Every convolution is built by `build_conv2d`, so that a strided 1x1 is safe.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

Size = int | tuple[int, int]


class StridedPointwiseConv2d(nn.Conv2d):
    """Convolve every ``stride``-th pixel by a 1x1 kernel: thin the grid first, then stride 1.

    The arithmetic, the weights and their names are those of ``nn.Conv2d``. Its own strided kernel
    is not used, since oneDNN 3.12 (torch 2.14) writes past its scratch memory in the gradient of
    one with fewer than 8 input channels where AVX2 is the best instruction set: see
    ``docs/upstream/onednn-strided-1x1.md``. Exported graphs hold one strided convolution.

    Shapes:
        x ``(N, in, H, W)`` -> ``(N, out, ceil(H / stride), ceil(W / stride))``.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return the response at every ``stride``-th pixel."""
        if torch.compiler.is_exporting() or torch.onnx.is_in_onnx_export():
            return super().forward(input)
        # A mean of one pixel is that pixel; unlike a slice it keeps channels_last for gradients.
        thinned = functional.avg_pool2d(input, 1, self.stride)
        return functional.conv2d(thinned, self.weight, self.bias, groups=self.groups)


def build_conv2d(
    in_width: int,
    out_width: int,
    kernel: Size,
    stride: int = 1,
    *,
    padding: Size = 0,
    groups: int = 1,
    bias: bool = False,
) -> nn.Conv2d:
    """Build a convolution whose training is safe on every processor.

    Shapes:
        x ``(N, in_width, H, W)`` -> ``(N, out_width, H', W')``.
    """
    is_pointwise = kernel in (1, (1, 1)) and padding in (0, (0, 0))
    kind = StridedPointwiseConv2d if is_pointwise and stride > 1 else nn.Conv2d
    return kind(in_width, out_width, kernel, stride, padding=padding, groups=groups, bias=bias)


class Convolution(nn.Module):
    """Convolve, normalise where asked, then rectify where asked.

    ``y = relu(norm(W * x))``; a convolution without a norm after it has a bias instead.

    Shapes:
        x ``(N, in_width, H, W)`` -> ``(N, out_width, H', W')``.
    """

    def __init__(
        self,
        in_width: int,
        out_width: int,
        kernel: Size = 1,
        stride: int = 1,
        *,
        padding: Size | None = None,
        norm_eps: float | None = 1e-5,
        relu: bool = True,
        groups: int = 1,
    ) -> None:
        super().__init__()
        if padding is None:
            padding = same_padding(kernel)
        has_norm = norm_eps is not None
        self.conv = build_conv2d(
            in_width, out_width, kernel, stride, padding=padding, groups=groups, bias=not has_norm
        )
        self.norm = nn.BatchNorm2d(out_width, eps=norm_eps) if norm_eps is not None else None
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's response."""
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return functional.relu(x, inplace=True) if self.relu else x


def separable_convolution(
    in_width: int,
    out_width: int,
    kernel: int,
    stride: int,
    *,
    multiplier: int,
    norm_eps: float | None,
) -> nn.Sequential:
    """Build ``multiplier`` filters over each channel alone, then a 1x1 over all their answers.

    Ioffe and Szegedy 2015, appendix; nothing stands between the two, the norm and the ReLU follow.

    Shapes:
        x ``(N, in_width, H, W)`` -> ``(N, out_width, H', W')``.
    """
    inner = multiplier * in_width
    depthwise = build_conv2d(in_width, inner, kernel, stride, padding=kernel // 2, groups=in_width)
    layers = [
        ("depthwise", depthwise),
        ("pointwise", Convolution(inner, out_width, norm_eps=norm_eps)),
    ]
    return nn.Sequential(OrderedDict(layers))


def same_padding(kernel: Size) -> Size:
    """Return the padding that keeps the grid at stride 1.

    >>> same_padding(7), same_padding((1, 7))
    (3, (0, 3))
    """
    if isinstance(kernel, int):
        return kernel // 2
    return (kernel[0] // 2, kernel[1] // 2)


class GlobalAveragePool(nn.Module):
    """Average each channel over the whole grid.

    Shapes:
        x ``(N, C, H, W)`` -> ``(N, C)``.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the channel means."""
        return torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1)
