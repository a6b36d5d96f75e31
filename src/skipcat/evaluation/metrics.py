"""What a classifier got right and wrong on labelled images, as plain figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import PlainValidator

from skipcat.errors import DataError
from skipcat.evaluation.abstention import Abstention, abstention_curve
from skipcat.evaluation.calibration import (
    ReliabilityBin,
    calibration_error,
    negative_log_likelihood,
    reliability_bins,
    softmax,
)
from skipcat.evaluation.checks import check_labels, check_logits
from skipcat.evaluation.intervals import mean_interval, wilson_interval
from skipcat.evaluation.seed_spread import SeedSpread
from skipcat.evaluation.summary import describe

MOST_MISTAKES = 100


@dataclass(frozen=True)
class ClassFigures:
    """One class: precision is None if it was never answered, recall if it had no image."""

    images: int
    precision: float | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    f1: float | None


@dataclass(frozen=True)
class SliceFigures:
    """The accuracy on some of the images: the small ones, the wide ones."""

    images: int
    correct: int
    accuracy: float
    accuracy_interval: tuple[float, float]


@dataclass(frozen=True)
class Mistake:
    """One image that was named wrongly, and how sure the wrong answer was."""

    name: str
    true: str
    predicted: str
    probability: float


@dataclass(frozen=True)
class ConfusedPair:
    """So many images of one class that were taken for another."""

    true: str
    predicted: str
    images: int
    share: float


def _freeze(counts: Any) -> np.ndarray:
    """Return counts as a read-only array, also of what JSON made of one."""
    matrix = np.array(counts)
    if matrix.dtype.kind != "i" and matrix.size:
        raise ValueError("whole numbers are needed")
    matrix = matrix.astype(np.int64)
    matrix.setflags(write=False)
    return matrix


Confusion = Annotated[np.ndarray, PlainValidator(_freeze)]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a classifier answered on labelled images.

    Intervals are Wilson's at 95 %, that of the balanced accuracy is made of them. `loss`, `ece`
    and `reliability` are those of the calibrated probabilities softmax(logits / temperature);
    `ece_before` and `reliability_before` are those at temperature 1. `confusion` counts true
    classes in rows and answers in columns.
    `mistakes` begins with the most confident one and holds at most 100. `left_out` names the
    images that were not counted, by reason. `abstention` gives accuracy against the share of
    images answered; `slices` the accuracy on parts of the images, by what they are like; `seeds`
    the accuracies of equal trainings with other seeds, where there were some.

    Shapes: confusion (C, C), int64, read-only.
    """

    classes: tuple[str, ...]
    images: int
    correct: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    loss: float
    temperature: float
    ece: float
    ece_before: float
    reliability: tuple[ReliabilityBin, ...]
    reliability_before: tuple[ReliabilityBin, ...]
    confusion: Confusion
    per_class: dict[str, ClassFigures]
    mistakes: tuple[Mistake, ...]
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    abstention: tuple[Abstention, ...] = ()
    slices: dict[str, SliceFigures] = field(default_factory=dict)
    seeds: SeedSpread | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Evaluation):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, one.name), getattr(other, one.name))
            if one.name == "confusion"
            else getattr(self, one.name) == getattr(other, one.name)
            for one in fields(self)
        )

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the classes' recalls, each class counting alike whatever its size."""
        return mean_interval(self._counts())[0]

    @property
    def balanced_accuracy_interval(self) -> tuple[float, float]:
        """The 95 % interval of the balanced accuracy, from those of the recalls."""
        return mean_interval(self._counts())[1]

    def _counts(self) -> list[tuple[int, int]]:
        rows = enumerate(self.confusion.tolist())
        return [(row[i], sum(row)) for i, row in rows if sum(row)]

    __hash__ = None  # type: ignore[assignment]  # equal by value, and it holds an array

    def __str__(self) -> str:
        return describe(self.to_dict())

    def _repr_html_(self) -> str:
        """Return accuracy, classes and confusions, for a notebook."""
        from skipcat.evaluation.notebook import evaluation_html

        return evaluation_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the evaluation as plain values that JSON can hold."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        plain["confusion"] = self.confusion.tolist()
        plain["balanced_accuracy"] = self.balanced_accuracy
        plain["balanced_accuracy_interval"] = self.balanced_accuracy_interval
        return {name: _plain(value) for name, value in plain.items()}

    def confused_pairs(self, most: int = 5) -> tuple[ConfusedPair, ...]:
        """Return the pairs of classes most often confused, by images and then by share."""
        totals = self.confusion.sum(axis=1)
        pairs = []
        for row, column in np.argwhere(self.confusion):
            if row != column:
                true, predicted = self.classes[row], self.classes[column]
                images = int(self.confusion[row, column])
                share = float(images / totals[row])
                pairs.append(ConfusedPair(true, predicted, images, share))
        return tuple(sorted(pairs, key=lambda pair: (-pair.images, -pair.share))[:most])


def evaluate_logits(
    logits: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    temperature: float = 1.0,
    slices: Mapping[str, np.ndarray] | None = None,
) -> Evaluation:
    """Compare logits with labels and give every figure of it.

    The answer is the class of the largest logit, the first of them where several are equal.
    `names` name the images in `mistakes`; without them they are called "image 0", "image 1", …
    `slices` says of some kinds of image which of the images are of that kind.

    Shapes: logits (N, C), labels (N,), each slice (N,) of booleans; C classes and N names.

    Raises:
        DataError: wrong shapes or counts, no image, logits that are not finite, a label out of
            range, a class named twice, a temperature that is not above 0.
    """
    scores = check_logits(logits)
    images, width = scores.shape
    targets = check_labels(labels, images, width)
    class_names = _check_names(classes, width)
    if not (np.isfinite(temperature) and temperature > 0.0):
        raise DataError(f"A temperature is a number above 0, not {temperature}.")
    if names is not None and len(names) != images:
        raise DataError(f"There are {images} images but {len(names)} names for them.")
    if names is None:
        names = [f"image {index}" for index in range(images)]
    answers = scores.argmax(axis=1)
    correct = int((answers == targets).sum())
    confusion = count_confusion(targets, answers, width)
    probabilities = softmax(scores, temperature)
    reliability = reliability_bins(probabilities, targets)
    before = reliability_bins(softmax(scores), targets)
    return Evaluation(
        classes=class_names,
        images=images,
        correct=correct,
        accuracy=correct / images,
        accuracy_interval=wilson_interval(correct, images),
        loss=negative_log_likelihood(scores, targets, temperature),
        temperature=float(temperature),
        ece=calibration_error(reliability),
        ece_before=calibration_error(before),
        reliability=reliability,
        reliability_before=before,
        confusion=confusion,
        per_class=_figures_per_class(confusion, class_names),
        mistakes=_find_mistakes(probabilities, targets, answers, names, class_names),
        abstention=abstention_curve(probabilities, targets),
        slices={
            name: _figures_of_slice(answers[chosen] == targets[chosen])
            for name, chosen in (slices or {}).items()
            if np.any(chosen)
        },
    )


def _plain(value: Any) -> Any:
    """Return dicts, lists and numbers for dataclasses, dicts and tuples of them."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def count_confusion(targets: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Count answers (columns) against true classes (rows), read-only.

    Shapes: (N,), (N,) -> (C, C), int64.
    """
    counts = np.bincount(targets * classes + answers, minlength=classes * classes)
    return _freeze(counts.reshape(classes, classes))


def _check_names(classes: Sequence[str], width: int) -> tuple[str, ...]:
    names = tuple(classes)
    if len(names) != width:
        raise DataError(f"The logits are of {width} classes but {len(names)} are named.")
    for position, name in enumerate(names):
        if name in names[:position]:
            raise DataError(f"The class {name!r} is named twice.")
    return names


def _figures_per_class(confusion: np.ndarray, classes: tuple[str, ...]) -> dict[str, ClassFigures]:
    figures = {}
    for index, name in enumerate(classes):
        right = int(confusion[index, index])
        images = int(confusion[index].sum())
        answered = int(confusion[:, index].sum())
        figures[name] = ClassFigures(
            images=images,
            precision=right / answered if answered else None,
            recall=right / images if images else None,
            recall_interval=wilson_interval(right, images) if images else None,
            f1=2 * right / (images + answered) if images + answered else None,
        )
    return figures


def _figures_of_slice(right: np.ndarray) -> SliceFigures:
    images, correct = len(right), int(right.sum())
    return SliceFigures(images, correct, correct / images, wilson_interval(correct, images))


def _find_mistakes(
    probabilities: np.ndarray,
    targets: np.ndarray,
    answers: np.ndarray,
    names: Sequence[str],
    classes: tuple[str, ...],
) -> tuple[Mistake, ...]:
    wrong = np.flatnonzero(answers != targets)
    confidence = probabilities[wrong, answers[wrong]]
    order = wrong[np.argsort(-confidence, kind="stable")][:MOST_MISTAKES]
    return tuple(
        Mistake(str(names[i]), classes[targets[i]], classes[answers[i]], float(sure))
        for i, sure in zip(order, probabilities[order, answers[order]], strict=True)
    )
