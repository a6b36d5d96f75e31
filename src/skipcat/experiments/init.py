"""Init: without norms, first weights decide whether a deep network begins to learn at all.

He et al. 2015, "Delving deep into rectifiers", arXiv 1502.01852, §2.2, eq. (10), Fig. 3: weights
whose variance is 2 / fan keep the signal of ReLU networks through any number of layers; smaller
ones let it vanish by a constant factor in each. Ioffe and Szegedy 2015, arXiv 1502.03167, §3.3:
with batch norm it no longer matters.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skipcat.blocks.initialisation import he_normal
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import (
    HEADS,
    ONE_SEED,
    draw_training,
    mean_line,
    tabulate_errors,
    train_errors,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import average_share, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import LineChart
from skipcat.training.prepared_data import Prepared

DEPTHS = (8, 14)
WIDTH = 32
EPOCHS = 14  # 630 steps of 32 on the digits
# Without norms, rates from 0.01 on ended He's networks at chance, and 0.002 let them begin late.
RECIPE = replace(MANY_STEPS, learning_rate=0.008)  # for a batch of 64, so 0.004 here
IMAGES = 128
HE = "He"
NORMS = {"no norms": None, "batch norm": 1e-5}

Outcomes = Mapping[str, Sequence[Outcome]]


def _he(weight: Tensor, generator: Generator) -> None:
    # Eq. (10), which keeps the signal; eq. (14) keeps the gradient. They differ in the first layer.
    nn.init.kaiming_normal_(weight, mode="fan_in", nonlinearity="relu", generator=generator)


def _glorot(weight: Tensor, generator: Generator) -> None:
    nn.init.xavier_uniform_(weight, generator=generator)  # eq. (16) of Glorot and Bengio 2010


def _torch_default(weight: Tensor, generator: Generator) -> None:
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)


def _hundredth(weight: Tensor, generator: Generator) -> None:
    nn.init.normal_(weight, std=0.01, generator=generator)  # Krizhevsky et al. 2012, §5


FILLERS = {HE: _he, "Glorot": _glorot, "torch's own": _torch_default, "0.01": _hundredth}


def fill_convolutions(kind: str, net: nn.Module, generator: Generator) -> None:
    """Fill convolutions as `kind` says, and all else as He's networks have it."""
    he_normal(net, generator)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            FILLERS[kind](module.weight, generator)


def measure_init(lab: Lab) -> Findings:
    """Train plain networks from four kinds of first weights, without norms and with them."""
    outcomes = lab.train(_list_trials(), epochs=EPOCHS, least=len(FILLERS))
    depth = max(d for d in DEPTHS if all(_label(k, d, "no norms") in outcomes for k in FILLERS))
    norms = [norm for norm in NORMS if all(_label(k, depth, norm) in outcomes for k in FILLERS)]
    return Findings(
        holds=judge(outcomes, depth),
        verdict=_say(outcomes, depth),
        charts=(
            *(_draw_signal(outcomes, depth, norm) for norm in norms),
            *(_draw_training(outcomes, depth, norm) for norm in norms),
        ),
        tables=(_tabulate_signal(outcomes), tabulate_errors(outcomes, "first weights")),
        csv=tuple(
            one.to_row() | {"signal_left": _signal_left(one)}
            for group in outcomes.values()
            for one in group
        ),
        notes=_NOTES,
    )


def _list_trials() -> list[Trial]:
    variants = [(depth, "no norms") for depth in DEPTHS] + [(max(DEPTHS), "batch norm")]
    return [
        Trial(
            _label(kind, depth, norm),
            make_plain(depth, NORMS[norm]),
            RECIPE,
            look=look_at_signal,
            initialise=partial(fill_convolutions, kind),
        )
        for depth, norm in variants
        for kind in FILLERS
    ]


def make_plain(depth: int, norm_eps: float | None) -> ResNetSpec:
    """Give the spec of a chain of 3x3 of one width, with norms or with biases in their place.

    It keeps its grid: at 2 px, the zeros around it take more of the signal than weights can give.
    """
    rows = (
        ("conv1", Conv(kernel=3, width=WIDTH)),
        ("conv2_x", ResidualStage("basic", WIDTH, (depth - 2) // 2, shortcut="none")),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    return ResNetSpec(f"plain{depth}_{WIDTH}_wide", rows, stem_reduction=1, norm_eps=norm_eps)


def look_at_signal(network: Network, prepared: Prepared) -> Mapping[str, Any]:
    """Give the standard deviation of each convolution's answer to a training batch."""
    network = copy.deepcopy(network).train()
    stds: list[float] = []

    def note(_module: nn.Module, _given: Any, answer: Tensor) -> None:
        stds.append(float(answer.std()))

    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(note)
    with torch.no_grad():
        network(take_batch(prepared, IMAGES)[0])
    return {"stds": stds}


def _label(kind: str, depth: int, norm: str) -> str:
    return f"{kind}, {depth} layers, {norm}"


def _signal_left(one: Outcome) -> float:
    """Give the last layer's answer as a share of the first one's, before the first step."""
    stds = one.before["stds"]
    return float(stds[-1] / stds[0])


def judge(outcomes: Outcomes, depth: int) -> Holds:
    """Say whether, without norms, every other kind of first weights trains worse than He's."""
    he = train_errors(outcomes[_label(HE, depth, "no norms")])
    others = [
        compare(train_errors(outcomes[_label(kind, depth, "no norms")]), he)
        for kind in FILLERS
        if kind != HE
    ]
    if all(one.above_zero for one in others):
        return "yes"
    return "no" if any(one.below_zero for one in others) else "cannot tell"


def _errors_by_kind(outcomes: Outcomes, depth: int, norm: str) -> dict[str, str]:
    return {
        kind: average_share(train_errors(outcomes[_label(kind, depth, norm)])).say()
        for kind in FILLERS
        if _label(kind, depth, norm) in outcomes
    }


def _say(outcomes: Outcomes, depth: int) -> tuple[Words, ...]:
    errors = _errors_by_kind(outcomes, depth, "no norms")
    en, zh = HEADS[judge(outcomes, depth)]
    others = {kind: error for kind, error in errors.items() if kind != HE}
    english = "; ".join(f"{kind} {error} %" for kind, error in others.items())
    chinese = "；".join(f"{_CHINESE[kind]} {error} %" for kind, error in others.items())
    said: list[Words] = [
        (
            f"{en}: without norms, {depth} layers that begin with He's weights end with "
            f"{errors[HE]} % training error; with others, {english}.",
            f"{zh}：没有归一化时，以 He 方法初始化的 {depth} 层网络训练误差为 {errors[HE]} %；其他"
            f"方法：{chinese}。",
        ),
        _say_signal(outcomes, depth),
    ]
    if normed := _errors_by_kind(outcomes, depth, "batch norm"):
        english = "; ".join(f"{kind} {error} %" for kind, error in normed.items())
        chinese = "；".join(f"{_CHINESE[kind]} {error} %" for kind, error in normed.items())
        said.append(
            (
                f"The same networks with batch norm end with: {english}.",
                f"同样的网络加上批归一化：{chinese}。",
            )
        )
    one_seed = len(outcomes[_label(HE, depth, "no norms")]) == 1
    return (*said, *([ONE_SEED] if one_seed else []))


def _say_signal(outcomes: Outcomes, depth: int) -> Words:
    left = {}
    for kind in FILLERS:
        group = outcomes[_label(kind, depth, "no norms")]
        left[kind] = sum(map(_signal_left, group)) / len(group)
    english = "; ".join(f"{kind} {share:.2g}" for kind, share in left.items())
    chinese = "；".join(f"{_CHINESE[kind]} {share:.2g}" for kind, share in left.items())
    return (
        "What reaches the last of these layers before the first step, as a share of what left the "
        f"first: {english}.",
        f"第一步之前，到达最后一层的信号与第一层输出之比：{chinese}。",
    )


_CHINESE = {HE: "He", "Glorot": "Glorot", "torch's own": "torch 默认", "0.01": "标准差 0.01"}


def _draw_signal(outcomes: Outcomes, depth: int, norm: str) -> LineChart:
    lines = []
    for number, kind in enumerate(FILLERS):
        # Below what float32 holds lies nothing that a logarithm could show.
        curves = [
            [max(std, 1e-30) for std in one.before["stds"]]
            for one in outcomes[_label(kind, depth, norm)]
        ]
        xs = range(1, len(curves[0]) + 1)
        lines.append(mean_line(kind, xs, curves, colour=number))
    return LineChart(
        f"Signal before the first step, {norm}",
        "convolution, from the image on",
        "standard deviation of its answer (logarithmic)",
        tuple(lines),
        f"How strongly each convolution of {depth} layers answers a training batch before it has "
        f"learnt anything, with {norm}, by first weights.",
        y_log=True,
    )


def _draw_training(outcomes: Outcomes, depth: int, norm: str) -> LineChart:
    lines = [
        draw_training(kind, outcomes[_label(kind, depth, norm)], number)
        for number, kind in enumerate(FILLERS)
    ]
    return LineChart(
        f"{depth} layers while they learn, {norm}",
        "steps",
        "training error (% of images)",
        tuple(lines),
        f"Training error epoch by epoch, with {norm}. Lines are means over seeds, bands go from "
        "the lowest to the highest.",
        y_range=(0.0, 100.0),
    )


def _tabulate_signal(outcomes: Outcomes) -> Table:
    rows = []
    for label, group in outcomes.items():
        first, last = (
            sum(one.before["stds"][place] for one in group) / len(group) for place in (0, -1)
        )
        rows.append((label, f"{first:.2g}", f"{last:.2g}"))
    return Table(
        ("first weights", "first convolution", "last convolution"),
        tuple(rows),
        (
            "Standard deviation of what convolutions answer before the first step; means over "
            "seeds.",
            "第一步之前卷积层响应的标准差；各随机种子的均值。",
        ),
    )


_NOTES: tuple[Words, ...] = (
    (
        f"Plain chains of 3x3 convolutions, {WIDTH} channels wide, on one grid. First weights of "
        "convolutions: He, normal of variance 2 / fan-in; Glorot, uniform of variance 2 / (fan-in "
        "+ fan-out); torch's own, uniform of variance 1 / (3 fan-in); 0.01, normal of that "
        "deviation. Biases begin at 0, the linear layer alike everywhere.",
        f"普通的 3x3 卷积链，{WIDTH} 个通道，网格大小不变。卷积层的初始权重：He，方差 2 / fan-in "
        "的正态分布；Glorot，方差 2 / (fan-in + fan-out) 的均匀分布；torch 默认，方差 "
        "1 / (3 fan-in) 的均匀分布；0.01，标准差 0.01 的正态分布。偏置从 0 开始，线性层都相同。",
    ),
)

EXPERIMENT = Experiment(
    name="init",
    claim=(
        "Without norms, only He's first weights let a deep network begin to learn: with smaller "
        "ones the signal dies on its way.",
        "没有归一化时，只有 He 初始化能让深层网络开始学习：更小的初始权重会使信号逐层消失。",
    ),
    source="He et al. 2015, Delving deep into rectifiers, arXiv 1502.01852, §2.2, Fig. 2 and 3",
    published=(
        "On ImageNet, in the paper, both He's and Glorot's weights let a network of 22 layers "
        "converge, He's earlier; with 30 layers He's converges and Glorot's stalls. With a "
        "deviation of 0.01, networks of more than 8 convolutions have difficulties to converge.",
        "论文：ImageNet 上，22 层网络用 He 和 Glorot 初始化都能收敛，He 更早；30 层时 He 能收敛，"
        "Glorot 完全停滞。标准差固定为 0.01 时，超过 8 个卷积层的网络就难以收敛。",
    ),
    minutes=13,
    seeds=5,
    run=measure_init,
)
