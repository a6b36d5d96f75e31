"""The loop: batches, steps, averages, validation; what diverges begins again at a lower rate."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from skipcat.engines.torch_engine import normalise, run_network
from skipcat.evaluation.calibration import fit_temperature, negative_log_likelihood
from skipcat.reporting import Progress, Tell
from skipcat.training.augmentation.augment import augment_batch
from skipcat.training.augmentation.mixing import Mixing, mix_batch
from skipcat.training.run_folder.logs import OnEpoch, Replan, write_metrics
from skipcat.training.schedule.memory_budget import explain_out_of_memory, size_step
from skipcat.training.schedule.plan import Spent
from skipcat.training.trainer.distillation import agree, answer_with_heads, diverge
from skipcat.training.trainer.divergence import (
    DivergedError,
    Divergence,
    refuse_another_try,
    say_again,
)
from skipcat.training.trainer.gradients import compute_gradients
from skipcat.training.trainer.interrupts import Interrupts, note_interrupts
from skipcat.training.trainer.layer_rates import HEADS_ALONE, settle_trunk
from skipcat.training.trainer.optimizer import rate_at, set_rate
from skipcat.training.trainer.random_draws import (
    cut_batches,
    draw_balanced_order,
    draw_order,
    draw_seed,
)
from skipcat.training.trainer.trainer import Run, save

# Of the last epochs each may be too long to be off until its end, as where the machine has turned
# busy: so often it is looked at.
LAST_EPOCHS, LOOKS = 4, 40
# An epoch of an hour is not lost; the clock decides when a checkpoint is written, nothing else.
SAVE_SECONDS = 600.0


def run_training(
    run: Run,
    *,
    replan: Replan | None,
    progress: Progress,
    tell: Tell,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Train until the plan ends or the validation loss stops falling; best weights win.

    On return the network holds the averaged weights of its best epoch. A checkpoint is saved after
    each epoch, every ten minutes within one, and on Ctrl-C or SIGTERM after the step that is under
    way; then the process' own handler has the signal. Where a number stops being finite, training
    starts again at a fifth of the rate, twice at most, unless the user gave it.

    Raises:
        RunError: a number stopped being finite, and no try is left.
        RecipeError: memory ran out.
    """
    if run.state.history:
        write_metrics(run.folder / "metrics.csv", run.state.history)
    step = size_step(run.network.spec, run.plan.image_px, run.recipe, run.device)
    with (
        explain_out_of_memory(step, run.device),
        note_interrupts() as interrupts,
        _own_randomness(run.device),
    ):
        while not has_ended(run):
            before = run.plan
            try:
                _run_epoch(run, interrupts, progress, replan=replan)
                _end_epoch(run)
            except DivergedError as error:
                refuse_another_try((*run.state.divergences, error.divergence), run.recipe)
                tell(say_again(error.divergence))
                run.begin_again(error.divergence)
            history = run.state.history
            seconds = history[-1]["seconds"] if history else 0.0
            _plan_anew(run, replan, _spend(run, len(history), seconds))
            if abs(run.plan.epochs - before.epochs) > 1:  # plan.jsonl has the small ones too
                tell(f"Planned anew: {run.plan.describe()}; {run.plan.reason}.")
            save(run)
            if on_epoch and run.state.history:
                on_epoch(run.state.history[-1], run.average.module)
            interrupts.deliver()
    run.network.load_state_dict(run.best)
    run.network.requires_grad_(True)


def train_until(run: Run, step: int, *, progress: Progress) -> None:
    """Train up to a step and stay there, saved; the rest of the plan is another day's.

    Raises:
        DivergedError: a number stopped being finite.
        RecipeError: memory ran out.
    """
    size = size_step(run.network.spec, run.plan.image_px, run.recipe, run.device)
    with (
        explain_out_of_memory(size, run.device),
        note_interrupts() as interrupts,
        _own_randomness(run.device),
    ):
        while run.state.step < step:
            if _run_epoch(run, interrupts, progress, until=step):
                _end_epoch(run)
        save(run)


@contextmanager
def _own_randomness(device: torch.device) -> Iterator[None]:
    """Leave torch's own generators as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


def _plan_anew(run: Run, replan: Replan | None, spent: Spent) -> None:
    run.plan = (replan(run.plan, spent) if replan else None) or run.plan


def _spend(run: Run, epochs: float, seconds: float) -> Spent:
    """Give what of the run is over; epochs that began with the heads alone are quick."""
    begun = range(math.ceil(epochs)) if run.pretrained else ()
    quick = sum(run.plan.progress_at(epoch) < HEADS_ALONE for epoch in begun)
    if not quick:
        return Spent(epochs, seconds)
    if quick > len(run.state.history):  # the epoch under way is one of them
        return Spent(epochs, seconds, (epochs, seconds))
    return Spent(epochs, seconds, (quick, run.state.history[quick - 1]["seconds"]))


def _run_epoch(
    run: Run,
    interrupts: Interrupts,
    progress: Progress,
    *,
    until: int | None = None,
    replan: Replan | None = None,
) -> bool:
    """Train to the end of the epoch, or to step `until`; tell whether the epoch is done."""
    state, recipe = run.state, run.recipe
    if recipe.balance == "sampling":
        order = draw_balanced_order(recipe.seed, state.epoch, run.train_labels)
    else:
        order = draw_order(recipe.seed, state.epoch, len(run.train_labels))
    batches = list(cut_batches(len(order), recipe.batch_size))
    count = run.plan.batches_at(state.epoch, len(batches))
    # Places in the epoch, not in the plan: a run that goes on by its log passes the same.
    every = max(1, len(batches) // LOOKS)
    side = run.plan.image_px
    run.model.train()
    started, before = time.perf_counter(), state.seconds
    while state.batch < count:
        number = state.batch
        numbers = order[batches[number]]
        progress_made = run.plan.progress_at(state.epoch + number / len(batches))
        rate = rate_at(progress_made, run.rate, recipe)
        if run.pretrained:
            alone = progress_made < HEADS_ALONE
            settle_trunk(run.network, heads_alone=alone, batch=recipe.batch_size)
        loss, right = _step(run, numbers, side, rate)
        state.step, state.batch = state.step + 1, number + 1
        state.loss_sum += loss * len(numbers)
        state.right += right
        state.seen += len(numbers)
        state.seconds = before + time.perf_counter() - started
        progress(_describe(run, side), *_work(run, number + 1, len(batches)))
        left = run.plan.epochs - state.epoch
        if left < LAST_EPOCHS and not state.batch % every and state.batch < count:
            done = state.epoch + state.batch / len(batches)
            _plan_anew(run, replan, _spend(run, done, state.seconds))
            count = run.plan.batches_at(state.epoch, len(batches))
        due = interrupts.has_come or time.monotonic() - run.saved_at > SAVE_SECONDS
        if due and state.batch < count:
            save(run)
            interrupts.deliver()
        if state.step == until:
            return state.batch == count
    return True


def _step(run: Run, numbers: np.ndarray, side_px: int, rate: float) -> tuple[float, int]:
    """Take one step; give the batch's mean loss, and how many answers were right."""
    decoded, state, train = run.prepared.decoded, run.state, run.prepared.split.train
    repeats, places = np.divmod(numbers, len(train))
    rows = train[places]
    indices = rows + repeats * len(decoded.pixels)
    # Dropout, too, draws as a function of (seed, epoch, batch): there is no state to lose.
    torch.manual_seed(draw_seed(run.recipe.seed, state.epoch, state.batch))
    set_rate(run.optimiser, rate)
    images = augment_batch(
        torch.from_numpy(np.ascontiguousarray(decoded.pixels[rows])).to(run.device),
        decoded.aspects[rows],
        indices,
        augmentation=run.augmentation,
        seed=run.recipe.seed,
        epoch=state.epoch,
        side_px=side_px,
    )
    images, targets = mix_batch(
        normalise(images, run.preprocessing.mean, run.preprocessing.std),
        torch.from_numpy(run.prepared.dataset.labels[rows]).to(run.device),
        indices,
        mixing=Mixing(run.recipe.mixup, run.recipe.cutmix, run.recipe.erase),
        classes=len(run.prepared.dataset.classes),
        seed=run.recipe.seed,
        epoch=state.epoch,
    )
    loss, right = compute_gradients(
        run.model, images, targets, parts=run.recipe.parts, scaler=run.scaler
    )
    if not math.isfinite(loss):
        raise _diverged(run, f"The loss became {loss}", state.step + 1)
    run.scaler.step(run.optimiser)
    run.scaler.update()
    run.average.update_parameters(run.network)
    return loss, right


def _end_epoch(run: Run) -> None:
    """Judge the averaged weights on the validation images and keep them if they are the best."""
    state = run.state
    started = time.perf_counter()
    loss, accuracy = _judge_average(run)
    if loss is None or loss < state.best_loss or not run.best:
        state.best_loss, state.best_epoch = (state.best_loss if loss is None else loss), state.epoch
        run.best = {k: v.detach().clone() for k, v in run.average.module.state_dict().items()}
    spent = state.seconds - (state.history[-1]["seconds"] if state.history else 0.0)
    state.seconds += time.perf_counter() - started
    row = {
        "epoch": state.epoch + 1,
        "step": state.step,
        "image_px": run.plan.image_px,
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


def _judge_average(run: Run) -> tuple[float | None, float | None]:
    """Give loss and accuracy on the validation images; None where there are none."""
    average = run.average.module.eval()
    labels = run.prepared.dataset.labels[run.prepared.split.validation]
    if not len(labels):
        if not all(bool(value.isfinite().all()) for value in average.state_dict().values()):
            raise _diverged(run, "The weights were no longer finite", run.state.step)
        return None, None
    if run.recipe.only_auxiliary:  # right is what the main head says
        answers = answer_with_heads(run.average.module, run.validation_pixels, run.preprocessing)
        loss = float(diverge(answers).sum())
        if not math.isfinite(loss):
            raise _diverged(run, f"The heads' loss became {loss}", run.state.step)
        return loss, float(agree(answers).all(0).float().mean())
    logits = run_network(
        average, run.validation_pixels, run.preprocessing.mean, run.preprocessing.std
    )
    if not np.isfinite(logits).all():
        what = "The answers on the validation images were no longer finite"
        raise _diverged(run, what, run.state.step)
    # At its best temperature: smoothed targets make every epoch doubt too much, the last ones
    # most, and what is kept is calibrated afterwards.
    loss = negative_log_likelihood(logits, labels, fit_temperature(logits, labels))
    return loss, float(np.mean(logits.argmax(1) == labels))


def _diverged(run: Run, what: str, step: int) -> DivergedError:
    return DivergedError(Divergence(what, step, run.state.epoch + 1, run.rate))


def has_ended(run: Run) -> bool:
    """Tell whether the plan's epochs are done, or nothing gets better any more."""
    return run.state.epoch >= run.plan.epochs or _stands_still(run)


def _stands_still(run: Run) -> bool:
    state = run.state
    waited = state.epoch - 1 - state.best_epoch
    late = run.plan.progress_at(state.epoch) > 0.5
    has_validation = len(run.validation_pixels) > 0
    return has_validation and state.epoch > 0 and late and waited >= run.recipe.patience


def _describe(run: Run, side_px: int) -> str:
    state = run.state
    last = state.history[-1]["validation_accuracy"] if state.history else None
    validation = "" if last is None else f"  val {100 * last:.1f} % (epoch {state.epoch})"
    rate = state.step and f"{_speed(run):.0f} img/s"
    right = "agree" if run.recipe.only_auxiliary else "acc"
    return (
        f"Epoch {state.epoch + 1}/{run.plan.epochs} {side_px} px  "
        f"loss {state.loss_sum / state.seen:.2f}  {right} {100 * state.right / state.seen:.0f} %"
        f"{validation}  {rate}"
    )


def _speed(run: Run) -> float:
    before = run.state.history[-1]["seconds"] if run.state.history else 0.0
    return run.state.seen / max(1e-9, run.state.seconds - before)


def _work(run: Run, batch: int, batches: int) -> tuple[int, int]:
    """Give work done and work in all, in batches."""
    state, last = run.state, run.plan.epochs - 1
    return state.epoch * batches + batch, last * batches + run.plan.batches_at(last, batches)
