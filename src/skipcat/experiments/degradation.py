"""Degradation: deeper plain networks get worse even on the images that they train on.

He et al. 2016, arXiv 1512.03385, §1 and §4.2, Fig. 1, 4 and 6: it is not overfitting, since the
training error rises too; residual twins of the same depth do not suffer from it.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from torch.nn import functional

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean, average_share, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.plots.charts import Line, LineChart
from skipcat.training.prepared_data import Prepared

DEPTHS = (20, 56, 110)
EPOCHS = 8  # 360 steps of 32 on the digits
# The paper warms 110 layers up at a tenth of its rate, since they do not begin to learn at all of
# it; here that rate is the highest, for every network. At 0.1 and batches of 128 the residual
# network of 110 layers stayed at 52 % training error with one seed of three, the plain one at 89 %
# with every seed.
RECIPE = MANY_STEPS
FAMILIES = {"plain": "plain_cifar", "residual": "resnet_cifar"}
BATCH_OF_GRADIENTS = 128
FAR = 100.0  # first layer's gradient against the last's: beyond, it vanishes or explodes


def measure_degradation(lab: Lab) -> Findings:
    """Train plain and residual twins of equal depth, from equal seeds, on equal batches."""
    trials = [
        Trial(_label(kind, depth), f"{prefix}{depth}", RECIPE, look=measure_gradients)
        for depth in DEPTHS
        for kind, prefix in FAMILIES.items()
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=4)
    depths = tuple(d for d in DEPTHS if all(_label(kind, d) in outcomes for kind in FAMILIES))
    return Findings(
        holds=_judge(outcomes, depths),
        verdict=(*_say(outcomes, depths), _say_gradients(outcomes, depths)),
        charts=(
            *(_draw_errors(outcomes, kind, depths) for kind in FAMILIES),
            *(_draw_gradients(outcomes, when, depths) for when in ("before", "after")),
        ),
        tables=(_tabulate(outcomes),),
        csv=tuple(one.to_row() for group in outcomes.values() for one in group),
    )


def measure_gradients(network: Network, prepared: Prepared) -> Mapping[str, Any]:
    """Give the norm of the loss's gradient at each convolution, from the first to the last."""
    network = copy.deepcopy(network).train()
    images, labels = take_batch(prepared, BATCH_OF_GRADIENTS)
    functional.cross_entropy(network(images), labels).backward()
    weights = [m.weight for m in network.modules() if isinstance(m, nn.Conv2d)]
    # 1x1 projections stand beside the chain; the CIFAR networks have none.
    return {"gradients": [float(w.grad.norm()) for w in weights if w.grad is not None]}


def _label(kind: str, depth: int) -> str:
    return f"{kind}, {depth} layers"


def _errors(group: Sequence[Outcome]) -> list[float]:
    return [one.train_error for one in group]


def _differences(
    outcomes: Mapping[str, Sequence[Outcome]], depths: Sequence[int]
) -> tuple[Mean, Mean]:
    """Give deepest minus shallowest among the plain networks, and plain minus residual at depth."""
    shallow, deep = min(depths), max(depths)
    plain = {d: _errors(outcomes[_label("plain", d)]) for d in (shallow, deep)}
    residual = _errors(outcomes[_label("residual", deep)])
    return compare(plain[deep], plain[shallow]), compare(plain[deep], residual)


def _judge(outcomes: Mapping[str, Sequence[Outcome]], depths: Sequence[int]) -> Holds:
    worse, against = _differences(outcomes, depths)
    if worse.above_zero and against.above_zero:
        return "yes"
    return "no" if worse.below_zero or against.below_zero else "cannot tell"


_HEADS: dict[Holds, Words] = {
    "yes": ("It is so here", "在这里确实如此"),
    "no": ("It is not so here", "在这里并非如此"),
    "cannot tell": ("These seeds cannot tell", "这些随机种子还看不出"),
}


_WHY: Words = (
    " Both saw the same images in the same order, so more layers did not overfit: they learnt "
    "less.",
    "两者看的是相同顺序的相同图片，所以更深并不是过拟合，而是学得更少。",
)


def _say(outcomes: Mapping[str, Sequence[Outcome]], depths: Sequence[int]) -> list[Words]:
    shallow, deep = min(depths), max(depths)
    worse, against = _differences(outcomes, depths)
    holds = _judge(outcomes, depths)
    (en, zh), (why, why_zh) = _HEADS[holds], _WHY if holds == "yes" else ("", "")
    plain = average_share(_errors(outcomes[_label("plain", deep)]))
    residual = average_share(_errors(outcomes[_label("residual", deep)]))
    return [
        (
            f"{en}: the plain network of {deep} layers ends with {plain.say()} % training error, "
            f"{worse.say(sign=True)} points against the one of {shallow} layers.{why}",
            f"{zh}：{deep} 层的普通网络训练误差为 {plain.say()} %，与 {shallow} 层的相差 "
            f"{worse.say(sign=True)} 个百分点。{why_zh}",
        ),
        (
            f"The residual twin of {deep} layers, which began with equal weights, ends with "
            f"{residual.say()} %: the plain one is {against.say(sign=True)} points off.",
            f"{deep} 层的残差网络只多了捷径，训练误差为 {residual.say()} %："
            f"普通网络与它相差 {against.say(sign=True)} 个百分点。",
        ),
    ]


def _say_gradients(outcomes: Mapping[str, Sequence[Outcome]], depths: Sequence[int]) -> Words:
    """Say how the gradient of the first convolution compares with that of the last."""
    deep = max(depths)
    ratios = {}
    for kind in FAMILIES:
        norms = [one.before["gradients"] for one in outcomes[_label(kind, deep)]]
        ratios[kind] = sum(one[0] / max(one[-1], 1e-30) for one in norms) / len(norms)
    plain, residual = ratios["plain"], ratios["residual"]
    way = "vanishes" if plain < 1 / FAR else "explodes" if plain > FAR else "keeps"
    what, what_zh = _WAYS[way]
    here, twin = _say_times(plain), _say_times(residual)
    return (
        f"Before the first step, the gradient of the first layer is {here} times that of the "
        f"last in the plain network of {deep} layers, and {twin} times in the residual "
        f"one: {what}.",
        f"第一步之前，{deep} 层普通网络第一层的梯度是最后一层的 {here} 倍，残差网络为 "
        f"{twin} 倍：{what_zh}。",
    )


def _say_times(times: float) -> str:
    """Give "2,000,000", "16" or "0.0031": two digits say enough."""
    return f"{float(f'{times:.2g}'):,.0f}" if times >= 10 else f"{times:.2g}"


_WAYS: dict[str, Words] = {
    "vanishes": (
        "in the plain one it vanishes on its way back to the image, although every layer is "
        "normalised",
        "尽管每层都有归一化，普通网络的梯度在传回图片的途中消失了",
    ),
    "explodes": (
        "in the plain one it explodes on its way back to the image. The paper found the gradients "
        "of its plain networks healthy; that normalised layers without shortcuts make them explode "
        "at the start was shown later (Yang et al. 2019, arXiv 1902.08129)",
        "普通网络的梯度在传回图片的途中爆炸了。论文认为其普通网络的梯度正常；后来有人证明，没有捷径的归一化层在"
        "开始时会使梯度爆炸（Yang 等 2019，arXiv 1902.08129）",
    ),
    "keeps": (
        "in the plain one it neither vanishes nor explodes on its way back to the image, as the "
        "paper says of batch normalisation",
        "普通网络的梯度在传回途中既不消失也不爆炸，与论文关于批归一化的说法一致",
    ),
}


def _draw_errors(
    outcomes: Mapping[str, Sequence[Outcome]], kind: str, depths: Sequence[int]
) -> LineChart:
    lines = []
    for number, depth in enumerate(depths):
        group = outcomes[_label(kind, depth)]
        for part in ("training", "validation"):
            curves = [one.train_errors if part == "training" else one.validation_errors
                      for one in group]  # fmt: skip
            shared = min(len(curve) for curve in curves)
            points = [[100 * curve[i] for curve in curves] for i in range(shared)]
            lines.append(
                Line(
                    f"{depth} layers, {part}",
                    tuple(float(step) for step in group[0].steps[:shared]),
                    tuple(sum(p) / len(p) for p in points),
                    tuple(min(p) for p in points) if len(group) > 1 else (),
                    tuple(max(p) for p in points) if len(group) > 1 else (),
                    dashed=part == "validation",
                    colour=number,
                )
            )
    return LineChart(
        f"{kind.capitalize()} networks",
        "steps",
        "error (% of images)",
        tuple(lines),
        f"Error of {kind} networks while they learn. Lines are means over seeds, bands go from the"
        " lowest to the highest seed.",
        y_range=(0.0, 100.0),
    )


def _draw_gradients(
    outcomes: Mapping[str, Sequence[Outcome]], when: str, depths: Sequence[int]
) -> LineChart:
    deep = max(depths)
    lines = []
    for number, kind in enumerate(FAMILIES):
        looks = [getattr(one, when) for one in outcomes[_label(kind, deep)]]
        curves = [look["gradients"] for look in looks if look]
        if not curves:
            continue
        points = [[max(c[i], 1e-12) for c in curves] for i in range(len(curves[0]))]
        lines.append(
            Line(
                f"{kind}, {deep} layers",
                tuple(float(i) for i in range(1, len(points) + 1)),
                tuple(sum(p) / len(p) for p in points),
                tuple(min(p) for p in points),
                tuple(max(p) for p in points),
                colour=number,
            )
        )
    moment = {"before": "before the first step", "after": "after the last step"}[when]
    return LineChart(
        f"Gradients {moment}",
        "convolution, from the image on",
        "norm of the loss's gradient (logarithmic)",
        tuple(lines),
        f"How strongly a training batch pulls at each convolution, {moment}. A line that falls to "
        "the left would be a gradient that vanishes on its way back to the image.",
        y_log=True,
    )


def _tabulate(outcomes: Mapping[str, Sequence[Outcome]]) -> Table:
    rows = tuple(
        (
            label,
            group[0].parameters,
            average_share(_errors(group)).say() + " %",
            average_share([one.validation_error for one in group]).say() + " %",
            round(sum(one.seconds for one in group) / len(group)),
        )
        for label, group in outcomes.items()
    )
    return Table(
        ("network", "parameters", "training error", "validation error", "seconds"),
        rows,
        (
            "At the end of training; means over seeds with their 95 % interval (Student).",
            "训练结束时；各随机种子的均值及其 95 % 区间（Student）。",
        ),
    )


EXPERIMENT = Experiment(
    name="degradation",
    claim=(
        "Deeper plain networks get worse even on the images that they train on; with shortcuts "
        "they do not.",
        "更深的普通网络连训练集上的误差都会变大；加上捷径就不会。",
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, Fig. 1, 4 and 6",
    published=(
        "On CIFAR-10, in the paper, plain networks of 20, 32, 44 and 56 layers train worse the "
        "deeper they are, and the plain one of 110 layers stays above 60 % error; on ImageNet "
        "plain-34 has 28.54 % validation error and plain-18 27.94 % (10 crops), ResNet-34 25.03 %.",
        "论文：CIFAR-10 上，20、32、44、56 层的普通网络越深训练误差越大，110 层的误差高于 60 %；"
        "ImageNet 上 plain-34 验证误差 28.54 %，plain-18 为 27.94 %，ResNet-34 为 25.03 %。",
    ),
    minutes=15,
    run=measure_degradation,
)
