"""Trials: one network trained with one seed, and the figures that are kept of it.

Trials go through the same training as everything else, so that one that is killed goes on where
its newest checkpoint stands.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from skipcat.cost.counting import measure_cost
from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.torch_engine import normalise
from skipcat.errors import RunError
from skipcat.networks.catalogue import build_network, make_spec
from skipcat.networks.network import Initialise, Network
from skipcat.networks.specs import Spec
from skipcat.reporting import Progress, Reporter, Tell
from skipcat.training.prepared_data import PreparedData, held_out_pixels
from skipcat.training.recipe import MOST_EPOCHS, Recipe
from skipcat.training.run_folder.record import RunRecord
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.trainer import Trainer

#: Measures a network beside its training, at its beginning and at its end; gives plain values.
Look = Callable[[Network, PreparedData], Mapping[str, Any]]

# As in He et al. 2016, §4.2, but for the fall of the rate: a cosine, where the paper divides by ten
# twice. Nothing that would blur what is compared: no augmentation, no averaging, no smoothing.
BARE = Recipe(
    batch=128,
    learning_rate=0.05,  # for a batch of 64, so 0.1 here
    weight_decay=1e-4,
    label_smoothing=0.0,
    ema_decay=0.0,
    augment="none",
    mirror="no",
    patience=MOST_EPOCHS,
    validation=0.2,
    test=0.0,
    split_seed=0,
)
# Small steps cost little where each layer waits for the one before it. The rate is the one at which
# the paper warms 110 layers up, which do not begin to learn at all of it.
MANY_STEPS = replace(BARE, batch=32, learning_rate=0.01, warmup=0.2)  # for 64, so 0.005 here


@dataclass(frozen=True)
class Trial:
    """A network to be trained; its recipe's seed and epochs are given by the lab.

    It sees `images`, the lab's where there are none. `stem_reduction` is the spec's by the rule of
    the images' size, unless it is given. `initialise` draws first weights that are not the
    network's own.
    """

    label: str
    network: str | Spec
    recipe: Recipe = BARE
    look: Look | None = None
    images: PreparedData | None = None
    stem_reduction: int | None = None
    initialise: Initialise | None = None

    def build(self, spec: Spec, seed: int) -> Network:
        """Build the network as it is before the first step."""
        network = build_network(spec, seed=seed)
        if self.initialise:
            self.initialise(network, torch.Generator().manual_seed(seed))
        return network


@dataclass(frozen=True)
class Outcome:
    """The result of a trial: errors are shares of images, one for each epoch.

    `train_errors` are those of the steps of an epoch, as the papers plot them. A trial that
    `diverged` says how, and has only the epochs before.
    """

    label: str
    seed: int
    parameters: int
    macs: int
    image_px: int
    steps: tuple[int, ...]
    train_errors: tuple[float, ...]
    train_losses: tuple[float, ...]
    validation_errors: tuple[float, ...]
    seconds: float
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    diverged: str = ""

    @property
    def train_error(self) -> float:
        """Return the error of the last epoch's steps; 1 where there was none."""
        return self.train_errors[-1] if self.train_errors else 1.0

    @property
    def validation_error(self) -> float:
        """Return the error on validation images at the end; 1 where there was none."""
        return self.validation_errors[-1] if self.validation_errors else 1.0

    def to_row(self) -> dict[str, Any]:
        """Return the figures at its end, as a row of a table."""
        return {
            "trial": self.label,
            "seed": self.seed,
            "parameters": self.parameters,
            "macs": self.macs,
            "image_px": self.image_px,
            "steps": self.steps[-1] if self.steps else 0,
            "train_error": round(self.train_error, 6),
            "validation_error": round(self.validation_error, 6),
            "seconds": round(self.seconds, 1),
            "diverged": self.diverged,
        }


Outcomes = Mapping[str, Sequence[Outcome]]  # by label, one for each seed


def run_trial(
    trial: Trial,
    recipe: Recipe,
    prepared: PreparedData,
    folder: Path,
    *,
    progress: Progress,
    tell: Tell,
) -> Outcome:
    """Train a network, or resume it from its folder, which is removed at the end."""
    prepared = trial.images or prepared
    spec = fit_spec(trial.network, prepared, trial.stem_reduction)
    record = RunRecord(spec.name, recipe, recipe, prepared.mean, prepared.std)
    plan = Plan(recipe.epochs or 0, prepared.image_px, spec.stem_reduction)
    build = partial(trial.build, spec, recipe.seed)
    trainer = Trainer(record, spec, plan, prepared, folder, build=build)
    before = dict(trial.look(trial.build(spec, recipe.seed), prepared)) if trial.look else {}
    trainer.resume(tell)
    diverged = ""
    try:
        trainer.train(reporter=Reporter(progress, tell))
    except RunError as error:  # a rate was given, so there is no other try: it is a finding
        diverged = str(error)
    last = trainer.average.cpu()
    after = dict(trial.look(last, prepared)) if trial.look and not diverged else {}
    outcome = _sum_up(trial, trainer, before, after, diverged)
    shutil.rmtree(folder, ignore_errors=True)
    return outcome


def fit_spec(
    network: str | Spec, prepared: PreparedData, stem_reduction: int | None = None
) -> Spec:
    """Build the spec for the data's classes, size and channels."""
    classes = len(prepared.dataset.classes)
    spec = make_spec(network, classes, prepared.image_px, prepared.channels)
    return replace(spec, stem_reduction=stem_reduction) if stem_reduction else spec


def _sum_up(
    trial: Trial, trainer: Trainer, before: dict[str, Any], after: dict[str, Any], diverged: str
) -> Outcome:
    history, cost = trainer.state.history, measure_cost(trainer.network, trainer.plan.image_px)
    return Outcome(
        label=trial.label,
        seed=trainer.recipe.seed,
        parameters=cost.parameters,
        macs=cost.macs,
        image_px=trainer.plan.image_px,
        steps=tuple(int(row["step"]) for row in history),
        train_errors=tuple(round(1 - row["train_accuracy"], 6) for row in history),
        train_losses=tuple(float(row["train_loss"]) for row in history),
        validation_errors=tuple(round(1 - row["validation_accuracy"], 6) for row in history),
        seconds=float(history[-1]["seconds"]) if history else 0.0,
        before=before,
        after=after,
        diverged=diverged,
    )


def take_batch(prepared: PreparedData, images: int) -> tuple[torch.Tensor, ...]:
    """Return the first training images, normalised as the network sees them, and their labels.

    Shapes: (N, C, image_px, image_px), (N,).
    """
    rows = prepared.split.train[:images]
    sight = Preprocessing(prepared.image_px, prepared.channels, prepared.mean, prepared.std)
    pixels = torch.from_numpy(held_out_pixels(prepared, rows, sight))
    labels = torch.from_numpy(prepared.dataset.labels[rows])
    return normalise(pixels, prepared.mean, prepared.std), labels
