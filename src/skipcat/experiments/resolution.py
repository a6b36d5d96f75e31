"""Resolution: smaller images and a stem that shrinks less, for as many operations.

Szegedy et al. 2015, arXiv 1512.00567, §8, Table 2: 299 px with stride 2 and a pool, 151 px with
stride 1 and a pool, 79 px with stride 1 and none. Here a narrow ResNet-18 (He et al. 2016,
arXiv 1512.03385) whose stem gives way so, on the same images at their size, a half and a quarter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import HEADS, ONE_SEED
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds
from skipcat.experiments.lab.image_variants import shrink_images
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import BARE, Trial
from skipcat.experiments.lab.validation_errors import (
    Outcomes,
    compare_errors,
    draw_error_bars,
    draw_validation,
    say_difference,
    say_error,
    tabulate_trained,
)
from skipcat.networks.catalogue import find_entry
from skipcat.networks.scaling import scale_spec
from skipcat.networks.specs import ResNetSpec
from skipcat.training.prepared_data import Prepared

MOST_IMAGES = 6000
LARGEST_PX = 64  # larger images are brought down to this
NETWORK, WIDTH = "resnet18", 0.25
RECIPE = replace(BARE, batch=64)
EPOCHS = 8  # 600 steps of 64
LITTLE = 0.02  # of the images; the paper's loss at a quarter is 1.4 points
PAPER_LOSS = {2: 0.2, 4: 1.4}  # points, by how many times smaller the side is


@dataclass(frozen=True)
class Stem:
    """What a stem does to images whose side is so many times smaller: the paper's Table 2."""

    part: int
    stride: int
    pool: bool

    @property
    def reduction(self) -> int:
        """Give the factor by which it shrinks images."""
        return self.stride * (2 if self.pool else 1)


STEMS = (Stem(1, 2, True), Stem(2, 1, True), Stem(4, 1, False))


def measure_resolution(lab: Lab) -> Findings:
    """Train at three sizes, with stems of equal operations and with the same stem."""
    images = list_images(lab)
    trials = list_trials(images)
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials))
    sizes = {part: one.image_px for part, one in images.items()}
    equal = {label: outcomes[label] for label in (_label(sizes[stem.part]) for stem in STEMS)}
    return Findings(
        holds=judge(outcomes, sizes),
        verdict=(
            *_say(outcomes, sizes),
            _say_same_network(outcomes, sizes),
            *([ONE_SEED] if len(lab.seeds) == 1 else []),
        ),
        charts=(
            draw_error_bars(
                outcomes,
                "Error by size",
                "What networks name wrongly: with stems that make the operations about equal "
                "(blue), and with the largest size's own stem (orange).",
                {label: 0 if label.endswith(SAME) else 1 for label in outcomes},
            ),
            draw_validation(equal, "At equal operations", "Validation error while they learn."),
        ),
        tables=(tabulate_trained(outcomes),),
        csv=tuple(one.to_row() for group in outcomes.values() for one in group),
        notes=_say_images(lab, images),
    )


SAME = "same stem"


def list_images(lab: Lab) -> dict[int, Prepared]:
    """Give the same images at their size, a half and a quarter of it, in the same parts."""
    prepared = lab.prepare(most=MOST_IMAGES)
    side = int(min(LARGEST_PX, np.median(prepared.sizes[prepared.decoded.rows].min(axis=1))))
    if side > prepared.image_px:
        prepared = lab.prepare(side, MOST_IMAGES)
    side -= side % max(stem.part for stem in STEMS)
    return {stem.part: shrink_images(prepared, side // stem.part) for stem in STEMS}


def list_trials(images: Mapping[int, Prepared]) -> list[Trial]:
    """Give each size with its own stem, and the smaller ones with the largest's."""
    trials = []
    for stem in STEMS:
        one = images[stem.part]
        trials.append(_make_trial(_label(one.image_px), stem, one))
    for stem in STEMS[1:]:
        one = images[stem.part]
        trials.append(_make_trial(_label(one.image_px, SAME), STEMS[0], one))
    return trials


def _make_trial(label: str, stem: Stem, images: Prepared) -> Trial:
    return Trial(label, make_network(stem), RECIPE, images=images, stem_reduction=stem.reduction)


def make_network(stem: Stem) -> ResNetSpec:
    """Give the network with a stem: another stride of its first convolution, its pool or none."""
    narrow: Any = scale_spec(find_entry(NETWORK).spec, WIDTH)
    rows = []
    for name, row in narrow.rows:
        if name == "conv1":
            rows.append((name, replace(row, stride=stem.stride)))
        elif name != "pool1" or stem.pool:
            rows.append((name, row))
    return ResNetSpec("small_resnet", tuple(rows), stem_reduction=stem.reduction, smallest_px=1)


def _label(image_px: int, stem: str = "") -> str:
    return f"{image_px} px, {stem}" if stem else f"{image_px} px"


def _loss(outcomes: Outcomes, sizes: Mapping[int, int], part: int) -> Mean:
    """Give the validation error of a smaller size minus that of the largest."""
    return compare_errors(outcomes, _label(sizes[part]), _label(sizes[1]))


def judge(outcomes: Outcomes, sizes: Mapping[int, int]) -> Holds:
    """Say whether the smallest size loses less than `LITTLE`."""
    interval = _loss(outcomes, sizes, STEMS[-1].part).interval
    if interval is None:
        return "cannot tell"
    low, high = interval
    return "yes" if high < LITTLE else "no" if low > LITTLE else "cannot tell"


def _pick_head(outcomes: Outcomes, sizes: Mapping[int, int]) -> Words:
    """Say whether it is so; where that cannot be told, which bound it lies about."""
    holds = judge(outcomes, sizes)
    if holds == "cannot tell" and _loss(outcomes, sizes, STEMS[-1].part).interval:
        return (
            f"These runs cannot tell whether less than {100 * LITTLE:g} points are lost",
            f"这些训练还看不出损失是否小于 {100 * LITTLE:g} 个百分点",
        )
    return HEADS[holds]


def _say(outcomes: Outcomes, sizes: Mapping[int, int]) -> list[Words]:
    en, zh = _pick_head(outcomes, sizes)
    full = _label(sizes[1])
    said: list[Words] = [
        (
            f"{en}. At {full} {say_error(outcomes, full)} % of the validation images are named "
            f"wrongly, for {_macs(outcomes, full)} million multiply-adds an image.",
            f"{zh}。{sizes[1]} 像素时验证误差为 {say_error(outcomes, full)} %，每张图片 "
            f"{_macs(outcomes, full)} 百万次乘加。",
        )
    ]
    for stem in STEMS[1:]:
        label, paper = _label(sizes[stem.part]), PAPER_LOSS[stem.part]
        points, points_zh = say_difference(_loss(outcomes, sizes, stem.part))
        said.append(
            (
                f"At {label}, for {_macs(outcomes, label)} million, it is "
                f"{say_error(outcomes, label)} %: {points}. The paper loses {paper} points so.",
                f"{sizes[stem.part]} 像素、{_macs(outcomes, label)} 百万次乘加时为 "
                f"{say_error(outcomes, label)} %：相差 {points_zh}。论文中损失 {paper} 个百分点。",
            )
        )
    return said


def _say_same_network(outcomes: Outcomes, sizes: Mapping[int, int]) -> Words:
    """Say what becomes of the smaller images where the stem does not give way."""
    english, chinese = [], []
    for stem in STEMS[1:]:
        own, same = _label(sizes[stem.part]), _label(sizes[stem.part], SAME)
        points, points_zh = say_difference(compare_errors(outcomes, same, own))
        english.append(
            f"at {own} {say_error(outcomes, same)} % for {_macs(outcomes, same)} million ({points})"
        )
        chinese.append(
            f"{sizes[stem.part]} 像素时 {say_error(outcomes, same)} %，{_macs(outcomes, same)} 百万"
            "次"
            f"乘加（相差 {points_zh}）"
        )
    return (
        "With the largest size's own stem, smaller images leave later layers less to see, for "
        f"fewer operations: {'; '.join(english)}, against the stem that gives way.",
        f"若沿用最大尺寸的输入层，小图片使后面各层看到的更少，运算也更少：{'；'.join(chinese)}，"
        "均与让步的输入层相比。",
    )


def _macs(outcomes: Outcomes, label: str) -> str:
    return f"{outcomes[label][0].macs / 1e6:.1f}"


def _say_images(lab: Lab, images: Mapping[int, Prepared]) -> tuple[Words, ...]:
    split, sizes = images[1].split, ", ".join(str(one.image_px) for one in images.values())
    used = len(split.train) + len(split.validation)
    return (
        (
            f"Of the {len(lab.dataset):,} images {used:,} were used, each class in proportion, as "
            f"squares of {sizes} px made from the same pixels. The network is a ResNet-18 of a "
            "quarter of the width. As in the paper's Table 2, the first convolution has stride 2 "
            "before a "
            "pool, stride 1 before a pool, and stride 1 without one. A loss below 2 points is "
            "called little. Photographs of 299 px have pixels to spare that images as small as "
            "these have not.",
            f"{len(lab.dataset):,} 张图片中用了 {used:,} 张，各类按比例，由相同像素缩成 {sizes} 像"
            "素的正"
            "方形。网络为四分之一宽度的 ResNet-18。同论文表 2，第一个卷积依次为步幅 2 加池化、步幅 "
            "1 加"
            "池化、"
            "步幅 1 无池化。不到 2 个百分点的损失算小。299 像素的照片有多余的像素，这样小的图片没"
            "有。",
        ),
    )


EXPERIMENT = Experiment(
    name="resolution",
    claim=(
        "At equal operations, images of a quarter of the side lose little accuracy.",
        "运算次数相同时，边长为四分之一的图片只损失很小的准确率。",
    ),
    source="Szegedy et al. 2015, arXiv 1512.00567, §8, Table 2",
    published=(
        "Inception v3 on ImageNet, at equal operations: 76.6 % top-1 accuracy with 299 px, 76.4 % "
        "with 151 px, 75.2 % with 79 px.",
        "Inception v3 在 ImageNet 上，运算次数相同：299 像素 top-1 准确率 76.6 %，151 像素 76.4 %，"
        "79 像素 75.2 %。",
    ),
    minutes=10,
    seeds=5,
    run=measure_resolution,
    data="fashion-mnist",
)
