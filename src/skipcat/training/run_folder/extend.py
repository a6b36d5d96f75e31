"""More epochs for a run that is finished: what it was stays whole until they are done."""

from dataclasses import replace

from skipcat.errors import RunError
from skipcat.training.run_folder.folder import write_begun
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.run_folder.resume import Goal
from skipcat.training.schedule.time_budget import lengthen_plan
from skipcat.training.trainer.loop import has_ended
from skipcat.training.trainer.trainer import Run


def lengthen_run(run: Run, log: PlanLog, goal: Goal) -> None:
    """Let a run that has ended go on to the epochs that its recipe names now.

    Until it has, nothing in its folder changes. Where it stands before its end, after a checkpoint
    was damaged, the log lengthens it there.

    Raises:
        RunError: more epochs are only asked for now, and it stands before its end.
    """
    epochs, done = run.recipe.epochs or 0, run.state.epoch
    # What diverges begins again with all of them.
    run.first_plan = replace(run.first_plan, epochs=epochs)
    if done and has_ended(run) and run.plan.epochs < epochs:
        run.plan = lengthen_plan(run.plan, done, run.recipe)
        run.state.best_epoch = max(run.state.best_epoch, done - 1)  # patience begins anew
        log.add(run.plan)
    elif goal.extends:
        raise RunError(
            f"The run in '{run.folder}' cannot be extended, since its last checkpoint is missing "
            "or damaged; choose another --out."
        )
    if goal.extends and goal.begun:
        write_begun(run.folder, goal.begun)
