import pytest
import torch
from torch import Generator, nn

from skipcat.blocks.initialisation import caffe_xavier, he_normal, truncated_normal


def some_layers() -> nn.ModuleDict:
    layers = {
        "conv": nn.Conv2d(32, 64, 3),
        "norm": nn.BatchNorm2d(64),
        "linear": nn.Linear(512, 64),
    }
    return nn.ModuleDict(layers)


def deviation(layer: nn.Module) -> float:
    return float(layer.weight.detach().std())


def generator() -> Generator:
    return Generator().manual_seed(0)


def test_he_normal() -> None:
    net = some_layers()
    he_normal(net, generator())
    assert deviation(net["conv"]) == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    assert (net["conv"].bias == 0).all() and (net["linear"].bias == 0).all()
    assert float(net["linear"].weight.detach().abs().max()) == pytest.approx(512**-0.5, rel=0.01)


def test_caffe_xavier() -> None:
    net = some_layers()
    caffe_xavier(net, generator())
    assert deviation(net["conv"]) == pytest.approx((1 / (32 * 9)) ** 0.5, rel=0.03)
    assert (net["conv"].bias == 0.2).all() and (net["linear"].bias == 0).all()


def test_truncated_normal_is_cut_at_two_deviations_and_has_the_right_shape() -> None:
    net = some_layers()
    truncated_normal(net, generator(), std=0.1, exceptions={"linear": 0.01})
    weight = net["conv"].weight
    assert 0.19 < weight.abs().max() <= 0.2
    assert net["linear"].weight.abs().max() <= 0.02
    # P(|z| < 1 | |z| < 2) = 0.6827 / 0.9545; a uniform distribution would give 0.5.
    inside = float((weight.abs() < 0.1).float().mean())
    assert inside == pytest.approx(0.6827 / 0.9545, abs=0.01)


def test_norms_start_neutral_whatever_was_in_memory() -> None:
    net = some_layers()
    with torch.no_grad():
        for tensor in net["norm"].state_dict().values():
            tensor.fill_(7)
    he_normal(net, generator())
    norm = net["norm"]
    assert (norm.weight == 1).all() and (norm.bias == 0).all()
    assert (norm.running_mean == 0).all() and (norm.running_var == 1).all()
    assert norm.num_batches_tracked == 0
