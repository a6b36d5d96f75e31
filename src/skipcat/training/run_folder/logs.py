"""What a run writes down for people: metrics.csv, plan.jsonl, TensorBoard events."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from skipcat.errors import RunError
from skipcat.files import write_text
from skipcat.networks.stem import LARGEST_PX
from skipcat.training.recipe import MOST_EPOCHS
from skipcat.training.run_folder.record import start_anew
from skipcat.training.schedule.plan import Plan, Replan, Spent

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


class PlanLog:
    """The log of a run's plans, plan.jsonl: what was measured once is followed ever after."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._plans: list[Plan] = []
        self._followed = False

    def read(self) -> list[Plan]:
        """Read the plans of a run that began before; [] where there are none.

        Raises:
            RunError: the log is damaged.
        """
        if not self._path.is_file():
            return []
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            self._plans = [make_plan_from(json.loads(line)) for line in lines]
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise RunError(
                f"'{self._path}' is damaged; {start_anew(self._path.parent)}."
            ) from error
        self._followed = bool(self._plans)
        return list(self._plans)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans so far, the first one first."""
        return tuple(self._plans)

    def begin(self, plan: Plan) -> None:
        """Log the first plan of a run, unless it is there already."""
        if not self._plans:
            self._add(plan)

    def add(self, plan: Plan) -> None:
        """Log a plan, unless it is the last one there."""
        if plan != self._plans[-1]:
            self._add(plan)

    def follow(self, replan: Replan | None) -> Replan:
        """Return a function that plans anew as the log says, else as `replan` says, and logs it."""

        def change(plan: Plan, spent: Spent) -> Plan | None:
            if self._followed:
                now = (plan.tries, spent.epochs)
                logged = [p for p in self._plans[1:] if (p.tries, p.first_epoch) == now]
                return logged[-1] if logged else None
            changed = replan(plan, spent) if replan else None
            if changed:
                self._add(changed)
            return changed

        return change

    def _add(self, plan: Plan) -> None:
        self._plans.append(plan)
        lines = [json.dumps(plan.to_dict(), ensure_ascii=False) for plan in self._plans]
        write_text(self._path, "".join(f"{line}\n" for line in lines))


def make_plan_from(values: Mapping[str, Any]) -> Plan:
    """Return a plan from its plain values.

    Raises:
        TypeError: there are values that no plan has.
        ValueError: they are no plan.
    """
    plan = TypeAdapter(Plan).validate_python(vars(Plan(**values)))
    if not 0 <= plan.first_epoch < plan.epochs <= MOST_EPOCHS:
        raise ValueError(f"a plan of 1 to {MOST_EPOCHS} epochs is needed")
    if not 1 <= plan.image_px <= LARGEST_PX:
        raise ValueError(f"images of {plan.image_px} px")
    if not (0 <= plan.progress <= plan.hold <= 1 and 0 < plan.last_share <= 1):
        raise ValueError(f"its shares are {plan.progress} and {plan.last_share}")
    return plan


def write_events(folder: Path, history: Sequence[Row], start: int = 0) -> None:
    """Append the epochs from `start` on to TensorBoard's event files."""
    from tensorboardX import SummaryWriter

    # The writer names its file by the second, and would write over that of a quick epoch.
    suffix = f".{len(history):05d}"
    with SummaryWriter(str(folder), filename_suffix=suffix) as writer:
        for row in history[start:]:
            for name in COLUMNS[2:]:
                if row[name] is not None:
                    group, _, rest = name.partition("_")
                    tag = f"{group}/{rest}" if group in ("train", "validation") else f"run/{name}"
                    writer.add_scalar(tag, row[name], row["step"])
