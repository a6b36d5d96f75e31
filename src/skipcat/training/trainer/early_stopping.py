"""Early stopping: a training ends when its validation loss no longer falls (patience)."""

from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.state import State

# While the learning rate is high, the loss may stand still and fall later.
NOT_BEFORE = 0.5


def should_stop(state: State, plan: Plan, patience: int) -> bool:
    """Return whether the validation loss has not fallen for `patience` epochs.

    Never in the first half of the learning-rate schedule.
    """
    waited = state.epoch - 1 - state.best_epoch
    return state.epoch > 0 and plan.progress_at(state.epoch) > NOT_BEFORE and waited >= patience
