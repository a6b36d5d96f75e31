"""An evaluation read back from the plain values that JSON holds."""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from skipcat.errors import DataError
from skipcat.evaluation.metrics import Evaluation


def read_evaluation(plain: Any) -> Evaluation:
    """Rebuild what `Evaluation.to_dict` gave.

    Raises:
        DataError: the values are not those of an evaluation, or contradict each other.
    """
    try:
        # As JSON, where strict types still take a list for a tuple.
        content = json.dumps(plain, allow_nan=False)
        evaluation = _adapter().validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise DataError(f"A stored evaluation lacks its '{place}'.") from None
        where = f" at '{place}'" if place else ""
        raise DataError(
            f"A stored evaluation cannot be read{where}: {first['msg']}, but it is "
            f"{first['input']!r:.60}."
        ) from None
    except ValueError:
        raise DataError("A stored evaluation cannot be read: it holds NaN or infinity.") from None
    _check(evaluation)
    return evaluation


@cache
def _adapter() -> TypeAdapter[Evaluation]:
    return TypeAdapter(Evaluation)


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
