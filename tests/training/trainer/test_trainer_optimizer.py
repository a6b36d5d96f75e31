import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.networks.catalogue import build_network
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.learning_rate import rate_at
from skipcat.training.trainer.optimizer import build_optimiser
from skipcat.training.trainer.weight_average import average_weights


@settings(deadline=None)
@given(st.floats(0, 0.9), st.floats(0, 1), st.integers(2, 512))
def test_the_rate_rises_to_its_peak_and_falls_to_nothing(warmup, progress, batch):
    recipe = Recipe(warmup=warmup, batch=batch)
    peak = 0.05 * batch / 64
    assert 0 <= rate_at(progress, 0.05, recipe) <= peak * (1 + 1e-9)
    assert rate_at(warmup, 0.05, recipe) == pytest.approx(peak)
    assert rate_at(1.0, 0.05, recipe) == pytest.approx(0, abs=1e-9)
    middle = (1 + warmup) / 2
    assert rate_at(middle, 0.05, recipe) == pytest.approx(peak / 2)
    if warmup > 0:
        assert rate_at(0.0, 0.05, recipe) == pytest.approx(peak / 10)


def test_norms_and_biases_are_not_decayed():
    net = build_network("resnet_cifar8", classes=3, image_px=8)
    decayed, spared = build_optimiser(net, Recipe(weight_decay=0.1)).param_groups
    names = {id(p): name for name, p in net.named_parameters()}
    assert decayed["weight_decay"] == 0.1
    assert spared["weight_decay"] == 0.0
    kinds = {names[id(p)].rsplit(".", 1)[1] for p in spared["params"]}
    assert kinds == {"weight", "bias"}
    assert all(p.ndim == 1 for p in spared["params"])
    assert len(decayed["params"]) + len(spared["params"]) == len(list(net.parameters()))


def test_the_average_is_the_recursion_with_a_decay_that_grows():
    net = torch.nn.Linear(1, 1, bias=False)
    average = average_weights(net, Recipe(ema_decay=0.3))
    values, expected = [1.0, 4.0, -2.0, 7.0, 3.0], None
    for step, value in enumerate(values):
        with torch.no_grad():
            net.weight.fill_(value)
        average.update_parameters(net)
        decay = min(0.3, (1 + step) / (10 + step))
        expected = value if expected is None else decay * expected + (1 - decay) * value
        assert float(average.module.weight.detach()) == pytest.approx(expected, rel=1e-6)


def test_without_decay_the_last_weights_are_kept_and_statistics_too():
    net = build_network("resnet_cifar8", classes=3, image_px=8).train()
    average = average_weights(net, Recipe(ema_decay=0))
    for _ in range(3):
        net(torch.randn(4, 3, 8, 8))
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(0.1)
        average.update_parameters(net)
    ours = average.module.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in net.state_dict().items())


def test_the_average_is_a_copy():
    net = torch.nn.Linear(2, 2)
    before = copy.deepcopy(net.state_dict())
    average = average_weights(net, Recipe())
    with torch.no_grad():
        net.weight.fill_(math.pi)
    assert torch.equal(average.module.weight, before["weight"])
