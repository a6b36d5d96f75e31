"""Units that are left out in training, and a network that is plain afterwards."""

import copy

import pytest
import torch
from torch import nn

from skipcat.blocks.residual import Residual, SkippableUnit
from skipcat.errors import NetworkError
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.catalogue import build_network
from skipcat.networks.stochastic_depth import drop_units


def test_rates_rise_linearly_to_the_last_unit() -> None:
    net = build_network("resnet_cifar20", 2)
    drop_units(net, 0.5)
    rates = [unit.drop_rate for unit in net.modules() if isinstance(unit, SkippableUnit)]
    assert rates == pytest.approx([0.5 * number / 9 for number in range(1, 10)])


def test_units_are_left_out_as_often_as_the_rate_says_and_the_mean_is_kept() -> None:
    unit = Residual(nn.Conv2d(1, 1, 1, bias=False), nn.Identity())
    nn.init.ones_(unit.branch.weight)
    unit.drop_rate = 0.4
    x = torch.ones(1, 1, 1, 1)
    torch.manual_seed(0)
    with torch.no_grad():
        answers = torch.tensor([float(unit(x)) for _ in range(2000)])
    assert sorted(set(answers.tolist())) == pytest.approx([1.0, 1.0 + 1 / 0.6])
    assert float((answers == 1).float().mean()) == pytest.approx(0.4, abs=0.04)
    assert float(answers.mean()) == pytest.approx(2.0, abs=0.07)
    assert unit.eval()(x).tolist() == [[[[2.0]]]]


@pytest.mark.parametrize("name", ["resnet_cifar20", "preact_cifar29"])
def test_evaluation_is_that_of_the_plain_network(name: str) -> None:
    net = build_network(name, 2).eval()
    x = torch.randn(2, 3, 16, 16)
    expected = net(x)
    drop_units(net, 0.5)
    assert torch.equal(net(x), expected)
    first = net.train()(x).detach()
    assert any(not torch.equal(net(x).detach(), first) for _ in range(5))


def test_recomputation_leaves_out_the_same_units() -> None:
    plain = build_network("resnet_cifar56", 2)
    drop_units(plain, 0.5)
    sparing = copy.deepcopy(plain)
    checkpoint_activations(sparing, 16)
    x = torch.randn(2, 3, 16, 16)
    for net in (plain, sparing):
        torch.manual_seed(3)
        net.train()(x).sum().backward()
    left_out = 0
    for ours, theirs in zip(plain.parameters(), sparing.parameters(), strict=True):
        left_out += ours.grad is None
        assert (ours.grad is None) == (theirs.grad is None)
        assert ours.grad is None or torch.equal(ours.grad, theirs.grad)
    assert left_out


def test_a_network_without_units() -> None:
    with pytest.raises(NetworkError) as caught:
        drop_units(build_network("plain_cifar20", 2), 0.5)
    assert str(caught.value) == (
        "plain_cifar20 has no residual units to leave out; stochastic_depth is for ResNets."
    )
