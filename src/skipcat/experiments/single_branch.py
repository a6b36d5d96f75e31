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
    NAMES,
    ROUNDS,
    Counts,
    Times,
    build_branch_steps,
    count_branches,
    draw_costs,
    share_out,
    share_times,
)
from skipcat.experiments.lab.charts import draw_error_bars, list_outcomes, tabulate_outcomes
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, ResultTable, judge_means
from skipcat.experiments.lab.image_variants import mix_scales, shrink_images, take_few
from skipcat.experiments.lab.microbenchmarks import average_times
from skipcat.experiments.lab.network_variants import (
    branch_out,
    match_macs,
    scale_googlenet,
    scale_width,
)
from skipcat.experiments.lab.outcome_errors import compare_validation, describe_validation
from skipcat.experiments.lab.reductions import BATCH
from skipcat.experiments.lab.sentences import join_clauses, join_label
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Outcomes, Trial, fit_spec
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.convolution import Conv, MaxPool
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.inception import Branch, Branches, Layer, Pool
from skipcat.networks.specs import InceptionSpec, TableRow
from skipcat.plots.charts import BarChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

WHOLE: str = Message("whole module")
KINDS: tuple[str, ...] = (
    Message("1x1 only"),
    Message("3x3 only"),
    Message("5x5 only"),
    Message("pool only"),
)
MODULES = ("inception3a", "inception4a", "inception4b", "inception5a")
WIDTH = 0.25
LARGEST_PX = 16  # larger images are brought down to this, to be pasted at mixed scales
SCALES, CANVAS = (1.0, 1.5, 2.0), 2  # of the images' side
PLAIN: str = Message("as they are")
MIXED: str = Message("mixed scales")
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
        name: {kind: outcomes[join_label(kind, name)] for kind in (WHOLE, *KINDS)}
        for name in (MIXED, PLAIN)
    }
    fields = {trial.label: _field(trial) for trial in trials}
    return Findings(
        holds=decide(groups[MIXED]),
        verdict=(*_describe(groups), _describe_costs(share, times)),
        charts=(*(_draw(groups[name], name) for name in groups), draw_costs(share, times)),
        tables=(tabulate_outcomes(outcomes), _tabulate_costs(share, times, fields)),
        csv=(
            *list_outcomes(outcomes, lambda one: {"receptive_field_px": fields[one.label]}),
            *({"branch": branch, **share[branch]} for branch in BRANCHES),
        ),
        notes=_NOTES,
    )


def list_trials(prepared: PreparedData) -> list[Trial]:
    """Return a network of whole modules and one of each branch alone, for both kinds of images."""
    side = min(prepared.image_px, LARGEST_PX)
    plain = shrink_images(prepared, side)
    mixed = mix_scales(plain, SCALES, CANVAS * side)
    whole = make_network(WHOLE)
    macs = measure_cost(fit_spec(whole, mixed), mixed.image_px).macs
    specs = {kind: match_macs(partial(make_network, kind), macs, mixed) for kind in KINDS}
    return [
        Trial(join_label(kind, name), spec, MANY_STEPS, images=images)
        for name, images in ((MIXED, mixed), (PLAIN, plain))
        for kind, spec in ({WHOLE: whole} | specs).items()
    ]


def make_network(kind: str, scale: float = 1) -> InceptionSpec:
    """Build a small Inception network of one kind of module, its modules at a scale of width.

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
    """Build a module of one branch, as wide as the whole module was, at a scale.

    A 3x3 and a 5x5 keep their reductions in proportion.
    """
    total = row.conv1x1 + row.conv3x3 + row.conv5x5 + row.pool_project
    width = scale_width(total, scale)
    reduce3x3 = scale_width(total, scale * row.reduce3x3 / row.conv3x3)
    reduce5x5 = scale_width(total, scale * row.reduce5x5 / row.conv5x5)
    layers: tuple[Branch, ...] = (
        (Layer(1, width),),
        (Layer(1, reduce3x3), Layer(3, width)),
        (Layer(1, reduce5x5), Layer(5, width)),
        (Pool("max"), Layer(1, width)),
    )
    return Branches(kind, (("branch", dict(zip(KINDS, layers, strict=True))[kind]),))


def _field(trial: Trial) -> int:
    """Compute the receptive field of the last module, in px."""
    images = trial.images
    assert images is not None
    cost = measure_cost(fit_spec(trial.network, images), images.image_px)
    return next(row.receptive_field_px for row in cost.rows if row.name == MODULES[-1])


def _against(group: Outcomes) -> dict[str, Mean]:
    """Compute the validation error of the whole module minus that of each kind alone."""
    return {kind: compare_validation(group, WHOLE, kind) for kind in KINDS}


def decide(group: Outcomes) -> Holds:
    """Return whether the whole module errs less than each of its branches alone."""
    against = _against(group).values()
    return judge_means(against, below=True)


def _describe(groups: Mapping[str, Outcomes]) -> list[Message]:
    found = []
    for name, group in groups.items():
        errors = [
            Message("{kind}: {error}", kind=kind, error=describe_validation(group[kind]))
            for kind in KINDS
        ]
        points = [
            Message("{kind}: {points}", kind=kind, points=mean.points())
            for kind, mean in _against(group).items()
        ]
        found += [
            Message(
                "{where}, networks of whole modules have a validation error of {error}; with as "
                "many multiply-adds: {errors}.",
                where=_WHERE[name],
                error=describe_validation(group[WHOLE]),
                errors=join_clauses(errors),
            ),
            Message(
                "Whole minus single branch: {points}. Where an interval holds 0, it is too close "
                "to call.",
                points=join_clauses(points),
            ),
        ]
        better = tuple(kind for kind, mean in _against(group).items() if mean.above_zero)
        if better and name == MIXED:
            found.append(Message("Better than the whole module: {kinds}.", kinds=better))
    return found


_WHERE = {MIXED: Message("On images at mixed scales"), PLAIN: Message("On the images as they are")}


def _describe_costs(share: Counts, times: Times) -> Message:
    macs, taken = share_out(share, "macs"), share_times(times)
    listed = [
        Message(
            "{name}: {macs:.0f} %, {time}",
            name=NAMES[branch],
            macs=macs[branch],
            time=taken[branch].percent(scale=1, digits=0),
        )
        for branch in BRANCHES
    ]
    return Message(
        "Each branch's share of the multiply-adds of GoogLeNet's nine modules, and of the time of "
        "a training step: {shares}.",
        shares=join_clauses(listed),
    )


def _draw(group: Outcomes, name: str) -> BarChart:
    titles = {MIXED: Message("Images at mixed scales"), PLAIN: Message("Images as they are")}
    return draw_error_bars(
        group,
        titles[name],
        Message(
            "Networks of equal multiply-adds: of whole modules (orange) and of one branch alone "
            "(blue)."
        ),
        {WHOLE: 0},
    )


def _tabulate_costs(share: Counts, times: Times, fields: Mapping[str, int]) -> ResultTable:
    taken = {branch: average_times([one[branch] for one in times]) for branch in BRANCHES}
    rows = tuple(
        (
            NAMES[branch],
            share[branch]["channels"],
            share[branch]["parameters"],
            Message("{macs:,.1f} M", macs=share[branch]["macs"] / 1e6),
            taken[branch].describe(),
            Message("{side} px", side=fields[join_label(kind, MIXED)]),
        )
        for kind, branch in zip(KINDS, BRANCHES, strict=True)
    )
    columns = (
        Message("branch"),
        Message("channels"),
        Message("parameters"),
        Message("MACs"),
        Message("ms of a step"),
        Message("receptive field, alone"),
    )
    caption = Message(
        "The branches of GoogLeNet's nine modules at 224 px, added up; milliseconds are of a "
        "training step of {batch} images. Last column: receptive field behind the last module of a "
        "network of this branch alone; of whole modules it is {side} px.",
        batch=BATCH,
        side=fields[join_label(WHOLE, MIXED)],
    )
    return ResultTable(columns, rows, caption)


_NOTES = (
    Message(
        "The networks: a 3x3 of 16 channels, four of GoogLeNet's modules (3a, 4a, 4b, 5a) at a "
        "quarter of their widths with a pool between stages, average, linear layer. A module of "
        "one branch is as wide as gives the network equally many multiply-adds; 3x3 and 5x5 keep "
        "their 1x1 reductions. Only the branches differ: pools between stages, and the first 3x3, "
        "let every network see more than a point."
    ),
    Message(
        "Mixed scales: each image is pasted on a black square of twice its side, at 1, 1.5 or 2 "
        "times its size and at a place drawn for it, once for all. Images larger than {side} px "
        "are first brought down to that.",
        side=LARGEST_PX,
    ),
)

EXPERIMENT = Experiment(
    name="single_branch",
    claim=Message(
        "At equal operations, modules of several branches beat modules of any one of them where "
        "things come in several sizes."
    ),
    source="Szegedy et al. 2014, arXiv 1409.4842, §4",
    published=Message(
        "The paper gives the reason and no such comparison. In its Table 1 no branch has more "
        "channels than the 3x3, in any module."
    ),
    minutes=12,
    seeds=5,
    run=measure_single_branch,
)
