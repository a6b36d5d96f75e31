"""A warm start: training goes on from where a race left the network, and no step is taken twice."""

import time
from dataclasses import replace

from skipcat.errors import RunError
from skipcat.training.request import WarmStart
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.schedule.plan import bend, fill_time
from skipcat.training.trainer.batches import count_batches
from skipcat.training.trainer.trainer import Trainer


def take_over(trainer: Trainer, start: WarmStart, log: PlanLog, deadline: float) -> None:
    """Put a training where the race left it, with a plan that lets its rate fall by the deadline.

    Raises:
        RunError: the race's checkpoint is missing or damaged.
    """
    if not trainer.resume(folder=start.folder):
        raise RunError(f"'{start.folder}' holds no checkpoint of the race; start anew.")
    logged = log.plans
    if len(logged) > 1:
        trainer.plan = logged[1]
    else:
        batches = count_batches(len(trainer.train_labels), trainer.recipe.batch_size)
        per_epoch = batches * start.seconds_per_step
        done, part = trainer.state.epoch, trainer.state.batch / batches
        left = max(1.0, deadline - time.monotonic())
        epochs, share = fill_time(left + part * per_epoch, per_epoch, done=done)
        reason = f"after the race {left:.0f} s are left"
        trainer.plan = replace(bend(trainer.plan, done, epochs, share, reason), hold=1.0)
        log.add(trainer.plan)
    trainer.save()
