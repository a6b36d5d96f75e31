"""The state of a training: its place in the run, its sums and its history."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from skipcat.text.numbers import percent
from skipcat.text.translation import Message
from skipcat.training.run_folder.logs import COLUMNS
from skipcat.training.trainer.divergence import Divergence


@dataclass
class State:
    """Where a training stands; all of it is in every checkpoint."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch that are done
    loss_sum: float = 0.0
    right: int = 0
    seen: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = -1
    history: list[dict[str, Any]] = field(default_factory=list)
    divergences: tuple[Divergence, ...] = ()  # of the tries before this one

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON takes it."""
        return asdict(self) | {"best_loss": None if math.isinf(self.best_loss) else self.best_loss}

    def end_epoch(self, **figures: float | None) -> None:
        """Add a row of these figures to the history, and stand at the next epoch's beginning."""
        row = {
            "epoch": self.epoch + 1,
            "step": self.step,
            "train_loss": self.loss_sum / self.seen,
            "train_accuracy": self.right / self.seen,
            "seconds": round(self.seconds, 2),
            **figures,
        }
        self.history.append({name: row[name] for name in COLUMNS})
        self.epoch, self.batch, self.loss_sum, self.right, self.seen = self.epoch + 1, 0, 0.0, 0, 0

    def describe(self, epochs: int, image_px: int, accuracy: str) -> str:
        """Return the line beside the progress bar; `accuracy` names that of the steps."""
        last = self.history[-1] if self.history else {}
        judged = last.get("validation_accuracy")
        validation = (
            ""
            if judged is None
            else Message("  val {share} (epoch {epoch})", share=percent(judged), epoch=self.epoch)
        )
        speed = self.seen / max(1e-9, self.seconds - last.get("seconds", 0.0))
        return Message(
            "Epoch {epoch}/{epochs} {image_px} px  loss {loss:.2f}  {accuracy} {share}{validation}"
            "  {speed:.0f} img/s",
            epoch=self.epoch + 1,
            epochs=epochs,
            image_px=image_px,
            loss=self.loss_sum / self.seen,
            accuracy=accuracy,
            share=percent(self.right / self.seen, 0),
            validation=validation,
            speed=speed,
        )


def read_state(values: dict[str, Any]) -> State:
    """Build a state from what `State.to_dict` returned; its figures are not checked.

    Raises:
        TypeError: there are values that no state has.
        ValueError: they are of another type.
    """
    loss = values["best_loss"]
    found = State(**values | {"best_loss": 0.0 if loss is None else loss})
    state = TypeAdapter(State).validate_python(vars(found))
    if loss is None:
        state.best_loss = math.inf
    return state
