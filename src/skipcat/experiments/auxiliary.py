"""Auxiliary classifiers: GoogLeNet with two heads, with one, and with none.

Szegedy et al. 2014, arXiv 1409.4842, §5: heads on two middle modules, their losses weighed by 0.3,
against gradients that fade and as a regulariser. Szegedy et al. 2015, arXiv 1512.00567, §4: they do
not make networks learn sooner; what they do is regularise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import HEADS, ONE_SEED, draw_training
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds
from skipcat.experiments.lab.image_variants import take_few
from skipcat.experiments.lab.network_variants import scale_googlenet
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean, average, compare
from skipcat.experiments.lab.trial import MANY_STEPS, Outcome, Trial, take_batch
from skipcat.experiments.lab.validation_errors import (
    Outcomes,
    compare_errors,
    draw_error_bars,
    say_difference,
    say_error,
    tabulate_trained,
)
from skipcat.networks.network import Network
from skipcat.networks.papers.googlenet import GOOGLENET, GOOGLENET_2014
from skipcat.networks.specs import GoogLeNetSpec
from skipcat.plots.charts import LineChart
from skipcat.training.prepared_data import Prepared
from skipcat.training.trainer.loss import NetworkWithLoss

NETWORKS: dict[str, GoogLeNetSpec] = {"with batch norm": GOOGLENET, "as printed": GOOGLENET_2014}
HEAD_ROWS: dict[str, tuple[str, ...]] = {
    "two heads": ("inception4a", "inception4d"),
    "one head": ("inception4d",),
    "no heads": (),
}
TWO, ONE, NONE = HEAD_ROWS
WIDTH = 0.25
EPOCHS = 36  # 432 steps of 32
EARLY = 1 / 3  # of the epochs
BATCH_OF_GRADIENTS = 128


def measure_auxiliary(lab: Lab) -> Findings:
    """Train two kinds of GoogLeNet with auxiliary heads and without, from equal trunks."""
    trials = [
        Trial(_label(kind, heads), make_variant(spec, rows), MANY_STEPS, look=measure_gradient)
        for kind, spec in NETWORKS.items()
        for heads, rows in HEAD_ROWS.items()
        if not (spec is GOOGLENET_2014 and heads == ONE)
    ]
    few = take_few(lab.prepare())
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials), prepared=few)
    said = [words for kind in NETWORKS for words in _say(outcomes, kind)]
    return Findings(
        holds=judge(outcomes),
        verdict=(_say_head(outcomes), *said, _say_one(outcomes), *_say_seeds(outcomes)),
        charts=(
            draw_error_bars(
                outcomes,
                "Errors at the end",
                "What networks name wrongly that were trained with auxiliary heads (blue) and "
                "without (orange).",
                {label: 0 if label.endswith(NONE) else 1 for label in outcomes},
            ),
            *(_draw_training(outcomes, kind) for kind in NETWORKS),
        ),
        tables=(tabulate_trained(outcomes),),
        csv=tuple(
            one.to_row() | {"gradient_of_first_layer": one.before.get("gradient")}
            for group in outcomes.values()
            for one in group
        ),
        notes=_NOTES,
    )


def make_variant(spec: GoogLeNetSpec, rows: tuple[str, ...]) -> GoogLeNetSpec:
    """Give a narrow GoogLeNet with auxiliary heads on some rows."""
    return replace(scale_googlenet(WIDTH, spec), auxiliary_rows=rows)


def measure_gradient(network: Network, prepared: Prepared) -> Mapping[str, Any]:
    """Give the norm of the loss's gradient at the first convolution, with the heads' losses."""
    images, labels = take_batch(prepared, BATCH_OF_GRADIENTS)
    model = NetworkWithLoss(network, 0.0).train()
    weight = next(network.parameters())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of dropout
        [gradient] = torch.autograd.grad(model(images, labels), weight)
    return {"gradient": float(gradient.norm())}


def _label(kind: str, heads: str) -> str:
    return f"{kind}, {heads}"


def _gain(outcomes: Outcomes, kind: str) -> Mean:
    """Give the validation error with two heads minus that without."""
    return compare_errors(outcomes, _label(kind, TWO), _label(kind, NONE))


def judge(outcomes: Outcomes) -> Holds:
    """Say whether heads lower the error of both kinds of network."""
    gains = [_gain(outcomes, kind) for kind in NETWORKS]
    if all(one.below_zero for one in gains):
        return "yes"
    return "no" if any(one.above_zero for one in gains) else "cannot tell"


def _say_head(outcomes: Outcomes) -> Words:
    en, zh = HEADS[judge(outcomes)]
    points = [_gain(outcomes, kind).say(sign=True) for kind in NETWORKS]
    return (
        f"{en}: with two heads in training, validation error is {points[0]} points off that of the "
        f"same network without, where it has batch norm, and {points[1]} where it is as printed.",
        f"{zh}：训练时带两个辅助分类器，与不带时相比，有批归一化的网络验证误差相差 {points[0]} 个百"
        "分点，"
        f"按原文构建的相差 {points[1]} 个百分点。",
    )


def _say(outcomes: Outcomes, kind: str) -> list[Words]:
    with_heads, without = (_label(kind, heads) for heads in (TWO, NONE))
    gain, gain_zh = say_difference(_gain(outcomes, kind))
    sooner, sooner_zh = say_difference(
        compare(_early(outcomes[with_heads]), _early(outcomes[without]))
    )
    ratio = average(_gradients(outcomes[with_heads])).value
    ratio /= average(_gradients(outcomes[without])).value
    name, name_zh = {
        "with batch norm": ("With batch norm", "有批归一化"),
        "as printed": ("As printed, without norms", "按原文，无归一化"),
    }[kind]
    return [
        (
            f"{name}: {say_error(outcomes, with_heads)} % of the validation images are named "
            f"wrongly with heads, {say_error(outcomes, without)} % without: {gain}.",
            f"{name_zh}：带辅助分类器时验证误差 {say_error(outcomes, with_heads)} %，不带时 "
            f"{say_error(outcomes, without)} %：相差 {gain_zh}。",
        ),
        (
            f"In the first third of its steps its training error is off by {sooner}. Before the "
            "first "
            f"step, the gradient at the first layer is {ratio:.2g} times as strong with heads.",
            f"前三分之一的训练中，训练误差相差 {sooner_zh}。第一步之前，带辅助分类器时第一层的梯度"
            "是不带"
            f"时的 {ratio:.2g} 倍。",
        ),
    ]


def _early(group: Sequence[Outcome]) -> list[float]:
    """Give each seed's mean training error over the first epochs."""
    curves = [one.train_errors[: max(1, round(EARLY * len(one.train_errors)))] for one in group]
    return [sum(curve) / len(curve) if curve else 1.0 for curve in curves]


def _gradients(group: Sequence[Outcome]) -> list[float]:
    return [one.before["gradient"] for one in group]


def _say_one(outcomes: Outcomes) -> Words:
    kind = next(iter(NETWORKS))
    one, two = _label(kind, ONE), _label(kind, TWO)
    points, points_zh = say_difference(compare_errors(outcomes, one, two))
    return (
        f"With the deeper head alone, the network with batch norm names "
        f"{say_error(outcomes, one)} % wrongly, against two heads {points}.",
        f"只留较深的一个辅助分类器时，有批归一化的网络验证误差为 {say_error(outcomes, one)} %，"
        f"与两个相比相差 {points_zh}。",
    )


def _say_seeds(outcomes: Outcomes) -> list[Words]:
    return [ONE_SEED] if len(next(iter(outcomes.values()))) == 1 else []


def _draw_training(outcomes: Outcomes, kind: str) -> LineChart:
    colours = {NONE: 0, TWO: 1, ONE: 4}
    lines = [
        draw_training(heads, outcomes[_label(kind, heads)], colours[heads])
        for heads in HEAD_ROWS
        if _label(kind, heads) in outcomes
    ]
    return LineChart(
        f"GoogLeNet {kind} while it learns",
        "steps",
        "training error (% of images)",
        tuple(lines),
        "Training error of the main answer, epoch by epoch. Lines are means over seeds, bands go "
        "from the lowest to the highest.",
        y_range=(0.0, 100.0),
    )


_NOTES: tuple[Words, ...] = (
    (
        "An auxiliary head is a small classifier on a middle module; its loss is added to that of "
        "the last one in training, and it is left out afterwards. These are GoogLeNets at a "
        "quarter of their widths, heads on inception4a and 4d, their losses weighed by "
        f"{GOOGLENET.auxiliary_weight}; errors are the main answer's. 'As printed' has "
        "neither batch norm nor any other help against fading gradients than its heads and its "
        "local response norms. Trunks of one seed begin with equal weights. Few images leave room "
        "for error.",
        "辅助分类器是接在中间模块上的小分类器，训练时其损失加到最后的损失上，训练后去掉。"
        f"GoogLeNet 宽度为四分之一；辅助分类器在 inception4a 和 4d，其损失权重为 "
        f"{GOOGLENET.auxiliary_weight}；误差按主输出计。“按原文”没有批归一化，除辅助分类器和局部响"
        "应归一化"
        "外没有别的办法防止梯度消失。同一种子的主干初始权重相同。图片少，才留有出错的余地。",
    ),
)

EXPERIMENT = Experiment(
    name="auxiliary",
    claim=(
        "Auxiliary heads in training make GoogLeNet a little more accurate.",
        "训练时的辅助分类器使 GoogLeNet 略微更准确。",
    ),
    source="Szegedy et al. 2014, arXiv 1409.4842, §5; Szegedy et al. 2015, arXiv 1512.00567, §4",
    published=(
        "GoogLeNet's paper: an effect of around 0.5 %, and one head is enough for it. Inception "
        "v3's: heads do not make networks learn sooner, the lower one can be left out without "
        "loss, and they act as regularisers. Both are of ImageNet.",
        "GoogLeNet 论文：效果约 0.5 %，一个辅助分类器就够。Inception v3 论文：它们不会使网络更早学"
        "会，较浅"
        "的一个去掉也无损失，作用是正则化。两者都在 ImageNet 上。",
    ),
    minutes=10,
    run=measure_auxiliary,
)
