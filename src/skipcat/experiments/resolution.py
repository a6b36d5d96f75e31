"""Resolution: smaller images and a stem that shrinks less, for as many operations.

Szegedy et al. 2015, arXiv 1512.00567, §8, Table 2: 299 px with stride 2 and a pool, 151 px with
stride 1 and a pool, 79 px with stride 1 and none. Here a narrow ResNet-18 (He et al. 2016,
arXiv 1512.03385) whose stem gives way so, on the same images at their size, a half and a quarter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skipcat.experiments.lab import charts
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.experiment import Experiment, Findings, Holds, judge
from skipcat.experiments.lab.image_variants import shrink_images
from skipcat.experiments.lab.outcome_errors import compare_validation, describe_validation
from skipcat.experiments.lab.sentences import describe_difference, join_clauses
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import BARE, Outcomes, Trial
from skipcat.networks.catalogue import find_entry
from skipcat.networks.scaling import scale_spec
from skipcat.networks.specs import ResNetSpec
from skipcat.plots.charts import LineChart
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData

MOST_IMAGES = 6000
LARGEST_PX = 64  # larger images are brought down to this
NETWORK, WIDTH = "resnet18", 0.25
RECIPE = replace(BARE, batch=64)
EPOCHS = 8  # 600 steps of 64
LITTLE = 0.02  # of the images; the paper's loss at a quarter is 1.4 points
PAPER_LOSS = {2: 0.2, 4: 1.4}  # points, by how many times smaller the side is


@dataclass(frozen=True)
class Stem:
    """The stem for images whose side is `part` times smaller: the paper's Table 2."""

    part: int
    stride: int
    pool: bool

    @property
    def reduction(self) -> int:
        """Return the factor by which it shrinks images."""
        return self.stride * (2 if self.pool else 1)


STEMS = (Stem(1, 2, True), Stem(2, 1, True), Stem(4, 1, False))


def measure_resolution(lab: Lab) -> Findings:
    """Train at three sizes, with stems of equal operations and with the same stem."""
    images = list_images(lab)
    trials = list_trials(images)
    outcomes = lab.train(trials, epochs=EPOCHS, least=len(trials))
    sizes = {part: one.image_px for part, one in images.items()}
    return Findings(
        holds=decide(outcomes, sizes),
        verdict=(*_describe(outcomes, sizes), _describe_same_stem(outcomes, sizes)),
        charts=(
            charts.draw_error_bars(
                outcomes,
                Message("Error by size"),
                Message(
                    "Networks whose stems make the operations about equal (blue), and networks "
                    "with the largest size's own stem (orange)."
                ),
                {label: 0 if label.endswith("same stem") else 1 for label in outcomes},
            ),
            _draw_curves(outcomes, sizes),
        ),
        tables=(charts.tabulate_outcomes(outcomes),),
        csv=charts.list_outcomes(outcomes),
        notes=(_describe_images(lab, images),),
    )


def list_images(lab: Lab) -> dict[int, PreparedData]:
    """Prepare the same images at their size, a half and a quarter of it, in the same parts."""
    prepared = lab.prepare(most=MOST_IMAGES)
    side = int(min(LARGEST_PX, np.median(prepared.sizes[prepared.decoded.rows].min(axis=1))))
    if side > prepared.image_px:
        prepared = lab.prepare(side, MOST_IMAGES)
    side -= side % max(stem.part for stem in STEMS)
    return {stem.part: shrink_images(prepared, side // stem.part) for stem in STEMS}


def list_trials(images: Mapping[int, PreparedData]) -> list[Trial]:
    """Return each size with its own stem, and the smaller ones with the largest's."""
    cases = [(images[stem.part], stem, False) for stem in STEMS]
    cases += [(images[stem.part], STEMS[0], True) for stem in STEMS[1:]]
    trials = []
    for one, stem, same in cases:
        label, network = _label(one.image_px, same_stem=same), make_network(stem)
        trials.append(Trial(label, network, RECIPE, images=one, stem_reduction=stem.reduction))
    return trials


def make_network(stem: Stem) -> ResNetSpec:
    """Build the network with a stem: another stride of its first convolution, its pool or none."""
    narrow: Any = scale_spec(find_entry(NETWORK).spec, WIDTH)
    rows = []
    for name, row in narrow.rows:
        if name == "conv1":
            rows.append((name, replace(row, stride=stem.stride)))
        elif name != "pool1" or stem.pool:
            rows.append((name, row))
    return ResNetSpec("small_resnet", tuple(rows), stem_reduction=stem.reduction, smallest_px=1)


def _label(image_px: int, *, same_stem: bool = False) -> Message:
    if same_stem:
        return Message("{side} px, same stem", side=image_px)
    return Message("{side} px", side=image_px)


def _loss(outcomes: Outcomes, sizes: Mapping[int, int], part: int) -> Mean:
    """Compute the validation error of a smaller size minus that of the largest."""
    return compare_validation(outcomes, _label(sizes[part]), _label(sizes[1]))


def decide(outcomes: Outcomes, sizes: Mapping[int, int]) -> Holds:
    """Return whether the smallest size loses less than `LITTLE`."""
    interval = _loss(outcomes, sizes, STEMS[-1].part).interval
    if interval is None:
        return "cannot tell"
    return judge(holds=interval[1] < LITTLE, fails=interval[0] > LITTLE)


def _describe(outcomes: Outcomes, sizes: Mapping[int, int]) -> list[Message]:
    full = _label(sizes[1])
    found = [
        Message(
            "At {side}, the validation error is {error}, for {macs} million multiply-adds an "
            "image.",
            side=full,
            error=describe_validation(outcomes[full]),
            macs=_macs(outcomes, full),
        )
    ]
    for stem in STEMS[1:]:
        label = _label(sizes[stem.part])
        found.append(
            Message(
                "At {side}, for {macs} million, it is {error}. Against the largest size: "
                "{difference}. The paper loses {paper} points.",
                side=label,
                macs=_macs(outcomes, label),
                error=describe_validation(outcomes[label]),
                difference=describe_difference(_loss(outcomes, sizes, stem.part)),
                paper=PAPER_LOSS[stem.part],
            )
        )
    if decide(outcomes, sizes) == "cannot tell":
        found.append(
            Message(
                "These runs neither show nor rule out a loss of less than {limit:g} points.",
                limit=100 * LITTLE,
            )
        )
    return found


def _describe_same_stem(outcomes: Outcomes, sizes: Mapping[int, int]) -> Message:
    """Describe the smaller images where the stem does not give way."""
    found = []
    for stem in STEMS[1:]:
        own, same = _label(sizes[stem.part]), _label(sizes[stem.part], same_stem=True)
        found.append(
            Message(
                "at {side} {error} for {macs} million, against the adapted stem {difference}",
                side=own,
                error=describe_validation(outcomes[same]),
                macs=_macs(outcomes, same),
                difference=describe_difference(compare_validation(outcomes, same, own)),
            )
        )
    return Message(
        "With the largest size's own stem, smaller images leave later layers less to see, for "
        "fewer operations. Validation errors: {errors}.",
        errors=join_clauses(found),
    )


def _macs(outcomes: Outcomes, label: str) -> str:
    return f"{outcomes[label][0].macs / 1e6:.1f}"


def _draw_curves(outcomes: Outcomes, sizes: Mapping[int, int]) -> LineChart:
    labels = [_label(sizes[stem.part]) for stem in STEMS]
    lines = [
        charts.error_line(label, outcomes[label], number, validation=True)
        for number, label in enumerate(labels)
    ]
    about = Message("Validation error by epoch.")
    return charts.draw_curves(Message("At equal operations"), lines, about, of="validation")


def _describe_images(lab: Lab, images: Mapping[int, PreparedData]) -> Message:
    split = images[1].split
    return Message(
        "Of the {all:,} images {used:,} were used, each class in proportion, as squares made from "
        "the same pixels; sides in px: {sides}. The network is a ResNet-18 of a quarter of the "
        "width. As in the paper's Table 2, the first convolution has stride 2 before a pool, "
        "stride 1 before a pool, and stride 1 without one. A loss below 2 points is called little. "
        "Photographs of 299 px have pixels to spare that images as small as these have not.",
        all=len(lab.dataset),
        used=len(split.train) + len(split.validation),
        sides=tuple(one.image_px for one in images.values()),
    )


EXPERIMENT = Experiment(
    name="resolution",
    claim=Message("At equal operations, images of a quarter of the side lose little accuracy."),
    source="Szegedy et al. 2015, arXiv 1512.00567, §8, Table 2",
    published=Message(
        "Inception v3 on ImageNet, at equal operations: 76.6 % top-1 accuracy with 299 px, 76.4 % "
        "with 151 px, 75.2 % with 79 px."
    ),
    minutes=10,
    seeds=5,
    run=measure_resolution,
    data="fashion-mnist",
)
