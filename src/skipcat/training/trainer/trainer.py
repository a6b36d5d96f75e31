"""One training under way: where it stands, its checkpoints, and how it begins again."""

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch.optim.swa_utils import AveragedModel

from skipcat.data.preprocessing import Preprocessing
from skipcat.errors import RunError
from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.network import Network
from skipcat.networks.stochastic_depth import drop_units
from skipcat.reporting import Tell, no_telling
from skipcat.training.augmentation.augment import Augmentation
from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.checkpoint import load_newest, pack, save_checkpoint, unpack
from skipcat.training.run_folder.checkpoint_checks import (
    check_figures,
    check_momenta,
    check_place,
    check_tensors,
)
from skipcat.training.run_folder.logs import make_plan_from, write_events, write_metrics
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.distillation import HeadsWithLoss
from skipcat.training.trainer.divergence import Divergence, lower_rate, say_again
from skipcat.training.trainer.gradients import is_mixed, make_scaler
from skipcat.training.trainer.layer_rates import share_rates
from skipcat.training.trainer.loss import NetworkWithLoss, weigh_classes
from skipcat.training.trainer.optimizer import average_weights, build_optimiser


@dataclass
class State:
    """Where a run stands; all of it is in every checkpoint."""

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


@dataclass(eq=False)
class Run:
    """One training under way; `validation_pixels` are prepared as the classifier will see them.

    `rebuild` gives the network as it was before the first step; `learning_rate` is the first try's.
    """

    network: Network
    rebuild: Callable[[], Network]
    prepared: Prepared
    recipe: Recipe
    plan: Plan
    preprocessing: Preprocessing
    augmentation: Augmentation
    validation_pixels: np.ndarray
    device: torch.device
    folder: Path
    learning_rate: float
    pretrained: bool = False

    def __post_init__(self) -> None:
        self.first_plan = self.plan
        self.saved_at = time.monotonic()  # or begun, for when the next checkpoint is due
        self.train_labels = np.take(self.prepared.dataset.labels, self.prepared.split.train)
        self._begin(State())

    @property
    def rate(self) -> float:
        """The highest learning rate of this try."""
        return lower_rate(self.learning_rate, len(self.state.divergences))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user was told of the tries before this one."""
        return tuple(say_again(one) for one in self.state.divergences)

    def begin_again(self, divergence: Divergence) -> None:
        """Go back to before the first step, for a try at a lower rate by the first plan.

        A run that is killed before this try's first checkpoint, which drops those of later steps,
        diverges once more and comes to the same.
        """
        found = (*self.state.divergences, divergence)
        shutil.rmtree(self.folder / "events", ignore_errors=True)
        self.network = self.rebuild()
        self.plan = replace(self.first_plan, tries=len(found))
        self._begin(State(divergences=found))

    def _begin(self, state: State) -> None:
        self.network.to(self.device).to(memory_format=torch.channels_last)
        if self.recipe.stochastic_depth:
            drop_units(self.network, self.recipe.stochastic_depth)
        if self.recipe.activation_memory == "sqrt":
            checkpoint_activations(self.network, self.plan.image_px)
        self.model: HeadsWithLoss | NetworkWithLoss
        if self.recipe.only_auxiliary:
            self.model = HeadsWithLoss(self.network).to(self.device)
        else:
            weights = None
            if self.recipe.balance == "weights":
                weights = weigh_classes(self.train_labels, len(self.prepared.dataset.classes))
            model = NetworkWithLoss(self.network, self.recipe.label_smoothing, weights)
            self.model = model.to(self.device)
        if self.recipe.compile:
            # One size, one kernel: a run that goes on must not meet others than one that did not
            # stop. The network itself, of which copies are made, stays as it is.
            self.model.compile(dynamic=False)
        shares = share_rates(self.network) if self.pretrained else None
        self.optimiser = build_optimiser(self.network, self.recipe, shares)
        self.average: AveragedModel = average_weights(self.network, self.recipe)
        self.scaler = make_scaler(self.device, mixed=is_mixed(self.recipe, self.device))
        self.best: dict[str, torch.Tensor] = {}
        self.state = state


def save(run: Run) -> None:
    """Write a checkpoint, and the metrics so far."""
    momenta = run.optimiser.state_dict()["state"]
    tensors = {
        **pack("network", run.network.state_dict()),
        **pack("average", run.average.state_dict()),
        **pack("best", run.best),
        **{f"momentum/{i}": s["momentum_buffer"] for i, s in momenta.items() if s},
    }
    state = {**asdict(run.state), "plan": run.plan.to_dict(), "scaler": run.scaler.state_dict()}
    state["best_loss"] = None if math.isinf(run.state.best_loss) else run.state.best_loss
    save_checkpoint(run.folder / "checkpoints", run.state.step, tensors, state)
    run.saved_at = time.monotonic()
    write_metrics(run.folder / "metrics.csv", run.state.history)
    if run.state.batch == 0 and run.state.history:
        write_events(run.folder / "events", run.state.history, len(run.state.history) - 1)


def resume_run(run: Run, tell: Tell = no_telling, *, folder: Path | None = None) -> bool:
    """Put the run where its newest checkpoint stands; tell whether there was one.

    With `folder` it is that of another run, of the same network and data.
    """
    loaded = load_newest((folder or run.folder) / "checkpoints", tell)
    if loaded is None:
        return False
    try:
        _restore(run, *loaded)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RunError(
            f"The checkpoints in '{run.folder}' are not of this run or version "
            f"({' '.join(str(error).split())[:100]}); choose another --out."
        ) from error
    return True


def _restore(run: Run, tensors: dict[str, torch.Tensor], state: dict[str, Any]) -> None:
    run.plan = make_plan_from(state.pop("plan"))
    scaler, loss = state.pop("scaler"), state.pop("best_loss")
    found = State(**state, best_loss=0.0 if loss is None else loss)
    run.state = TypeAdapter(State).validate_python(vars(found))
    check_place(run)
    own_scaler = run.scaler.state_dict()
    if scaler and own_scaler:
        check_figures(scaler, own_scaler, "scaler")
        run.scaler.load_state_dict(scaler)
    if loss is None:
        run.state.best_loss = math.inf
    network, average, best = (unpack(part, tensors) for part in ("network", "average", "best"))
    momenta = {int(number): buffer for number, buffer in unpack("momentum", tensors).items()}
    check_tensors(network, run.network.state_dict(), "network")
    check_tensors(average, run.average.state_dict(), "average")
    check_tensors(best, run.network.state_dict() if run.state.epoch else {}, "best")
    check_momenta(momenta, [p for group in run.optimiser.param_groups for p in group["params"]])
    if int(average["n_averaged"]) != run.state.step:
        raise ValueError("its average is of other steps")
    run.network.load_state_dict(network)
    run.average.load_state_dict(average)
    run.best = best
    optimiser = run.optimiser.state_dict()
    optimiser["state"] = {number: {"momentum_buffer": b} for number, b in momenta.items()}
    run.optimiser.load_state_dict(optimiser)
