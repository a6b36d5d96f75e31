"""Auxiliary classifiers: GoogLeNet with two heads, with one, and with none.

Szegedy et al. 2014, arXiv 1409.4842, §5: heads on two middle modules, their losses weighed by 0.3,
against gradients that fade and as a regulariser. Szegedy et al. 2015, arXiv 1512.00567, §4: they do
not make networks learn sooner; what they do is regularise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, judge_means
from skipcat.experiments.lab.image_variants import take_few
from skipcat.experiments.lab.network_variants import scale_googlenet
from skipcat.experiments.lab.outcome_errors import compare_validation, describe_validation
from skipcat.experiments.lab.sentences import describe_difference, join_label
from skipcat.experiments.lab.statistics import Mean, average, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Outcomes, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.networks.papers.googlenet import GOOGLENET, GOOGLENET_2014
from skipcat.networks.specs import GoogLeNetSpec
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.trainer.loss import NetworkWithLoss

NETWORKS: dict[str, GoogLeNetSpec] = {
    Message("with batch norm"): GOOGLENET,
    Message("as printed"): GOOGLENET_2014,
}
HEAD_ROWS: dict[str, tuple[str, ...]] = {
    Message("two heads"): ("inception4a", "inception4d"),
    Message("one head"): ("inception4d",),
    Message("no heads"): (),
}
TWO, ONE, NONE = HEAD_ROWS
WIDTH = 0.25
EPOCHS = 36  # 432 steps of 32
EARLY = 1 / 3  # of the epochs
BATCH_OF_GRADIENTS = 128


def measure_auxiliary(lab: Lab) -> Findings:
    """Train two kinds of GoogLeNet with auxiliary heads and without, from equal trunks."""
    trials = [
        Trial(join_label(kind, heads), make_variant(spec, rows), MANY_STEPS, look=measure_gradient)
        for kind, spec in NETWORKS.items()
        for heads, rows in HEAD_ROWS.items()
        if not (spec is GOOGLENET_2014 and heads == ONE)
    ]
    few = take_few(lab.prepare())
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials), prepared=few)
    return Findings(
        holds=decide(outcomes),
        verdict=_describe(outcomes),
        charts=(
            charts.draw_error_bars(
                outcomes,
                Message("Errors at the end"),
                Message("Networks trained with auxiliary heads (blue) and without (orange)."),
                {label: 0 if label.endswith(NONE) else 1 for label in outcomes},
            ),
            *(_draw_training(outcomes, kind) for kind in NETWORKS),
        ),
        tables=(charts.tabulate_outcomes(outcomes),),
        csv=charts.list_outcomes(
            outcomes, lambda one: {"gradient_of_first_layer": one.before.get("gradient")}
        ),
        notes=_NOTES,
    )


def make_variant(spec: GoogLeNetSpec, rows: tuple[str, ...]) -> GoogLeNetSpec:
    """Build the spec of a narrow GoogLeNet with auxiliary heads on some rows."""
    return replace(scale_googlenet(WIDTH, spec), auxiliary_rows=rows)


def measure_gradient(network: Network, prepared: PreparedData) -> Mapping[str, Any]:
    """Compute the gradient's norm at the first convolution, with the heads' losses."""
    images, labels = take_batch(prepared, BATCH_OF_GRADIENTS)
    model = NetworkWithLoss(network, 0.0).train()
    weight = next(network.parameters())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of dropout
        [gradient] = torch.autograd.grad(model(images, labels), weight)
    return {"gradient": float(gradient.norm())}


def _gain(outcomes: Outcomes, kind: str) -> Mean:
    """Compute the validation error with two heads minus that without."""
    return compare_validation(outcomes, join_label(kind, TWO), join_label(kind, NONE))


def decide(outcomes: Outcomes) -> Holds:
    """Return whether heads lower the error of both kinds of network."""
    gains = [_gain(outcomes, kind) for kind in NETWORKS]
    return judge_means(gains, below=True)


def _describe(outcomes: Outcomes) -> tuple[Message, ...]:
    normed, printed = NETWORKS
    one = join_label(normed, ONE)
    against_two = compare_validation(outcomes, one, join_label(normed, TWO))
    return (
        *_describe_kind(outcomes, normed, Message("With batch norm")),
        *_describe_kind(outcomes, printed, Message("As printed, without norms")),
        Message(
            "With the deeper head alone, the network with batch norm has a validation error of "
            "{error}. One head minus two: {difference}.",
            error=describe_validation(outcomes[one]),
            difference=describe_difference(against_two),
        ),
    )


def _describe_kind(outcomes: Outcomes, kind: str, name: Message) -> tuple[Message, Message]:
    with_heads, without = (outcomes[join_label(kind, heads)] for heads in (TWO, NONE))
    ratio = average(_gradients(with_heads)).value / average(_gradients(without)).value
    return (
        Message(
            "{network}: validation error is {two} with two heads and {none} without. With minus "
            "without: {difference}.",
            network=name,
            two=describe_validation(with_heads),
            none=describe_validation(without),
            difference=describe_difference(_gain(outcomes, kind)),
        ),
        Message(
            "In the first third of the steps, heads change its training error by {difference}. "
            "Before the first step, the gradient at the first layer is {ratio:.2g} times as "
            "strong with heads.",
            difference=describe_difference(compare(_early(with_heads), _early(without))),
            ratio=ratio,
        ),
    )


def _early(group: Sequence[Outcome]) -> list[float]:
    """Compute each seed's mean training error over the first epochs."""
    curves = [one.train_errors[: max(1, round(EARLY * len(one.train_errors)))] for one in group]
    return [sum(curve) / len(curve) if curve else 1.0 for curve in curves]


def _gradients(group: Sequence[Outcome]) -> list[float]:
    return [one.before["gradient"] for one in group]


def _draw_training(outcomes: Outcomes, kind: str) -> LineChart:
    colours = {NONE: 0, TWO: 1, ONE: 4}
    lines = [
        charts.error_line(heads, outcomes[join_label(kind, heads)], colours[heads])
        for heads in HEAD_ROWS
        if join_label(kind, heads) in outcomes
    ]
    return charts.draw_curves(
        Message("Training of GoogLeNet {kind}", kind=kind),
        lines,
        Message("Training error of the main classifier by epoch."),
    )


_NOTES = (
    Message(
        "An auxiliary head is a small classifier on a middle module; its loss is added to that of "
        "the last one in training, and it is left out afterwards. These are GoogLeNets at a "
        "quarter of their widths, heads on inception4a and 4d, their losses weighed by {weight}; "
        "errors are the main classifier's. 'As printed' has neither batch norm nor any other help "
        "against vanishing gradients than its heads and its local response norms. Trunks of one "
        "seed begin with equal weights. Few images leave room for error.",
        weight=GOOGLENET.auxiliary_weight,
    ),
)

EXPERIMENT = Experiment(
    name="auxiliary",
    claim=Message("Auxiliary heads in training make GoogLeNet a little more accurate."),
    source="Szegedy et al. 2014, arXiv 1409.4842, §5; Szegedy et al. 2015, arXiv 1512.00567, §4",
    published=Message(
        "GoogLeNet's paper: an effect of around 0.5 %, and one head is enough for it. Inception "
        "v3's: heads do not make networks learn sooner, the lower one can be left out without "
        "loss, and they act as regularisers. Both are of ImageNet."
    ),
    minutes=10,
    run=measure_auxiliary,
)
