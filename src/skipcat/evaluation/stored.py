"""An evaluation read back from the plain values that JSON holds."""

from typing import Any

import numpy as np

from skipcat.errors import DataError
from skipcat.evaluation.abstention import Abstention
from skipcat.evaluation.calibration import ReliabilityBin
from skipcat.evaluation.metrics import ClassFigures, Evaluation, Mistake, SliceFigures
from skipcat.evaluation.seed_spread import SeedSpread


def read_evaluation(plain: Any) -> Evaluation:
    """Rebuild what `Evaluation.to_dict` gave.

    Raises:
        DataError: the values are not those of an evaluation, or contradict each other.
    """
    try:
        evaluation = _read(plain)
    except KeyError as missing:
        raise DataError(f"A stored evaluation lacks its {missing.args[0]!r}.") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as problem:
        reason = " ".join(str(problem).split())
        raise DataError(f"A stored evaluation cannot be read: {reason}.") from None
    _check(evaluation)
    return evaluation


def _read(plain: Any) -> Evaluation:
    confusion = np.array(plain["confusion"], dtype=np.int64)
    confusion.setflags(write=False)
    return Evaluation(
        classes=tuple(_text(name) for name in plain["classes"]),
        images=_whole(plain["images"]),
        correct=_whole(plain["correct"]),
        accuracy=_number(plain["accuracy"]),
        accuracy_interval=_interval(plain["accuracy_interval"]),
        loss=_number(plain["loss"]),
        temperature=_number(plain["temperature"]),
        ece=_number(plain["ece"]),
        ece_before=_number(plain["ece_before"]),
        reliability=tuple(_read_bin(one) for one in plain["reliability"]),
        reliability_before=tuple(_read_bin(one) for one in plain["reliability_before"]),
        confusion=confusion,
        per_class={_text(name): _read_figures(one) for name, one in plain["per_class"].items()},
        mistakes=tuple(_read_mistake(one) for one in plain["mistakes"]),
        left_out={
            _text(reason): tuple(_text(name) for name in names)
            for reason, names in plain["left_out"].items()
        },
        abstention=tuple(_read_abstention(one) for one in plain["abstention"]),
        slices={_text(name): _read_slice(one) for name, one in plain["slices"].items()},
        seeds=_read_spread(plain.get("seeds")),
    )


def _check(evaluation: Evaluation) -> None:
    width = len(evaluation.classes)
    confusion = evaluation.confusion
    if confusion.shape != (width, width) or tuple(evaluation.per_class) != evaluation.classes:
        raise DataError(f"A stored evaluation of {width} classes holds figures of other classes.")
    counts = (int(confusion.sum()), int(confusion.trace()))
    if confusion.min(initial=0) < 0 or counts != (evaluation.images, evaluation.correct):
        raise DataError(
            f"A stored evaluation contradicts itself: {evaluation.correct} of {evaluation.images}"
            f" images right, but its confusion matrix counts {counts[1]} of {counts[0]}."
        )


def _read_abstention(plain: Any) -> Abstention:
    return Abstention(
        probability=_number(plain["probability"]),
        answered=_number(plain["answered"]),
        accuracy=_number(plain["accuracy"]),
        accuracy_interval=_interval(plain["accuracy_interval"]),
    )


def _read_spread(plain: Any) -> SeedSpread | None:
    if plain is None:
        return None
    return SeedSpread(
        seeds=tuple(_whole(seed) for seed in plain["seeds"]),
        accuracies=tuple(_number(one) for one in plain["accuracies"]),
        mean=_number(plain["mean"]),
        deviation=_number(plain["deviation"]),
        deviation_interval=_interval(plain["deviation_interval"]),
    )


def _read_slice(plain: Any) -> SliceFigures:
    return SliceFigures(
        images=_whole(plain["images"]),
        correct=_whole(plain["correct"]),
        accuracy=_number(plain["accuracy"]),
        accuracy_interval=_interval(plain["accuracy_interval"]),
    )


def _read_figures(plain: Any) -> ClassFigures:
    interval = plain["recall_interval"]
    return ClassFigures(
        images=_whole(plain["images"]),
        precision=_number_or_none(plain["precision"]),
        recall=_number_or_none(plain["recall"]),
        recall_interval=None if interval is None else _interval(interval),
        f1=_number_or_none(plain["f1"]),
    )


def _read_bin(plain: Any) -> ReliabilityBin:
    return ReliabilityBin(
        low=_number(plain["low"]),
        high=_number(plain["high"]),
        images=_whole(plain["images"]),
        confidence=_number_or_none(plain["confidence"]),
        accuracy=_number_or_none(plain["accuracy"]),
    )


def _read_mistake(plain: Any) -> Mistake:
    return Mistake(
        name=_text(plain["name"]),
        true=_text(plain["true"]),
        predicted=_text(plain["predicted"]),
        probability=_number(plain["probability"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{value!r} is not a finite number")
    return float(value)


def _number_or_none(value: object) -> float | None:
    return None if value is None else _number(value)


def _interval(value: Any) -> tuple[float, float]:
    low, high = value
    return _number(low), _number(high)
