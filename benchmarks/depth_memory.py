"""Depth against memory: what 20 to 1202 layers take in training, all activations kept or few.

Question: does memory grow with the square root of the depth under
`Recipe(activation_memory="sqrt")`, does ResNet-1202 at batch 128 on 32 px stay within 2.5 GiB of
resident memory, and is a step at most 1.45 times as long as with all activations kept?

Method: one cell is one depth in one way, in a process of its own: cross-entropy, SGD with momentum,
channels_last, digits enlarged to 32 px; one step to warm up, then `--steps` timed, the median
reported, and the mean loss over the first and the last quarter of all steps. Peak memory is the
process's largest resident set, torch and Python included; beside it stands the resident set when
all was imported and a toy network had run. What is foreseen is tensors, with five copies of the
weights as in `train`; here there are three.

    python benchmarks/depth_memory.py --depth 110 --activation-memory sqrt [--batch 128] [--steps 2]

Each call appends one row to results/depth_memory.csv. The rows of three steps were taken at rate
0.001, at which the loss of 1202 layers has not fallen after twenty steps; the default is a tenth.
A step of 1202 layers is 2.2 TFLOP (2.9 with recomputation), 20 seconds on two cores; with all
activations kept it needs 13.5 GiB.
"""

import argparse
import json
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from results_file import FOLDER, append_row
from skipcat.cost.memory import predict_training_memory
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.catalogue import build_network

RESULTS = FOLDER / "depth_memory.csv"
IMAGE_PX = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depth", type=int, required=True, help="20, 56, 110, 218, 434 or 1202")
    parser.add_argument("--activation-memory", choices=("all", "sqrt"), default="sqrt")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    row = measure(arguments)
    print(json.dumps(row))
    if arguments.no_record:
        return
    append_row(RESULTS, row)


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    warm_up()
    idle = peak_mib()
    name = f"resnet_cifar{arguments.depth}"
    net = build_network(name).to(memory_format=torch.channels_last).train()
    if arguments.activation_memory == "sqrt":
        checkpoint_activations(net, IMAGE_PX)
    optimiser = torch.optim.SGD(net.parameters(), lr=arguments.rate, momentum=0.9)
    digits, targets = enlarged_digits()
    order = torch.randperm(len(targets))
    seconds, losses = [], []
    for step in range(arguments.steps + 1):
        rows = order[
            torch.arange(step * arguments.batch, (step + 1) * arguments.batch) % len(order)
        ]
        images, labels = digits[rows].contiguous(memory_format=torch.channels_last), targets[rows]
        start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        loss = cross_entropy(net(images), labels)
        loss.backward()
        optimiser.step()
        seconds.append(time.perf_counter() - start)
        losses.append(float(loss.detach()))
    peak = peak_mib()
    foreseen = predict_training_memory(
        name, batch=arguments.batch, activation_memory=arguments.activation_memory
    )
    return {
        "network": name,
        "activation_memory": arguments.activation_memory,
        "batch": arguments.batch,
        "image_px": IMAGE_PX,
        "steps": arguments.steps,
        "seconds_per_step": round(statistics.median(seconds[1:]), 2),
        "first_loss": mean_loss(losses[: max(1, len(losses) // 4)]),
        "last_loss": mean_loss(losses[-max(1, len(losses) // 4) :]),
        "peak_mib": round(peak),
        "idle_mib": round(idle),
        "foreseen_mib": round(idle + foreseen.peak_mib),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "skipcat": version("skipcat"),
        "date": datetime.now(UTC).date().isoformat(),
    }


def enlarged_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Give scikit-learn's digits, each pixel repeated four times each way, in three channels."""
    # Read where they lie: importing scikit-learn would take memory that is not the network's.
    (package,) = find_spec("sklearn").submodule_search_locations
    table = np.loadtxt(Path(package) / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    images = torch.from_numpy(table[:, :64]).float().view(-1, 8, 8)
    images = images.repeat_interleave(4, 1).repeat_interleave(4, 2)
    images = (images - images.mean()) / images.std()
    return images.unsqueeze(1).expand(-1, 3, -1, -1), torch.from_numpy(table[:, 64]).long()


def mean_loss(losses: list[float]) -> float:
    return round(statistics.mean(losses), 4)


def warm_up() -> None:
    """Let torch load what it needs for any step; that is not the network's memory."""
    net = build_network("resnet_cifar8", 2).to(memory_format=torch.channels_last)
    net(torch.randn(2, 3, 8, 8)).sum().backward()


def peak_mib() -> float:
    """Give the peak of this process alone; getrusage would count that of its parent with it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
