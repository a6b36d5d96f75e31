"""Depth: with shortcuts more than 1000 layers train, and without keeping all their activations.

He et al. 2016, arXiv 1512.03385, §4.2, Table 6 (1202 layers), and arXiv 1603.05027, Table 4 (1001
layers, pre-activation); memory by Chen et al. 2016, arXiv 1604.06174.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import torch
from torch.nn.functional import cross_entropy

from skipcat.cost.memory import ActivationMemory, predict_training_memory
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import (
    PERCENT,
    draw_curves,
    error_line,
    mean_line,
    tabulate_outcomes,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, ResultTable
from skipcat.experiments.lab.outcome_errors import (
    describe_training,
    describe_validation,
    train_errors,
)
from skipcat.experiments.lab.sentences import PLAIN, RESIDUAL, join_clauses, label_depth
from skipcat.experiments.lab.trial import (
    MANY_STEPS,
    Outcome,
    Outcomes,
    Trial,
    fit_spec,
    take_batch,
)
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.catalogue import Spec, build_network
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import Prepared

DEPTHS = (20, 56, 110, 218, 434, 1202)
PREACTIVATION = (1001,)
EPOCHS = 10  # 450 steps of 32 on the digits
PREACTIVATED: str = Message("pre-activation")
FAMILIES = {RESIDUAL: "resnet_cifar", PLAIN: "plain_cifar", PREACTIVATED: "preact_cifar"}
# What so many units add up to makes a loss so steep that higher rates throw it up first; the paper
# warms 110 layers up at a tenth of its rate.
RECIPE = replace(MANY_STEPS, learning_rate=0.004)  # for a batch of 64, so 0.002 here
TRAINED = 0.05
MANY = 1000
PAPER_BATCH, PAPER_PX = 128, 32
TIMED_STEPS = 3


def measure_depth(lab: Lab) -> Findings:
    """Train networks of every depth for equally many steps, plain twins beside them."""
    outcomes = lab.train(_list_trials(), epochs=EPOCHS, least=4)
    prepared = lab.prepare()
    costs = {
        trial.label: lab.measure(
            f"cost of {trial.label}", partial(measure_ways, trial, prepared, lab.device)
        )
        for trial in _list_trials()
        if trial.label in outcomes and not trial.label.startswith(PLAIN)  # as dear as its twin
    }
    return Findings(
        holds=judge(outcomes),
        verdict=(*_describe(outcomes), _describe_each(outcomes), *_describe_costs(costs)),
        charts=(
            _draw_depths(outcomes),
            *(_draw_errors(outcomes, kind) for kind in (RESIDUAL, PLAIN)),
            _draw_memory(costs),
        ),
        tables=(tabulate_outcomes(outcomes), _tabulate_costs(costs)),
        csv=tuple(
            one.to_row() | costs.get(label, {})
            for label, group in outcomes.items()
            for one in group
        ),
    )


def _list_trials() -> list[Trial]:
    pairs = [(kind, depth) for depth in DEPTHS for kind in (RESIDUAL, PLAIN)]
    pairs += [(PREACTIVATED, depth) for depth in PREACTIVATION]
    return [
        Trial(label_depth(kind, depth), f"{FAMILIES[kind]}{depth}", RECIPE) for kind, depth in pairs
    ]


def measure_ways(trial: Trial, prepared: Prepared, device: torch.device) -> dict[str, Any]:
    """Measure time and memory of a training step, with all activations kept and with few.

    Units:
        Seconds of the fastest of a few steps; MiB as foreseen, here and at the paper's size.
    """
    spec = fit_spec(trial.network, prepared)
    found: dict[str, Any] = {}
    for way in get_args(ActivationMemory):
        here = predict_training_memory(
            spec, prepared.image_px, batch=RECIPE.batch_size, activation_memory=way
        )
        paper = predict_training_memory(
            str(trial.network), PAPER_PX, batch=PAPER_BATCH, activation_memory=way
        )
        found |= {
            f"step_seconds_{way}": round(_time_step(spec, prepared, way, device), 4),
            f"foreseen_mib_{way}": round(here.peak_mib, 1),
            f"foreseen_paper_mib_{way}": round(paper.peak_mib, 1),
        }
    return found


def _time_step(
    spec: Spec, prepared: Prepared, way: ActivationMemory, device: torch.device
) -> float:
    """Measure the seconds of a forward and a backward pass, fastest of a few after the first."""
    network = build_network(spec).to(device).to(memory_format=torch.channels_last).train()
    if way == "sqrt":
        checkpoint_activations(network, prepared.image_px)
    images, labels = (one.to(device) for one in take_batch(prepared, RECIPE.batch_size))
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


def judge(outcomes: Outcomes) -> Holds:
    """Return whether the deepest residual network trained and its plain twin did not.

    That one does is shown by one; that every seed does, no number of seeds shows.
    """
    depth = _deepest(outcomes)
    if depth < MANY:
        return "cannot tell"
    residual, plain = (
        [error < TRAINED for error in train_errors(outcomes[label_depth(kind, depth)])]
        for kind in (RESIDUAL, PLAIN)
    )
    if all(residual) and not any(plain):
        return "yes"
    return "no" if not any(residual) or all(plain) else "cannot tell"


def _depths(outcomes: Outcomes, kind: str) -> list[int]:
    return [d for d in (*DEPTHS, *PREACTIVATION) if label_depth(kind, d) in outcomes]


def _deepest(outcomes: Outcomes) -> int:
    """Return the greatest depth of which both twins were trained."""
    return max(set(_depths(outcomes, RESIDUAL)) & set(_depths(outcomes, PLAIN)))


def _describe(outcomes: Outcomes) -> list[Message]:
    depth = _deepest(outcomes)
    residual, plain = (outcomes[label_depth(kind, depth)] for kind in (RESIDUAL, PLAIN))
    found = [
        Message(
            "With shortcuts, {depth:,} layers end with a training error of {error} after {steps:,} "
            "steps (validation: {validation}).",
            depth=depth,
            error=describe_training(residual),
            steps=max(one.steps[-1] if one.steps else 0 for one in residual),
            validation=describe_validation(residual),
        ),
        _describe_twin(plain),
    ]
    if depth < MANY:
        found.append(
            Message(
                "The claim is about more than {many:,} layers, which these minutes did not hold.",
                many=MANY,
            )
        )
    return found


def _describe_twin(plain: Sequence[Outcome]) -> Message:
    if broken := [one.diverged for one in plain if one.diverged]:
        why = broken[0].split(";")[0].rstrip(".")
        return Message(
            "The plain twin, with equal initial weights and the same images in the same order, "
            "diverged: {why}.",
            why=f"{why[0].lower()}{why[1:]}",
        )
    return Message(
        "The plain twin, with equal initial weights and the same images in the same order, ends "
        "with {error}.",
        error=describe_training(plain),
    )


def _describe_each(outcomes: Outcomes) -> Message:
    """Return the depths that trained, family by family."""
    found = []
    for kind in FAMILIES:
        depths = _depths(outcomes, kind)
        done = tuple(
            f"{depth:,}"
            for depth in depths
            if max(train_errors(outcomes[label_depth(kind, depth)])) < TRAINED
        )
        if depths:
            listed = done or Message("none")
            found.append(Message("{kind}: {depths}", kind=kind, depths=listed))
    return Message(
        "Depths that came below {limit:g} % training error: {depths}.",
        limit=100 * TRAINED,
        depths=join_clauses(found),
    )


def _describe_costs(costs: Mapping[str, Mapping[str, Any]]) -> list[Message]:
    depths = [depth for depth in DEPTHS if label_depth(RESIDUAL, depth) in costs]
    if not depths:
        return []
    cost = costs[label_depth(RESIDUAL, depths[-1])]
    return [
        Message(
            "To train {depth:,} layers on {batch} images of {side} px, as the paper did, takes "
            "{all:.1f} GiB with every activation kept, and {few:.1f} GiB with activation "
            "checkpointing (predicted).",
            depth=depths[-1],
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


def _draw_depths(outcomes: Outcomes) -> LineChart:
    lines = []
    for number, kind in enumerate((PLAIN, RESIDUAL)):
        depths = _depths(outcomes, kind)
        groups = [outcomes[label_depth(kind, depth)] for depth in depths]
        curves = [[100 * group[seed].train_error for group in groups]
                  for seed in range(len(groups[0]))]  # fmt: skip
        lines.append(mean_line(kind, depths, curves, colour=number, marked=True))
    return LineChart(
        Message("Depth and training error"),
        Message("layers with weights (logarithmic)"),
        Message("training error at the end (% of images)"),
        tuple(lines),
        Message(
            "Training error at the end, after equally many steps, by depth: with shortcuts and "
            "without."
        ),
        x_log=True,
        y_range=PERCENT,
        x_ticks=tuple(float(depth) for depth in _depths(outcomes, RESIDUAL)),
    )


def _draw_errors(outcomes: Outcomes, kind: str) -> LineChart:
    lines = [
        error_line(
            Message("{depth:,} layers", depth=depth), outcomes[label_depth(kind, depth)], number
        )
        for number, depth in enumerate(_depths(outcomes, kind))
    ]
    if kind == RESIDUAL:
        lines += [
            error_line(
                Message("{depth:,}, pre-activation", depth=depth),
                outcomes[label_depth(PREACTIVATED, depth)],
            )
            for depth in _depths(outcomes, PREACTIVATED)
        ]
    titles = {
        RESIDUAL: Message("Training of residual networks"),
        PLAIN: Message("Training of plain networks"),
    }
    return draw_curves(titles[kind], lines, Message("Training error by epoch."))


def _draw_memory(costs: Mapping[str, Mapping[str, Any]]) -> LineChart:
    depths = [depth for depth in DEPTHS if label_depth(RESIDUAL, depth) in costs]
    names = {
        "all": Message("every activation kept"),
        "sqrt": Message("activation checkpointing"),
    }
    lines = [
        mean_line(
            name,
            depths,
            [[costs[label_depth(RESIDUAL, d)][f"foreseen_paper_mib_{way}"] / 1024 for d in depths]],
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
        x_ticks=tuple(float(depth) for depth in depths),
    )


def _tabulate_costs(costs: Mapping[str, Mapping[str, Any]]) -> ResultTable:
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


EXPERIMENT = Experiment(
    name="depth",
    claim=Message(
        "With shortcuts, even networks of more than a thousand layers train; without them, no."
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, and arXiv 1603.05027; "
    "Chen et al. 2016, arXiv 1604.06174",
    published=Message(
        "On CIFAR-10, in the papers, the residual network of 1202 layers has under 0.1 % training "
        "error and 7.93 % test error (110 layers: 6.43 %); with pre-activation 1001 layers have "
        "4.62 %. The plain network of 110 layers stays above 60 % error."
    ),
    minutes=60,
    run=measure_depth,
    seeds=1,
)
