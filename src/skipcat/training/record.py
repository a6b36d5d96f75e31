"""What a run writes down for people: metrics.csv, plan.jsonl, TensorBoard events."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skipcat.errors import RunError
from skipcat.files import write_text

COLUMNS = (
    "epoch",
    "step",
    "image_px",
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "images_per_second",
    "seconds",
)
Row = Mapping[str, Any]


def write_metrics(path: Path, history: Sequence[Row]) -> None:
    """Write one row per epoch; the last two columns are of time and differ from run to run."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(path, text.getvalue())


def write_plans(path: Path, plans: Sequence[Mapping[str, object]]) -> None:
    """Write the plan log, one JSON object a line, whole."""
    write_text(path, "".join(json.dumps(plan, ensure_ascii=False) + "\n" for plan in plans))


def read_plans(path: Path) -> list[dict[str, Any]]:
    """Read the plan log; [] where there is none.

    Raises:
        RunError: the log is damaged.
    """
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise RunError(f"'{path}' is damaged; the run cannot be continued from it.") from error


def write_events(folder: Path, history: Sequence[Row], start: int = 0) -> None:
    """Append the epochs from `start` on to TensorBoard's event files."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for row in history[start:]:
            for name in COLUMNS[2:]:
                if row[name] is not None:
                    group, _, rest = name.partition("_")
                    tag = f"{group}/{rest}" if group in ("train", "validation") else f"run/{name}"
                    writer.add_scalar(tag, row[name], row["step"])
