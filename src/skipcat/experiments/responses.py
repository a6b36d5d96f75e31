"""Responses: residual functions stay closer to zero than plain layers, and notice small changes.

He et al. 2016, arXiv 1512.03385, §4.2, Fig. 7: the standard deviation of each 3x3 layer's response,
after its norm and before ReLU or addition. Beside it the "differential amplifier" that tutorials
make of this: what changes an input by one per cent changes F(x), which is small, by far more.
"""

import copy
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from skipcat.blocks.residual import Plain, Residual
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import HEADS, ONE_SEED, mean_line, tabulate_errors
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean, average, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial, take_batch
from skipcat.networks.network import Network
from skipcat.plots.charts import Line, LineChart
from skipcat.training.prepared_data import Prepared

FAMILIES = {"plain": "plain_cifar", "residual": "resnet_cifar"}
# Those of Fig. 7: a plain network of 110 layers would not train.
NETWORKS = (
    ("plain", 20), ("residual", 20), ("plain", 56), ("residual", 56), ("residual", 110),
)  # fmt: skip
EPOCHS = 12  # 540 steps of 32 on the digits
IMAGES = 256
CHANGE = 0.01

Outcomes = Mapping[str, Sequence[Outcome]]


def measure_responses(lab: Lab) -> Findings:
    """Train plain and residual networks; look at what each of their layers answers."""
    trials = [
        Trial(_label(kind, depth), f"{FAMILIES[kind]}{depth}", MANY_STEPS, look=look_at_responses)
        for kind, depth in NETWORKS
    ]
    outcomes = lab.train(trials, epochs=EPOCHS, least=2)
    depth = _shared_depth(outcomes)
    return Findings(
        holds=judge(outcomes),
        verdict=_say(outcomes),
        charts=(
            _draw_responses(outcomes, depth),
            _draw_depths(outcomes),
            _draw_changes(outcomes, depth),
        ),
        tables=(_tabulate(outcomes), tabulate_errors(outcomes)),
        csv=tuple(
            one.to_row() | {name: _mean_of(one, name) for name in _FIGURES}
            for group in outcomes.values()
            for one in group
        ),
        notes=_NOTES,
    )


def look_at_responses(network: Network, prepared: Prepared) -> Mapping[str, Any]:
    """Give what each layer and each unit answers, in their order.

    Units:
        `stds` of 3x3 layers; `size_of_branch` is F(x) as a share of what it is added to, in a plain
        network of x; `change_of_branch` and `change_of_unit` are by how many per cent of itself
        F(x), or the unit's answer, changes where x changes by one.
    """
    network = copy.deepcopy(network).eval()
    images, _ = take_batch(prepared, IMAGES)
    stds: list[float] = []
    inputs: dict[str, Tensor] = {}
    with torch.inference_mode(), _watch(network, stds, inputs):
        network(images)
    units = [
        _measure_unit(network.get_submodule(name), x, seed)
        for seed, (name, x) in enumerate(inputs.items())
    ]
    return {"stds": stds} | {figure: [unit[figure] for unit in units] for figure in units[0]}


@contextmanager
def _watch(network: Network, stds: list[float], inputs: dict[str, Tensor]) -> Iterator[None]:
    """Note what norms answer, in their order, and what units are given."""

    def note_std(_module: nn.Module, _given: Any, answer: Tensor) -> None:
        stds.append(float(answer.std()))

    def note_input(name: str, given: Any) -> None:
        inputs[name] = given[0].clone()

    handles = []
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_hook(note_std))
        elif isinstance(module, Plain | Residual):
            handles.append(
                module.register_forward_pre_hook(
                    lambda _module, given, name=name: note_input(name, given)
                )
            )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.inference_mode()
def _measure_unit(unit: nn.Module, x: Tensor, seed: int) -> dict[str, float]:
    branch = unit.get_submodule("branch")
    beside = unit.shortcut(x) if isinstance(unit, Residual) else x
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    changed = x + CHANGE * x.std() * noise
    given = _relative(x, changed)
    return {
        "size_of_branch": float(branch(x).norm() / beside.norm()),
        "change_of_branch": _relative(branch(x), branch(changed)) / given,
        "change_of_unit": _relative(unit(x), unit(changed)) / given,
    }


def _relative(before: Tensor, after: Tensor) -> float:
    return float((after - before).norm() / before.norm())


def _label(kind: str, depth: int) -> str:
    return f"{kind}, {depth} layers"


def _shared_depth(outcomes: Outcomes) -> int:
    """Give the greatest depth of which both twins were trained."""
    both = [d for kind, d in NETWORKS if kind == "plain" and _label("residual", d) in outcomes]
    return max(d for d in both if _label("plain", d) in outcomes)


def _means(outcomes: Outcomes, label: str, figure: str) -> list[float]:
    """Give a figure's mean over layers or units, for each seed that was trained to its end."""
    return [_mean_of(one, figure) for one in outcomes[label]]


def _mean_of(one: Outcome, figure: str) -> float:
    values = one.after.get(figure) or [math.nan]
    return statistics.fmean(values)


def _compare_responses(outcomes: Outcomes) -> Mean:
    depth = _shared_depth(outcomes)
    residual, plain = (_means(outcomes, _label(kind, depth), "stds")
                       for kind in ("residual", "plain"))  # fmt: skip
    return compare(residual, plain)


def _compare_changes(outcomes: Outcomes) -> Mean:
    """Give by how much more F(x) changes than its unit's answer does."""
    label = _label("residual", _shared_depth(outcomes))
    return compare(
        _means(outcomes, label, "change_of_branch"), _means(outcomes, label, "change_of_unit")
    )


def judge(outcomes: Outcomes) -> Holds:
    """Say whether responses are smaller with shortcuts, at the greatest depth of both."""
    return _tell(_compare_responses(outcomes), below=True)


def _tell(difference: Mean, *, below: bool) -> Holds:
    if difference.interval is None or not (difference.below_zero or difference.above_zero):
        return "cannot tell"
    return "yes" if difference.below_zero == below else "no"


def _say(outcomes: Outcomes) -> tuple[Words, ...]:
    depth = _shared_depth(outcomes)
    residual, plain = (
        average(_means(outcomes, _label(kind, depth), "stds")).say(scale=1, digits=2)
        for kind in ("residual", "plain")
    )
    less = _compare_responses(outcomes).say(scale=1, digits=2, sign=True)
    en, zh = HEADS[judge(outcomes)]
    return (
        (
            f"{en}: at {depth} layers, the response of a 3x3 layer has a standard deviation of "
            f"{residual} on the average of all layers with shortcuts, and {plain} without: a "
            f"difference of {less}.",
            f"{zh}：{depth} 层时，3x3 卷积层响应的标准差（各层平均），有捷径时为 {residual}，没有时"
            f"为 {plain}，相差 {less}。",
        ),
        _say_sizes(outcomes),
        _say_changes(outcomes),
        *([ONE_SEED] if len(outcomes[_label("plain", depth)]) == 1 else []),
    )


def _say_sizes(outcomes: Outcomes) -> Words:
    """Say how small F(x) is beside x, by depth."""
    depths = [d for kind, d in NETWORKS if kind == "residual" and _label(kind, d) in outcomes]
    sizes = [
        average(_means(outcomes, _label("residual", d), "size_of_branch")).say(digits=0)
        for d in depths
    ]
    english = "; ".join(f"{size} % in {d} layers" for d, size in zip(depths, sizes, strict=True))
    chinese = "；".join(f"{d} 层 {size} %" for d, size in zip(depths, sizes, strict=True))
    return (
        f"What a residual unit adds, beside what it is given, F(x) against x: {english}. The "
        "paper's argument is that the more units there are, the less each has to change.",
        f"残差单元所加的 F(x) 与其输入 x 之比：{chinese}。论文认为，单元越多，每个要改变的越少。",
    )


def _say_changes(outcomes: Outcomes) -> Words:
    depth = _shared_depth(outcomes)
    residual, plain = _label("residual", depth), _label("plain", depth)
    branch, unit, twin = (
        average(_means(outcomes, label, figure)).say(scale=1, digits=2)
        for label, figure in (
            (residual, "change_of_branch"),
            (residual, "change_of_unit"),
            (plain, "change_of_unit"),
        )
    )
    en, zh = _AMPLIFIER[_tell(_compare_changes(outcomes), below=False)]
    return (
        f"{en}: where noise changes what a unit is given by 1 %, F(x) changes by {branch} %, the "
        f"unit's answer F(x) + x by {unit} %; the answer of a plain unit by {twin} %.",
        f"{zh}：噪声使单元的输入改变 1 % 时，F(x) 改变 {branch} %，单元的输出 F(x) + x 改变 "
        f"{unit} %；普通单元的输出改变 {twin} %。",
    )


# Tutorials: if an answer of 5.1 becomes 5.2, a plain layer has changed by 2 %; a residual function
# that added 0.1 to 5 and now adds 0.2 has doubled.
_AMPLIFIER: dict[Holds, Words] = {
    "yes": (
        "F(x) reacts more than the whole answer, as the tutorials' differential amplifier says",
        "F(x) 的反应大于整个输出，正如教程的“差分放大器”所说",
    ),
    "no": (
        "F(x) reacts less than the whole answer: no differential amplifier, as tutorials have it",
        "F(x) 的反应小于整个输出：教程所说的“差分放大器”在这里不成立",
    ),
    "cannot tell": (
        "Whether F(x) reacts more than the whole answer, the tutorials' differential amplifier, "
        "these runs cannot tell",
        "F(x) 的反应是否大于整个输出（教程的“差分放大器”），这些训练还看不出",
    ),
}


def _curves(outcomes: Outcomes, label: str, figure: str) -> list[list[float]]:
    return [one.after[figure] for one in outcomes[label] if figure in one.after]


def _line(
    outcomes: Outcomes, label: str, figure: str, colour: int, name: str = "", *, rank: bool = False
) -> Line:
    curves = _curves(outcomes, label, figure) or [[math.nan]]
    if rank:
        curves = [sorted(curve, reverse=True) for curve in curves]
    return mean_line(name or label, range(1, len(curves[0]) + 1), curves, colour=colour)


def _draw_responses(outcomes: Outcomes, depth: int) -> LineChart:
    lines = [
        _line(outcomes, _label(kind, depth), "stds", number)
        for number, kind in enumerate(("plain", "residual"))
    ]
    return LineChart(
        "Responses, layer by layer",
        "3x3 layer, from the image on",
        "standard deviation of its response",
        tuple(lines),
        "How strongly each layer answers after its norm, before ReLU or addition, when training is "
        "done. Lines are means over seeds, bands go from the lowest to the highest.",
    )


def _draw_depths(outcomes: Outcomes) -> LineChart:
    lines = [
        _line(outcomes, _label(kind, depth), "stds", NETWORKS.index((kind, depth)), rank=True)
        for kind, depth in NETWORKS
        if _label(kind, depth) in outcomes
    ]
    return LineChart(
        "Responses, the strongest first",
        "3x3 layers in order of their responses",
        "standard deviation of its response",
        tuple(lines),
        "The same figures in order of size, for every network: the lower half of the paper's "
        "Fig. 7.",
    )


def _draw_changes(outcomes: Outcomes, depth: int) -> LineChart:
    residual, plain = _label("residual", depth), _label("plain", depth)
    return LineChart(
        "A change of one per cent",
        "unit, from the image on",
        "change of the answer (%)",
        (
            _line(outcomes, residual, "change_of_branch", 0, "F(x), residual"),
            _line(outcomes, residual, "change_of_unit", 1, "F(x) + x, residual"),
            _line(outcomes, plain, "change_of_unit", 2, "plain"),
        ),
        "By how much answers of a unit change, relative to themselves, where noise changes its "
        f"input by one per cent; {depth} layers.",
    )


_FIGURES = {
    "stds": "response",
    "size_of_branch": "F(x) / x",
    "change_of_branch": "change of F(x)",
    "change_of_unit": "change of answer",
}


def _tabulate(outcomes: Outcomes) -> Table:
    rows = tuple(
        (label, *(average(_means(outcomes, label, name)).say(scale=1, digits=2)
                  for name in _FIGURES))
        for label in outcomes
    )  # fmt: skip
    return Table(
        ("network", *_FIGURES.values()),
        rows,
        (
            "Means over layers, or units: standard deviation of a layer's response; size of F(x) "
            "as a share of x; change of F(x) and of the unit's answer where x changes by 1, all in "
            "per cent of their own size. Means over seeds with their 95 % interval (Student).",
            "各层或各单元的平均：层响应的标准差；F(x) 与 x 大小之比；x 改变 1 % 时 F(x) 与单元输出"
            "改变的百分比。各随机种子的均值及其 95 % 区间（Student）。",
        ),
    )


_NOTES: tuple[Words, ...] = (
    (
        "A norm's weight begins at 1, and so does the standard deviation of every response; the "
        " paper's networks were trained for 64,000 steps, which leaves it more time to go.",
        "归一化层的权重从 1 开始，所以每层响应的标准差一开始都是 1；论文的网络训练了 64,000 步，"
        "有更多时间远离它。",
    ),
)

EXPERIMENT = Experiment(
    name="responses",
    claim=(
        "With shortcuts, layers answer more weakly: what a unit has to learn is close to zero, and "
        "it notices small changes.",
        "有捷径的网络各层响应更弱：每个单元要学的接近于零，并且对微小变化更敏感。",
    ),
    source="He et al. 2016, arXiv 1512.03385, §4.2, Fig. 7",
    published=(
        "The paper plots standard deviations of responses on CIFAR-10 and prints no numbers: "
        "ResNets have generally smaller responses than their plain twins, and those of 110 layers "
        "smaller ones than those of 56 and 20. The differential amplifier is a picture of "
        "tutorials, not of the paper.",
        "论文只画出了 CIFAR-10 上响应标准差的曲线，没有给出数字：残差网络的响应一般小于普通网络，"
        "且 110 层小于 56 层和 20 层。“差分放大器”是教程的比喻，论文中没有。",
    ),
    minutes=25,
    run=measure_responses,
)
