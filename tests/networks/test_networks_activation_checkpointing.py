"""Checkpointed networks: the same gradients, the same statistics, less memory."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

import skipcat
from skipcat.networks.activation_checkpointing import (
    ChainLink,
    checkpoint_activations,
    cut_chain,
    measure_links,
    peak_bytes,
)
from skipcat.networks.catalogue import build_network, find_entry
from skipcat.networks.network import Network

slow = pytest.mark.slow
NETWORKS = [
    *("googlenet", "bn_inception", "resnet18", "resnet_cifar20", "preact_cifar29"),
    *("inception_v3", "inception_resnet_v1"),
    pytest.param("resnet50_d", marks=slow),
    *(pytest.param(n, marks=slow) for n in ("googlenet_2014", "googlenet_3x3", "inception_v4")),
    pytest.param("inception_resnet_v2", marks=slow),
]


def step(net: Network, x: Tensor) -> Tensor:
    torch.manual_seed(7)  # of dropout
    logits = net.train().forward_with_auxiliary(x)
    loss = logits.main.square().mean() + sum(head.square().mean() for head in logits.auxiliary)
    loss.backward()
    return logits.main.detach()


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_and_statistics_are_those_of_the_plain_run(name: str) -> None:
    px = max(20, find_entry(name).smallest_px)
    plain = build_network(name, 3, px)
    sparing = copy.deepcopy(plain)
    checkpoint_activations(sparing, px)
    x = torch.randn(4, 3, px, px, generator=torch.Generator().manual_seed(1))
    for _ in range(2):
        assert torch.equal(step(plain, x), step(sparing, x))
    for (key, ours), theirs in zip(plain.named_parameters(), sparing.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad), key
    for (key, ours), theirs in zip(plain.named_buffers(), sparing.buffers(), strict=True):
        assert torch.equal(ours, theirs), key
        if key.endswith("num_batches_tracked"):
            assert theirs == 2


def test_evaluation_and_copies_are_left_alone() -> None:
    net = build_network("resnet_cifar20", 3)
    x = torch.randn(2, 3, 16, 16)
    expected = net.eval()(x)
    keys = list(net.state_dict())
    checkpoint_activations(net, 16)
    assert torch.equal(net(x), expected) and list(net.state_dict()) == keys
    twin = copy.deepcopy(net).train()
    step(twin, x)
    assert twin.conv1.conv.weight.grad is not None and net.conv1.conv.weight.grad is None
    norms = [module for module in twin.modules() if hasattr(module, "num_batches_tracked")]
    assert all(norm.momentum == 0.1 and norm.num_batches_tracked == 1 for norm in norms)
    assert twin(x).shape == (2, 3)  # forward alone, in training


def test_a_chain_of_equal_links_is_cut_at_the_square_root() -> None:
    for count in (16, 100, 400):
        links = tuple(ChainLink(str(i), "", kept=10, handed_on=10) for i in range(count))
        segments = cut_chain(links)
        assert sum(map(len, segments)) == count
        root = count**0.5
        assert 0.5 * root <= len(segments) <= 2 * root
        assert peak_bytes(segments) <= 10 * (2 * root + 2)


def test_links_are_measured_as_autograd_keeps_them() -> None:
    """By hand: a basic unit keeps what its two norms were given, and two rectified answers."""
    links = {link.name: link for link in measure_links(build_network("resnet_cifar8", 2), 32)}
    assert list(links) == ["conv1", "conv2_x.0", "conv3_x.0", "conv4_x.0", "pool", "fc"]
    activation = 4 * 16 * 32 * 32
    unit = links["conv2_x.0"]
    assert unit.handed_on == activation
    assert unit.kept == pytest.approx(4 * activation, rel=0.01)
    assert links["conv1"].kept == pytest.approx(2 * activation + 4 * 3 * 32 * 32, rel=0.01)


def test_memory_grows_with_the_root_of_the_depth() -> None:
    def foreseen(depth: int) -> int:
        with torch.device("meta"):
            links = measure_links(build_network(f"resnet_cifar{depth}"), 32)
        return peak_bytes(cut_chain(links))

    shallow, deep = foreseen(56), foreseen(218)
    assert deep / shallow < 1.2 * (218 / 56) ** 0.5
    with torch.device("meta"):
        links = measure_links(build_network("resnet_cifar218"), 32)
    assert sum(link.kept for link in links) > 5 * deep


@slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures resident memory")
def test_1202_layers_learn_within_two_and_a_half_gib() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "depth_memory.py"
    command = [sys.executable, script, "--depth", "1202", "--steps", "20", "--no-record"]
    environment = {**os.environ, "PYTHONPATH": str(Path(skipcat.__file__).parents[1])}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert (found["network"], found["batch"], found["image_px"]) == ("resnet_cifar1202", 128, 32)
    assert found["last_loss"] < 0.8 * found["first_loss"]
    assert 500 < found["peak_mib"] < 2560
