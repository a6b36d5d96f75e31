"""Outcomes that nobody trained, for verdicts to be read from without waiting."""

import math
from dataclasses import replace

from skipcat.experiments import (
    auxiliary,
    bottleneck,
    degradation,
    depth,
    init,
    resolution,
    responses,
    shortcuts,
    single_branch,
    vgg,
)
from skipcat.experiments.lab.checkpointing_costs import describe_checkpointing
from skipcat.experiments.lab.reductions import WITH, WITHOUT, count_part, list_parts
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import Outcome

SIZES = {1: 28, 2: 14, 4: 7}
COSTS = {
    "VGG-16": {"depth": 16, "parameters": 138_357_544, "macs": 15_470_264_320},
    "GoogLeNet": {"depth": 22, "parameters": 7_005_832, "macs": 1_582_671_872},
}
TWICE = Mean(math.log(2), (math.log(1.8), math.log(2.2)), 3)


def group(errors, **looks):
    """Return one outcome for each seed's training error, alike in all else."""
    return [
        Outcome("", seed, 1, 1, 8, (360,), (error,), (), (0.1,), 1.0, **looks)
        for seed, error in enumerate(errors)
    ]


def make_up(label, errors, macs=1_000_000, **more):
    """Return one outcome for each seed, of these validation errors."""
    return [
        Outcome(
            label, seed, 1000, macs, 8, (1, 2, 3), (0.9, 0.5, error), (2.0, 1.0, 0.5),
            (0.9, 0.6, error), 1.0, **more,
        )
        for seed, error in enumerate(errors)
    ]  # fmt: skip


def of_auxiliary(norm, printed):
    """Return outcomes from errors (two heads, none) of both kinds of network."""
    found = {}
    for kind, (two, none) in zip(auxiliary.NETWORKS, (norm, printed), strict=True):
        for heads, errors in ((auxiliary.TWO, two), (auxiliary.NONE, none)):
            label = f"{kind}, {heads}"
            gradient = 3.0 if heads == auxiliary.TWO else 1.0
            found[label] = make_up(label, errors, before={"gradient": gradient})
    label = f"{next(iter(auxiliary.NETWORKS))}, {auxiliary.ONE}"
    found[label] = make_up(label, norm[0], before={"gradient": 2.0})
    return found


def of_bottleneck(with_errors, without_errors):
    """Return outcomes of both families, as good narrowed as without reductions."""
    found = {}
    for family in bottleneck.FAMILIES:
        for way, errors in ((WITH, with_errors), (WITHOUT, without_errors)):
            label = f"{family}, {way}"
            found[label] = make_up(label, errors, 10**6 if way == WITH else 3 * 10**6)
        label = f"{family}, {bottleneck.NARROWED}"
        found[label] = make_up(label, without_errors)
    return found


def of_degradation(plain, residual, gradient=2e6):
    """Return outcomes of 20 and 56 layers, from training errors by seed."""
    return {
        f"{kind}, {layers} layers": group(
            errors, before={"gradients": [gradient if kind == "plain" else 1.0, 5.0, 1.0]}
        )
        for kind, by_depth in (("plain", plain), ("residual", residual))
        for layers, errors in by_depth.items()
    }


def of_depth(by_depth, diverged=""):
    """Return outcomes from (residual, plain) training errors by depth."""
    found = {}
    for layers, twins in by_depth.items():
        for kind, errors in zip(("residual", "plain"), twins, strict=True):
            found[f"{kind}, {layers} layers"] = group(errors)
            if diverged and kind == "plain":
                found[f"{kind}, {layers} layers"] = [
                    replace(one, diverged=diverged, steps=(), train_errors=())
                    for one in group(errors)
                ]
    return found


def of_init(he, others, normed=None):
    """Return outcomes of 20 layers, from training errors by seed."""
    looks = {"before": {"stds": [2.0, 0.5]}}
    found = {}
    for kind in init.FILLERS:
        found[f"{kind}, 20 layers, no norms"] = group(he if kind == "He" else others, **looks)
        if normed:
            found[f"{kind}, 20 layers, batch norm"] = group(normed, **looks)
    return found


def of_resolution(full, quarter):
    """Return outcomes of three sizes, from validation errors of the largest and the smallest."""
    labels = {"28 px": full, "14 px": full, "7 px": quarter}
    labels |= {"14 px, same stem": full, "7 px, same stem": quarter}
    return {label: make_up(label, errors, 2_000_000) for label, errors in labels.items()}


def of_responses(residual, plain, branch=1.0):
    """Return outcomes of 20 layers, from the responses' mean deviation by seed."""
    found = {}
    for kind, stds in (("plain", plain), ("residual", residual)):
        found[f"{kind}, 20 layers"] = [
            group([0.0], after={
                "stds": [std, std], "size_of_branch": [0.5],
                "change_of_branch": [branch + 0.01 * seed], "change_of_unit": [0.8],
            })[0]
            for seed, std in enumerate(stds)
        ]  # fmt: skip
    return found


def of_shortcuts(**errors):
    """Return outcomes of 20 layers: those of A, all others alike but for what is named."""
    usual = {"A": [0.01, 0.02], "B": [0.01, 0.02], "C": [0.01, 0.02]}
    usual |= {"scaled": [0.3, 0.3], "none": [0.4, 0.42]}
    found = usual | errors
    return {f"{kind}, 20 layers": group(found[option]) for kind, option in shortcuts.KINDS.items()}


def of_single_branch(whole, alone):
    """Return outcomes of the whole module and of each kind, of equal errors."""
    kinds = {kind: make_up(kind, alone) for kind in single_branch.KINDS}
    return {single_branch.WHOLE: make_up(single_branch.WHOLE, whole)} | kinds


def of_vgg(vgg_ms, other_ms):
    """Return times of one other network, by repetition, equal for each number of images."""
    return [
        {str(batch): {"VGG-16": batch * ours, "GoogLeNet": batch * theirs} for batch in vgg.ROUNDS}
        for ours, theirs in zip(vgg_ms, other_ms, strict=True)
    ]


def list_verdicts():
    """Return the sentences of each experiment on made-up outcomes, every kind of them once."""
    better, close = ([0.03, 0.031, 0.029], [0.05, 0.051, 0.049]), ([0.03, 0.05], [0.04, 0.03])
    degraded = of_degradation({20: [0, 0, 0], 56: [0.2, 0.25, 0.3]}, {56: [0, 0, 0]})
    calm, vanishing = (of_degradation({20: [0.1], 56: [0]}, {56: [0]}, g) for g in (3.0, 1e-5))
    parts = list_parts()
    counts = {one.name: count_part(one) for one in parts}
    reduced = of_bottleneck([0.08, 0.09, 0.085], [0.03, 0.03, 0.03])
    ratios = dict.fromkeys(bottleneck.FAMILIES, TWICE)
    memory = {way: {"activations_mib": 1471.0, "weights_mib": 134.0} for way in (WITH, WITHOUT)}
    broken = "The loss became nan at step 2 (epoch 1); try a lower rate: learning_rate=0.1."
    figures = {"foreseen_paper_mib_all": 11264, "foreseen_paper_mib_sqrt": 900}
    costs = {1202: figures | {"step_seconds_all": 2, "step_seconds_sqrt": 3}}
    deep = of_depth({20: ([0.0], [0.01]), 1202: ([0.021], [0.9])})
    branches = {branch: {"macs": 1} for branch in single_branch.BRANCHES}
    times = [dict.fromkeys(single_branch.BRANCHES, 2.0)] * 2
    whole = of_single_branch([0.10, 0.12, 0.11], [0.20, 0.21, 0.22])
    alone = of_single_branch([0.20, 0.21, 0.22], [0.10, 0.12, 0.11])
    return {
        "auxiliary": auxiliary._describe(of_auxiliary(better, close)),
        "bottleneck": [
            *bottleneck._describe_half(ratios, reduced),
            *(bottleneck._describe_cost(parts, counts, one, TWICE) for one in bottleneck.FAMILIES),
            *bottleneck._describe_errors(reduced, "ResNet"),
            bottleneck._describe_memory(memory),
        ],
        "degradation": [
            *degradation._describe(degraded, (20, 56)),
            *degradation._describe(calm, (20, 56)),
            *(degradation._describe_gradients(o, (56,)) for o in (degraded, calm, vanishing)),
        ],
        "depth": [
            *depth._describe(deep),
            depth._describe_each(deep),
            *describe_checkpointing(costs),
            *depth._describe(of_depth({434: ([0.0], [1.0])}, broken)),
            depth._describe_each(of_depth({434: ([0.5], [1.0])})),
        ],
        "init": init._describe(of_init([0.1], [0.9], [0.02]), 20),
        "resolution": [
            sentence
            for quarter in ([0.20, 0.22, 0.21], [0.12, 0.13, 0.12])
            for found in [of_resolution([0.10, 0.12, 0.11], quarter)]
            for sentence in (
                *resolution._describe(found, SIZES),
                resolution._describe_same_stem(found, SIZES),
            )
        ],
        "responses": [
            sentence
            for branch in (1.0, 0.5, 0.79)
            for sentence in responses._describe(
                of_responses([0.5, 0.6, 0.5], [0.9, 1.0, 1.0], branch)
            )
        ],
        "shortcuts": [
            *shortcuts._describe(of_shortcuts(), 20),
            shortcuts._describe_depth(of_shortcuts(), 20),
        ],
        "single_branch": [
            *single_branch._describe({single_branch.MIXED: whole, single_branch.PLAIN: whole}),
            *single_branch._describe({single_branch.MIXED: alone}),
            single_branch._describe_costs(branches, times),
        ],
        "vgg": [
            *vgg._describe(COSTS, of_vgg([200, 210, 190], [50, 52, 51])),
            *vgg._describe(COSTS, of_vgg([50, 52, 51], [200, 210, 190])),
            *vgg._describe(COSTS, of_vgg([100, 52, 51], [100, 51, 55])),
        ],
    }
