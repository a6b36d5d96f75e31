"""Shortcuts: the identity is enough; projections add little, weaker shortcuts harm.

He et al. 2016, arXiv 1512.03385, §3.3 and Table 3 (options A, B, C), and arXiv 1603.05027, §3.1
(constant scaling by a half: what n units pass on falls as 2**-n).
"""

from dataclasses import replace

from skipcat.blocks.residual import Shortcut
from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, judge
from skipcat.experiments.lab.outcome_errors import compare_training, describe_training
from skipcat.experiments.lab.sentences import describe_difference, join_clauses, label_depth
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Outcomes, Trial
from skipcat.networks.papers.resnet_cifar import cifar_spec
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import BarChart, LineChart
from skipcat.text.translation import Message

DEPTHS = (20, 56)
KINDS: dict[str, Shortcut] = {
    Message("A (identity)"): "A",
    Message("B (some projected)"): "B",
    Message("C (all projected)"): "C",
    Message("halved"): "scaled",
    Message("no shortcut"): "none",
}
IDENTITY, _, PROJECTED, HALVED, NONE = KINDS
EPOCHS = 10  # 450 steps of 32 on the digits
LITTLE = 0.02  # of the training images, from which projections would be more than little


def measure_shortcuts(lab: Lab) -> Findings:
    """Train networks that differ in their shortcuts only, shallow and deep."""
    trials = [
        Trial(label_depth(kind, depth), make_variant(depth, shortcut), MANY_STEPS)
        for depth in DEPTHS
        for kind, shortcut in KINDS.items()
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(KINDS))
    depths = [
        depth for depth in DEPTHS if all(label_depth(kind, depth) in outcomes for kind in KINDS)
    ]
    return Findings(
        holds=decide(outcomes, max(depths)),
        verdict=(
            *_describe(outcomes, max(depths)),
            *(_describe_depth(outcomes, depth) for depth in depths[:-1]),
        ),
        charts=(
            *(_draw_errors(outcomes, depth) for depth in depths),
            _draw_training(outcomes, max(depths)),
        ),
        tables=(charts.tabulate_outcomes(outcomes),),
        csv=charts.list_outcomes(outcomes),
        notes=_NOTES,
    )


def make_variant(depth: int, shortcut: Shortcut) -> ResNetSpec:
    """Build the spec of the CIFAR network of a depth with one kind of shortcut."""
    spec = cifar_spec("resnet_cifar", depth, shortcut)
    return replace(spec, name=f"{spec.name}_{shortcut.lower()}")


def _against_identity(outcomes: Outcomes, kind: str, depth: int) -> Mean:
    """Compute the training error of a kind minus that of identity shortcuts."""
    return compare_training(outcomes, label_depth(kind, depth), label_depth(IDENTITY, depth))


def decide(outcomes: Outcomes, depth: int) -> Holds:
    """Return whether weaker shortcuts train worse, and projections not much better."""
    weaker = [_against_identity(outcomes, kind, depth) for kind in (HALVED, NONE)]
    projected = _against_identity(outcomes, PROJECTED, depth)
    if projected.interval is None:
        return "cannot tell"
    low, high = projected.interval
    harm, help_ = all(one.above_zero for one in weaker), any(one.below_zero for one in weaker)
    return judge(holds=harm and low > -LITTLE, fails=help_ or high < -LITTLE)


def _describe(outcomes: Outcomes, depth: int) -> tuple[Message, Message]:
    halved, none, projected = (
        describe_difference(_against_identity(outcomes, kind, depth))
        for kind in (HALVED, NONE, PROJECTED)
    )
    return (
        Message(
            "With identity shortcuts, {depth} layers end with a training error of {error}.",
            depth=depth,
            error=describe_training(outcomes[label_depth(IDENTITY, depth)]),
        ),
        Message(
            "Against that, with shortcuts halved: {halved}. With no shortcuts: {none}. With a "
            "projection in every shortcut: {projected}.",
            halved=halved,
            none=none,
            projected=projected,
        ),
    )


def _describe_depth(outcomes: Outcomes, depth: int) -> Message:
    errors = [
        Message(
            "{kind}: {error}",
            kind=kind,
            error=describe_training(outcomes[label_depth(kind, depth)]),
        )
        for kind in KINDS
    ]
    return Message(
        "The shallower networks, of {depth} layers, end with these training errors: {errors}.",
        depth=depth,
        errors=join_clauses(errors),
    )


def _draw_errors(outcomes: Outcomes, depth: int) -> BarChart:
    return charts.draw_error_bars(
        {kind: outcomes[label_depth(kind, depth)] for kind in KINDS},
        Message("{depth} layers", depth=depth),
        Message("Training errors of networks of {depth} layers, by shortcut.", depth=depth),
        {kind: number for number, kind in enumerate(KINDS)},
        validation=False,
    )


def _draw_training(outcomes: Outcomes, depth: int) -> LineChart:
    lines = [
        charts.error_line(kind, outcomes[label_depth(kind, depth)], number)
        for number, kind in enumerate(KINDS)
    ]
    title = Message("Training of {depth} layers", depth=depth)
    return charts.draw_curves(title, lines, Message("Training error by epoch."))


_NOTES = (
    Message(
        "A adds channels of zeros where a stage widens, B projects there by a 1x1, C projects in "
        "every unit; halved adds half of A's shortcut to half of what the unit learns; no shortcut "
        "is the plain network."
    ),
)

EXPERIMENT = Experiment(
    name="shortcuts",
    claim=Message(
        "The identity is enough of a shortcut: projections add little, and halving it or leaving "
        "it out harms."
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.1, Table 3, and arXiv 1603.05027, Table 1",
    published=Message(
        "ImageNet, 34 layers, top-1 error with 10 crops: plain 28.54 %, A 25.03 %, B 24.52 %, C "
        "24.19 %. CIFAR-10, 110 layers, test error: identity 6.61 %, shortcut and branch halved "
        "12.35 %, a 1x1 convolution in every shortcut 12.22 %."
    ),
    minutes=15,
    run=measure_shortcuts,
)
