"""Training that stopped being finite: what is said of it, and which rate comes next."""

from collections.abc import Sequence
from dataclasses import dataclass

from skipcat.errors import RunError
from skipcat.text.translation import Message
from skipcat.training.recipe import Recipe

TRIES = 3
LOWER_BY = 5


@dataclass(frozen=True)
class Divergence:
    """Where a try stopped, at which rate."""

    what: str
    step: int
    epoch: int
    learning_rate: float

    def __str__(self) -> str:
        return f"{self.what} at step {self.step} (epoch {self.epoch})"


class DivergedError(RunError):
    """A step or an epoch after which a number was not finite; another try may follow."""

    def __init__(self, divergence: Divergence) -> None:
        super().__init__(str(divergence))
        self.divergence = divergence


def lower_rate(learning_rate: float, times: int) -> float:
    """Return the rate after so many divergences."""
    return float(learning_rate / LOWER_BY**times)


def say_again(divergence: Divergence) -> str:
    """Say in a sentence that training starts again."""
    rate = divergence.learning_rate
    return Message(
        "{what} at step {step} (epoch {epoch}) at rate {rate:g}; starting again at {lower:g}.",
        what=divergence.what,
        step=divergence.step,
        epoch=divergence.epoch,
        rate=rate,
        lower=lower_rate(rate, 1),
    )


def refuse_another_try(found: Sequence[Divergence], recipe: Recipe, *, given: float | None) -> None:
    """Refuse another try where the user has `given` the rate, or all have failed.

    Raises:
        RunError: one of these.
    """
    rate = found[-1].learning_rate
    lower = f"learning_rate={lower_rate(rate, 1):g}"
    if given is not None:
        raise RunError(f"{found[-1]}; try a lower rate: {lower} instead of {rate:g}.")
    if len(found) < TRIES:
        return
    tried = ", ".join(f"{one.learning_rate:g} (until step {one.step})" for one in found)
    raise RunError(
        f"Training stopped being finite at every rate that was tried: {tried}. 'skipcat check' "
        f"shows whether images are nearly of one colour or labels are wrong; if not, look at "
        f"weight_decay ({recipe.weight_decay:g}) and momentum ({recipe.momentum:g}), or try "
        f"{lower}."
    )
