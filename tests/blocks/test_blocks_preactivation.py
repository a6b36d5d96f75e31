import torch
from torch import nn

from skipcat.blocks.preactivation import (
    NormReLU,
    PreActivationUnit,
    basic_layers,
    bottleneck_layers,
    build_identity_shortcut,
    preactivation_branch,
)
from skipcat.blocks.residual import ZeroPaddedShortcut


def test_an_identity_unit_leaves_the_sum_alone() -> None:
    """Fig. 4(e): what the branch does not change comes out as it went in, negative values too."""
    branch = preactivation_branch(*basic_layers(4, 4, 1), norm_eps=1e-5, activate_first=True)
    assert list(dict(branch.named_children())) == ["activation1", "conv1", "activation2", "conv2"]
    nn.init.zeros_(branch.conv2.weight)
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(PreActivationUnit(branch, nn.Identity())(x), x)


def test_a_unit_that_changes_shapes_activates_both_ways() -> None:
    layers = bottleneck_layers(4, 2, 2, "first_1x1")
    assert layers == ((4, 2, 2, 8), (1, 3, 1), (2, 1, 1))
    assert bottleneck_layers(4, 2, 2, "3x3")[2] == (1, 2, 1)
    branch = preactivation_branch(*layers, norm_eps=1e-5, activate_first=False)
    assert "activation1" not in dict(branch.named_children())
    shortcut = build_identity_shortcut("B", 4, 8, 2)
    unit = PreActivationUnit(branch, shortcut, NormReLU(4, 1e-5)).eval()
    x = torch.randn(2, 4, 6, 6)
    activated = torch.relu(x / (1 + 1e-5) ** 0.5)
    torch.testing.assert_close(unit(x), branch(activated) + shortcut(activated))
    assert shortcut.bias is None and all(conv.bias is None for conv in branch[::2])


def test_shortcuts() -> None:
    assert isinstance(build_identity_shortcut("B", 8, 8, 1), nn.Identity)
    assert isinstance(build_identity_shortcut("A", 8, 16, 2), ZeroPaddedShortcut)
    assert isinstance(build_identity_shortcut("B", 8, 8, 2), nn.Conv2d)
