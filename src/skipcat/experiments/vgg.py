"""Deeper than VGG-16 and yet faster: GoogLeNet, Inception v3 and ResNets, timed beside it.

He et al. 2016, arXiv 1512.03385, §1 and §3.3 (152 layers, less complex than VGG nets), and Szegedy
et al. 2014, arXiv 1409.4842, §1. VGG-16: Simonyan and Zisserman 2014, arXiv 1409.1556, column D,
as torchvision builds it.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import permutations
from typing import Any

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, ResultTable, judge_means
from skipcat.experiments.lab.microbenchmarks import average_times, compare_times, describe_ratio
from skipcat.experiments.lab.network_latency import build_lively, count_prediction, time_networks
from skipcat.experiments.lab.sentences import join_clauses
from skipcat.experiments.lab.statistics import Mean
from skipcat.plots.charts import Bar, BarChart
from skipcat.text.translation import Message

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
        label: lab.measure(f"cost of {label}", partial(count_prediction, *case))
        for label, case in CASES.items()
    }
    # Built once, and only where something is left to time.
    build = cache(
        lambda: {
            label: (build_lively(name, lab.device), side) for label, (name, side) in CASES.items()
        }
    )
    times = lab.repeat("times", lambda seed: time_networks(build(), ROUNDS, lab.device))
    lab.seeds = lab.seeds[: len(times)]
    return Findings(
        holds=decide(times),
        verdict=tuple(_describe(costs, times)),
        charts=_draw(costs, times),
        tables=(_tabulate(costs, times),),
        csv=tuple(_list_rows(costs, times)),
        notes=_NOTES,
    )


def _series(times: Times, label: str, batch: int) -> list[float]:
    """Return a network's milliseconds for one image, by repetition."""
    return [one[str(batch)][label] / batch for one in times]


def _against_vgg(times: Times, batch: int) -> dict[str, Mean]:
    """Compute the log ratio of VGG-16's time to each other network's."""
    vgg = _series(times, VGG, batch)
    others = [label for label in times[0][str(batch)] if label != VGG]
    return {label: compare_times(vgg, _series(times, label, batch)) for label in others}


def decide(times: Times) -> Holds:
    """Return whether each of the deeper networks is faster, at every number of images at a time."""
    ratios = [mean for batch in ROUNDS for mean in _against_vgg(times, batch).values()]
    return judge_means(ratios)


def _describe(costs: Costs, times: Times) -> list[Message]:
    ratios = [mean for batch in ROUNDS for mean in _against_vgg(times, batch).values()]
    found = [
        Message(
            "{faster} of {all} comparisons with VGG-16 find the deeper network faster.",
            faster=sum(mean.above_zero for mean in ratios),
            all=len(ratios),
        ),
        *(_describe_times(times, batch) for batch in ROUNDS),
        *_describe_slower(times),
    ]
    vgg = costs[VGG]
    depths = [cost["depth"] for label, cost in costs.items() if label != VGG]
    found.append(
        Message(
            "VGG-16 has {depth} layers with weights, the others {least} to {most}; it has "
            "{parameters:.1f} million parameters and {macs:.2f} GMAC for an image.",
            depth=vgg["depth"],
            least=min(depths),
            most=max(depths),
            parameters=vgg["parameters"] / 1e6,
            macs=vgg["macs"] / 1e9,
        )
    )
    return [*found, *_describe_macs(costs, times)]


def _describe_times(times: Times, batch: int) -> Message:
    ratios = [
        Message("{network}: {ratio}", network=label, ratio=describe_ratio(mean))
        for label, mean in _against_vgg(times, batch).items()
    ]
    return Message(
        "VGG-16 takes {ms} ms per image ({how}). Speed of the others as a multiple of that: "
        "{ratios}.",
        ms=average_times(_series(times, VGG, batch)).describe(),
        how=_describe_batch(batch),
        ratios=join_clauses(ratios),
    )


def _describe_batch(batch: int) -> Message:
    return Message("{n} image at a time", "{n} images at a time", n=batch)


def _describe_slower(times: Times) -> list[Message]:
    """Describe the networks that are not surely faster."""
    words = {True: Message("slower"), False: Message("too close to call")}
    found = [
        Message(
            "{network} ({verdict}, {how})",
            network=label,
            verdict=words[mean.below_zero],
            how=_describe_batch(batch),
        )
        for batch in ROUNDS
        for label, mean in _against_vgg(times, batch).items()
        if not mean.above_zero
    ]
    return (
        [Message("Not surely faster: {networks}.", networks=join_clauses(found))] if found else []
    )


def _describe_macs(costs: Costs, times: Times) -> list[Message]:
    """Describe how well multiply-adds predict times: the spread, and pairs that they misorder."""
    speed = {label: 1e3 / _picoseconds(costs, times, label) for label in costs}
    slow, fast = min(speed, key=lambda k: speed[k]), max(speed, key=lambda k: speed[k])
    head = (
        Message("Multiply-adds predict the time here")
        if speed[fast] < ALIKE * speed[slow]
        else Message("Multiply-adds predict the time badly")
    )
    found = [
        Message(
            "{head}: per second, {fast} does {most:.0f} billion of them and {slow} {least:.0f} "
            "({how}).",
            head=head,
            fast=fast,
            most=speed[fast],
            slow=slow,
            least=speed[slow],
            how=_describe_batch(1),
        )
    ]
    if wrong := _misordered(costs, times):
        fewer, more, ratio = max(wrong, key=lambda pair: pair[2].value)
        found.append(
            Message(
                "{fewer} has fewer of them than {more} ({few:.2f} against {many:.2f} G) and takes "
                "{times} times as long.",
                fewer=fewer,
                more=more,
                few=costs[fewer]["macs"] / 1e9,
                many=costs[more]["macs"] / 1e9,
                times=describe_ratio(ratio),
            )
        )
    return found


def _misordered(costs: Costs, times: Times) -> list[tuple[str, str, Mean]]:
    """Return pairs whose network of fewer MACs surely takes longer, and by how much."""
    pairs = [(a, b) for a, b in permutations(costs, 2) if costs[a]["macs"] < costs[b]["macs"]]
    found = [(a, b, compare_times(_series(times, a, 1), _series(times, b, 1))) for a, b in pairs]
    return [pair for pair in found if pair[2].above_zero]


def _picoseconds(costs: Costs, times: Times, label: str) -> float:
    return 1e9 * average_times(_series(times, label, 1)).value / costs[label]["macs"]


def _draw(costs: Costs, times: Times) -> tuple[BarChart, ...]:
    charts = []
    for batch in ROUNDS:
        means = {label: average_times(_series(times, label, batch)) for label in costs}
        how = _describe_batch(batch)
        charts.append(
            BarChart(
                Message("Latency, {how}", how=how),
                Message("milliseconds per image"),
                tuple(Bar(k, m.value, m.interval, _colour(k)) for k, m in means.items()),
                Message(
                    "Time of one image on this machine ({how}); whiskers are 95 % intervals over "
                    "repetitions.",
                    how=how,
                ),
            )
        )
    macs = tuple(Bar(k, cost["macs"] / 1e9, None, _colour(k)) for k, cost in costs.items())
    each = tuple(Bar(k, _picoseconds(costs, times, k), None, _colour(k)) for k in costs)
    return (
        *charts,
        BarChart(
            Message("Multiply-adds of a prediction"),
            Message("GMAC per image"),
            macs,
            Message("If these decided the time, the bars would look like those of the latency."),
            digits=2,
        ),
        BarChart(
            Message("Time of a multiply-add"),
            Message("picoseconds, one image at a time"),
            each,
            Message(
                "Time divided by multiply-adds: small layers, many branches and many passes over "
                "memory make each more expensive."
            ),
        ),
    )


def _colour(label: str) -> int:
    return 0 if label == VGG else 1


def _tabulate(costs: Costs, times: Times) -> ResultTable:
    rows = tuple(
        (
            label,
            cost["depth"],
            Message("{parameters:.2f} M", parameters=cost["parameters"] / 1e6),
            Message("{macs:.3f} G", macs=cost["macs"] / 1e9),
            *(average_times(_series(times, label, batch)).describe() for batch in ROUNDS),
            f"{_picoseconds(costs, times, label):.0f}",
        )
        for label, cost in costs.items()
    )
    columns = (
        Message("network"),
        Message("layers"),
        Message("parameters"),
        Message("MACs"),
        *(Message("ms, {how}", how=_describe_batch(batch)) for batch in ROUNDS),
        Message("ps per MAC"),
    )
    caption = Message(
        "Layers: convolutions and linear layers on the longest way through. Milliseconds are per "
        "image, with their 95 % interval over repetitions (Student)."
    )
    return ResultTable(columns, rows, caption)


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


_NOTES = (
    Message(
        "Parameters and multiply-adds are counted, without auxiliary heads and for 1,000 classes; "
        "times are measured. In a repetition the networks take turns, after one turn that does not "
        "count: {ones} turns of one image and {eights} of 8, of which the median is kept. "
        "Intervals are over repetitions (95 %, Student): another moment of this machine, not "
        "another machine. Torch computes, with channels last in memory, as in training here. "
        "Weights are drawn so that signals stay alive; nothing is trained.",
        ones=ROUNDS[1],
        eights=ROUNDS[8],
    ),
    Message(
        "Inception v3's paper says 42 layers; the longest way through the network of its published "
        "code, which is built here, has 48."
    ),
)

EXPERIMENT = Experiment(
    name="vgg",
    claim=Message("GoogLeNet, Inception v3 and ResNets are deeper than VGG-16 and yet faster."),
    source="He et al. 2016, arXiv 1512.03385, §3.3; Szegedy et al. 2014, arXiv 1409.4842",
    published=Message(
        "The papers count operations and time nothing: ResNet-152 takes 11.3 billion, VGG-16 15.3. "
        "Top-1 error on ImageNet with 10 crops: VGG-16 28.07 %, ResNet-34 25.03 %, ResNet-50 "
        "22.85 %, ResNet-152 21.43 %; top-5: VGG-16 9.33 %, GoogLeNet 9.15 %, ResNet-152 5.71 %."
    ),
    minutes=4,
    run=measure_vgg,
    seeds=REPETITIONS,
    sees_images=False,
)
