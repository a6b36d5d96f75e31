"""The trainer: one network in a run folder, from its first step to its best averaged weights.

A run that is killed and resumed takes the same steps: what a step draws is a function of (seed,
epoch, batch), and a checkpoint holds all else.
"""

import math
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.device import pick_device
from skipcat.errors import RunError
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.reporting import Reporter, Tell, no_telling
from skipcat.text.translation import Message
from skipcat.training.augmentation.augment import plan_augmentation
from skipcat.training.augmentation.random_draws import draw_seed
from skipcat.training.initial_weights import build_first_network, rebuild_network
from skipcat.training.prepared_data import PreparedData, held_out_pixels
from skipcat.training.run_folder.checkpoint import load_newest, save_checkpoint
from skipcat.training.run_folder.logs import make_plan_from, write_events, write_metrics
from skipcat.training.run_folder.record import RunRecord
from skipcat.training.schedule.learning_rate import rate_at
from skipcat.training.schedule.memory_budget import explain_out_of_memory, size_step
from skipcat.training.schedule.plan import Plan, Replan, Spent
from skipcat.training.trainer.batches import cut_batches, load_batch, order_images
from skipcat.training.trainer.checkpoint_checks import check_place
from skipcat.training.trainer.divergence import (
    DivergedError,
    Divergence,
    lower_rate,
    refuse_another_try,
    say_again,
)
from skipcat.training.trainer.early_stopping import should_stop
from skipcat.training.trainer.interrupts import Interrupts, note_interrupts
from skipcat.training.trainer.layer_rates import HEADS_ALONE, settle_trunk
from skipcat.training.trainer.learner import Learner
from skipcat.training.trainer.loss import weigh_classes
from skipcat.training.trainer.state import State, read_state
from skipcat.training.trainer.validation import NotFiniteError, validate

# Of the last epochs each may be too long to be off until its end, as where the machine has turned
# busy: so often it is looked at.
LAST_EPOCHS, LOOKS = 4, 40
# An epoch of an hour is not lost; the clock decides when a checkpoint is written, nothing else.
SAVE_SECONDS = 600.0
SILENT = Reporter()
# Of the steps' images: what the heads agree on, or what is predicted correctly.
AGREE, CORRECT = Message("agree"), Message("acc")


class Trainer:
    """One training under way.

    `network` is the one that was built already for it; `build` builds it as it is before the first
    step, by default as the record says. `validation_pixels` are the validation images as the
    finished classifier will see them.
    """

    def __init__(
        self,
        record: RunRecord,
        spec: Spec,
        plan: Plan,
        data: PreparedData,
        folder: Path,
        *,
        network: Network | None = None,
        build: Callable[[], Network] | None = None,
        validation_pixels: np.ndarray | None = None,
    ) -> None:
        self.record, self.data, self.folder = record, data, folder
        self.plan = self.first_plan = plan
        batch = min(record.resolved.batch_size, len(data.split.train))
        self.recipe = replace(record.resolved, batch=batch)
        self.device = pick_device(self.recipe.device)
        self.preprocessing = Preprocessing(plan.image_px, data.channels, record.mean, record.std)
        self.augmentation = plan_augmentation(self.recipe, data.dataset, plan.image_px)
        if validation_pixels is None:
            validation_pixels = held_out_pixels(data, data.split.validation, self.preprocessing)
        self.validation_pixels = validation_pixels
        self.pretrained = record.weights != "none" and not self.recipe.only_auxiliary
        self.saved_at = time.monotonic()  # or begun, for when the next checkpoint is due
        self.train_labels = np.take(data.dataset.labels, data.split.train)
        self._build = build or (lambda: build_first_network(spec, record, folder))
        if network is None:
            network = build() if build else rebuild_network(spec, record, folder)
        self._begin(network, State())

    def _begin(self, network: Network, state: State) -> None:
        weights = None
        if self.recipe.balance == "weights":
            weights = weigh_classes(self.train_labels, len(self.data.dataset.classes))
        self.learner = Learner(
            network,
            self.recipe,
            image_px=self.plan.image_px,
            device=self.device,
            pretrained=self.pretrained,
            class_weights=weights,
        )
        self.state = state

    @property
    def network(self) -> Network:
        """The network in training."""
        return self.learner.network

    @property
    def average(self) -> Network:
        """The network with the moving average of its weights."""
        return cast(Network, self.learner.average.module)

    @property
    def rate(self) -> float:
        """The highest learning rate of this try."""
        return lower_rate(self.record.learning_rate, len(self.state.divergences))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user was told of the tries before this one."""
        return tuple(say_again(one) for one in self.state.divergences)

    @property
    def has_ended(self) -> bool:
        """Whether the plan's epochs are done, or training stops early."""
        if self.state.epoch >= self.plan.epochs:
            return True
        stops = should_stop(self.state, self.plan, self.recipe.patience)
        return stops and len(self.validation_pixels) > 0

    def resume(self, tell: Tell = no_telling, *, folder: Path | None = None) -> bool:
        """Put the training where its newest checkpoint stands; return whether there was one.

        With `folder` it is that of another run, of the same network and data.

        Raises:
            RunError: the checkpoints are damaged, or of another run.
        """
        loaded = load_newest((folder or self.folder) / "checkpoints", tell)
        if loaded is None:
            return False
        try:
            self._restore(*loaded)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise RunError(
                f"The checkpoints in '{self.folder}' are not of this run or version "
                f"({' '.join(str(error).split())[:100]}); choose another --out."
            ) from error
        return True

    def _restore(self, tensors: dict[str, torch.Tensor], values: dict[str, Any]) -> None:
        self.plan = make_plan_from(values.pop("plan"))
        scaler = values.pop("scaler")
        self.state = read_state(values)
        check_place(self.state, self.plan, self.first_plan, self.recipe, self.data.split)
        self.learner.unpack(tensors, scaler, step=self.state.step, epoch=self.state.epoch)

    def save(self) -> None:
        """Write a checkpoint, and the metrics so far."""
        state = self.state
        values = {
            **state.to_dict(),
            "plan": self.plan.to_dict(),
            "scaler": self.learner.scaler.state_dict(),
        }
        save_checkpoint(self.folder / "checkpoints", state.step, self.learner.pack(), values)
        self.saved_at = time.monotonic()
        write_metrics(self.folder / "metrics.csv", state.history)
        if state.batch == 0 and state.history:
            write_events(self.folder / "events", state.history, len(state.history) - 1)

    def train(
        self, until: int | None = None, *, replan: Replan | None = None, reporter: Reporter = SILENT
    ) -> None:
        """Train until the plan ends or the validation loss stops falling; best weights win.

        On return the network holds the averaged weights of its best epoch. A checkpoint is saved
        after each epoch, every ten minutes within one, and on Ctrl-C or SIGTERM after the step that
        is under way; then the process' own handler has the signal. Where a number stops being
        finite, training starts again at a fifth of the rate, twice at most, unless the user gave
        it. With `until`, training stops after that step, saved, and what diverges is not tried
        again: the rest of the plan is another day's.

        Raises:
            DivergedError: with `until`, a number stopped being finite.
            RunError: a number stopped being finite, and no try is left.
            RecipeError: memory ran out.
        """
        if until is None and self.state.history:
            write_metrics(self.folder / "metrics.csv", self.state.history)
        with self._own_memory_signals_and_randomness() as interrupts:
            if until is not None:
                while self.state.step < until:
                    if self._run_epoch(interrupts, reporter, until=until):
                        self._end_epoch()
                self.save()
                return
            while not self.has_ended:
                self._train_epoch(interrupts, replan, reporter)
        self.network.load_state_dict(self.learner.best)
        self.network.requires_grad_(True)

    @contextmanager
    def _own_memory_signals_and_randomness(self) -> Iterator[Interrupts]:
        """Explain that memory ran out, delay signals, and leave torch's generators as they were."""
        step = size_step(self.network.spec, self.plan.image_px, self.recipe, self.device)
        devices = [self.device] if self.device.type == "cuda" else []
        with (
            explain_out_of_memory(step, self.device),
            note_interrupts() as interrupts,
            torch.random.fork_rng(devices=devices),
        ):
            yield interrupts

    def _train_epoch(
        self, interrupts: Interrupts, replan: Replan | None, reporter: Reporter
    ) -> None:
        """Train one epoch to its checkpoint, or begin again where it diverged."""
        before = self.plan
        try:
            self._run_epoch(interrupts, reporter, replan=replan)
            self._end_epoch()
        except DivergedError as error:
            found = (*self.state.divergences, error.divergence)
            refuse_another_try(found, self.recipe, given=self.record.recipe.learning_rate)
            reporter.tell(say_again(error.divergence))
            self._begin_again(found)
        history = self.state.history
        seconds = history[-1]["seconds"] if history else 0.0
        self._plan_anew(replan, self._spend(len(history), seconds))
        if abs(self.plan.epochs - before.epochs) > 1:  # plan.jsonl has the small ones too
            plan, reason = self.plan.describe(), self.plan.reason
            reporter.tell(Message("Planned anew: {plan}; {reason}.", plan=plan, reason=reason))
        self.save()
        if self.state.history:
            reporter.on_epoch(self.state.history[-1], self.average)
        interrupts.deliver()

    def _begin_again(self, divergences: tuple[Divergence, ...]) -> None:
        """Go back to before the first step, for a try at a lower rate by the first plan.

        A run that is killed before this try's first checkpoint, which drops those of later steps,
        diverges once more and comes to the same.
        """
        shutil.rmtree(self.folder / "events", ignore_errors=True)
        self.plan = replace(self.first_plan, tries=len(divergences))
        self._begin(self._build(), State(divergences=divergences))

    def _plan_anew(self, replan: Replan | None, spent: Spent) -> None:
        self.plan = (replan(self.plan, spent) if replan else None) or self.plan

    def _spend(self, epochs: float, seconds: float) -> Spent:
        """Return what of the run is over; epochs that began with the heads alone are quick."""
        begun = range(math.ceil(epochs)) if self.pretrained else ()
        quick = sum(self.plan.progress_at(epoch) < HEADS_ALONE for epoch in begun)
        if not quick:
            return Spent(epochs, seconds)
        if quick > len(self.state.history):  # the epoch under way is one of them
            return Spent(epochs, seconds, (epochs, seconds))
        return Spent(epochs, seconds, (quick, self.state.history[quick - 1]["seconds"]))

    def _run_epoch(
        self,
        interrupts: Interrupts,
        reporter: Reporter,
        *,
        until: int | None = None,
        replan: Replan | None = None,
    ) -> bool:
        """Train to the end of the epoch, or to step `until`; return whether the epoch is done."""
        state = self.state
        order = order_images(self.recipe, state.epoch, self.train_labels)
        batches = list(cut_batches(len(order), self.recipe.batch_size))
        count = self.plan.batches_at(state.epoch, len(batches))
        # Places in the epoch, not in the plan: a run that goes on by its log passes the same.
        every = max(1, len(batches) // LOOKS)
        self.learner.model.train()
        started, before = time.perf_counter(), state.seconds
        while state.batch < count:
            self._step(order[batches[state.batch]], state.epoch + state.batch / len(batches))
            state.seconds = before + time.perf_counter() - started
            self._report(reporter, len(batches))
            left = self.plan.epochs - state.epoch
            if left < LAST_EPOCHS and not state.batch % every and state.batch < count:
                done = state.epoch + state.batch / len(batches)
                self._plan_anew(replan, self._spend(done, state.seconds))
                count = self.plan.batches_at(state.epoch, len(batches))
            due = interrupts.has_come or time.monotonic() - self.saved_at > SAVE_SECONDS
            if due and state.batch < count:
                self.save()
                interrupts.deliver()
            if state.step == until:
                return state.batch == count
        return True

    def _step(self, numbers: np.ndarray, epoch: float) -> None:
        """Take one step on some of the training images."""
        state = self.state
        progress = self.plan.progress_at(epoch)
        if self.pretrained:
            alone = progress < HEADS_ALONE
            settle_trunk(self.network, heads_alone=alone, batch=self.recipe.batch_size)
        # Dropout, too, draws as a function of (seed, epoch, batch): there is no state to lose.
        torch.manual_seed(draw_seed(self.recipe.seed, state.epoch, state.batch))
        images, targets = load_batch(
            self.data,
            numbers,
            self.recipe,
            epoch=state.epoch,
            augmentation=self.augmentation,
            preprocessing=self.preprocessing,
            device=self.device,
        )
        rate = rate_at(progress, self.rate, self.recipe)
        loss, correct = self.learner.step(images, targets, rate)
        if not math.isfinite(loss):
            raise self._diverged(f"The loss became {loss}", state.step + 1)
        state.step, state.batch = state.step + 1, state.batch + 1
        state.loss_sum += loss * len(numbers)
        state.right += correct
        state.seen += len(numbers)

    def _end_epoch(self) -> None:
        """Validate the averaged weights, and keep them if they are the best."""
        state = self.state
        started = time.perf_counter()
        try:
            loss, accuracy = validate(
                self.average,
                self.validation_pixels,
                self.data.dataset.labels[self.data.split.validation],
                self.preprocessing,
                only_auxiliary=self.recipe.only_auxiliary,
            )
        except NotFiniteError as error:
            raise self._diverged(str(error), state.step) from error
        if loss is None or loss < state.best_loss or not self.learner.best:
            state.best_loss = state.best_loss if loss is None else loss
            state.best_epoch = state.epoch
            self.learner.keep_best()
        spent = state.seconds - (state.history[-1]["seconds"] if state.history else 0.0)
        state.seconds += time.perf_counter() - started
        state.end_epoch(
            image_px=self.plan.image_px,
            learning_rate=max(group["lr"] for group in self.learner.optimizer.param_groups),
            validation_loss=loss,
            validation_accuracy=accuracy,
            images_per_second=round(state.seen / max(spent, 1e-9), 1),
        )

    def _diverged(self, what: str, step: int) -> DivergedError:
        return DivergedError(Divergence(what, step, self.state.epoch + 1, self.rate))

    def _report(self, reporter: Reporter, batches: int) -> None:
        state, last = self.state, self.plan.epochs - 1
        what = state.describe(
            self.plan.epochs, self.plan.image_px, AGREE if self.recipe.only_auxiliary else CORRECT
        )
        done = state.epoch * batches + state.batch
        reporter.progress(what, done, last * batches + self.plan.batches_at(last, batches))
