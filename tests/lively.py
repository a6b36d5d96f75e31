"""Weights that make a wrong layer show: He's initialisation, random statistics in every norm."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def enliven(net: nn.Module, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=generator)
            if module.bias is not None:
                module.bias.normal_(0, 0.1, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5, generator=generator)
            module.bias.normal_(0, 0.3, generator=generator)
            module.running_mean.normal_(0, 0.3, generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)


def two_images(px: int, channels: int = 3) -> Tensor:
    """Give a noise image and a smooth one: pools and strides answer differently to them."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(1, channels, px, px, generator=generator)
    ramp = torch.linspace(-2, 2, px)
    smooth = (ramp[:, None] * ramp[None, :]).expand(1, channels, px, px)
    return torch.cat([noise, smooth])


def relative_error(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).detach().abs().max() / theirs.detach().abs().max())


def assert_lively(logits: Tensor) -> None:
    """Two inputs must give clearly different logits, or agreement means nothing."""
    assert relative_error(logits[0], logits[1]) > 0.05
