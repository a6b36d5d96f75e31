"""What an explanation holds: maps, how far they can be believed, and which branches answered."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from skipcat.data.images import ImageLike
from skipcat.explanation.branches.attribution import ModuleShares
from skipcat.explanation.heatmaps.faithfulness import Faithfulness
from skipcat.explanation.heatmaps.features import FeatureMaps
from skipcat.explanation.heatmaps.target_layer import GridRow
from skipcat.runtime.prediction import Prediction
from skipcat.text.translation import Message

Method = Literal["Grad-CAM", "Occlusion"]
METHODS: tuple[Method, ...] = ("Grad-CAM", "Occlusion")
METHOD_NAMES = {"Grad-CAM": Message("Grad-CAM"), "Occlusion": Message("Occlusion")}
VERDICT_NAMES = {
    "believable": Message("believable"),
    "doubtful": Message("doubtful"),
    "nothing": Message("nothing"),
    "unjudged": Message("unjudged"),
    "empty": Message("empty"),
}
SheetKind = Literal["images", "class", "mistake"]
Verdict = Literal["believable", "doubtful", "nothing", "unjudged", "empty"]
DOUBTFUL_FROM = 0.8  # of the random maps beaten
STAYS = 0.9  # of the probability, with all of the picture gone


@dataclass(frozen=True, eq=False)
class HeatMap:
    """How much each pixel of an image, as the network saw it, speaks for a class.

    The greatest value is 1; below 0 a pixel speaks against it (occlusion only). All zero where
    nothing speaks for the class; then there is no faithfulness either.

    Shapes: `values` (S, S) float32; `grid` the cells that it was made of.
    """

    method: Method
    of_class: str
    values: np.ndarray
    grid: tuple[int, int]
    faithfulness: Faithfulness | None

    @property
    def method_name(self) -> Message:
        """The method as people read it."""
        return METHOD_NAMES[self.method]

    @property
    def verdict(self) -> Verdict:
        """How far the map can be believed, in a word."""
        found = self.faithfulness
        if found is None:
            return "empty"
        if min(found.deleted, found.blurred) >= STAYS * found.whole:
            return "unjudged"
        if found.explains:
            return "believable"
        doubtful = found.difference > 0 and found.beaten >= DOUBTFUL_FROM * found.random_maps
        return "doubtful" if doubtful else "nothing"


@dataclass(frozen=True, eq=False)
class Explanation:
    """One image: what was answered, and the maps for one or two classes.

    `source` is the image itself, of which a page shows a thumbnail.

    Shapes: `pixels` (C, S, S) uint8, as the network saw it.
    """

    prediction: Prediction
    true: str | None
    pixels: np.ndarray
    maps: tuple[HeatMap, ...]
    shares: tuple[ModuleShares, ...]
    features: FeatureMaps | None = None
    source: ImageLike | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that there are maps for, the explained one first."""
        return tuple(dict.fromkeys(one.of_class for one in self.maps))

    def find_map(self, method: Method, of_class: str) -> HeatMap:
        """Return the map of a method for a class."""
        return next(m for m in self.maps if (m.method, m.of_class) == (method, of_class))


@dataclass(frozen=True)
class MeanFaithfulness:
    """The mean difference from random maps over images, with its 95 % interval (Student's t).

    The interval is None for fewer than three images; `believable` counts the maps that beat every
    random one.
    """

    maps: int
    difference: float
    interval: tuple[float, float] | None
    believable: int


@dataclass(frozen=True, eq=False)
class Sheet:
    """Images that belong together: those given, some of a class, or one confident mistake."""

    kind: SheetKind
    title: str
    chosen: Message  # how the images were chosen
    explanations: tuple[Explanation, ...]

    def mean_faithfulness(self, method: Method) -> MeanFaithfulness | None:
        """Return the mean over the maps of the explained class; None where none has a figure."""
        return average(self.explanations, method)


@dataclass(frozen=True, eq=False)
class Explanations:
    """Why a classifier answered so: sheets of explained images, and what they rest on."""

    network: str
    row: GridRow
    image_px: int
    seed: int
    sheets: tuple[Sheet, ...]
    data: str = ""
    judged: int = 0
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """Every explained image, in the sheets' order."""
        return tuple(one for sheet in self.sheets for one in sheet.explanations)

    def mean_faithfulness(self, method: Method) -> MeanFaithfulness | None:
        """Return the mean over all images' maps of the explained class."""
        return average(self.explanations, method)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the pixels and the maps as plain values."""
        return {
            "network": self.network,
            "row": self.row.name,
            "grid": list(self.row.grid),
            "note": self.row.note or "",
            "image_px": self.image_px,
            "seed": self.seed,
            "data": self.data,
            "judged": self.judged,
            "left_out": {reason: list(names) for reason, names in self.left_out.items()},
            "faithfulness": {method: _plain(self.mean_faithfulness(method)) for method in METHODS},
            "sheets": [
                {
                    "kind": sheet.kind,
                    "title": sheet.title,
                    "chosen": sheet.chosen,
                    "faithfulness": {m: _plain(sheet.mean_faithfulness(m)) for m in METHODS},
                    "images": [_image_to_dict(one) for one in sheet.explanations],
                }
                for sheet in self.sheets
            ],
        }


def average(explanations: Iterable[Explanation], method: Method) -> MeanFaithfulness | None:
    """Return the mean difference from random maps, of each image's map of its explained class."""
    maps = [one.find_map(method, one.classes[0]) for one in explanations]
    values = [one.faithfulness.difference for one in maps if one.faithfulness]
    if not values:
        return None
    mean, interval = float(np.mean(values)), None
    if len(values) > 2:
        spread = stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / len(values) ** 0.5
        interval = (float(mean - spread), float(mean + spread))
    believable = sum(one.verdict == "believable" for one in maps)
    return MeanFaithfulness(len(values), mean, interval, believable)


def _plain(mean: MeanFaithfulness | None) -> dict[str, Any] | None:
    return asdict(mean) if mean else None


def _image_to_dict(one: Explanation) -> dict[str, Any]:
    return {
        "name": one.prediction.name,
        "answered": one.prediction.label,
        "probability": one.prediction.probability,
        "true": one.true,
        "maps": [_map_to_dict(heat_map) for heat_map in one.maps],
        "branches": [asdict(module) for module in one.shares],
        "channels": list(one.features.channels) if one.features else None,
    }


def _map_to_dict(one: HeatMap) -> dict[str, Any]:
    found = one.faithfulness
    figures = None
    if found:
        figures = {
            "deletion": found.deletion,
            "deletion_at_random": float(np.mean(found.random_deletion)),
            "insertion": found.insertion,
            "insertion_at_random": float(np.mean(found.random_insertion)),
            "difference": found.difference,
            "beats": found.beaten,
            "of_random_maps": found.random_maps,
            "p_value": found.p_value,
        }
    said = {"method": one.method, "class": one.of_class, "verdict": one.verdict}
    return {**said, "faithfulness": figures}
