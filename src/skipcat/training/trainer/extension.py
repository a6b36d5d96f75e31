"""Extension of a finished run by more epochs: what it was stays whole until they are done."""

from dataclasses import replace

from skipcat.errors import RunError
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.run_folder.record import write_record
from skipcat.training.schedule.time_budget import lengthen_plan
from skipcat.training.trainer.trainer import Trainer


def extend_training(trainer: Trainer, log: PlanLog, *, begins: bool) -> None:
    """Let a run that has ended go on to the epochs that its recipe names now.

    Until it has, nothing in its folder changes: its record is written last, where the extension
    `begins`. Where it stands before its end, after a checkpoint was damaged, the log extends it.

    Raises:
        RunError: more epochs are only asked for now, and it stands before its end.
    """
    epochs, done = trainer.recipe.epochs or 0, trainer.state.epoch
    # What diverges begins again with all of them.
    trainer.first_plan = replace(trainer.first_plan, epochs=epochs)
    if done and trainer.has_ended and trainer.plan.epochs < epochs:
        trainer.plan = lengthen_plan(trainer.plan, done, trainer.recipe)
        # Early stopping counts from here.
        trainer.state.best_epoch = max(trainer.state.best_epoch, done - 1)
        log.add(trainer.plan)
    elif begins:
        raise RunError(
            f"The run in '{trainer.folder}' cannot be extended, since its last checkpoint is "
            "missing or damaged; choose another --out."
        )
    if begins:
        write_record(trainer.folder, trainer.record)
