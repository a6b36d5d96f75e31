import math

import pytest
import torch
from torch import nn

from skipcat.experiments.lab.microbenchmarks import (
    average_times,
    compare_times,
    describe_ratio,
    enliven,
)
from skipcat.networks.catalogue import build_network


def test_lively_weights_answer_clearly_differently_to_two_images():
    network = enliven(build_network("resnet_cifar20", 10, 16, 3))
    assert not network.training
    images = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        first, second = network(images)
    assert float((first - second).abs().max() / first.abs().max()) > 0.05
    again = enliven(build_network("resnet_cifar20", 10, 16, 3, seed=5))
    assert all(
        torch.equal(a, b)
        for (k, a), b in zip(network.state_dict().items(), again.state_dict().values(), strict=True)
        if "fc" not in k
    )


def test_times_are_compared_as_ratios_paired_by_repetition():
    ratio = compare_times([20.0, 40.0], [10.0, 20.0])
    assert math.exp(ratio.value) == pytest.approx(2)
    assert ratio.above_zero
    assert describe_ratio(ratio) == "2.00 (2.00 … 2.00)"
    assert describe_ratio(compare_times([20.0], [10.0])) == "2.00"


def test_an_average_time_and_its_interval_are_above_zero():
    mean = average_times([1.0, 100.0])
    assert mean.value == pytest.approx(10)
    assert mean.interval[0] > 0
    assert average_times([3.0]).interval is None


def test_linear_layers_without_a_bias_are_filled_too():
    layer = nn.Linear(4, 3, bias=False)
    before = layer.weight.clone()
    assert not torch.equal(enliven(layer).weight, before)
