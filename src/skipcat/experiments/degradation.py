"""Degradation: deeper plain networks get worse even on the images that they train on.

He et al. 2016, arXiv 1512.03385, §1 and §4.2, Fig. 1, 4 and 6: it is not overfitting, since the
training error rises too; residual twins of the same depth do not suffer from it.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from torch.nn import functional

from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, judge_means
from skipcat.experiments.lab.outcome_errors import compare_training, describe_training
from skipcat.experiments.lab.sentences import PLAIN, RESIDUAL, describe_difference, label_depth
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Outcomes, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

DEPTHS = (20, 56, 110)
EPOCHS = 8  # 360 steps of 32 on the digits
# The paper warms 110 layers up at a tenth of its rate, since they do not begin to learn at all of
# it; here that rate is the highest, for every network. At 0.1 and batches of 128 the residual
# network of 110 layers stayed at 52 % training error with one seed of three, the plain one at 89 %
# with every seed.
RECIPE = MANY_STEPS
FAMILIES = {PLAIN: "plain_cifar", RESIDUAL: "resnet_cifar"}
BATCH_OF_GRADIENTS = 128
FAR = 100.0  # first layer's gradient against the last's: beyond, it vanishes or explodes


def measure_degradation(lab: Lab) -> Findings:
    """Train plain and residual twins of equal depth, from equal seeds, on equal batches."""
    trials = [
        Trial(label_depth(kind, depth), f"{prefix}{depth}", RECIPE, look=measure_gradients)
        for depth in DEPTHS
        for kind, prefix in FAMILIES.items()
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=4)
    depths = tuple(d for d in DEPTHS if all(label_depth(kind, d) in outcomes for kind in FAMILIES))
    return Findings(
        holds=decide(outcomes, depths),
        verdict=(*_describe(outcomes, depths), _describe_gradients(outcomes, depths)),
        charts=(
            *(_draw_errors(outcomes, kind, depths) for kind in FAMILIES),
            *(_draw_gradients(outcomes, when, depths) for when in ("before", "after")),
        ),
        tables=(charts.tabulate_outcomes(outcomes),),
        csv=charts.list_outcomes(outcomes),
    )


def measure_gradients(network: Network, prepared: PreparedData) -> Mapping[str, Any]:
    """Compute the gradient's norm at each convolution, from the first to the last."""
    network = copy.deepcopy(network).train()
    images, labels = take_batch(prepared, BATCH_OF_GRADIENTS)
    functional.cross_entropy(network(images), labels).backward()
    weights = [m.weight for m in network.modules() if isinstance(m, nn.Conv2d)]
    # 1x1 projections stand beside the chain; the CIFAR networks have none.
    return {"gradients": [float(w.grad.norm()) for w in weights if w.grad is not None]}


def _differences(outcomes: Outcomes, depths: Sequence[int]) -> tuple[Mean, Mean]:
    """Compute deepest minus shallowest of the plain networks, and plain minus residual at depth."""
    shallow, deep = min(depths), max(depths)
    plain = label_depth(PLAIN, deep)
    return (
        compare_training(outcomes, plain, label_depth(PLAIN, shallow)),
        compare_training(outcomes, plain, label_depth(RESIDUAL, deep)),
    )


def decide(outcomes: Outcomes, depths: Sequence[int]) -> Holds:
    """Return whether the deepest plain network trains worse than the shallow one and its twin."""
    return judge_means(_differences(outcomes, depths))


def _describe(outcomes: Outcomes, depths: Sequence[int]) -> list[Message]:
    shallow, deep = min(depths), max(depths)
    worse, against = _differences(outcomes, depths)
    found = [
        Message(
            "The plain network of {deep} layers ends with a training error of {error}. Against "
            "the one of {shallow} layers: {difference}.",
            deep=deep,
            error=describe_training(outcomes[label_depth(PLAIN, deep)]),
            shallow=shallow,
            difference=describe_difference(worse),
        )
    ]
    if decide(outcomes, depths) == "yes":
        found.append(
            Message(
                "Both saw the same images in the same order, and this is the training error: more "
                "layers did not overfit, they learnt less."
            )
        )
    twin = Message(
        "The residual twin of {deep} layers, which began with equal weights, ends with {error}. "
        "Plain minus residual: {difference}.",
        deep=deep,
        error=describe_training(outcomes[label_depth(RESIDUAL, deep)]),
        difference=describe_difference(against),
    )
    return [*found, twin]


def _describe_gradients(outcomes: Outcomes, depths: Sequence[int]) -> Message:
    """Describe how the gradient of the first convolution compares with that of the last."""
    deep = max(depths)
    ratios = {}
    for kind in FAMILIES:
        norms = [one.before["gradients"] for one in outcomes[label_depth(kind, deep)]]
        ratios[kind] = sum(one[0] / max(one[-1], 1e-30) for one in norms) / len(norms)
    plain = ratios[PLAIN]
    return Message(
        "Before the first step, the gradient of the first layer is {plain} times that of the last "
        "in the plain network of {deep} layers, and {residual} times in the residual one: {what}.",
        plain=_round_times(plain),
        deep=deep,
        residual=_round_times(ratios[RESIDUAL]),
        what=_VANISHES if plain < 1 / FAR else _EXPLODES if plain > FAR else _KEEPS,
    )


def _round_times(times: float) -> str:
    """Return "2,000,000", "16" or "0.0031": two digits are enough."""
    return f"{float(f'{times:.2g}'):,.0f}" if times >= 10 else f"{times:.2g}"


_VANISHES = Message(
    "in the plain one it vanishes on its way back to the image, although every layer is normalised"
)
_EXPLODES = Message(
    "in the plain one it explodes on its way back to the image. The paper found the gradients of "
    "its plain networks healthy; that normalised layers without shortcuts make them explode at the "
    "start was shown later (Yang et al. 2019, arXiv 1902.08129)"
)
_KEEPS = Message(
    "in the plain one it neither vanishes nor explodes on its way back to the image, as the paper "
    "finds with batch normalisation"
)


def _draw_errors(outcomes: Outcomes, kind: str, depths: Sequence[int]) -> LineChart:
    lines = []
    for number, depth in enumerate(depths):
        group = outcomes[label_depth(kind, depth)]
        training = Message("{depth} layers, training", depth=depth)
        validation = Message("{depth} layers, validation", depth=depth)
        lines.append(charts.error_line(training, group, number))
        lines.append(charts.error_line(validation, group, number, validation=True, dashed=True))
    titles = {PLAIN: Message("Plain networks"), RESIDUAL: Message("Residual networks")}
    return charts.draw_curves(titles[kind], lines, Message("Error by epoch."), of="both")


def _draw_gradients(outcomes: Outcomes, when: str, depths: Sequence[int]) -> LineChart:
    deep = max(depths)
    lines = []
    for number, kind in enumerate(FAMILIES):
        label = label_depth(kind, deep)
        looks = [getattr(one, when) for one in outcomes[label]]
        curves = [[max(norm, 1e-12) for norm in look["gradients"]] for look in looks if look]
        if curves:
            layers = range(1, len(curves[0]) + 1)
            lines.append(charts.mean_line(label, layers, curves, colour=number))
    titles = {
        "before": Message("Gradients before the first step"),
        "after": Message("Gradients after the last step"),
    }
    return LineChart(
        titles[when],
        Message("convolution, from the image on"),
        Message("norm of the loss's gradient (logarithmic)"),
        tuple(lines),
        Message(
            "Gradient of a training batch at each convolution. A line that falls to the left would "
            "be a gradient that vanishes on its way back to the image. {bands}",
            bands=charts.LOWEST_TO_HIGHEST,
        ),
        y_log=True,
    )


EXPERIMENT = Experiment(
    name="degradation",
    claim=Message(
        "Deeper plain networks get worse even on the images that they train on; with shortcuts "
        "they do not."
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, Fig. 1, 4 and 6",
    published=Message(
        "On CIFAR-10, in the paper, plain networks of 20, 32, 44 and 56 layers train worse the "
        "deeper they are, and the plain one of 110 layers stays above 60 % error; on ImageNet "
        "plain-34 has 28.54 % validation error and plain-18 27.94 % (10 crops), ResNet-34 25.03 %."
    ),
    minutes=15,
    run=measure_degradation,
)
