"""An evaluation as a notebook shows it: accuracy, classes, which was taken for which."""

from typing import TYPE_CHECKING

from skipcat.plots.confusion_matrix import draw_confusion
from skipcat.plots.notebook import figure_html, folded, notebook_html, paragraph, table
from skipcat.text.numbers import percent

if TYPE_CHECKING:
    from skipcat.evaluation.metrics import ClassFigures, Evaluation

MOST_SHOWN = 20  # classes whose table is open from the start


def evaluation_html(evaluation: "Evaluation") -> str:
    """Return an evaluation as HTML."""
    few = len(evaluation.classes) <= MOST_SHOWN
    rows = [_say_class(name, one) for name, one in evaluation.per_class.items()]
    head = ("class", "images", "recognised", "95 % interval", "precision")
    figure = draw_confusion(evaluation.confusion, evaluation.classes)
    said = "What pictures are, in rows, against what it answered, in columns."
    return notebook_html(
        *(paragraph(line) for line in _say_all(evaluation)),
        folded(f"{len(rows)} classes", table(head, rows), shown=few),
        folded(
            "Which class was taken for which", figure_html(figure, "confusion", said), shown=few
        ),
    )


def _say_all(evaluation: "Evaluation") -> list[str]:
    low, high = evaluation.accuracy_interval
    lines = [
        f"Accuracy {percent(evaluation.accuracy)} ({percent(low)} to {percent(high)}): "
        f"{evaluation.correct:,} of {evaluation.images:,} images. "
        f"Calibration error {percent(evaluation.ece)}."
    ]
    pairs = evaluation.confused_pairs(3)
    if pairs:
        worst = "; ".join(f"{one.true} as {one.predicted} ({one.images:,})" for one in pairs)
        lines.append(f"Most often confused: {worst}.")
    left_out = {reason: len(names) for reason, names in evaluation.left_out.items() if names}
    if left_out:
        said = "; ".join(f"{reason} ({count:,})" for reason, count in left_out.items())
        lines.append(f"Left out: {said}.")
    return lines


def _say_class(name: str, one: "ClassFigures") -> tuple[str, ...]:
    interval = "–"
    if one.recall_interval:
        interval = " to ".join(map(percent, one.recall_interval))
    return name, f"{one.images:,}", percent(one.recall), interval, percent(one.precision)
