"""The foreseen peak of training beside the measured one."""

import json
import os
import subprocess
import sys

import pytest

from skipcat.cost.memory import predict_training_memory
from skipcat.errors import NetworkError

# Measures like the training loop: channels_last, SGD with momentum, average and best weights.
MEASURE = """
import json, sys, torch
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel
from skipcat.networks.catalogue import build_network
from skipcat.networks.activation_checkpointing import checkpoint_activations

name, px, batch, memory = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(2)

def peak_mib():
    # Of this process alone; getrusage would count the peak of pytest, its parent, with it.
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

def train(net, px, batch, steps):
    net.to(memory_format=torch.channels_last).train()
    average = AveragedModel(net)
    best = {k: v.clone() for k, v in average.module.state_dict().items()}
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x = torch.randn(batch, 3, px, px).contiguous(memory_format=torch.channels_last)
    for _ in range(steps):
        optimiser.zero_grad()
        logits = net.forward_with_auxiliary(x)
        labels = torch.zeros(batch).long()
        loss = sum(cross_entropy(a, labels) for a in (logits.main, *logits.auxiliary))
        loss.backward()
        optimiser.step()

train(build_network("resnet_cifar8", 2, 8), 8, 2, 2)  # what torch itself takes
before = peak_mib()
net = build_network(name, image_px=px)
if memory == "sqrt":
    checkpoint_activations(net, px)
train(net, px, batch, 2)
print(json.dumps(peak_mib() - before))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "px", "batch", "memory"),
    [
        *(("resnet_cifar56", 32, 256, memory) for memory in ("all", "sqrt")),
        ("resnet18", 64, 128, "all"),
        *(("googlenet", 96, 48, memory) for memory in ("all", "sqrt")),
        ("resnet50", 64, 64, "all"),
        ("preact_cifar164", 32, 64, "sqrt"),
    ],
)
def test_the_foreseen_peak_is_right_within_15_percent(
    name: str, px: int, batch: int, memory: str
) -> None:
    command = [sys.executable, "-c", MEASURE, name, str(px), str(batch), memory]
    # Tensors are what is foreseen: blocks of 1 MiB go back at once, so that none lie in holes.
    allocator = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **allocator}
    )
    measured = json.loads(done.stdout)
    foreseen = predict_training_memory(name, px, batch=batch, activation_memory=memory)
    assert foreseen.peak_mib == pytest.approx(measured, rel=0.15)


def test_memory_is_in_proportion_to_the_batch_but_for_the_weights() -> None:
    small, large = (predict_training_memory("resnet18", 64, batch=n) for n in (16, 64))
    assert large.activations_mib == pytest.approx(4 * small.activations_mib)
    assert large.weights_mib == small.weights_mib
    assert small.weights_mib == pytest.approx(5 * 4 * 11.7e6 / 2**20, rel=0.01)
    assert small.peak_mib == small.activations_mib + small.weights_mib


def test_the_root_saves_most_where_depth_is_greatest() -> None:
    def saved(name: str) -> float:
        all_kept, root = (
            predict_training_memory(name, 32, batch=128, activation_memory=memory).activations_mib
            for memory in ("all", "sqrt")
        )
        return all_kept / root

    assert saved("resnet_cifar110") > saved("resnet_cifar20") > 1.2
    assert saved("resnet_cifar110") > 4


def test_a_network_that_is_not_there() -> None:
    with pytest.raises(NetworkError):
        predict_training_memory("resnet51")
