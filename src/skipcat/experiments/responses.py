"""Responses: residual functions stay closer to zero than plain layers, and notice small changes.

He et al. 2016, arXiv 1512.03385, §4.2, Fig. 7: the standard deviation of each 3x3 layer's response,
after its norm and before ReLU or addition. Beside it the "differential amplifier" that tutorials
make of this: what changes an input by one per cent changes F(x), which is small, by far more.
"""

import math
import statistics

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import (
    LOWEST_TO_HIGHEST,
    list_outcomes,
    mean_line,
    tabulate_outcomes,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, ResultTable, judge_means
from skipcat.experiments.lab.layer_responses import look_at_responses
from skipcat.experiments.lab.sentences import PLAIN, RESIDUAL, join_clauses, label_depth
from skipcat.experiments.lab.statistics import Mean, average, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Outcomes, Trial
from skipcat.plots.charts import Line, LineChart
from skipcat.text.translation import Message

FAMILIES = {PLAIN: "plain_cifar", RESIDUAL: "resnet_cifar"}
# Those of Fig. 7: a plain network of 110 layers would not train.
NETWORKS = ((PLAIN, 20), (RESIDUAL, 20), (PLAIN, 56), (RESIDUAL, 56), (RESIDUAL, 110))
EPOCHS = 12  # 540 steps of 32 on the digits


def measure_responses(lab: Lab) -> Findings:
    """Train plain and residual networks; measure the responses of their layers."""
    trials = [
        Trial(
            label_depth(kind, depth), f"{FAMILIES[kind]}{depth}", MANY_STEPS, look=look_at_responses
        )
        for kind, depth in NETWORKS
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=2)
    depth = _shared_depth(outcomes)
    return Findings(
        holds=decide(outcomes),
        verdict=_describe(outcomes),
        charts=(
            _draw_responses(outcomes, depth),
            _draw_depths(outcomes),
            _draw_changes(outcomes, depth),
        ),
        tables=(_tabulate(outcomes), tabulate_outcomes(outcomes)),
        csv=list_outcomes(outcomes, lambda one: {name: _mean_of(one, name) for name in _FIGURES}),
        notes=_NOTES,
    )


def _shared_depth(outcomes: Outcomes) -> int:
    """Return the greatest depth of which both twins were trained."""
    return max(
        depth
        for kind, depth in NETWORKS
        if kind == PLAIN and all(label_depth(one, depth) in outcomes for one in FAMILIES)
    )


def _means(outcomes: Outcomes, label: str, figure: str) -> list[float]:
    """Compute a figure's mean over layers or units, for each seed that was trained to its end."""
    return [_mean_of(one, figure) for one in outcomes[label]]


def _mean_of(one: Outcome, figure: str) -> float:
    return statistics.fmean(one.after.get(figure) or [math.nan])


def _compare_responses(outcomes: Outcomes) -> Mean:
    depth = _shared_depth(outcomes)
    residual, plain = (_means(outcomes, label_depth(kind, depth), "stds")
                       for kind in (RESIDUAL, PLAIN))  # fmt: skip
    return compare(residual, plain)


def _compare_changes(outcomes: Outcomes) -> Mean:
    """Compute how much more F(x) changes than its unit's output does."""
    label = label_depth(RESIDUAL, _shared_depth(outcomes))
    return compare(
        _means(outcomes, label, "change_of_branch"), _means(outcomes, label, "change_of_unit")
    )


def decide(outcomes: Outcomes) -> Holds:
    """Return whether responses are smaller with shortcuts, at the greatest depth of both."""
    return judge_means([_compare_responses(outcomes)], below=True)


def _describe(outcomes: Outcomes) -> tuple[Message, ...]:
    depth = _shared_depth(outcomes)
    residual, plain = (
        average(_means(outcomes, label_depth(kind, depth), "stds")).describe(digits=2)
        for kind in (RESIDUAL, PLAIN)
    )
    return (
        Message(
            "At {depth} layers, the response of a 3x3 layer has a standard deviation of {residual} "
            "with shortcuts and {plain} without, averaged over all layers. The difference is "
            "{difference}.",
            depth=depth,
            residual=residual,
            plain=plain,
            difference=_compare_responses(outcomes).describe(digits=2, sign=True),
        ),
        _describe_sizes(outcomes),
        *_describe_changes(outcomes),
    )


def _describe_sizes(outcomes: Outcomes) -> Message:
    """Describe how small F(x) is beside x, by depth."""
    sizes = [
        Message(
            "{size} in {depth} layers",
            size=average(_means(outcomes, label, "size_of_branch")).percent(digits=0),
            depth=depth,
        )
        for kind, depth in NETWORKS
        if kind == RESIDUAL and (label := label_depth(RESIDUAL, depth)) in outcomes
    ]
    return Message(
        "The size of F(x), which a residual unit adds, as a share of its input x: {sizes}. The "
        "paper's argument is that the more units there are, the less each has to change.",
        sizes=join_clauses(sizes),
    )


def _describe_changes(outcomes: Outcomes) -> tuple[Message, Message]:
    depth = _shared_depth(outcomes)
    residual, plain = label_depth(RESIDUAL, depth), label_depth(PLAIN, depth)
    branch, unit, twin = (
        average(_means(outcomes, label, figure)).percent(scale=1, digits=2)
        for label, figure in (
            (residual, "change_of_branch"),
            (residual, "change_of_unit"),
            (plain, "change_of_unit"),
        )
    )
    return (
        _AMPLIFIER[judge_means([_compare_changes(outcomes)])],
        Message(
            "Where noise changes the input of a unit by 1 %, F(x) changes by {branch}, the unit's "
            "output F(x) + x by {unit}, and the output of a plain unit by {twin}.",
            branch=branch,
            unit=unit,
            twin=twin,
        ),
    )


# Tutorials: if an output of 5.1 becomes 5.2, a plain layer has changed by 2 %; a residual function
# that added 0.1 to 5 and now adds 0.2 has doubled.
_AMPLIFIER: dict[Holds, Message] = {
    "yes": Message(
        "F(x) reacts more than the unit's whole output: the tutorials' differential amplifier."
    ),
    "no": Message(
        "F(x) reacts less than the unit's whole output: no differential amplifier, as tutorials "
        "have it."
    ),
    "cannot tell": Message(
        "Too close to call: whether F(x) reacts more than the unit's whole output, the tutorials' "
        "differential amplifier."
    ),
}


def _line(
    outcomes: Outcomes, label: str, figure: str, colour: int, name: str = "", *, rank: bool = False
) -> Line:
    curves = [one.after[figure] for one in outcomes[label] if figure in one.after] or [[math.nan]]
    if rank:
        curves = [sorted(curve, reverse=True) for curve in curves]
    return mean_line(name or label, range(1, len(curves[0]) + 1), curves, colour=colour)


def _draw_responses(outcomes: Outcomes, depth: int) -> LineChart:
    lines = [
        _line(outcomes, label_depth(kind, depth), "stds", number)
        for number, kind in enumerate((PLAIN, RESIDUAL))
    ]
    return LineChart(
        Message("Responses, layer by layer"),
        Message("3x3 layer, from the image on"),
        Message("standard deviation of its response"),
        tuple(lines),
        Message(
            "Response of each layer after its norm, before ReLU or addition, at the end of "
            "training. {bands}",
            bands=LOWEST_TO_HIGHEST,
        ),
    )


def _draw_depths(outcomes: Outcomes) -> LineChart:
    lines = [
        _line(outcomes, label_depth(kind, depth), "stds", NETWORKS.index((kind, depth)), rank=True)
        for kind, depth in NETWORKS
        if label_depth(kind, depth) in outcomes
    ]
    return LineChart(
        Message("Responses, the strongest first"),
        Message("3x3 layers in order of their responses"),
        Message("standard deviation of its response"),
        tuple(lines),
        Message(
            "The same figures in order of size, for every network: the lower half of the paper's "
            "Fig. 7."
        ),
    )


def _draw_changes(outcomes: Outcomes, depth: int) -> LineChart:
    residual, plain = label_depth(RESIDUAL, depth), label_depth(PLAIN, depth)
    return LineChart(
        Message("A change of one per cent"),
        Message("unit, from the image on"),
        Message("change of the output (%)"),
        (
            _line(outcomes, residual, "change_of_branch", 0, Message("F(x), residual")),
            _line(outcomes, residual, "change_of_unit", 1, Message("F(x) + x, residual")),
            _line(outcomes, plain, "change_of_unit", 2, PLAIN),
        ),
        Message(
            "Relative change of a unit's output where noise changes its input by one per cent; "
            "{depth} layers.",
            depth=depth,
        ),
    )


_FIGURES = {
    "stds": Message("response"),
    "size_of_branch": Message("F(x) / x"),
    "change_of_branch": Message("change of F(x)"),
    "change_of_unit": Message("change of output"),
}


def _tabulate(outcomes: Outcomes) -> ResultTable:
    rows = tuple(
        (label, *(average(_means(outcomes, label, name)).describe(digits=2) for name in _FIGURES))
        for label in outcomes
    )
    caption = Message(
        "Means over layers, or units: standard deviation of a layer's response; size of F(x) as a "
        "share of x; change of F(x) and of the unit's output where x changes by 1, all in per cent "
        "of their own size. Means over seeds with their 95 % interval (Student)."
    )
    return ResultTable((Message("network"), *_FIGURES.values()), rows, caption)


_NOTES = (
    Message(
        "A norm's weight begins at 1, and so does the standard deviation of every response; the "
        "paper's networks were trained for 64,000 steps, which leaves it more time to change."
    ),
)

EXPERIMENT = Experiment(
    name="responses",
    claim=Message(
        "With shortcuts, layers respond more weakly: what a unit has to learn is close to zero, "
        "and it notices small changes."
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, Fig. 7",
    published=Message(
        "The paper plots standard deviations of responses on CIFAR-10 and prints no numbers: "
        "ResNets have generally smaller responses than their plain twins, and those of 110 layers "
        "smaller ones than those of 56 and 20. The differential amplifier is a picture of "
        "tutorials, not of the paper."
    ),
    minutes=25,
    run=measure_responses,
)
