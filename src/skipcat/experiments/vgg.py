"""Deeper than VGG-16 and yet faster: GoogLeNet, Inception v3 and ResNets, timed beside it.

He et al. 2016, arXiv 1512.03385, §1 and §3.3 (152 layers, less complex than VGG nets), and Szegedy
et al. 2014, arXiv 1409.4842, §1. VGG-16: Simonyan and Zisserman 2014, arXiv 1409.1556, column D,
as torchvision builds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from itertools import permutations
from typing import Any

import torch
from torch import nn

from skipcat.cost.counting import count_module
from skipcat.engines.latency import time_in_turn
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import HEADS
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.microbenchmarks import average_times, compare_times, enliven, say_times
from skipcat.experiments.lab.network_variants import leave_heads_out
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.plots.charts import Bar, BarChart

VGG = "VGG-16"
#: Networks by label: name and the side of their images.
CASES: dict[str, tuple[str, int]] = {
    VGG: ("vgg16", 224),
    "GoogLeNet": ("googlenet", 224),
    "Inception v3, 299 px": ("inception_v3", 299),
    "Inception v3, 224 px": ("inception_v3", 224),
    "ResNet-18": ("resnet18", 224),
    "ResNet-34": ("resnet34", 224),
    "ResNet-50": ("resnet50", 224),
    "ResNet-101": ("resnet101", 224),
    "ResNet-152": ("resnet152", 224),
}
ROUNDS = {1: 3, 8: 3}  # of a repetition, by images at a time
REPETITIONS = 5
ALIKE = 1.25  # from there on, times of a multiply-add differ

Costs = Mapping[str, Mapping[str, int]]
Times = Sequence[Mapping[str, Mapping[str, float]]]  # by repetition, images at a time, network


def measure_vgg(lab: Lab) -> Findings:
    """Count every network, and time them in turn, one image at a time and several."""
    costs = {
        label: lab.measure(f"cost of {label}", partial(count_case, *case))
        for label, case in CASES.items()
    }
    # Built once, and only where something is left to time.
    build = cache(lambda: {label: _build(name, lab.device) for label, (name, _) in CASES.items()})
    times = lab.repeat("times", lambda seed: time_cases(build(), lab.device))
    lab.seeds = lab.seeds[: len(times)]
    return Findings(
        holds=judge(times),
        verdict=tuple(_say(costs, times)),
        charts=_draw(costs, times),
        tables=(_tabulate(costs, times),),
        csv=tuple(_list_rows(costs, times)),
        notes=_NOTES,
    )


def count_case(name: str, image_px: int) -> dict[str, int]:
    """Give parameters, MACs, activations and depth of a network as it answers."""
    with torch.device("meta"):
        return asdict(count_module(_make(name), (3, image_px, image_px)))


def _make(name: str) -> nn.Module:
    if name == "vgg16":
        from torchvision.models import vgg16

        vgg: nn.Module = vgg16()
        return vgg
    return build_network(leave_heads_out(make_spec(name)))


def _build(name: str, device: torch.device) -> nn.Module:
    with torch.device("meta"):
        network = _make(name)
    network = enliven(network.to_empty(device="cpu")).to(device)
    return network.to(memory_format=torch.channels_last)


def time_cases(
    networks: Mapping[str, nn.Module], device: torch.device
) -> dict[str, dict[str, float]]:
    """Time each network's answer in turn, for each number of images at a time.

    Units: milliseconds for all the images.
    """
    found = {}
    for batch, rounds in ROUNDS.items():
        generator = torch.Generator().manual_seed(0)
        sides = {CASES[label][1] for label in networks}
        images = {
            side: torch.randn(batch, 3, side, side, generator=generator)
            .to(device)
            .contiguous(memory_format=torch.channels_last)
            for side in sorted(sides)
        }
        works: dict[str, Callable[[], object]] = {
            label: partial(network, images[CASES[label][1]]) for label, network in networks.items()
        }
        with torch.inference_mode():
            found[str(batch)] = time_in_turn(works, rounds=rounds, device=device)
    return found


def _series(times: Times, label: str, batch: int) -> list[float]:
    """Give a network's milliseconds for one image, by repetition."""
    return [one[str(batch)][label] / batch for one in times]


def _against_vgg(times: Times, batch: int) -> dict[str, Mean]:
    """Give how many times as long VGG-16 takes as each other network, as a logarithm."""
    vgg = _series(times, VGG, batch)
    others = [label for label in times[0][str(batch)] if label != VGG]
    return {label: compare_times(vgg, _series(times, label, batch)) for label in others}


def judge(times: Times) -> Holds:
    """Say whether each of the deeper networks is faster, at every number of images at a time."""
    ratios = [mean for batch in ROUNDS for mean in _against_vgg(times, batch).values()]
    if all(mean.above_zero for mean in ratios):
        return "yes"
    return "no" if any(mean.below_zero for mean in ratios) else "cannot tell"


def _pick_head(times: Times) -> Words:
    """Say whether it is so; where that cannot be told, of how many it can."""
    holds = judge(times)
    ratios = [mean for batch in ROUNDS for mean in _against_vgg(times, batch).values()]
    sure = sum(mean.above_zero for mean in ratios)
    if holds == "cannot tell" and sure:
        rest = len(ratios) - sure
        return (
            f"It is so in {sure} of {len(ratios)} comparisons; {rest} cannot be told apart",
            f"{len(ratios)} 项比较中有 {sure} 项如此；{rest} 项难分快慢",
        )
    return HEADS[holds]


def _say(costs: Costs, times: Times) -> list[Words]:
    en, zh = _pick_head(times)
    vgg = costs[VGG]
    said: list[Words] = []
    for number, batch in enumerate(ROUNDS):
        one = average_times(_series(times, VGG, batch)).say(scale=1)
        each = [f"{k} {say_times(m)}" for k, m in _against_vgg(times, batch).items()]
        listed, listed_zh = "; ".join(each), "；".join(each)
        how, how_zh = (
            ("one image at a time", "逐张")
            if batch == 1
            else (f"{batch} images at a time, per image", f"每次 {batch} 张，折合每张")
        )
        head, head_zh = (f"{en}. ", f"{zh}。") if number == 0 else ("", "")
        said.append(
            (
                f"{head}VGG-16 takes {one} ms ({how}), so many times as long as: {listed}.",
                f"{head_zh}VGG-16 耗时 {one} 毫秒（{how_zh}），是下列网络的倍数：{listed_zh}。",
            )
        )
    said += _say_slower(times)
    depths = sorted({cost["depth"] for label, cost in costs.items() if label != VGG})
    span = f"{depths[0]} to {depths[-1]}" if len(depths) > 1 else f"{depths[0]}"
    span_zh = span.replace("to", "到")
    said.append(
        (
            f"VGG-16 has {vgg['depth']} layers with weights, the others {span}; it has "
            f"{vgg['parameters'] / 1e6:.1f} million parameters and "
            f"{vgg['macs'] / 1e9:.2f} GMAC for an image.",
            f"VGG-16 有 {vgg['depth']} 个带权重的层，其他网络有 {span_zh} 层；"
            f"它有 {vgg['parameters'] / 1e6:.1f} 百万个参数，每张图片 {vgg['macs'] / 1e9:.2f} "
            "GMAC。",
        )
    )
    return [*said, *_say_macs(costs, times)]


def _say_slower(times: Times) -> list[Words]:
    """Say which networks are not faster for sure."""
    found = []
    for batch in ROUNDS:
        for label, mean in _against_vgg(times, batch).items():
            if not mean.above_zero:
                en, zh = ("slower", "更慢") if mean.below_zero else ("not told apart", "难分快慢")
                found.append(
                    (f"{label} ({en}, {batch} at a time)", f"{label}（{zh}，每次 {batch} 张）")
                )
    if not found:
        return []
    english, chinese = ("; ".join(e for e, _ in found), "；".join(z for _, z in found))
    return [(f"Not faster for sure: {english}.", f"不能确定更快的：{chinese}。")]


def _say_macs(costs: Costs, times: Times) -> list[Words]:
    """Say how far multiply-adds tell the times: what one takes, and pairs that they misorder."""
    each = {label: _picoseconds(costs, times, label) for label in costs}
    low, high = min(each, key=lambda k: each[k]), max(each, key=lambda k: each[k])
    spread = f"{each[low]:.0f} ps in {low} and {each[high]:.0f} ps in {high}"
    spread_zh = f"在 {low} 中耗时 {each[low]:.0f} 皮秒，在 {high} 中 {each[high]:.0f} 皮秒"
    if each[high] < ALIKE * each[low]:
        head, head_zh = "Multiply-adds tell the time here", "这里乘加次数能说明时间"
    else:
        head, head_zh = "Multiply-adds do not tell the time", "乘加次数说明不了时间"
    said = [
        (
            f"{head}: one takes {spread}, one image at a time.",
            f"{head_zh}：逐张时，一次乘加{spread_zh}。",
        )
    ]
    wrong = _misordered(costs, times)
    if wrong:
        fewer, more, ratio = max(wrong, key=lambda pair: pair[2].value)
        few, many = (costs[label]["macs"] / 1e9 for label in (fewer, more))
        said.append(
            (
                f"{fewer} has fewer of them than {more} ({few:.2f} against {many:.2f} G) and takes "
                f"{say_times(ratio)} times as long.",
                f"{fewer} 的乘加比 {more} 少（{few:.2f} 对 {many:.2f} G），耗时却是后者的 "
                f"{say_times(ratio)} 倍。",
            )
        )
    return said


def _misordered(costs: Costs, times: Times) -> list[tuple[str, str, Mean]]:
    """Give pairs of which the one with fewer MACs surely takes longer, and by how much."""
    found = []
    for fewer, more in permutations(costs, 2):
        ratio = compare_times(_series(times, fewer, 1), _series(times, more, 1))
        if costs[fewer]["macs"] < costs[more]["macs"] and ratio.above_zero:
            found.append((fewer, more, ratio))
    return found


def _picoseconds(costs: Costs, times: Times, label: str) -> float:
    return 1e9 * average_times(_series(times, label, 1)).value / costs[label]["macs"]


def _draw(costs: Costs, times: Times) -> tuple[BarChart, ...]:
    charts = []
    for batch in ROUNDS:
        means = {label: average_times(_series(times, label, batch)) for label in costs}
        how = "one image at a time" if batch == 1 else f"{batch} images at a time"
        charts.append(
            BarChart(
                f"Time of an answer, {how}",
                "milliseconds per image",
                tuple(Bar(k, m.value, m.interval, _colour(k)) for k, m in means.items()),
                f"What one image takes on this machine, {how}; whiskers are 95 % intervals over "
                "repetitions.",
            )
        )
    macs = tuple(Bar(k, cost["macs"] / 1e9, None, _colour(k)) for k, cost in costs.items())
    each = tuple(Bar(k, _picoseconds(costs, times, k), None, _colour(k)) for k in costs)
    return (
        *charts,
        BarChart(
            "Multiply-adds of an answer",
            "GMAC per image",
            macs,
            "What the papers count. Were it all, these bars would look like those of the times.",
            digits=2,
        ),
        BarChart(
            "Time of a multiply-add",
            "picoseconds, one image at a time",
            each,
            "Time divided by multiply-adds: small layers, many branches and many passes over "
            "memory make each dearer.",
        ),
    )


def _colour(label: str) -> int:
    return 0 if label == VGG else 1


def _tabulate(costs: Costs, times: Times) -> Table:
    rows = tuple(
        (
            label,
            cost["depth"],
            f"{cost['parameters'] / 1e6:.2f} M",
            f"{cost['macs'] / 1e9:.3f} G",
            *(average_times(_series(times, label, batch)).say(scale=1) for batch in ROUNDS),
            f"{_picoseconds(costs, times, label):.0f}",
        )
        for label, cost in costs.items()
    )
    return Table(
        (
            "network",
            "layers",
            "parameters",
            "MACs",
            *(f"ms, {batch} at a time" for batch in ROUNDS),
            "ps per MAC",
        ),
        rows,
        (
            "Layers: convolutions and linear layers on the longest way through. Milliseconds are "
            "per image, with their 95 % interval over repetitions (Student).",
            "层数：最长通路上的卷积层与全连接层。毫秒按每张图片计，附各次重复的 95 % 区间"
            "（Student）。",
        ),
    )


def _list_rows(costs: Costs, times: Times) -> list[dict[str, Any]]:
    return [
        {
            "network": label,
            "image_px": CASES[label][1],
            **costs[label],
            "repetition": number,
            "batch": batch,
            "ms_per_image": round(ms, 4),
        }
        for label in costs
        for batch in ROUNDS
        for number, ms in enumerate(_series(times, label, batch))
    ]


_NOTES: tuple[Words, ...] = (
    (
        "Parameters and multiply-adds are counted, without auxiliary heads and for 1,000 classes; "
        "times are measured. In a repetition the networks take turns, after one turn that does not "
        f"count: {ROUNDS[1]} turns of one image and {ROUNDS[8]} of 8, of which the median is kept. "
        "Intervals are over repetitions (95 %, Student): another moment of this machine, not "
        "another machine. Torch computes, with channels last in memory, as in training here. "
        "Weights are drawn so that signals stay alive; nothing is trained.",
        "参数与乘加次数是数出来的，不含辅助分类器，按 1,000 类计；时间是测出来的。每次重复中各网络"
        f"轮流运行，第一轮不计：单张 {ROUNDS[1]} 轮，8 张 {ROUNDS[8]} 轮，取中位数。区间按重复次数"
        "计算"
        "（95 %，Student）：换时刻，不换机器。由 torch 计算，内存中通道在后，与这里的训练相同。权重"
        "的取法使信号不会消失；没有训练。",
    ),
    (
        "Inception v3's paper says 42 layers; the longest way through the network of its published "
        "code, which is built here, has 48.",
        "Inception v3 论文说有 42 层；这里按其公开代码构建，最长通路有 48 层。",
    ),
)

EXPERIMENT = Experiment(
    name="vgg",
    claim=(
        "GoogLeNet, Inception v3 and ResNets are deeper than VGG-16 and yet faster.",
        "GoogLeNet、Inception v3 和 ResNet 比 VGG-16 更深，却更快。",
    ),
    source="He et al. 2016, arXiv 1512.03385, §3.3; Szegedy et al. 2014, arXiv 1409.4842",
    published=(
        "The papers count operations and time nothing: ResNet-152 takes 11.3 billion, VGG-16 15.3. "
        "Top-1 error on ImageNet with 10 crops: VGG-16 28.07 %, ResNet-34 25.03 %, ResNet-50 "
        "22.85 %, ResNet-152 21.43 %; top-5: VGG-16 9.33 %, GoogLeNet 9.15 %, ResNet-152 5.71 %.",
        "论文只数运算次数，不测时间：ResNet-152 为 113 亿次，VGG-16 为 153 亿次。ImageNet 10 裁剪 "
        "top-1 误差：VGG-16 28.07 %，ResNet-34 25.03 %，ResNet-50 22.85 %，ResNet-152 21.43 %；"
        "top-5："
        "VGG-16 9.33 %，GoogLeNet 9.15 %，ResNet-152 5.71 %。",
    ),
    minutes=4,
    run=measure_vgg,
    seeds=REPETITIONS,
    sees_images=False,
)
