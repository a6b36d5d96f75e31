import pytest
import torch
from torch import nn

from skipcat.blocks.convolution import Convolution
from skipcat.blocks.residual import Plain, Residual, ZeroPaddedShortcut, build_shortcut


def test_option_a_takes_every_second_pixel_between_two_halves_of_zeros() -> None:
    x = torch.arange(32.0).reshape(1, 2, 4, 4)
    y = ZeroPaddedShortcut(2, 4, 2)(x)
    assert y.shape == (1, 4, 2, 2)
    assert (y[:, [0, 3]] == 0).all()
    assert y[0, 1].tolist() == [[0, 2], [8, 10]]
    assert y[0, 2].tolist() == [[16, 18], [24, 26]]


def test_option_a_has_no_parameters_and_takes_odd_grids() -> None:
    shortcut = ZeroPaddedShortcut(16, 32, 2)
    assert not list(shortcut.parameters())
    assert shortcut(torch.ones(1, 16, 5, 7)).shape == (1, 32, 3, 4)


def test_option_b_projects_only_where_shapes_change() -> None:
    assert isinstance(build_shortcut("B", 8, 8, 1, 1e-5), nn.Identity)
    assert isinstance(build_shortcut("B", 8, 8, 2, 1e-5), Convolution)
    assert isinstance(build_shortcut("B", 8, 16, 1, 1e-5), Convolution)


def test_option_c_projects_always() -> None:
    assert isinstance(build_shortcut("C", 8, 8, 1, 1e-5), Convolution)


@pytest.mark.parametrize("px", [4, 5, 1])
def test_the_averaging_shortcut_keeps_every_pixel_and_any_grid(px: int) -> None:
    shortcut = build_shortcut("D", 2, 4, 2, 1e-5)
    x = torch.ones(1, 2, px, px, requires_grad=True)
    assert shortcut.average(x).shape == (1, 2, -(-px // 2), -(-px // 2))
    assert (shortcut.average(x) == 1).all()
    shortcut.average(x).sum().backward()
    assert (x.grad > 0).all()
    assert isinstance(build_shortcut("D", 8, 16, 1, 1e-5), Convolution)
    assert isinstance(build_shortcut("D", 8, 8, 1, 1e-5), nn.Identity)


def test_a_plain_unit_only_rectifies() -> None:
    unit = Plain(nn.Conv2d(1, 1, 1, bias=False))
    nn.init.constant_(unit.branch.weight, -3.0)
    assert unit(torch.tensor([[[[1.0, -1.0]]]])).tolist() == [[[[0.0, 3.0]]]]


def test_a_scaled_unit() -> None:
    unit = Residual(nn.Conv2d(1, 1, 1, bias=False), nn.Identity(), scale=0.5, relu=False)
    nn.init.constant_(unit.branch.weight, -3.0)
    assert unit(torch.tensor([[[[1.0, -1.0]]]])).tolist() == [[[[-0.5, 0.5]]]]


def test_a_unit_adds_then_rectifies() -> None:
    unit = Residual(nn.Conv2d(1, 1, 1, bias=False), nn.Identity())
    nn.init.constant_(unit.branch.weight, -3.0)
    x = torch.tensor([[[[1.0, -1.0]]]])
    assert unit(x).tolist() == [[[[0.0, 2.0]]]]
    assert x.tolist() == [[[[1.0, -1.0]]]]
