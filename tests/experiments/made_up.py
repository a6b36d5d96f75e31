"""Made-up outcomes, for verdicts that no training has to be waited for."""

from skipcat.experiments.lab.trial import Outcome


def group(errors, **looks):
    """Give one outcome for each seed's training error, alike in all else."""
    return [
        Outcome("", seed, 1, 1, 8, (360,), (error,), (), (0.1,), 1.0, **looks)
        for seed, error in enumerate(errors)
    ]
