"""Outcomes that nobody trained, for verdicts to be read from."""

from skipcat.experiments.lab.trial import Outcome


def make_up(label, errors, macs=1_000_000, **more):
    """Give one outcome for each seed, of these validation errors."""
    return [
        Outcome(
            label, seed, 1000, macs, 8, (1, 2, 3), (0.9, 0.5, error), (2.0, 1.0, 0.5),
            (0.9, 0.6, error), 1.0, **more,
        )
        for seed, error in enumerate(errors)
    ]  # fmt: skip
