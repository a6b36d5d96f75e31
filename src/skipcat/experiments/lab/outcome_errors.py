"""Training and validation errors of trained networks: means, paired differences, messages."""

from collections.abc import Sequence

from skipcat.experiments.lab.statistics import Mean, average_share, compare
from skipcat.experiments.lab.trial import Outcome, Outcomes
from skipcat.text.translation import Message


def train_errors(group: Sequence[Outcome]) -> list[float]:
    """Return the training error of each seed."""
    return [one.train_error for one in group]


def validation_errors(group: Sequence[Outcome]) -> list[float]:
    """Return the validation error of each seed."""
    return [one.validation_error for one in group]


def compare_training(outcomes: Outcomes, ours: str, theirs: str) -> Mean:
    """Compute the training error of one network minus that of another, paired by seed."""
    return compare(train_errors(outcomes[ours]), train_errors(outcomes[theirs]))


def compare_validation(outcomes: Outcomes, ours: str, theirs: str) -> Mean:
    """Compute the validation error of one network minus that of another, paired by seed."""
    return compare(validation_errors(outcomes[ours]), validation_errors(outcomes[theirs]))


def describe_training(group: Sequence[Outcome]) -> Message:
    """Return the mean training error in percent, with its interval."""
    return average_share(train_errors(group)).percent()


def describe_validation(group: Sequence[Outcome]) -> Message:
    """Return the mean validation error in percent, with its interval."""
    return average_share(validation_errors(group)).percent()
