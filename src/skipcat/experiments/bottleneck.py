"""Bottlenecks: 1x1 convolutions that reduce the width before an expensive convolution.

Szegedy et al. 2014, arXiv 1409.4842, §4, Fig. 2: (b) reduces before the 3x3 and the 5x5, (a) does
not. He et al. 2016, arXiv 1512.03385, §4.1, Fig. 5: a bottleneck unit beside two 3x3; here both of
the same output width, so that the 1x1 are all that narrows.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial

from skipcat.cost.counting import measure_cost
from skipcat.cost.memory import predict_training_memory
from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds
from skipcat.experiments.lab.image_variants import take_few
from skipcat.experiments.lab.microbenchmarks import compare_times, describe_ratio
from skipcat.experiments.lab.network_variants import (
    branch_out,
    change_modules,
    match_macs,
    scale_googlenet,
    scale_width,
)
from skipcat.experiments.lab.outcome_errors import compare_validation, describe_validation
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
from skipcat.experiments.lab.sentences import describe_difference, join_label
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import MANY_STEPS, Outcomes, Trial, fit_spec
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.convolution import Conv
from skipcat.networks.rows.heads import GlobalPool, Linear
from skipcat.networks.rows.residual import ResidualStage
from skipcat.networks.specs import ResNetSpec, Spec, TableRow
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

MEMORY_BATCH = 32
WIDTH = 0.25  # of the GoogLeNet that is trained
UNITS, NARROW = 3, (8, 16, 32)  # of the ResNet that is trained: units of a stage, widths of the 3x3
EPOCHS = 30  # 360 steps of 32
NARROWED: str = Message("without, narrowed")
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
        holds=decide(ratios, outcomes),
        verdict=(
            *_describe_half(ratios, outcomes),
            *(_describe_cost(parts, counts, family, ratios[family]) for family in FAMILIES),
            *(one for family in FAMILIES for one in _describe_errors(outcomes, family)),
            _describe_memory(memory),
        ),
        charts=(
            *(draw_ratios(parts, counts, times, family) for family in FAMILIES),
            charts.draw_error_bars(
                outcomes,
                Message("Small networks, trained each way"),
                Message(
                    "Networks with reductions (blue), without, and without but narrowed to as many "
                    "multiply-adds as with."
                ),
                {label: _colour(label) for label in outcomes},
            ),
            *(_draw_curves(outcomes, family) for family in FAMILIES),
        ),
        tables=(tabulate_parts(parts, counts, times), charts.tabulate_outcomes(outcomes)),
        csv=(*list_rows(parts, counts, times), *charts.list_outcomes(outcomes)),
        notes=_NOTES,
    )


def measure_memory() -> Pair:
    """Predict the memory of training GoogLeNet at its own size, both ways."""
    found: Pair = {}
    for way in (WITH, WITHOUT):
        spec = change_modules(GOOGLENET, "googlenet", partial(branch_out, reductions=way == WITH))
        need = predict_training_memory(spec, FULL_PX, batch=MEMORY_BATCH)
        found[way] = {
            "activations_mib": round(need.activations_mib, 1),
            "weights_mib": round(need.weights_mib, 1),
            "parameters": measure_cost(spec, FULL_PX).parameters,
        }
    return found


def list_trials(prepared: PreparedData) -> list[Trial]:
    """Return small networks with reductions, without, and without but narrowed to equal MACs."""
    trials = []
    for family in FAMILIES:
        both = {way: make_small(family, way) for way in (WITH, WITHOUT)}
        macs = measure_cost(fit_spec(both[WITH], prepared), prepared.image_px).macs
        narrow = match_macs(partial(make_small, family, WITHOUT), macs, prepared)
        for way, spec in (both | {NARROWED: narrow}).items():
            trials.append(Trial(join_label(family, way), spec, MANY_STEPS, images=prepared))
    return trials


def make_small(family: str, way: str, scale: float = 1) -> Spec:
    """Build the small network of a family, its modules at a scale of width."""
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


def _slower_without(
    times: Sequence[Mapping[str, float]], parts: Sequence[Part], family: str
) -> Mean:
    """Compute the log ratio of a family's times, without reductions to with them."""
    sums = {
        way: [sum(one[f"{p.name} {way}"] for p in parts if p.family == family) for one in times]
        for way in (WITH, WITHOUT)
    }
    return compare_times(sums[WITHOUT], sums[WITH])


def _loss(outcomes: Outcomes, family: str, way: str = WITHOUT) -> Mean:
    """Compute the validation error with reductions minus that without."""
    return compare_validation(outcomes, join_label(family, WITH), join_label(family, way))


def decide(ratios: Mapping[str, Mean], outcomes: Outcomes) -> Holds:
    """Return whether reductions save time in both families and lose less than `LITTLE` accuracy."""
    losses = [_loss(outcomes, family).interval for family in FAMILIES]
    if any(one.below_zero for one in ratios.values()):
        return "no"
    if any(one is not None and one[0] > LITTLE for one in losses):
        return "no"
    saves = all(one.above_zero for one in ratios.values())
    small = all(one is not None and one[1] < LITTLE for one in losses)
    return "yes" if saves and small else "cannot tell"


def _describe_half(ratios: Mapping[str, Mean], outcomes: Outcomes) -> list[Message]:
    saves = all(one.above_zero for one in ratios.values())
    if saves and decide(ratios, outcomes) == "no":
        return [Message("Half of it holds: time is saved, but too much accuracy is lost.")]
    return []


def _total(counts: Mapping[str, Pair], parts: Sequence[Part], family: str, way: str) -> float:
    return sum(counts[one.name][way]["macs"] for one in parts if one.family == family)


def _describe_cost(
    parts: Sequence[Part], counts: Mapping[str, Pair], family: str, ratio: Mean
) -> Message:
    names = {
        GOOGLENET_LABEL: Message("GoogLeNet's nine modules"),
        RESNET_LABEL: Message("One unit of each stage of ResNet-50"),
    }
    ours, theirs = (_total(counts, parts, family, way) for way in (WITH, WITHOUT))
    return Message(
        "{parts}: {ours:.2f} GMAC with the 1x1 reductions, {theirs:.2f} without, {more:.1f} times "
        "as many. Without them a training step takes {times} times as long, measured.",
        parts=names[family],
        ours=ours / 1e9,
        theirs=theirs / 1e9,
        more=theirs / ours,
        times=describe_ratio(ratio),
    )


def _describe_errors(outcomes: Outcomes, family: str) -> tuple[Message, Message]:
    """Describe the errors of each way, and whether they differ."""
    ours, theirs, narrow = (outcomes[join_label(family, way)] for way in (WITH, WITHOUT, NARROWED))
    return (
        Message(
            "A small {family} with reductions has a validation error of {ours}; without them "
            "{theirs}, for {more:.1f} times as many multiply-adds. With minus without: "
            "{difference}.",
            family=family,
            ours=describe_validation(ours),
            theirs=describe_validation(theirs),
            more=theirs[0].macs / ours[0].macs,
            difference=describe_difference(_loss(outcomes, family)),
        ),
        Message(
            "Narrowed to about as many multiply-adds as with reductions, the small {family} "
            "without them has {error}. With minus narrowed: {difference}.",
            family=family,
            error=describe_validation(narrow),
            difference=describe_difference(_loss(outcomes, family, NARROWED)),
        ),
    )


def _describe_memory(memory: Pair) -> Message:
    kept, weights = (
        [f"{memory[way][what]:,.0f}" for way in (WITH, WITHOUT)]
        for what in ("activations_mib", "weights_mib")
    )
    return Message(
        "Memory is another matter. As predicted for training the whole GoogLeNet on {batch} images "
        "of {side} px, activations kept for the backward pass take {kept} MiB with the reductions, "
        "whose own are among them, and {kept_without} without; weights and their copies {weights} "
        "and {weights_without}.",
        batch=MEMORY_BATCH,
        side=FULL_PX,
        kept=kept[0],
        kept_without=kept[1],
        weights=weights[0],
        weights_without=weights[1],
    )


def _draw_curves(outcomes: Outcomes, family: str) -> LineChart:
    lines = [
        charts.error_line(way, outcomes[join_label(family, way)], _colour(way), validation=True)
        for way in (WITH, WITHOUT, NARROWED)
    ]
    return charts.draw_curves(
        Message("Training of {family}", family=family),
        lines,
        Message("Validation error of a small {family}.", family=family),
        of="validation",
    )


def _colour(label: str) -> int:
    return 1 if label.endswith(WITH) else 0 if label.endswith(WITHOUT) else 4


_NOTES = (
    Message(
        "Without reductions, a GoogLeNet module's 3x3 and 5x5 read all of its input, widths as in "
        "Table 1; the 1x1 behind its pool stays. A ResNet unit without them is two 3x3 at the full "
        "width. Multiply-adds, parameters and activations are counted, memory is predicted from "
        "them; times are medians of {rounds} training steps of {batch} images, taken in turn, with "
        "intervals over repetitions on this machine.",
        rounds=ROUNDS,
        batch=BATCH,
    ),
    Message(
        "GoogLeNets are trained without auxiliary heads, at a quarter of their widths; few images "
        "leave room for error, and a loss below 2 points is called little."
    ),
)

EXPERIMENT = Experiment(
    name="bottleneck",
    claim=Message(
        "1x1 reductions save most of the operations and time of a module, and lose little accuracy."
    ),
    source="Szegedy et al. 2014, arXiv 1409.4842, §4; He et al. 2016, arXiv 1512.03385, §4.1",
    published=Message(
        "The papers give no twin without reductions. GoogLeNet's Table 1: 1.5 billion "
        "multiply-adds with them. ResNet's Table 1: 3.6 billion with 34 layers of two 3x3, 3.8 "
        "billion with 50 layers of bottlenecks four times as wide; top-1 error with 10 crops "
        "25.03 % and 22.85 %."
    ),
    minutes=8,
    run=measure_bottleneck,
)
