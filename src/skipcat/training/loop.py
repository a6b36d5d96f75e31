"""The loop: batches, steps, averages, validation, checkpoints; nothing is lost on the way."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from skipcat.data.cache import Progress
from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.run import normalise, run_network
from skipcat.errors import RunError
from skipcat.evaluation.calibration import fit_temperature, negative_log_likelihood
from skipcat.networks.network import Network
from skipcat.networks.recompute import checkpoint_activations
from skipcat.networks.stochastic_depth import drop_units
from skipcat.training.augment import Augmentation, augment_batch
from skipcat.training.checkpoint import load_newest, pack, save_checkpoint, unpack
from skipcat.training.draws import draw_order, draw_seed
from skipcat.training.finetune import HEADS_ALONE, settle_trunk, share_rates
from skipcat.training.loss import NetworkWithLoss
from skipcat.training.optimiser import average_weights, build_optimiser, rate_at, set_rate
from skipcat.training.plan import Plan
from skipcat.training.prepare import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.record import (
    Replan,
    Tell,
    make_plan_from,
    no_telling,
    write_events,
    write_metrics,
)


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


@dataclass(eq=False)
class Run:
    """One training under way; `validation_pixels` are prepared as the classifier will see them."""

    network: Network
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
        self.network.to(self.device).to(memory_format=torch.channels_last)
        if self.recipe.stochastic_depth:
            drop_units(self.network, self.recipe.stochastic_depth)
        if self.recipe.activation_memory == "sqrt":
            checkpoint_activations(self.network, self.plan.image_px)
        self.model = NetworkWithLoss(self.network, self.recipe.label_smoothing).to(self.device)
        shares = share_rates(self.network) if self.pretrained else None
        self.optimiser = build_optimiser(self.network, self.recipe, shares)
        self.average: AveragedModel = average_weights(self.network, self.recipe)
        self.best: dict[str, torch.Tensor] = {}
        self.state = State()


def run_training(run: Run, *, replan: Replan | None, progress: Progress) -> None:
    """Train until the plan ends or the validation loss stops falling; best weights win.

    On return the network holds the averaged weights of its best epoch. Ctrl-C saves a checkpoint
    after the step that is under way, then raises KeyboardInterrupt.

    Raises:
        RunError: the loss stopped being finite.
    """
    state = run.state
    if state.history:
        write_metrics(run.folder / "metrics.csv", state.history)
    with _interrupts() as interrupted, _own_randomness(run.device):
        while state.epoch < run.plan.epochs and not _stands_still(run):
            _run_epoch(run, interrupted, progress)
            _end_epoch(run)
            changed = replan(run.plan, state.history) if replan else None
            if changed:
                run.plan = changed
            save(run)
            if interrupted.is_set():
                raise KeyboardInterrupt
    run.network.load_state_dict(run.best)


def _run_epoch(run: Run, interrupted: threading.Event, progress: Progress) -> None:
    state, recipe = run.state, run.recipe
    train = run.prepared.split.train
    order = train[draw_order(recipe.seed, state.epoch, len(train))]
    batches = list(cut_batches(len(order), recipe.batch))
    side = run.plan.size_at(state.epoch)
    run.model.train()
    started, before = time.perf_counter(), state.seconds
    for number in range(state.batch, len(batches)):
        rows = order[batches[number]]
        progress_made = run.plan.progress_at(state.epoch + number / len(batches))
        rate = rate_at(progress_made, run.learning_rate, recipe)
        if run.pretrained:
            alone = progress_made < HEADS_ALONE
            settle_trunk(run.network, heads_alone=alone, batch=recipe.batch)
        loss = _step(run, rows, side, rate)
        state.step, state.batch = state.step + 1, number + 1
        state.loss_sum += loss * len(rows)
        state.right += int(run.model.right)
        state.seen += len(rows)
        state.seconds = before + time.perf_counter() - started
        progress(_describe(run, side), *_work(run, number + 1, len(batches)))
        if interrupted.is_set() and number + 1 < len(batches):
            save(run)
            raise KeyboardInterrupt


def _step(run: Run, rows: np.ndarray, side_px: int, rate: float) -> float:
    decoded, state = run.prepared.decoded, run.state
    # Dropout, too, draws as a function of (seed, epoch, batch): there is no state to lose.
    torch.manual_seed(draw_seed(run.recipe.seed, state.epoch, state.batch))
    set_rate(run.optimiser, rate)
    images = augment_batch(
        torch.from_numpy(np.ascontiguousarray(decoded.pixels[rows])).to(run.device),
        decoded.aspects[rows],
        rows,
        augmentation=run.augmentation,
        seed=run.recipe.seed,
        epoch=state.epoch,
        side_px=side_px,
    )
    images = normalise(images, run.preprocessing.mean, run.preprocessing.std).contiguous(
        memory_format=torch.channels_last
    )
    targets = torch.from_numpy(run.prepared.dataset.labels[rows]).to(run.device)
    loss = run.model(images, targets)
    value = float(loss.detach())
    if not math.isfinite(value):
        raise _diverged(run, f"The loss became {value} at step {state.step + 1}")
    run.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    run.optimiser.step()
    run.average.update_parameters(run.network)
    return value


def _end_epoch(run: Run) -> None:
    """Judge the averaged weights on the validation images and keep them if they are the best."""
    state = run.state
    started = time.perf_counter()
    labels = run.prepared.dataset.labels[run.prepared.split.validation]
    loss = accuracy = None
    if len(labels):
        average = run.average.module.eval()
        logits = run_network(
            average, run.validation_pixels, run.preprocessing.mean, run.preprocessing.std
        )
        if not np.isfinite(logits).all():
            raise _diverged(run, "The answers on the validation images are no finite numbers")
        # At its best temperature: smoothed targets make every epoch doubt too much, the last ones
        # most, and what is kept is calibrated afterwards.
        loss = negative_log_likelihood(logits, labels, fit_temperature(logits, labels))
        accuracy = float(np.mean(logits.argmax(1) == labels))
    if loss is None or loss < state.best_loss or not run.best:
        state.best_loss, state.best_epoch = (state.best_loss if loss is None else loss), state.epoch
        run.best = {k: v.detach().clone() for k, v in run.average.module.state_dict().items()}
    spent = state.seconds - (state.history[-1]["seconds"] if state.history else 0.0)
    state.seconds += time.perf_counter() - started
    row = {
        "epoch": state.epoch + 1,
        "step": state.step,
        "image_px": run.plan.size_at(state.epoch),
        "learning_rate": max(group["lr"] for group in run.optimiser.param_groups),
        "train_loss": state.loss_sum / state.seen,
        "train_accuracy": state.right / state.seen,
        "validation_loss": loss,
        "validation_accuracy": accuracy,
        "images_per_second": round(state.seen / max(spent, 1e-9), 1),
        "seconds": round(state.seconds, 2),
    }
    state.history.append(row)
    state.epoch, state.batch, state.loss_sum, state.right, state.seen = (
        state.epoch + 1,
        0,
        0.0,
        0,
        0,
    )


def save(run: Run) -> None:
    """Write a checkpoint, and the metrics so far."""
    momenta = run.optimiser.state_dict()["state"]
    tensors = {
        **pack("network", run.network.state_dict()),
        **pack("average", run.average.state_dict()),
        **pack("best", run.best),
        **{f"momentum/{i}": s["momentum_buffer"] for i, s in momenta.items() if s},
    }
    state = {**vars(run.state), "plan": run.plan.to_dict()}
    state["best_loss"] = None if math.isinf(run.state.best_loss) else run.state.best_loss
    save_checkpoint(run.folder / "checkpoints", run.state.step, tensors, state)
    write_metrics(run.folder / "metrics.csv", run.state.history)
    if run.state.batch == 0 and run.state.history:
        write_events(run.folder / "events", run.state.history, len(run.state.history) - 1)


def resume_run(run: Run, tell: Tell = no_telling) -> bool:
    """Put the run where its newest checkpoint stands; tell whether there was one."""
    loaded = load_newest(run.folder / "checkpoints", tell)
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
    run.state = State(**state)
    if run.state.best_loss is None:
        run.state.best_loss = math.inf
    run.network.load_state_dict(unpack("network", tensors))
    run.average.load_state_dict(unpack("average", tensors))
    run.best = unpack("best", tensors)
    optimiser = run.optimiser.state_dict()
    optimiser["state"] = {
        int(i): {"momentum_buffer": buffer} for i, buffer in unpack("momentum", tensors).items()
    }
    run.optimiser.load_state_dict(optimiser)


def cut_batches(count: int, batch: int) -> Iterator[slice]:
    """Cut an epoch in batches; a last batch of one image joins the batch before it.

    >>> [s.stop - s.start for s in cut_batches(9, 4)]
    [4, 5]
    """
    start = 0
    while start < count:
        stop = count if count - start <= batch + 1 else start + batch
        yield slice(start, stop)
        start = stop


def _stands_still(run: Run) -> bool:
    state = run.state
    waited = state.epoch - 1 - state.best_epoch
    late = run.plan.progress_at(state.epoch) > 0.5
    has_validation = len(run.validation_pixels) > 0
    return has_validation and state.epoch > 0 and late and waited >= run.recipe.patience


def _describe(run: Run, side_px: int) -> str:
    state = run.state
    last = state.history[-1]["validation_accuracy"] if state.history else None
    validation = "" if last is None else f"  val {100 * last:.1f} %"
    rate = state.step and f"{_speed(run):.0f} img/s"
    return (
        f"Epoch {state.epoch + 1}/{run.plan.epochs} {side_px} px  "
        f"loss {state.loss_sum / state.seen:.2f}  acc {100 * state.right / state.seen:.0f} %"
        f"{validation}  {rate}"
    )


def _speed(run: Run) -> float:
    before = run.state.history[-1]["seconds"] if run.state.history else 0.0
    return run.state.seen / max(1e-9, run.state.seconds - before)


def _work(run: Run, batch: int, batches: int) -> tuple[int, int]:
    """Give work done and work in all, in units of pixels, since larger images take longer."""
    plan, state = run.plan, run.state
    past = sum(row["image_px"] ** 2 for row in state.history) * batches
    now = plan.size_at(state.epoch) ** 2 * batch
    ahead = sum(plan.size_at(e) ** 2 for e in range(state.epoch, plan.epochs)) * batches
    return past + now, past + ahead


def _diverged(run: Run, what: str) -> RunError:
    return RunError(
        f"{what} (epoch {run.state.epoch + 1}); try a lower rate: "
        f"learning_rate={run.learning_rate / 5:g} instead of {run.learning_rate:g}."
    )


@contextmanager
def _own_randomness(device: torch.device) -> Iterator[None]:
    """Leave torch's own generators as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a flag; the second one stops at once, as it always does."""
    flag = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def note(number: int, frame: FrameType | None) -> None:
        flag.set()
        signal.signal(signal.SIGINT, old)

    old = signal.signal(signal.SIGINT, note)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, old)


def bend(plan: Plan, epochs_done: int, sizes_px: tuple[int, ...], reason: str) -> Plan:
    """Give the plan for the rest of a run whose end moved."""
    return replace(
        plan,
        sizes_px=sizes_px,
        first_epoch=epochs_done,
        progress=plan.progress_at(epochs_done),
        reason=reason,
    )
