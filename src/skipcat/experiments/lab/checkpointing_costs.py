"""Time and memory of training steps, with and without activation checkpointing.

Chen et al. 2016, arXiv 1604.06174.
"""

import time
from collections.abc import Mapping
from typing import Any, get_args

import torch
from torch.nn.functional import cross_entropy

from skipcat.cost.memory import ActivationMemory, predict_training_memory
from skipcat.experiments.lab.charts import mean_line
from skipcat.experiments.lab.experiment import ResultTable
from skipcat.experiments.lab.trial import Trial, fit_spec, take_batch
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.catalogue import build_network
from skipcat.networks.specs import Spec
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

PAPER_BATCH, PAPER_PX = 128, 32
TIMED_STEPS = 3

Costs = Mapping[int, Mapping[str, Any]]  # by depth


def measure_checkpointing(
    trial: Trial, prepared: PreparedData, device: torch.device
) -> dict[str, Any]:
    """Measure time and memory of a training step, with and without activation checkpointing.

    Units:
        Seconds of the fastest of a few steps; MiB as predicted, here and at the paper's size.
    """
    spec = fit_spec(trial.network, prepared)
    found: dict[str, Any] = {}
    for way in get_args(ActivationMemory):
        here = predict_training_memory(
            spec, prepared.image_px, batch=trial.recipe.batch_size, activation_memory=way
        )
        paper = predict_training_memory(
            str(trial.network), PAPER_PX, batch=PAPER_BATCH, activation_memory=way
        )
        found |= {
            f"step_seconds_{way}": round(
                _time_step(spec, prepared, trial.recipe.batch_size, way, device), 4
            ),
            f"foreseen_mib_{way}": round(here.peak_mib, 1),
            f"foreseen_paper_mib_{way}": round(paper.peak_mib, 1),
        }
    return found


def _time_step(
    spec: Spec, prepared: PreparedData, batch: int, way: ActivationMemory, device: torch.device
) -> float:
    """Measure the seconds of a forward and a backward pass, fastest of a few after the first."""
    network = build_network(spec).to(device).to(memory_format=torch.channels_last).train()
    if way == "sqrt":
        checkpoint_activations(network, prepared.image_px)
    images, labels = (one.to(device) for one in take_batch(prepared, batch))
    images = images.contiguous(memory_format=torch.channels_last)
    times = []
    for _ in range(1 + TIMED_STEPS):
        started = time.perf_counter()
        network.zero_grad(set_to_none=True)
        loss = cross_entropy(network(images), labels)
        loss.backward()
        float(loss.detach())  # waits for the device
        times.append(time.perf_counter() - started)
    return min(times[1:])


def describe_checkpointing(costs: Costs) -> list[Message]:
    """Return what the deepest network costs, on the paper's images and on these."""
    if not costs:
        return []
    depth = max(costs)
    cost = costs[depth]
    return [
        Message(
            "To train {depth:,} layers on {batch} images of {side} px, as the paper did, takes "
            "{all:.1f} GiB with every activation kept, and {few:.1f} GiB with activation "
            "checkpointing (predicted).",
            depth=depth,
            batch=PAPER_BATCH,
            side=PAPER_PX,
            all=cost["foreseen_paper_mib_all"] / 1024,
            few=cost["foreseen_paper_mib_sqrt"] / 1024,
        ),
        Message(
            "On these images a step takes {seconds:.2f} s with every activation kept, and "
            "{ratio:.2f} times that with checkpointing.",
            seconds=cost["step_seconds_all"],
            ratio=cost["step_seconds_sqrt"] / cost["step_seconds_all"],
        ),
    ]


def draw_checkpointing(costs: Costs) -> LineChart:
    """Draw the memory of a training step over depth, both ways."""
    names = {"all": Message("every activation kept"), "sqrt": Message("activation checkpointing")}
    lines = [
        mean_line(
            name,
            list(costs),
            [[cost[f"foreseen_paper_mib_{way}"] / 1024 for cost in costs.values()]],
            colour=number,
            marked=True,
        )
        for number, (way, name) in enumerate(names.items())
    ]
    return LineChart(
        Message("Depth and memory, predicted"),
        Message("layers with weights (logarithmic)"),
        Message("GiB in training (logarithmic)"),
        tuple(lines),
        Message(
            "Peak memory of a training step of residual networks on {batch} images of {side} px, "
            "as in the paper: predicted from the network, not measured.",
            batch=PAPER_BATCH,
            side=PAPER_PX,
        ),
        x_log=True,
        y_log=True,
        x_ticks=tuple(float(depth) for depth in costs),
    )


def tabulate_checkpointing(costs: Mapping[str, Mapping[str, Any]]) -> ResultTable:
    """Build the table of a training step's costs, one row for each network."""
    figures = {"step_seconds": ".3f", "foreseen_mib": ",.0f", "foreseen_paper_mib": ",.0f"}
    rows = tuple(
        (
            label,
            *(
                f"{cost[f'{figure}_{way}']:{layout}}"
                for figure, layout in figures.items()
                for way in ("all", "sqrt")
            ),
        )
        for label, cost in costs.items()
    )
    columns = (
        Message("network"),
        Message("s/step, all"),
        Message("s/step, few"),
        Message("MiB, all"),
        Message("MiB, few"),
        Message("paper MiB, all"),
        Message("paper MiB, few"),
    )
    caption = Message(
        "A training step with all activations kept, and with few (activation checkpointing): "
        "seconds are measured, MiB predicted, for these images and for the paper's {batch} of "
        "{side} px.",
        batch=PAPER_BATCH,
        side=PAPER_PX,
    )
    return ResultTable(columns, rows, caption)
