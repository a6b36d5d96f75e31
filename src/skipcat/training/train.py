"""One training, from data to a classifier in a folder."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from skipcat.classifier import Classifier, load
from skipcat.data.cache import Progress, no_progress
from skipcat.data.dataset import open_dataset
from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.engines.memory import measure_memory
from skipcat.errors import WeightsError
from skipcat.networks.catalogue import Spec, find_entry, make_spec
from skipcat.networks.network import Network
from skipcat.networks.weights import fetch_pretrained
from skipcat.training import folder as run_folder
from skipcat.training.distil import settle_answers
from skipcat.training.finish import Trained, finish_heads, finish_run
from skipcat.training.folder import Begun, Start
from skipcat.training.folds import (
    adopt_answers,
    answer_by_folds,
    count_folds,
    cut_folds,
    leave_no_test,
)
from skipcat.training.gradients import is_mixed
from skipcat.training.job import Job, build_beginning, rebuild_network
from skipcat.training.loop import run_training
from skipcat.training.memory import (
    explain_out_of_memory,
    refuse_what_never_fits,
    shrink_batch,
    size_step,
)
from skipcat.training.pace import make_plan
from skipcat.training.prepare import Prepared, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.record import PlanLog, Replan, Tell, no_telling
from skipcat.training.run import Run, resume_run

RATE_FROM_SCRATCH, RATE_FROM_WEIGHTS = 0.05, 0.01
# A run of minutes is a thousand steps or a few: decay as weak as that of long schedules would do
# nothing in them (`benchmarks/ablation.py`). Weights that were learnt elsewhere are to stay.
DECAY_FROM_SCRATCH, DECAY_FROM_WEIGHTS = 5e-3, 5e-4
# Below this nothing that was learnt at 224 px is still there to be seen.
SMALLEST_PRETRAINED_PX = 32
# What is left of a time budget for the page, and for steps that were slower than foreseen.
RESERVE, RESERVE_SECONDS = 0.01, 3.0


def train(
    data: object,
    network: str = "resnet18",
    *,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    pretrained: str | Path | None = None,
    exclude: Exclude | None = None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
) -> Classifier:
    """Train `network` on `data` and give the classifier, which also lies in `out`.

    `out` defaults to NAME.skipcat in the current folder. With `resume` an interrupted run in
    `out` goes on where its newest checkpoint stands; a finished one is loaded as it is. `exclude`
    names images to leave out: a list, or the file of one.

    Raises:
        SkipcatError: data, network, recipe or weights that cannot be used; a run in the way.
    """
    done = run_training_job(
        data, network, recipe=recipe, out=out, resume=resume, pretrained=pretrained,
        exclude=exclude, progress=progress, tell=tell,
    )  # fmt: skip
    if isinstance(done, Classifier):
        return done
    done.classifier.save(done.folder)
    return done.classifier


def run_training_job(
    data: object,
    network: str,
    *,
    recipe: Recipe | None,
    out: str | Path | None,
    resume: bool,
    pretrained: str | Path | None,
    exclude: Exclude | None = None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
    started: float | None = None,
    usual: Recipe | None = None,
    or_from_scratch: bool = False,
    folds_if_few: bool = False,
    less_if_large: bool = False,
) -> Trained | Classifier:
    """Do what `train` does but for saving; give only the classifier of a run finished before.

    `recipe` None is that of the run that goes on, or `usual` for a new one. `started` is the
    time.monotonic() from which its minutes count. With `or_from_scratch`, weights that cannot be
    fetched are told of, and training goes on without; with `folds_if_few`, sets of few images are
    judged by cross-validation; with `less_if_large`, a batch that memory does not hold is made
    smaller.
    """
    started = time.monotonic() if started is None else started
    entry, dataset = find_entry(network), open_dataset(data, exclude=exclude)
    path = run_folder.choose_folder(data, dataset.name, out)
    asked = str(pretrained or "none")
    begun = run_folder.claim(path, entry.name, recipe, asked=asked, resume=resume)
    if begun and run_folder.is_finished(path):
        return load(path)
    recipe = begun.recipe if begun else recipe or usual or Recipe()
    classes = (begun.start.classes if begun else ()) or settle_answers(
        entry.spec, recipe, asked, tuple(dataset.classes)
    )
    device = pick_device(recipe.device)
    is_mixed(recipe, device)
    prepared = prepare_data(dataset, entry, recipe, folder=_existing(path), progress=progress)
    tell(prepared.checkup.summarise())
    if begun:
        run_folder.check_data(path, begun, prepared)

    spec = make_spec(entry.name, len(classes), prepared.image_px, prepared.channels)
    used, notes = _fit_memory(
        spec, recipe, prepared, device, begun.start if begun else None, shrink=less_if_large
    )
    log = PlanLog(path / "plan.jsonl")
    deadline = None if recipe.minutes is None else _end_of(recipe.minutes, started)
    folds = count_folds(prepared, recipe, if_few=folds_if_few)
    if folds and deadline is not None:
        deadline = time.monotonic() + (deadline - time.monotonic()) / (folds + 1)
    with explain_out_of_memory(size_step(spec, prepared.image_px, used, device), device):
        plan, replan = make_plan(spec, prepared, used, device, deadline, log.read())
    spec = replace(spec, stem_reduction=plan.stem_reduction)
    if begun:
        start, net = begun.start, rebuild_network(spec, recipe, begun.start, path)
    else:
        wanted = _settle(spec, asked, prepared.image_px, or_from_scratch=or_from_scratch)
        start, net = _begin(spec, recipe, prepared, *wanted)
        start = replace(start, classes=classes if recipe.only_auxiliary else ())
        if notes:
            start = replace(start, batch=used.batch, notes=(*start.notes, *notes))
        run_folder.write_begun(
            path, Begun(entry.name, asked, dataset.name, prepared.fingerprint, recipe, start)
        )
    log.begin(plan)
    for sentence in start.notes:
        tell(sentence)
    count = len(prepared.split.train)
    if recipe.batch > count:
        given = f"A batch of {recipe.batch} is more than the {count} training images"
        tell(f"{given}; it is all of them.")
    # A plan that is shared by several networks is not changed on the way of one.
    follow = log.follow(None if folds else replan)
    return _carry_out(
        Job(spec, recipe, start, plan, device), prepared, path, net,
        folds=folds, resume=begun is not None, replan=follow, progress=progress, tell=tell,
    )  # fmt: skip


def _carry_out(
    job: Job,
    prepared: Prepared,
    path: Path,
    net: Network,
    *,
    folds: int,
    resume: bool,
    replan: Replan,
    progress: Progress,
    tell: Tell,
) -> Trained | Classifier:
    """Train the networks of a job, those of the folds first; give the one that is kept."""
    if folds:
        tell(f"Images are few: {folds} networks judge them first, then one learns from all.")
        cut = cut_folds(prepared, job.recipe, folds)
        rows, logits = answer_by_folds(cut, job.make_run, path, progress=progress, tell=tell)
        prepared = leave_no_test(prepared, job.recipe)
    run = job.make_run(prepared, path, net)
    resumed = resume and resume_run(run, tell)
    tell(_say_plan(run, resumed))
    run_training(run, replan=replan, progress=progress, tell=tell)
    if job.recipe.only_auxiliary:
        return finish_heads(run, job.start.classes)
    trained = finish_run(run, job.start.notes)
    return adopt_answers(trained, rows, logits, folds) if folds else trained


def _end_of(minutes: float, started: float) -> float:
    """Give when training is to end, in the time of `time.monotonic`."""
    return started + 60 * minutes * (1 - RESERVE) - RESERVE_SECONDS


def _fit_memory(
    spec: Spec,
    recipe: Recipe,
    prepared: Prepared,
    device: torch.device,
    start: Start | None,
    *,
    shrink: bool,
) -> tuple[Recipe, list[str]]:
    """Give the recipe with a batch that images and memory allow, and what to say of it.

    Raises:
        RecipeError: there is not so much memory.
    """
    asked = (start and start.batch) or recipe.batch
    used, notes = replace(recipe, batch=min(asked, len(prepared.split.train))), list[str]()
    step, memory = size_step(spec, prepared.image_px, used, device), measure_memory(device)
    if shrink and not start:
        batch, notes = shrink_batch(used, step, memory)
        used = replace(used, batch=batch)
        step = size_step(spec, prepared.image_px, used, device)
    refuse_what_never_fits(step, memory)
    return used, notes


def _settle(
    spec: Spec, asked: str, image_px: int, *, or_from_scratch: bool
) -> tuple[str, list[str]]:
    """Give where the weights come from; "none" with the reason where they may be done without."""
    if not or_from_scratch or asked != "torchvision":
        return asked, []
    if image_px < SMALLEST_PRETRAINED_PX:
        why = f"the images have {image_px} px, and the published weights were made for 224"
        return "none", [f"Training from scratch: {why}."]
    try:
        fetch_pretrained(spec.name)
    except WeightsError as error:
        return "none", [f"Training from scratch. {error}"]
    return asked, []


def _begin(
    spec: Spec, recipe: Recipe, prepared: Prepared, pretrained: str, notes: list[str]
) -> tuple[Start, Network]:
    """Build the network of a new run, and note what it begins from."""
    net, info, more = build_beginning(spec, recipe, pretrained)
    rate, decay = RATE_FROM_SCRATCH, DECAY_FROM_SCRATCH
    if more and not recipe.only_auxiliary:
        rate, decay = RATE_FROM_WEIGHTS, DECAY_FROM_WEIGHTS
    start = Start(
        pretrained,
        recipe.learning_rate or rate,
        decay if recipe.weight_decay is None else recipe.weight_decay,
        _channel_means(info.mean, prepared.channels) if info else prepared.mean,
        _channel_means(info.std, prepared.channels) if info else prepared.std,
        (*notes, *more),
    )
    return start, net


def _channel_means(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values if channels == len(values) else (float(np.mean(values)),) * channels


def _say_plan(run: Run, resumed: bool) -> str:
    plan, left = run.plan, run.plan.epochs - run.state.epoch
    sizes = sorted(
        {plan.size_at(e) for e in range(max(run.state.epoch, plan.first_epoch), plan.epochs)}
    )
    grow = f"{sizes[0]} to {sizes[-1]} px" if len(sizes) > 1 else f"{plan.image_px} px"
    what = f"{run.network.spec.name}, {left} epochs at {grow}, stem reduction {plan.stem_reduction}"
    start = f"Going on after epoch {run.state.epoch}: " if resumed else "Plan: "
    return f"{start}{what}.{' ' + plan.reason + '.' if plan.reason else ''}"


def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None
