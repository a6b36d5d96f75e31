"""One kind of branch: Inception networks of 1x1, of 3x3, of 5x5 or of pools only, at equal cost.

Szegedy et al. 2014, arXiv 1409.4842, §4: things come in several sizes, so a module looks at several
scales at once and hands all of them on. Here the whole module stands beside modules of one of its
branches, as wide as its multiply-adds allow, on images as they are and on the same at mixed scales.
"""

from collections.abc import Mapping
from functools import cache, partial

from skipcat.cost.counting import measure_cost
from skipcat.engines.latency import time_in_turn
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.branch_costs import (
    BRANCHES,
    ROUNDS,
    Counts,
    Times,
    build_branch_steps,
    count_branches,
    draw_costs,
    share_out,
    share_times,
)
from skipcat.experiments.lab.charts import HEADS, ONE_SEED
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, Table
from skipcat.experiments.lab.image_variants import mix_scales, shrink_images, take_few
from skipcat.experiments.lab.microbenchmarks import average_times
from skipcat.experiments.lab.network_variants import (
    branch_out,
    match_macs,
    scale_googlenet,
    scale_width,
)
from skipcat.experiments.lab.reductions import BATCH
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Trial, fit_spec
from skipcat.experiments.lab.validation_errors import (
    Outcomes,
    compare_errors,
    draw_error_bars,
    say_error,
    tabulate_trained,
)
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.inception import Branch, Branches, Layer, Pool
from skipcat.networks.specs import InceptionSpec, TableRow
from skipcat.plots.charts import BarChart
from skipcat.training.prepared_data import Prepared

WHOLE = "whole module"
KINDS = ("1x1 only", "3x3 only", "5x5 only", "pool only")
MODULES = ("inception3a", "inception4a", "inception4b", "inception5a")
WIDTH = 0.25
LARGEST_PX = 16  # larger images are brought down to this, to be pasted at mixed scales
SCALES, CANVAS = (1.0, 1.5, 2.0), 2  # of the images' side
PLAIN, MIXED = "as they are", "mixed scales"
EPOCHS = 30  # 360 steps of 32


def measure_single_branch(lab: Lab) -> Findings:
    """Train the whole module and each single branch, on images as they are and at mixed scales."""
    share = lab.measure("cost of branches", count_branches)
    build = cache(partial(build_branch_steps, lab.device))  # only where there is something to time
    times = lab.repeat(
        "times", lambda seed: time_in_turn(build(), rounds=ROUNDS, device=lab.device), share=0.2
    )
    trials = list_trials(take_few(lab.prepare()))
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials))
    groups = {
        name: {kind: outcomes[_label(kind, name)] for kind in (WHOLE, *KINDS)}
        for name in (MIXED, PLAIN)
    }
    fields = {trial.label: _field(trial) for trial in trials}
    return Findings(
        holds=judge(groups[MIXED]),
        verdict=(
            *_say(groups),
            _say_costs(share, times),
            *([ONE_SEED] if len(lab.seeds) == 1 else []),
        ),
        charts=(*(_draw(groups[name], name) for name in groups), draw_costs(share, times)),
        tables=(tabulate_trained(outcomes), _tabulate_costs(share, times, fields)),
        csv=(
            *(
                one.to_row() | {"receptive_field_px": fields[label]}
                for label, group in outcomes.items()
                for one in group
            ),
            *({"branch": branch, **share[branch]} for branch in BRANCHES),
        ),
        notes=_NOTES,
    )


def list_trials(prepared: Prepared) -> list[Trial]:
    """Give a network of whole modules and one of each branch alone, for both kinds of images."""
    side = min(prepared.image_px, LARGEST_PX)
    plain = shrink_images(prepared, side)
    mixed = mix_scales(plain, SCALES, CANVAS * side)
    whole = make_network(WHOLE)
    macs = measure_cost(fit_spec(whole, mixed), mixed.image_px).macs
    specs = {kind: match_macs(partial(make_network, kind), macs, mixed) for kind in KINDS}
    return [
        Trial(_label(kind, name), spec, MANY_STEPS, images=images)
        for name, images in ((MIXED, mixed), (PLAIN, plain))
        for kind, spec in ({WHOLE: whole} | specs).items()
    ]


def make_network(kind: str, scale: float = 1) -> InceptionSpec:
    """Give a small Inception network of one kind of module, its modules at a scale of width.

    The stem is a single 3x3: GoogLeNet's own would see a whole digit before the first module does.
    """
    table = dict(scale_googlenet(WIDTH).rows)
    rows: list[tuple[str, TableRow]] = [("conv1", Conv(kernel=3, width=16))]
    stage = MODULES[0][:-1]
    for name in MODULES:
        if name[:-1] != stage:
            rows.append((f"pool{len(rows)}", MaxPool(kernel=3, stride=2, rounding="up")))
            stage = name[:-1]
        row = table[name]
        assert isinstance(row, Inception)
        rows.append((name, branch_out(row) if kind == WHOLE else keep_branch(row, kind, scale)))
    rows += [("pool", GlobalPool()), ("linear", Linear())]
    return InceptionSpec("small_inception", GOOGLENET.paper, tuple(rows), 4, stem_reduction=1)


def keep_branch(row: Inception, kind: str, scale: float = 1) -> Branches:
    """Give a module of one branch, as wide as the whole module was, at a scale.

    A 3x3 and a 5x5 keep their reductions in proportion.
    """
    total = row.conv1x1 + row.conv3x3 + row.conv5x5 + row.pool_project
    width = scale_width(total, scale)
    reduce3x3 = scale_width(total, scale * row.reduce3x3 / row.conv3x3)
    reduce5x5 = scale_width(total, scale * row.reduce5x5 / row.conv5x5)
    layers: dict[str, Branch] = {
        "1x1 only": (Layer(1, width),),
        "3x3 only": (Layer(1, reduce3x3), Layer(3, width)),
        "5x5 only": (Layer(1, reduce5x5), Layer(5, width)),
        "pool only": (Pool("max"), Layer(1, width)),
    }
    return Branches(kind, (("branch", layers[kind]),))


def _label(kind: str, images: str) -> str:
    return f"{kind}, {images}"


def _field(trial: Trial) -> int:
    """Give the side of the square of pixels that one place of the last grid sees."""
    images = trial.images
    assert images is not None
    cost = measure_cost(fit_spec(trial.network, images), images.image_px)
    return next(row.receptive_field_px for row in cost.rows if row.name == MODULES[-1])


def _against(group: Outcomes) -> dict[str, Mean]:
    """Give the validation error of the whole module minus that of each kind alone."""
    return {kind: compare_errors(group, WHOLE, kind) for kind in KINDS}


def judge(group: Outcomes) -> Holds:
    """Say whether the whole module errs less than each of its branches alone."""
    differences = _against(group).values()
    if all(one.below_zero for one in differences):
        return "yes"
    return "no" if any(one.above_zero for one in differences) else "cannot tell"


def _pick_head(group: Outcomes) -> Words:
    """Say whether it is so; where it is not, which branches do better alone."""
    better = [kind for kind, mean in _against(group).items() if mean.above_zero]
    en, zh = HEADS[judge(group)]
    if better:
        names = " and ".join(kind.removesuffix(" only") for kind in better)
        en = f"{en}: {names} alone does better"
        zh = f"{zh}：单独用{'、'.join(_CHINESE[kind] for kind in better)}更好"
    return en, zh


def _say(groups: Mapping[str, Outcomes]) -> list[Words]:
    said: list[Words] = []
    for name, group in groups.items():
        en, zh = _pick_head(group)
        head, head_zh = (f"{en}. ", f"{zh}。") if name == MIXED else ("", "")
        where, where_zh = _WHERE[name]
        errors = ", ".join(
            f"{kind.removesuffix(' only')} alone on {say_error(group, kind)} %" for kind in KINDS
        )
        errors_zh = "，".join(f"{_CHINESE[kind]} {say_error(group, kind)} %" for kind in KINDS)
        points = {kind: mean.say(sign=True) for kind, mean in _against(group).items()}
        listed = "; ".join(f"{k.removesuffix(' only')} {points[k]}" for k in KINDS)
        listed_zh = "；".join(f"{_CHINESE[k]} {points[k]}" for k in KINDS)
        said += [
            (
                f"{head}{where}, networks of whole modules err on {say_error(group, WHOLE)} % of "
                f"the validation images; with as many multiply-adds, {errors}.",
                f"{head_zh}{where_zh}，完整模块的网络验证误差为 {say_error(group, WHOLE)} %；"
                f"乘加次数相同时，{errors_zh}。",
            ),
            (
                f"Whole minus alone, in points: {listed}. Where an interval holds 0, these seeds "
                "do not tell the two apart.",
                f"完整减单一，单位百分点：{listed_zh}。区间含 0 的，这些随机种子无法区分。",
            ),
        ]
    return said


_WHERE: dict[str, Words] = {
    MIXED: ("On images at mixed scales", "在大小不一的图片上"),
    PLAIN: ("On the images as they are", "在原图片上"),
}
_CHINESE = dict(zip(KINDS, ("只用 1x1", "只用 3x3", "只用 5x5", "只用池化"), strict=True))


def _say_costs(share: Counts, times: Times) -> Words:
    macs, taken = share_out(share, "macs"), share_times(times)
    listed = [
        f"{kind.removesuffix(' only')} {macs[branch]:.0f} %, "
        f"{taken[branch].say(scale=1, digits=0)} %"
        for kind, branch in zip(KINDS, BRANCHES, strict=True)
    ]
    return (
        "Of GoogLeNet's nine modules the branches take this much of the multiply-adds, and of the "
        f"time of a training step: {'; '.join(listed)}.",
        f"GoogLeNet 九个模块中，各分支占乘加次数和训练步耗时的比例：{'；'.join(listed)}。",
    )


def _draw(group: Outcomes, name: str) -> BarChart:
    return draw_error_bars(
        group,
        f"Images {'at ' if name == MIXED else ''}{name}",
        "What networks of equal multiply-adds name wrongly: of whole modules (orange) and of one "
        "branch alone (blue).",
        {WHOLE: 0},
    )


def _tabulate_costs(share: Counts, times: Times, fields: Mapping[str, int]) -> Table:
    taken = {branch: average_times([one[branch] for one in times]) for branch in BRANCHES}
    rows = tuple(
        (
            kind.removesuffix(" only"),
            share[branch]["channels"],
            share[branch]["parameters"],
            f"{share[branch]['macs'] / 1e6:,.1f} M",
            taken[branch].say(scale=1),
            f"{fields[_label(kind, MIXED)]} px",
        )
        for kind, branch in zip(KINDS, BRANCHES, strict=True)
    )
    return Table(
        ("branch", "channels", "parameters", "MACs", "ms of a step", "alone, it sees"),
        rows,
        (
            f"The branches of GoogLeNet's nine modules at 224 px, added up; milliseconds are of a "
            f"training step of {BATCH} images. Last column: the side of what a network of this "
            "branch alone sees behind its last module; of whole modules it is "
            f"{fields[_label(WHOLE, MIXED)]} px.",
            f"GoogLeNet 九个模块在 224 像素时各分支之和；毫秒为 {BATCH} 张图片的训练步。末列：只用"
            "该分支的"
            f"网络在最后一个模块处的感受野边长；完整模块为 {fields[_label(WHOLE, MIXED)]} 像素。",
        ),
    )


_NOTES: tuple[Words, ...] = (
    (
        "The networks: a 3x3 of 16 channels, four of GoogLeNet's modules (3a, 4a, 4b, 5a) at a "
        "quarter of their widths with a pool between stages, average, linear layer. A module of "
        "one branch is as wide as gives the network equally many multiply-adds; 3x3 and 5x5 keep "
        "their 1x1 reductions. Only the branches differ: pools between stages, and the first 3x3, "
        "let every network see more than a point.",
        "网络：16 通道 3x3 卷积、四个 GoogLeNet 模块（3a、4a、4b、5a，宽度四分之一，阶段间池化）、"
        "平均池化、"
        "线性层。单分支模块的宽度取到整个网络乘加次数相同；3x3 和 5x5 保留 1x1 降维。不同的只有分"
        "支：阶段间的"
        "池化和最初的 3x3 使每个网络都能看到不止一个点。",
    ),
    (
        "Mixed scales: each image is pasted on a black square of twice its side, at 1, 1.5 or 2 "
        "times its size and at a place drawn for it, once for all. Images larger than "
        f"{LARGEST_PX} px are first brought down to that.",
        "大小不一：每张图片以 1、1.5 或 2 倍大小贴在边长两倍的黑底上，位置随机，只定一次。大于 "
        f"{LARGEST_PX} 像素的图片先缩小到该尺寸。",
    ),
)

EXPERIMENT = Experiment(
    name="single_branch",
    claim=(
        "At equal operations, modules of several branches beat modules of any one of them where "
        "things come in several sizes.",
        "运算次数相同时，若物体大小不一，多分支模块胜过任何单一分支的模块。",
    ),
    source="Szegedy et al. 2014, arXiv 1409.4842, §4",
    published=(
        "The paper gives the reason and no such comparison. In its Table 1 no branch has more "
        "channels than the 3x3, in any module.",
        "论文给出理由，但没有这样的比较。在其表 1 的每个模块中，没有哪个分支的通道数多于 3x3。",
    ),
    minutes=12,
    seeds=5,
    run=measure_single_branch,
)
