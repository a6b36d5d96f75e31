"""Shortcuts: the identity is enough; projections add little, weaker shortcuts harm.

He et al. 2016, arXiv 1512.03385, §3.3 and Table 3 (options A, B, C), and arXiv 1603.05027, §3.1
(constant scaling by a half: what n units pass on falls as 2**-n).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from skipcat.blocks.residual import Shortcut
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import (
    HEADS,
    ONE_SEED,
    draw_training,
    tabulate_errors,
    train_errors,
)
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean, average, average_share, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial
from skipcat.networks.papers.resnet_cifar import cifar_spec
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import Bar, BarChart, LineChart

DEPTHS = (20, 56)
KINDS: dict[str, Shortcut] = {
    "A: identity": "A",
    "B: some projected": "B",
    "C: all projected": "C",
    "halved": "scaled",
    "none": "none",
}
IDENTITY, PROJECTED, WEAKER = "A: identity", "C: all projected", ("halved", "none")
EPOCHS = 10  # 450 steps of 32 on the digits
LITTLE = 0.02  # of the training images, from which projections would be more than little

Outcomes = Mapping[str, Sequence[Outcome]]


def measure_shortcuts(lab: Lab) -> Findings:
    """Train networks that differ in their shortcuts only, shallow and deep."""
    trials = [
        Trial(_label(kind, depth), make_variant(depth, shortcut), MANY_STEPS)
        for depth in DEPTHS
        for kind, shortcut in KINDS.items()
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(KINDS))
    depths = [depth for depth in DEPTHS if all(_label(kind, depth) in outcomes for kind in KINDS)]
    return Findings(
        holds=judge(outcomes, max(depths)),
        verdict=(
            *_say(outcomes, max(depths)),
            *(_say_depth(outcomes, depth) for depth in depths[:-1]),
        ),
        charts=(
            *(_draw_errors(outcomes, depth) for depth in depths),
            _draw_training(outcomes, max(depths)),
        ),
        tables=(tabulate_errors(outcomes),),
        csv=tuple(one.to_row() for group in outcomes.values() for one in group),
        notes=_NOTES,
    )


def make_variant(depth: int, shortcut: Shortcut) -> ResNetSpec:
    """Give the spec of the CIFAR network of a depth with one kind of shortcut."""
    spec = cifar_spec("resnet_cifar", depth, shortcut)
    return replace(spec, name=f"{spec.name}_{shortcut.lower()}")


def _label(kind: str, depth: int) -> str:
    return f"{kind}, {depth} layers"


def _against_identity(outcomes: Outcomes, kind: str, depth: int) -> Mean:
    """Give the training error of a kind minus that of identity shortcuts."""
    return compare(
        train_errors(outcomes[_label(kind, depth)]), train_errors(outcomes[_label(IDENTITY, depth)])
    )


def judge(outcomes: Outcomes, depth: int) -> Holds:
    """Say whether weaker shortcuts train worse, and projections not much better."""
    weaker = [_against_identity(outcomes, kind, depth) for kind in WEAKER]
    projected = _against_identity(outcomes, PROJECTED, depth)
    if projected.interval is None:
        return "cannot tell"
    low, high = projected.interval
    if all(one.above_zero for one in weaker) and low > -LITTLE:
        return "yes"
    return "no" if any(one.below_zero for one in weaker) or high < -LITTLE else "cannot tell"


def _say(outcomes: Outcomes, depth: int) -> list[Words]:
    en, zh = HEADS[judge(outcomes, depth)]
    identity = average_share(train_errors(outcomes[_label(IDENTITY, depth)])).say()
    projected, halved, none = (
        _against_identity(outcomes, kind, depth).say(sign=True) for kind in (PROJECTED, *WEAKER)
    )
    said = [
        (
            f"{en}: with identity shortcuts, {depth} layers end with {identity} % training error. "
            f"With shortcuts halved it is {halved} points off, with none {none}; with a projection "
            f"in every shortcut, {projected}.",
            f"{zh}：用恒等捷径，{depth} 层网络训练误差为 {identity} %。捷径减半后相差 {halved} 个百"
            f"分点，没有捷径相差 {none}；每条捷径都用投影则相差 {projected}。",
        )
    ]
    if len(outcomes[_label(IDENTITY, depth)]) == 1:
        said.append(ONE_SEED)
    return said


def _say_depth(outcomes: Outcomes, depth: int) -> Words:
    errors = {
        kind: average_share(train_errors(outcomes[_label(kind, depth)])).say() for kind in KINDS
    }
    english = "; ".join(f"{kind} {error} %" for kind, error in errors.items())
    chinese = "；".join(f"{_CHINESE[kind]} {error} %" for kind, error in errors.items())
    return (
        f"The shallower networks, of {depth} layers, end with these training errors: {english}.",
        f"较浅的 {depth} 层网络训练误差：{chinese}。",
    )


_CHINESE = {
    "A: identity": "恒等（A）",
    "B: some projected": "形状改变处投影（B）",
    "C: all projected": "全部投影（C）",
    "halved": "减半",
    "none": "无捷径",
}


def _draw_errors(outcomes: Outcomes, depth: int) -> BarChart:
    bars = []
    for number, kind in enumerate(KINDS):
        mean = average([100 * error for error in train_errors(outcomes[_label(kind, depth)])])
        bars.append(Bar(kind, mean.value, mean.interval, number))
    return BarChart(
        f"{depth} layers",
        "training error at the end (% of images)",
        tuple(bars),
        f"What networks of {depth} layers answer wrongly of their training images, by their "
        "shortcuts; whiskers are 95 % intervals over seeds.",
    )


def _draw_training(outcomes: Outcomes, depth: int) -> LineChart:
    lines = [
        draw_training(kind, outcomes[_label(kind, depth)], number)
        for number, kind in enumerate(KINDS)
    ]
    return LineChart(
        f"{depth} layers while they learn",
        "steps",
        "training error (% of images)",
        tuple(lines),
        "Training error epoch by epoch. Lines are means over seeds, bands go from the lowest to "
        "the highest.",
        y_range=(0.0, 100.0),
    )


_NOTES: tuple[Words, ...] = (
    (
        "A adds channels of zeros where a stage widens, B projects there by a 1x1, C projects in "
        "every unit; halved adds half of A's shortcut to half of what the unit learns; none is the "
        "plain network.",
        "A 在加宽处补零通道，B 在那里用 1x1 投影，C 在每个单元都投影；减半是把 A 的捷径的一半与单元"
        "所学的一半相加；无捷径即普通网络。",
    ),
)

EXPERIMENT = Experiment(
    name="shortcuts",
    claim=(
        "The identity is enough of a shortcut: projections add little, and halving it or leaving "
        "it out harms.",
        "恒等捷径就够了：投影帮助不大，把捷径减半或去掉则有害。",
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.1, Table 3, and arXiv 1603.05027, Table 1",
    published=(
        "ImageNet, 34 layers, top-1 error with 10 crops: plain 28.54 %, A 25.03 %, B 24.52 %, C "
        "24.19 %. CIFAR-10, 110 layers, test error: identity 6.61 %, shortcut and branch halved "
        "12.35 %, a 1x1 convolution in every shortcut 12.22 %.",
        "ImageNet，34 层，10 裁剪 top-1 误差：普通网络 28.54 %，A 25.03 %，B 24.52 %，C 24.19 %。"
        "CIFAR-10，110 层，测试误差：恒等 6.61 %，捷径与分支减半 12.35 %，全用 1x1 卷积 12.22 %。",
    ),
    minutes=15,
    run=measure_shortcuts,
)
