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
    HEADS,
    ONE_SEED,
    draw_training,
    mean_line,
    tabulate_errors,
    train_errors,
    validation_errors,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import average_share
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial, fit_spec, take_batch
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.catalogue import build_network
from skipcat.networks.specs import Spec
from skipcat.plots.charts import LineChart
from skipcat.training.prepared_data import Prepared

DEPTHS = (20, 56, 110, 218, 434, 1202)
PREACTIVATION = (1001,)
EPOCHS = 10  # 450 steps of 32 on the digits
FAMILIES = {"residual": "resnet_cifar", "plain": "plain_cifar", "pre-activation": "preact_cifar"}
# What so many units add up to makes a loss so steep that higher rates throw it up first; the paper
# warms 110 layers up at a tenth of its rate.
RECIPE = replace(MANY_STEPS, learning_rate=0.004)  # for a batch of 64, so 0.002 here
TRAINED = 0.05
MANY = 1000
PAPER_BATCH, PAPER_PX = 128, 32
TIMED_STEPS = 3

Outcomes = Mapping[str, Sequence[Outcome]]


def measure_depth(lab: Lab) -> Findings:
    """Train networks of every depth for equally many steps, plain twins beside them."""
    outcomes = lab.train(_list_trials(), epochs=EPOCHS, least=4)
    prepared = lab.prepare()
    costs = {
        trial.label: lab.measure(
            f"cost of {trial.label}", partial(measure_ways, trial, prepared, lab.device)
        )
        for trial in _list_trials()
        if trial.label in outcomes and not trial.label.startswith("plain")  # as dear as its twin
    }
    return Findings(
        holds=judge(outcomes),
        verdict=(*_say(outcomes), _say_each(outcomes), *_say_costs(costs)),
        charts=(
            _draw_depths(outcomes),
            *(_draw_errors(outcomes, kind) for kind in ("residual", "plain")),
            _draw_memory(costs),
        ),
        tables=(tabulate_errors(outcomes), _tabulate_costs(costs)),
        csv=tuple(
            one.to_row() | costs.get(label, {})
            for label, group in outcomes.items()
            for one in group
        ),
    )


def _list_trials() -> list[Trial]:
    pairs = [(kind, depth) for depth in DEPTHS for kind in ("residual", "plain")]
    pairs += [("pre-activation", depth) for depth in PREACTIVATION]
    return [Trial(_label(kind, depth), f"{FAMILIES[kind]}{depth}", RECIPE) for kind, depth in pairs]


def _label(kind: str, depth: int) -> str:
    return f"{kind}, {depth} layers"


def measure_ways(trial: Trial, prepared: Prepared, device: torch.device) -> dict[str, Any]:
    """Give time and memory of a training step, with all activations kept and with few.

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
    """Give the seconds of a forward and a backward pass, the fastest of a few after the first."""
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
    """Say whether the deepest residual network trained and its plain twin did not.

    That one does is shown by one; that every seed does, no number of seeds shows.
    """
    depth = _deepest(outcomes)
    if depth < MANY:
        return "cannot tell"
    residual, plain = (
        [error < TRAINED for error in train_errors(outcomes[_label(kind, depth)])]
        for kind in ("residual", "plain")
    )
    if all(residual) and not any(plain):
        return "yes"
    return "no" if not any(residual) or all(plain) else "cannot tell"


def _depths(outcomes: Outcomes, kind: str) -> list[int]:
    return [d for d in (*DEPTHS, *PREACTIVATION) if _label(kind, d) in outcomes]


def _deepest(outcomes: Outcomes) -> int:
    """Give the greatest depth of which both twins were trained."""
    return max(set(_depths(outcomes, "residual")) & set(_depths(outcomes, "plain")))


def _say(outcomes: Outcomes) -> list[Words]:
    depth = _deepest(outcomes)
    residual, plain = (outcomes[_label(kind, depth)] for kind in ("residual", "plain"))
    error, unseen = (
        average_share(errors).say()
        for errors in (train_errors(residual), validation_errors(residual))
    )
    steps = max(one.steps[-1] if one.steps else 0 for one in residual)
    (en, zh), (twin_en, twin_zh) = HEADS[judge(outcomes)], _say_twin(plain)
    said = [
        (
            f"{en}: with shortcuts, {depth:,} layers end with {error} % training error after "
            f"{steps:,} steps ({unseen} % on validation images). The plain twin, which began with "
            f"equal weights and saw the same images in the same order, {twin_en}.",
            f"{zh}：有捷径的 {depth:,} 层网络在 {steps:,} 步之后训练误差为 {error} %（验证集 "
            f"{unseen} %）。没有捷径的同样网络，初始权重相同、图片及其顺序相同，{twin_zh}。",
        )
    ]
    if depth < MANY:
        said.append(
            (
                f"The claim is about more than {MANY:,} layers, which these minutes did not hold.",
                f"这一论断说的是 {MANY:,} 层以上的网络，这次的时间不够训练它们。",
            )
        )
    if len(residual) == 1:
        said.append(ONE_SEED)
    return said


def _say_twin(plain: Sequence[Outcome]) -> Words:
    if broken := [one.diverged for one in plain if one.diverged]:
        why = broken[0].split(";")[0].rstrip(".")
        return f"broke off: {why[0].lower()}{why[1:]}", f"训练中断（{why}）"
    error = average_share(train_errors(plain)).say()
    return f"ends with {error} %", f"误差为 {error} %"


def _say_each(outcomes: Outcomes) -> Words:
    """Say which depths trained, family by family."""
    english, chinese = [], []
    names = {"residual": "残差网络", "plain": "普通网络", "pre-activation": "预激活残差网络"}
    for kind, zh in names.items():
        depths = _depths(outcomes, kind)
        if not depths:
            continue
        done = [f"{d:,}" for d in depths if max(train_errors(outcomes[_label(kind, d)])) < TRAINED]
        english.append(f"{_enumerate(done)} of the {kind} networks")
        chinese.append(f"{zh}：{'、'.join(done) or '无'}")
    limit = f"{100 * TRAINED:g} %"
    return (
        f"Below {limit} training error came, by their layers: {'; '.join(english)}.",
        f"训练误差降到 {limit} 以下的层数——{'；'.join(chinese)}。",
    )


def _enumerate(words: Sequence[str]) -> str:
    if len(words) < 2:
        return words[0] if words else "none"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _say_costs(costs: Mapping[str, Mapping[str, Any]]) -> list[Words]:
    depths = [depth for depth in DEPTHS if _label("residual", depth) in costs]
    if not depths:
        return []
    depth, cost = depths[-1], costs[_label("residual", depths[-1])]
    every, few = (cost[f"foreseen_paper_mib_{way}"] / 1024 for way in ("all", "sqrt"))
    more = cost["step_seconds_sqrt"] / cost["step_seconds_all"]
    return [
        (
            f"To train {depth:,} layers on {PAPER_BATCH} images of {PAPER_PX} px, as the paper "
            f"did, takes {every:.1f} GiB where every activation is kept, and {few:.1f} GiB where "
            "few are kept and the others computed again (foreseen). Here a step takes "
            f"{cost['step_seconds_all']:.2f} s with all kept, and {more:.2f} times that with few.",
            f"像论文那样用 {PAPER_BATCH} 张 {PAPER_PX} 像素的图片训练 {depth:,} 层，保留全部激活要 "
            f"{every:.1f} GiB，只保留少数、其余重新计算则需要 {few:.1f} GiB（预计值）。在这里，保留"
            f"全部时一步需要 {cost['step_seconds_all']:.2f} 秒，只保留少数时是其 {more:.2f} 倍。",
        )
    ]


def _draw_depths(outcomes: Outcomes) -> LineChart:
    lines = []
    for number, kind in enumerate(("plain", "residual")):
        depths = _depths(outcomes, kind)
        groups = [outcomes[_label(kind, depth)] for depth in depths]
        curves = [[100 * group[seed].train_error for group in groups]
                  for seed in range(len(groups[0]))]  # fmt: skip
        lines.append(mean_line(kind, depths, curves, colour=number, marked=True))
    return LineChart(
        "Depth and training error",
        "layers with weights (logarithmic)",
        "training error at the end (% of images)",
        tuple(lines),
        "What the training images are answered wrongly to at the end, after equally many steps, "
        "by depth: with shortcuts, and without.",
        x_log=True,
        y_range=(0.0, 100.0),
        x_ticks=tuple(float(depth) for depth in _depths(outcomes, "residual")),
    )


def _draw_errors(outcomes: Outcomes, kind: str) -> LineChart:
    lines = [
        draw_training(f"{depth:,} layers", outcomes[_label(kind, depth)], number)
        for number, depth in enumerate(_depths(outcomes, kind))
    ]
    if kind == "residual":
        lines += [
            draw_training(f"{depth:,}, pre-activation", outcomes[_label("pre-activation", depth)])
            for depth in _depths(outcomes, "pre-activation")
        ]
    return LineChart(
        f"{kind.capitalize()} networks while they learn",
        "steps",
        "training error (% of images)",
        tuple(lines),
        f"Training error of {kind} networks, epoch by epoch.",
        y_range=(0.0, 100.0),
    )


def _draw_memory(costs: Mapping[str, Mapping[str, Any]]) -> LineChart:
    depths = [depth for depth in DEPTHS if _label("residual", depth) in costs]
    names = {"all": "all activations kept", "sqrt": "few kept, others computed again"}
    lines = [
        mean_line(
            name,
            depths,
            [[costs[_label("residual", d)][f"foreseen_paper_mib_{way}"] / 1024 for d in depths]],
            colour=number,
            marked=True,
        )
        for number, (way, name) in enumerate(names.items())
    ]
    return LineChart(
        "Depth and memory, foreseen",
        "layers with weights (logarithmic)",
        "GiB in training (logarithmic)",
        tuple(lines),
        f"Peak memory of a training step of residual networks on {PAPER_BATCH} images of "
        f"{PAPER_PX} px, as in the paper: foreseen from the network, not measured.",
        x_log=True,
        y_log=True,
        x_ticks=tuple(float(depth) for depth in depths),
    )


def _tabulate_costs(costs: Mapping[str, Mapping[str, Any]]) -> Table:
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
    return Table(
        (
            "network",
            "s/step, all", "s/step, few",
            "MiB, all", "MiB, few",
            "paper MiB, all", "paper MiB, few",
        ),
        rows,
        (
            "A training step with all activations kept, and with few: seconds are measured, MiB "
            f"foreseen, for these images and for the paper's {PAPER_BATCH} of {PAPER_PX} px.",
            "训练一步，保留全部激活或只保留少数：秒数为实测，MiB 为预计值，分别对应这里的图片和论文"
            f"的 {PAPER_BATCH} 张 {PAPER_PX} 像素图片。",
        ),
    )  # fmt: skip


EXPERIMENT = Experiment(
    name="depth",
    claim=(
        "With shortcuts, even networks of more than a thousand layers train; without them, no.",
        "有了捷径，一千层以上的网络也能训练；没有捷径则不能。",
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, and arXiv 1603.05027; "
    "Chen et al. 2016, arXiv 1604.06174",
    published=(
        "On CIFAR-10, in the papers, the residual network of 1202 layers has under 0.1 % training "
        "error and 7.93 % test error (110 layers: 6.43 %); with pre-activation 1001 layers have "
        "4.62 %. The plain network of 110 layers stays above 60 % error.",
        "论文：CIFAR-10 上，1202 层残差网络训练误差低于 0.1 %，测试误差 7.93 %（110 层 6.43 %）；"
        "预激活的 1001 层网络为 4.62 %。110 层的普通网络误差高于 60 %。",
    ),
    minutes=60,
    run=measure_depth,
    seeds=1,
)
