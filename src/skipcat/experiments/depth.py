"""Depth: with shortcuts more than 1000 layers train, and without keeping all their activations.

He et al. 2016, arXiv 1512.03385, §4.2, Table 6 (1202 layers), and arXiv 1603.05027, Table 4 (1001
layers, pre-activation); memory by Chen et al. 2016, arXiv 1604.06174.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.checkpointing_costs import (
    describe_checkpointing,
    draw_checkpointing,
    measure_checkpointing,
    tabulate_checkpointing,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, judge
from skipcat.experiments.lab.outcome_errors import (
    describe_training,
    describe_validation,
    train_errors,
)
from skipcat.experiments.lab.sentences import PLAIN, RESIDUAL, join_clauses, label_depth
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Outcomes, Trial
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message

DEPTHS = (20, 56, 110, 218, 434, 1202)
PREACTIVATION = (1001,)
EPOCHS = 10  # 450 steps of 32 on the digits
PREACTIVATED: str = Message("pre-activation")
FAMILIES = {RESIDUAL: "resnet_cifar", PLAIN: "plain_cifar", PREACTIVATED: "preact_cifar"}
# The sum of hundreds of units makes a loss so steep that higher rates diverge first; the paper
# warms 110 layers up at a tenth of its rate.
RECIPE = replace(MANY_STEPS, learning_rate=0.004)  # for a batch of 64, so 0.002 here
TRAINED = 0.05
MANY = 1000


def measure_depth(lab: Lab) -> Findings:
    """Train networks of every depth for equally many steps, plain twins beside them."""
    outcomes = lab.train(_list_trials(), epochs=EPOCHS, least=4)
    prepared = lab.prepare()
    costs = {
        trial.label: lab.measure(
            f"cost of {trial.label}", partial(measure_checkpointing, trial, prepared, lab.device)
        )
        for trial in _list_trials()
        if trial.label in outcomes and not trial.label.startswith(PLAIN)  # as expensive as its twin
    }
    residual = {d: costs[label] for d in DEPTHS if (label := label_depth(RESIDUAL, d)) in costs}
    return Findings(
        holds=decide(outcomes),
        verdict=(*_describe(outcomes), _describe_each(outcomes), *describe_checkpointing(residual)),
        charts=(
            _draw_depths(outcomes),
            *(_draw_errors(outcomes, kind) for kind in (RESIDUAL, PLAIN)),
            draw_checkpointing(residual),
        ),
        tables=(charts.tabulate_outcomes(outcomes), tabulate_checkpointing(costs)),
        csv=charts.list_outcomes(outcomes, lambda one: costs.get(one.label, {})),
    )


def _list_trials() -> list[Trial]:
    pairs = [(kind, depth) for depth in DEPTHS for kind in (RESIDUAL, PLAIN)]
    pairs += [(PREACTIVATED, depth) for depth in PREACTIVATION]
    return [
        Trial(label_depth(kind, depth), f"{FAMILIES[kind]}{depth}", RECIPE) for kind, depth in pairs
    ]


def decide(outcomes: Outcomes) -> Holds:
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
    trains, fails = all(residual) and not any(plain), not any(residual) or all(plain)
    return judge(holds=trains, fails=fails)


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


def _draw_depths(outcomes: Outcomes) -> LineChart:
    lines = []
    for number, kind in enumerate((PLAIN, RESIDUAL)):
        depths = _depths(outcomes, kind)
        groups = [outcomes[label_depth(kind, depth)] for depth in depths]
        curves = [[100 * group[seed].train_error for group in groups]
                  for seed in range(len(groups[0]))]  # fmt: skip
        lines.append(charts.mean_line(kind, depths, curves, colour=number, marked=True))
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
        y_range=charts.PERCENT,
        x_ticks=tuple(float(depth) for depth in _depths(outcomes, RESIDUAL)),
    )


def _draw_errors(outcomes: Outcomes, kind: str) -> LineChart:
    lines = [
        charts.error_line(
            Message("{depth:,} layers", depth=depth), outcomes[label_depth(kind, depth)], number
        )
        for number, depth in enumerate(_depths(outcomes, kind))
    ]
    if kind == RESIDUAL:
        lines += [
            charts.error_line(
                Message("{depth:,}, pre-activation", depth=depth),
                outcomes[label_depth(PREACTIVATED, depth)],
            )
            for depth in _depths(outcomes, PREACTIVATED)
        ]
    titles = {
        RESIDUAL: Message("Training of residual networks"),
        PLAIN: Message("Training of plain networks"),
    }
    return charts.draw_curves(titles[kind], lines, Message("Training error by epoch."))


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
