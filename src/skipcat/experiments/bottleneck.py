"""Bottlenecks: 1x1 convolutions that narrow what a dear convolution reads.

Szegedy et al. 2014, arXiv 1409.4842, §4, Fig. 2: (b) reduces before the 3x3 and the 5x5, (a) does
not. He et al. 2016, arXiv 1512.03385, §4.1, Fig. 5: a bottleneck unit beside two 3x3; here both of
the same output width, so that the 1x1 are all that narrows.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial

from skipcat.cost.counting import measure_cost
from skipcat.cost.memory import predict_training_memory
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.charts import HEADS
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds
from skipcat.experiments.lab.image_variants import take_few
from skipcat.experiments.lab.microbenchmarks import compare_times, say_times
from skipcat.experiments.lab.network_variants import (
    branch_out,
    change_modules,
    match_macs,
    scale_googlenet,
    scale_width,
)
from skipcat.experiments.lab.reductions import (
    BATCH,
    FAMILIES,
    FULL_PX,
    GOOGLENET_LABEL,
    RESNET_LABEL,
    ROUNDS,
    WITH,
    WITHOUT,
    Pair,
    Part,
    build_steps,
    count_part,
    draw_ratios,
    list_parts,
    list_rows,
    tabulate_parts,
    time_parts,
)
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Trial, fit_spec
from skipcat.experiments.lab.validation_errors import (
    Outcomes,
    compare_errors,
    draw_error_bars,
    draw_validation,
    say_difference,
    say_error,
    tabulate_trained,
)
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec, Spec, TableRow
from skipcat.plots.charts import LineChart
from skipcat.training.prepared_data import Prepared

MEMORY_BATCH = 32
WIDTH = 0.25  # of the GoogLeNet that is trained
UNITS, NARROW = 3, (8, 16, 32)  # of the ResNet that is trained: units of a stage, widths of the 3x3
EPOCHS = 30  # 360 steps of 32
NARROWED = "without, narrowed"
LITTLE = 0.02  # of the images: a smaller loss is called little


def measure_bottleneck(lab: Lab) -> Findings:
    """Count and time every module and unit both ways; train small networks both ways."""
    parts = list_parts()
    counts = {one.name: lab.measure(f"cost of {one.name}", partial(count_part, one))
              for one in parts}  # fmt: skip
    memory = lab.measure("memory", measure_memory)
    build = cache(partial(build_steps, parts, lab.device))  # only where there is something to time
    times = lab.repeat("times", lambda seed: time_parts(build(), lab.device), share=0.3)
    trials = list_trials(take_few(lab.prepare()))
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials))
    ratios = {family: _slower_without(times, parts, family) for family in FAMILIES}
    return Findings(
        holds=judge(ratios, outcomes),
        verdict=(
            *_say_cost(parts, counts, ratios, _pick_head(ratios, outcomes)),
            *(_say_errors(outcomes, family) for family in FAMILIES),
            _say_memory(memory),
        ),
        charts=(
            *(draw_ratios(parts, counts, times, family) for family in FAMILIES),
            draw_error_bars(
                outcomes,
                "Small networks, trained each way",
                "What trained networks name wrongly: with reductions (blue), without, and without "
                "but narrowed to as many multiply-adds as with.",
                {label: _colour(label) for label in outcomes},
            ),
            *(_draw_curves(outcomes, family) for family in FAMILIES),
        ),
        tables=(tabulate_parts(parts, counts, times), tabulate_trained(outcomes)),
        csv=(
            *list_rows(parts, counts, times),
            *(one.to_row() for group in outcomes.values() for one in group),
        ),
        notes=_NOTES,
    )


def measure_memory() -> Pair:
    """Foresee the memory of training GoogLeNet at its own size, both ways."""
    found = {}
    for way in (WITH, WITHOUT):
        spec = change_modules(GOOGLENET, "googlenet", partial(branch_out, reductions=way == WITH))
        need = predict_training_memory(spec, FULL_PX, batch=MEMORY_BATCH)
        found[way] = {
            "activations_mib": round(need.activations_mib, 1),
            "weights_mib": round(need.weights_mib, 1),
            "parameters": measure_cost(spec, FULL_PX).parameters,
        }
    return found


def list_trials(prepared: Prepared) -> list[Trial]:
    """Give small networks with reductions, without, and without but narrowed to equal MACs."""
    trials = []
    for family in FAMILIES:
        both = {way: make_small(family, way) for way in (WITH, WITHOUT)}
        macs = measure_cost(fit_spec(both[WITH], prepared), prepared.image_px).macs
        narrow = match_macs(partial(make_small, family, WITHOUT), macs, prepared)
        for way, spec in (both | {NARROWED: narrow}).items():
            trials.append(Trial(_label(family, way), spec, MANY_STEPS, images=prepared))
    return trials


def make_small(family: str, way: str, scale: float = 1) -> Spec:
    """Give the small network of a family that is trained, its modules at a scale of width."""
    if family == GOOGLENET_LABEL:
        change = partial(branch_out, reductions=way == WITH, scale=scale)
        return change_modules(scale_googlenet(WIDTH), "small_googlenet", change)
    stages: list[tuple[str, TableRow]] = []
    for number, width in enumerate(NARROW):
        stride = min(number + 1, 2)
        wide = scale_width(4 * width, scale)
        stage = (
            ResidualStage("bottleneck", width, UNITS, stride)
            if way == WITH
            else ResidualStage("basic", wide, UNITS, stride)
        )
        stages.append((f"conv{number + 2}_x", stage))
    rows = (("conv1", Conv(kernel=3, width=16)), *stages, ("pool", GlobalPool()), ("fc", Linear()))
    return ResNetSpec("small_resnet", rows, stem_reduction=1)


def _label(family: str, way: str) -> str:
    return f"{family}, {way}"


def _slower_without(
    times: Sequence[Mapping[str, float]], parts: Sequence[Part], family: str
) -> Mean:
    """Give how many times as long all parts of a family take without reductions, as a logarithm."""
    sums = {
        way: [sum(one[f"{p.name} {way}"] for p in parts if p.family == family) for one in times]
        for way in (WITH, WITHOUT)
    }
    return compare_times(sums[WITHOUT], sums[WITH])


def _loss(outcomes: Outcomes, family: str, way: str = WITHOUT) -> Mean:
    """Give the validation error with reductions minus that without."""
    return compare_errors(outcomes, _label(family, WITH), _label(family, way))


def judge(ratios: Mapping[str, Mean], outcomes: Outcomes) -> Holds:
    """Say whether reductions save time in both families and lose less than `LITTLE` accuracy."""
    losses = [_loss(outcomes, family).interval for family in FAMILIES]
    if any(one.below_zero for one in ratios.values()):
        return "no"
    if any(one is not None and one[0] > LITTLE for one in losses):
        return "no"
    saves = all(one.above_zero for one in ratios.values())
    small = all(one is not None and one[1] < LITTLE for one in losses)
    return "yes" if saves and small else "cannot tell"


def _pick_head(ratios: Mapping[str, Mean], outcomes: Outcomes) -> Words:
    """Say whether it is so, and where it is not, which half of it."""
    holds = judge(ratios, outcomes)
    if holds == "no" and all(one.above_zero for one in ratios.values()):
        return (
            "Half of it is so here: time is saved, but more than a little accuracy is lost",
            "在这里只对一半：确实省时，但准确率损失不小",
        )
    return HEADS[holds]


def _total(counts: Mapping[str, Pair], parts: Sequence[Part], family: str, way: str) -> float:
    return sum(counts[one.name][way]["macs"] for one in parts if one.family == family)


def _say_cost(
    parts: Sequence[Part], counts: Mapping[str, Pair], ratios: Mapping[str, Mean], head: Words
) -> list[Words]:
    said: list[Words] = []
    names = {
        GOOGLENET_LABEL: ("GoogLeNet's nine modules", "GoogLeNet 的九个模块"),
        RESNET_LABEL: (
            "One unit of each stage of ResNet-50",
            "ResNet-50 每个阶段的一个单元",
        ),
    }
    for number, family in enumerate(FAMILIES):
        ours, theirs = (_total(counts, parts, family, way) for way in (WITH, WITHOUT))
        (en, zh), (what, what_zh) = head if number == 0 else ("", ""), names[family]
        start, start_zh = (f"{en}. ", f"{zh}。") if en else ("", "")
        said.append(
            (
                f"{start}{what}: {ours / 1e9:.2f} GMAC with the 1x1 reductions, "
                f"{theirs / 1e9:.2f} without, {theirs / ours:.1f} times as many; a training step "
                "of "
                f"them takes {say_times(ratios[family])} times as long without, measured.",
                f"{start_zh}{what_zh}：有 1x1 降维时 {ours / 1e9:.2f} GMAC，没有时 "
                f"{theirs / 1e9:.2f}，为 {theirs / ours:.1f} 倍；实测没有降维的训练步耗时为 "
                f"{say_times(ratios[family])} 倍。",
            )
        )
    return said


def _say_errors(outcomes: Outcomes, family: str) -> Words:
    """Say what each way answers wrongly, and whether that is a difference."""
    ours, theirs, narrow = (_label(family, way) for way in (WITH, WITHOUT, NARROWED))
    saved = outcomes[theirs][0].macs / outcomes[ours][0].macs
    (lost, lost_zh), (won, won_zh) = (
        say_difference(_loss(outcomes, family, way)) for way in (WITHOUT, NARROWED)
    )
    return (
        f"A small {family} with reductions names {say_error(outcomes, ours)} % of the validation "
        f"images wrongly; without them {say_error(outcomes, theirs)} %, for {saved:.1f} times as "
        f"many multiply-adds. With minus without: {lost}. Narrowed to about as many multiply-adds "
        "as "
        f"with them, it is {say_error(outcomes, narrow)} % without: {won}.",
        f"小型 {family} 有降维时验证误差为 {say_error(outcomes, ours)} %；没有时为 "
        f"{say_error(outcomes, theirs)} %，乘加次数为 {saved:.1f} 倍。有减无："
        f"{lost_zh}。收窄到与有降维时乘加次数大致相同后，没有降维的为 "
        f"{say_error(outcomes, narrow)} %：相差 {won_zh}。",
    )


def _say_memory(memory: Pair) -> Words:
    kept, weights = (
        [f"{memory[way][what]:,.0f}" for way in (WITH, WITHOUT)]
        for what in ("activations_mib", "weights_mib")
    )
    return (
        f"Memory is another matter. As foreseen for training the whole GoogLeNet on {MEMORY_BATCH} "
        f"images of {FULL_PX} px, activations kept for the backward pass take {kept[0]} MiB with "
        f"the reductions, whose own are among them, and {kept[1]} without; weights and their "
        f"copies {weights[0]} and {weights[1]}.",
        f"内存则是另一回事。整个 GoogLeNet 用 {MEMORY_BATCH} 张 {FULL_PX} 像素图片训练时，预计为反"
        "向传播"
        f"保留的激活值有降维时占 {kept[0]} MiB（含降维层自身的），没有时 {kept[1]} MiB；权重及其副"
        "本分别"
        f"为 {weights[0]} 和 {weights[1]} MiB。",
    )


def _draw_curves(outcomes: Outcomes, family: str) -> LineChart:
    groups = {way: outcomes[_label(family, way)] for way in (WITH, WITHOUT, NARROWED)}
    return draw_validation(
        groups,
        f"{family} while it learns",
        f"Validation error of a small {family}.",
        {way: _colour(way) for way in groups},
    )


def _colour(label: str) -> int:
    return 1 if label.endswith(WITH) else 0 if label.endswith(WITHOUT) else 4


_NOTES: tuple[Words, ...] = (
    (
        "Without reductions, a GoogLeNet module's 3x3 and 5x5 read all of its input, widths as in "
        "Table 1; the 1x1 behind its pool stays. A ResNet unit without them is two 3x3 at the full "
        "width. Multiply-adds, parameters and activations are counted, memory is foreseen from "
        f"them; times are medians of {ROUNDS} training steps of {BATCH} images, taken in turn, "
        "with "
        "intervals over repetitions on this machine. GoogLeNets are trained without auxiliary "
        "heads, at a quarter of their widths; few images leave room for error, and a loss below 2 "
        "points is called little.",
        "没有降维时，GoogLeNet 模块的 3x3 和 5x5 直接读取全部输入，宽度同表 1；池化后的 1x1 保留。"
        "ResNet 单元没有降维时为两个全宽的 3x3。乘加、参数与激活值是数出来的，内存由此推算；时间为"
        "轮流"
        f"进行的 {ROUNDS} 个 {BATCH} 张图片训练步的中位数，区间按本机重复次数计算。训练的 "
        "GoogLeNet "
        "不带辅助分类器，宽度为四分之一；图片少，才留有出错的余地；不到 2 个百分点的损失算小。",
    ),
)

EXPERIMENT = Experiment(
    name="bottleneck",
    claim=(
        "1x1 reductions save most of the operations and time of a module, and lose little "
        "accuracy.",
        "1x1 降维省去了模块的大部分运算和时间，而准确率损失很小。",
    ),
    source="Szegedy et al. 2014, arXiv 1409.4842, §4; He et al. 2016, arXiv 1512.03385, §4.1",
    published=(
        "The papers give no twin without reductions. GoogLeNet's Table 1: 1.5 billion "
        "multiply-adds "
        "with them. ResNet's Table 1: 3.6 billion with 34 layers of two 3x3, 3.8 billion with 50 "
        "layers of bottlenecks four times as wide; top-1 error with 10 crops 25.03 % and 22.85 %.",
        "论文没有给出不降维的对照。GoogLeNet 表 1：有降维时 15 亿次乘加。ResNet 表 1：34 层（两个 "
        "3x3）"
        "36 亿次，50 层（瓶颈，输出宽四倍）38 亿次；10 裁剪 top-1 误差分别为 25.03 % 和 22.85 %。",
    ),
    minutes=8,
    run=measure_bottleneck,
)
