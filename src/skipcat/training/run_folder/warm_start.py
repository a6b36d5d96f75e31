"""A training that goes on from where a race left it: no step is taken twice."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from skipcat.errors import RunError
from skipcat.training.prepared_data import Prepared
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.schedule.plan import Plan, bend, fill_time
from skipcat.training.trainer.random_draws import count_batches
from skipcat.training.trainer.trainer import Run, resume_run, save


@dataclass(frozen=True)
class Standing:
    """Where a network stands after a race: its folder, its plan, its measured speed, its data."""

    folder: Path
    plan: Plan
    seconds_per_step: float
    batch: int
    prepared: Prepared

    def time_image(self, side_px: int, reduction: int) -> float:
        """Give the seconds of training on one image; a race knows its own size only."""
        return self.seconds_per_step / self.batch


def take_over(run: Run, standing: Standing, log: PlanLog, deadline: float) -> None:
    """Put a run where the race left it, with a plan that lets its rate fall by the deadline.

    Raises:
        RunError: the race's checkpoint is missing or damaged.
    """
    if not resume_run(run, folder=standing.folder):
        raise RunError(f"'{standing.folder}' holds no checkpoint of the race; start anew.")
    logged = log.plans
    if len(logged) > 1:
        run.plan = logged[1]
    else:
        batches = count_batches(len(run.train_labels), run.recipe.batch_size)
        per_epoch = batches * standing.seconds_per_step
        done, part = run.state.epoch, run.state.batch / batches
        left = max(1.0, deadline - time.monotonic())
        epochs, share = fill_time(left + part * per_epoch, per_epoch, done=done)
        reason = f"after the race {left:.0f} s are left"
        run.plan = replace(bend(run.plan, done, epochs, share, reason), hold=1.0)
        log.add(run.plan)
    save(run)
