"""Initialisation: without norms, initial weights decide whether a deep network learns at all.

He et al. 2015, "Delving deep into rectifiers", arXiv 1502.01852, §2.2, eq. (10), Fig. 3: weights
whose variance is 2 / fan keep the signal of ReLU networks through any number of layers; smaller
ones let it vanish by a constant factor in each. Ioffe and Szegedy 2015, arXiv 1502.03167, §3.3:
with batch norm it no longer matters.
"""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skipcat.blocks.initialisation import he_normal
from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, ResultTable, judge_means
from skipcat.experiments.lab.outcome_errors import compare_training, describe_training
from skipcat.experiments.lab.sentences import join_clauses
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Outcomes, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

DEPTHS = (8, 14)
WIDTH = 32
EPOCHS = 14  # 630 steps of 32 on the digits
# Without norms, rates from 0.01 on ended He's networks at chance, and 0.002 let them begin late.
RECIPE = replace(MANY_STEPS, learning_rate=0.008)  # for a batch of 64, so 0.004 here
IMAGES = 128
NORMS: dict[str, float | None] = {Message("no norms"): None, Message("batch norm"): 1e-5}
WITHOUT, WITH = NORMS


FILLERS: dict[str, Callable[..., Tensor]] = {
    # Eq. (10), which keeps the signal; eq. (14) keeps the gradient. They differ in the first layer.
    "He": partial(nn.init.kaiming_normal_, mode="fan_in", nonlinearity="relu"),
    "Glorot": nn.init.xavier_uniform_,  # eq. (16) of Glorot and Bengio 2010
    Message("torch's own"): partial(nn.init.kaiming_uniform_, a=math.sqrt(5)),
    "0.01": partial(nn.init.normal_, std=0.01),  # Krizhevsky et al. 2012, §5
}
HE, *OTHERS = FILLERS


def fill_convolutions(kind: str, net: nn.Module, generator: Generator) -> None:
    """Fill convolutions as `kind` says, and all else as He's networks have it."""
    he_normal(net, generator)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            FILLERS[kind](module.weight, generator=generator)


def measure_init(lab: Lab) -> Findings:
    """Train plain networks from four kinds of initial weights, without norms and with them."""
    outcomes = lab.train(_list_trials(), epochs=EPOCHS, least=len(FILLERS))
    depth = max(d for d in DEPTHS if all(_label(k, d, WITHOUT) in outcomes for k in FILLERS))
    norms = [norm for norm in NORMS if all(_label(k, depth, norm) in outcomes for k in FILLERS)]
    return Findings(
        holds=decide(outcomes, depth),
        verdict=tuple(_describe(outcomes, depth)),
        charts=(
            *(_draw_signal(outcomes, depth, norm) for norm in norms),
            *(_draw_training(outcomes, depth, norm) for norm in norms),
        ),
        tables=(_tabulate_signal(outcomes), charts.tabulate_outcomes(outcomes, _INITIAL)),
        csv=charts.list_outcomes(outcomes, lambda one: {"signal_left": _signal_left(one)}),
        notes=_NOTES,
    )


def _list_trials() -> list[Trial]:
    variants = [(depth, WITHOUT) for depth in DEPTHS] + [(max(DEPTHS), WITH)]
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
    """Build the spec of a chain of 3x3 of one width, with norms or with biases in their place.

    It keeps its grid: at 2 px, the zeros around it take more of the signal than weights can give.
    """
    rows = (
        ("conv1", Conv(kernel=3, width=WIDTH)),
        ("conv2_x", ResidualStage("basic", WIDTH, (depth - 2) // 2, shortcut="none")),
        ("pool", GlobalPool()),
        ("fc", Linear()),
    )
    return ResNetSpec(f"plain{depth}_{WIDTH}_wide", rows, stem_reduction=1, norm_eps=norm_eps)


def look_at_signal(network: Network, prepared: PreparedData) -> Mapping[str, Any]:
    """Measure the standard deviation of each convolution's output for a training batch."""
    network = copy.deepcopy(network).train()
    stds: list[float] = []

    def note(_module: nn.Module, _given: Any, output: Tensor) -> None:
        stds.append(float(output.std()))

    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(note)
    with torch.no_grad():
        network(take_batch(prepared, IMAGES)[0])
    return {"stds": stds}


def _label(kind: str, depth: int, norm: str) -> Message:
    return Message("{kind}, {depth} layers, {norm}", kind=kind, depth=depth, norm=norm)


def _signal_left(one: Outcome) -> float:
    """Compute the last layer's output over the first one's, before the first step."""
    stds = one.before["stds"]
    return float(stds[-1] / stds[0])


def decide(outcomes: Outcomes, depth: int) -> Holds:
    """Return whether, without norms, all other initial weights train worse than He's."""
    others = [
        compare_training(outcomes, _label(kind, depth, WITHOUT), _label(HE, depth, WITHOUT))
        for kind in OTHERS
    ]
    return judge_means(others)


def _describe(outcomes: Outcomes, depth: int) -> list[Message]:
    signals = []
    for kind in FILLERS:
        left = [_signal_left(one) for one in outcomes[_label(kind, depth, WITHOUT)]]
        share = sum(left) / len(left)
        signals.append(Message("{kind}: {share:.2g}", kind=kind, share=share))
    found = [
        Message(
            "Without norms, {depth} layers end with these training errors: {errors}.",
            depth=depth,
            errors=_list_errors(outcomes, depth, WITHOUT),
        ),
        Message(
            "The signal that reaches the last of these layers before the first step, as a share of "
            "the first one's output: {signals}.",
            signals=join_clauses(signals),
        ),
    ]
    if any(_label(kind, depth, WITH) in outcomes for kind in FILLERS):
        normed = _list_errors(outcomes, depth, WITH)
        found.append(
            Message("The same networks with batch norm end with: {errors}.", errors=normed)
        )
    return found


def _list_errors(outcomes: Outcomes, depth: int, norm: str) -> str:
    return join_clauses(
        [
            Message("{kind}: {error}", kind=kind, error=describe_training(outcomes[label]))
            for kind in FILLERS
            if (label := _label(kind, depth, norm)) in outcomes
        ]
    )


def _draw_signal(outcomes: Outcomes, depth: int, norm: str) -> LineChart:
    lines = []
    for number, kind in enumerate(FILLERS):
        # Below what float32 holds lies nothing that a logarithm could show.
        curves = [
            [max(std, 1e-30) for std in one.before["stds"]]
            for one in outcomes[_label(kind, depth, norm)]
        ]
        xs = range(1, len(curves[0]) + 1)
        lines.append(charts.mean_line(kind, xs, curves, colour=number))
    return LineChart(
        Message("Signal before the first step, {norm}", norm=norm),
        Message("convolution, from the image on"),
        Message("standard deviation of its output (logarithmic)"),
        tuple(lines),
        Message(
            "Output of each of {depth} layers for a training batch before the first step, by "
            "initial weights. {bands}",
            depth=depth,
            bands=charts.LOWEST_TO_HIGHEST,
        ),
        y_log=True,
    )


def _draw_training(outcomes: Outcomes, depth: int, norm: str) -> LineChart:
    lines = [
        charts.error_line(kind, outcomes[_label(kind, depth, norm)], number)
        for number, kind in enumerate(FILLERS)
    ]
    title = Message("Training of {depth} layers, {norm}", depth=depth, norm=norm)
    return charts.draw_curves(title, lines, Message("Training error by epoch."))


def _tabulate_signal(outcomes: Outcomes) -> ResultTable:
    rows = []
    for label, group in outcomes.items():
        first, last = (
            sum(one.before["stds"][place] for one in group) / len(group) for place in (0, -1)
        )
        rows.append((label, f"{first:.2g}", f"{last:.2g}"))
    return ResultTable(
        (_INITIAL, Message("first convolution"), Message("last convolution")),
        tuple(rows),
        Message(
            "Standard deviation of the convolutions' output before the first step; means over "
            "seeds."
        ),
    )


_INITIAL = Message("initial weights")
_NOTES = (
    Message(
        "Plain chains of 3x3 convolutions, {width} channels wide, on one grid. Initial weights of "
        "convolutions: He, normal of variance 2 / fan-in; Glorot, uniform of variance 2 / (fan-in "
        "+ fan-out); torch's own, uniform of variance 1 / (3 fan-in); 0.01, normal of that "
        "deviation. Biases begin at 0, the linear layer alike everywhere.",
        width=WIDTH,
    ),
)

EXPERIMENT = Experiment(
    name="init",
    claim=Message(
        "Without norms, only He's initial weights let a deep network begin to learn: with smaller "
        "ones the signal dies on its way."
    ),
    source="He et al. 2015, Delving deep into rectifiers, arXiv 1502.01852, §2.2, Fig. 2 and 3",
    published=Message(
        "On ImageNet, in the paper, both He's and Glorot's weights let a network of 22 layers "
        "converge, He's earlier; with 30 layers He's converges and Glorot's stalls. With a "
        "deviation of 0.01, networks of more than 8 convolutions have difficulties to converge."
    ),
    minutes=13,
    seeds=5,
    run=measure_init,
)
