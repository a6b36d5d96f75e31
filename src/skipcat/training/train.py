"""One training, from data to a classifier in a folder."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from skipcat.classifier import Classifier, Origin, load
from skipcat.data.dataset import open_dataset
from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.engines.memory import measure_memory
from skipcat.engines.threads import tell_of_threads
from skipcat.networks.catalogue import Spec, make_spec
from skipcat.networks.network import Network
from skipcat.reporting import Auto, Progress, Tell, no_progress, no_telling, open_reporter
from skipcat.training.cross_validation import (
    adopt_answers,
    answer_by_folds,
    count_folds,
    cut_folds,
    leave_no_test,
)
from skipcat.training.initial_weights import begin_run, note_batch
from skipcat.training.network_names import find_architecture
from skipcat.training.prepared_data import Prepared, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.result import Trained, finish_heads, finish_run
from skipcat.training.run_folder import folder as run_folder
from skipcat.training.run_folder.checkpoint import drop_checkpoints
from skipcat.training.run_folder.extend import lengthen_run
from skipcat.training.run_folder.folder import Begun
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.logs import OnEpoch, PlanLog, Replan
from skipcat.training.run_folder.resume import Goal, find_goal, make_wish
from skipcat.training.run_folder.warm_start import Standing, take_over
from skipcat.training.schedule.memory_budget import (
    explain_out_of_memory,
    refuse_what_never_fits,
    shrink_batch,
    size_step,
)
from skipcat.training.schedule.plan import Plan, choose_batch, find_batch
from skipcat.training.schedule.time_budget import keep_to, make_plan
from skipcat.training.seed_repeats import add_spread, check_seeds
from skipcat.training.seen_images import find_learnt, keep_learnt, note_learnt
from skipcat.training.trainer.distillation import settle_answers
from skipcat.training.trainer.gradients import check_steps
from skipcat.training.trainer.job import Job, rebuild_network
from skipcat.training.trainer.loop import run_training
from skipcat.training.trainer.trainer import Run, resume_run

# What is left of a time budget for the page, and for steps that were slower than foreseen.
RESERVE, RESERVE_SECONDS, RESERVE_AT_MOST = 0.015, 5.0, 0.5


def train(
    data: object,
    network: str | Path | None = None,
    *,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    allow_changes: bool = False,
    pretrained: str | Path | None = None,
    exclude: Exclude | None = None,
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
    on_epoch: OnEpoch | None = None,
) -> Classifier:
    """Train `network` on `data` and give the classifier, which also lies in `out`.

    `network` is a name of the catalogue, or the folder of a classifier, whose network is then built
    anew; resnet18 where none is named. `pretrained` is "none", "torchvision", a file of weights, or
    the folder of a classifier, of which network, weights, mean and deviation are taken.
    `out` defaults to NAME.skipcat in the current folder.
    `exclude` names images to leave out: a list, or the file of one.

    With `resume` an interrupted run in `out` goes on where its newest checkpoint stands, with the
    network, weights and recipe that it began with where none are named. A finished one is loaded
    as it is; one of fewer epochs than the recipe's goes on to those. With `allow_changes` another
    version, machine or thread count, or another recipe where that cannot spoil the judgement, is
    noted and not refused.

    `progress` is called with what is done, how much of it, and how much there is; `tell` with a
    sentence. By default both are shown: a bar, or lines where stderr is no terminal. None is
    silence. `on_epoch` is called after every epoch that is trained here, once it is saved, with its
    row of metrics.csv and the averaged network, which it must leave as it is.

    Raises:
        SkipcatError: data, network, recipe or weights that cannot be used; a run in the way.
    """
    with (
        open_reporter(progress, tell) as (shown, told),
        hold_run(data, out, exclude, told) as (dataset, path),
    ):
        done = run_training_job(
            dataset, network, recipe=recipe, out=path, resume=resume, allow_changes=allow_changes,
            pretrained=pretrained, progress=shown, tell=told, on_epoch=on_epoch,
        )  # fmt: skip
        return done if isinstance(done, Classifier) else keep_classifier(done)


def keep_classifier(done: Trained) -> Classifier:
    """Save what was trained into its run's folder, which is finished with that, and return it."""
    done.classifier.save(done.folder)
    run_folder.end_extension(done.folder)
    if done.recipe.minutes:  # it cannot be extended: only epochs can
        drop_checkpoints(done.folder / "checkpoints")
    return done.classifier


def run_training_job(
    data: object,
    network: str | Path | None,
    *,
    recipe: Recipe | Mapping[str, object] | None,
    out: str | Path | None,
    resume: bool,
    allow_changes: bool = False,
    pretrained: str | Path | None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
    on_epoch: OnEpoch | None = None,
    started: float | None = None,
    usual: Recipe | None = None,
    or_from_scratch: bool = False,
    folds_if_few: bool = False,
    less_if_large: bool = False,
    standing: Standing | None = None,
    reason: str = "",
) -> Trained | Classifier:
    """Do what `train` does but for saving; give only the classifier of a run finished before.

    What is None is as in the run that goes on, the recipe of a new one `usual`; a mapping names
    some fields of it. `started` is the time.monotonic() from which its minutes count. With
    `or_from_scratch`, weights that cannot be fetched are told of, and training goes on without;
    with `folds_if_few`, sets of few images are judged by cross-validation; with `less_if_large`, a
    batch that memory does not hold is made smaller. `standing` is where a race left the network.
    `reason` says why it is this network, where skipcat chose it.
    """
    started = time.monotonic() if started is None else started
    dataset = open_dataset(data)
    path = run_folder.choose_folder(data, dataset.name, out)
    _settle_threads(path, tell, resume=resume, raced=standing is not None)
    wish = make_wish(network, pretrained, recipe)
    goal = find_goal(path, wish, usual or Recipe(), resume=resume, allow=allow_changes)
    if goal is None:
        tell(f"The run in '{path}' is finished; nothing was left to do.")
        return load(path)
    found, recipe = goal.start, goal.recipe
    _tell_if_new(resume and not goal.found and not standing, path, tell)
    entry = find_architecture(goal.network, found.spec if found else None)
    device = pick_device(recipe.device)
    classes = (found.classes if found else ()) or settle_answers(
        entry.spec, recipe, goal.asked, tuple(dataset.classes)
    )
    check_steps(recipe, device)
    if standing:
        prepared = standing.prepared
    else:
        prepared = _keep_learnt(
            prepare_data(dataset, entry, recipe, folder=_existing(path), progress=progress),
            goal, path, tell,
        )  # fmt: skip
    log = PlanLog(path / "plan.jsonl")
    logged = log.read()
    if goal.found:
        run_folder.check_run(path, goal.found, prepared, logged)

    spec = make_spec(entry.spec, len(classes), prepared.image_px, prepared.channels)
    used, notes = _fit_memory(
        spec, recipe, _as_raced(prepared, standing), device,
        found.batch if found else standing.batch if standing else None,
        shrink=less_if_large and not found,
    )  # fmt: skip
    check_seeds(recipe, prepared)
    folds = count_folds(prepared, recipe, if_few=folds_if_few and prepared.learnt == Origin())
    networks = folds + recipe.seeds
    deadline = _find_deadline(recipe, started, networks)
    replan: Replan | None
    if standing and deadline:
        plan, replan = standing.plan, keep_to(prepared, deadline, standing.time_image)
    else:
        with explain_out_of_memory(size_step(spec, prepared.image_px, used, device), device):
            used, plan, replan = _plan(
                spec, prepared, used, device, deadline, logged,
                may_shrink=not (found or recipe.batch or recipe.only_auxiliary),
            )  # fmt: skip
    spec = replace(spec, stem_reduction=plan.stem_reduction)
    if goal.begun:
        begun, net = goal.begun, rebuild_network(spec, recipe, goal.begun.start, path)
    else:
        begun, net = begin_run(spec, goal, prepared, or_from_scratch=or_from_scratch, reason=reason)
        begun = note_batch(begun, used, notes or _say_steps(used, recipe, plan, prepared), classes)
    if begun != goal.found and not goal.extends:
        _write_begun(path, begun, prepared.learnt)
    log.begin(plan)
    for sentence in (*begun.start.notes, *_say_batch(recipe, len(prepared.split.train))):
        tell(sentence)
    # A plan that is shared by several networks is not changed on the way of one.
    follow = log.follow(replan if networks == 1 else None)
    job = Job(spec, recipe, begun.start, plan, device)
    done = _carry_out(
        job, prepared, path, net,
        goal=goal, log=log, folds=folds, replan=follow, progress=progress, tell=tell,
        on_epoch=on_epoch, take=_make_take(standing, log, deadline),
    )  # fmt: skip
    if isinstance(done, Trained):
        done = add_spread(done, job, begun, progress=progress, tell=tell)
    return done


def _write_begun(path: Path, begun: Begun, learnt: Origin) -> None:
    run_folder.write_begun(path, begun)
    note_learnt(path, learnt)


def _settle_threads(path: Path, tell: Tell, *, resume: bool, raced: bool) -> None:
    if not raced:  # else the race has settled them
        tell_of_threads(tell, run_folder.read_threads(path) if resume else None)


def _tell_if_new(new: bool, path: Path, tell: Tell) -> None:
    if new:
        tell(f"No run stands in '{path}' yet; one begins.")


def _keep_learnt(prepared: Prepared, goal: Goal, path: Path, tell: Tell) -> Prepared:
    """Keep what the first weights were learnt from out of the parts that judge, and say so."""
    learnt = find_learnt(path, goal.asked)
    prepared, said = keep_learnt(prepared, learnt, goal.recipe)
    for sentence in (prepared.checkup.summarise(), *said):
        tell(sentence)
    return prepared


def _carry_out(
    job: Job,
    prepared: Prepared,
    path: Path,
    net: Network,
    *,
    goal: Goal,
    log: PlanLog,
    folds: int,
    replan: Replan,
    progress: Progress,
    tell: Tell,
    on_epoch: OnEpoch | None,
    take: Callable[[Run], None] | None,
) -> Trained | Classifier:
    """Train the networks of a job, those of the folds first; give the one that is kept."""
    if folds:
        tell(f"Images are few: {folds} networks judge them first, then one learns from all.")
        cut = cut_folds(prepared, job.recipe, folds)
        rows, logits = answer_by_folds(cut, job.make_run, path, progress=progress, tell=tell)
        prepared = leave_no_test(prepared, job.recipe)
    run = job.make_run(prepared, path, net)
    resumed = goal.found is not None and resume_run(run, tell)
    if take and not resumed:
        take(run)
    if goal.begun and goal.begun.extends:
        lengthen_run(run, log, goal)
    tell(_say_plan(run, resumed))
    run_training(run, replan=replan, progress=progress, tell=tell, on_epoch=on_epoch)
    if run.state.epoch < run.plan.epochs:
        tell(f"Early stopping: no lower validation loss for {run.recipe.patience} epochs.")
    tell(say_kept(run))
    if job.recipe.only_auxiliary:
        return finish_heads(run, job.start.classes)
    trained = finish_run(run, job.start.notes)
    return adopt_answers(trained, rows, logits, folds) if folds else trained


def _make_take(
    standing: Standing | None, log: PlanLog, deadline: float | None
) -> Callable[[Run], None] | None:
    if standing is None or deadline is None:
        return None
    return lambda run: take_over(run, standing, log, deadline)


def _find_deadline(recipe: Recipe, started: float, networks: int) -> float | None:
    """Give when the first of the networks has to be done; all have the same time."""
    if recipe.minutes is None:
        return None
    seconds = 60 * recipe.minutes
    reserve = min(RESERVE * seconds + RESERVE_SECONDS, RESERVE_AT_MOST * seconds)
    deadline = started + seconds - reserve
    return time.monotonic() + (deadline - time.monotonic()) / networks


def _say_batch(recipe: Recipe, count: int) -> list[str]:
    if not recipe.batch or recipe.batch <= count:
        return []
    return [
        f"A batch of {recipe.batch} is more than the {count} training images; it is all of them."
    ]


def _as_raced(prepared: Prepared, standing: Standing | None) -> Prepared:
    return replace(prepared, image_px=standing.plan.image_px) if standing else prepared


def _fit_memory(
    spec: Spec,
    recipe: Recipe,
    prepared: Prepared,
    device: torch.device,
    first: int | None,
    *,
    shrink: bool,
) -> tuple[Recipe, list[str]]:
    """Give the recipe with a batch that images and memory allow, and what to say of it.

    `first` is the batch of what goes on.

    Raises:
        RecipeError: there is not so much memory.
    """
    asked = first or find_batch(recipe, len(prepared.split.train))
    used, notes = replace(recipe, batch=min(asked, len(prepared.split.train))), list[str]()
    step, memory = size_step(spec, prepared.image_px, used, device), measure_memory(device)
    if shrink:
        batch, notes = shrink_batch(used, step, memory)
        used = replace(used, batch=batch)
        step = size_step(spec, prepared.image_px, used, device)
    refuse_what_never_fits(step, memory)
    return used, notes


def _plan(
    spec: Spec,
    prepared: Prepared,
    used: Recipe,
    device: torch.device,
    deadline: float | None,
    logged: list[Plan],
    *,
    may_shrink: bool,
) -> tuple[Recipe, Plan, Replan | None]:
    """Give the plan, and the recipe with smaller batches where it would have too few steps."""
    plan, replan = make_plan(spec, prepared, used, device, deadline, logged)
    batch = choose_batch(plan.length, len(prepared.split.train), used.batch_size)
    if not may_shrink or batch == used.batch_size:
        return used, plan, replan
    used = replace(used, batch=batch)
    if deadline:  # smaller batches take longer
        plan, replan = make_plan(spec, prepared, used, device, deadline, logged)
    return used, plan, replan


def _say_steps(used: Recipe, recipe: Recipe, plan: Plan, prepared: Prepared) -> list[str]:
    images, batch = len(prepared.split.train), used.batch_size
    if batch >= min(recipe.batch_size, images):
        return []
    steps = round(plan.length * images / batch)
    return [f"Batches of {batch}, so that {images:,} images make about {steps:,} steps."]


def _say_plan(run: Run, resumed: bool) -> str:
    plan, left = run.plan, run.plan.epochs - run.state.epoch
    count = f"{left} epoch{'s' if left != 1 else ''} at {plan.image_px} px"
    what = f"{run.network.spec.name}, {count}, stem reduction {plan.stem_reduction}"
    start = f"Going on after epoch {run.state.epoch}: " if resumed else "Plan: "
    return f"{start}{what}.{' ' + plan.reason + '.' if plan.reason else ''}"


def say_kept(run: Run) -> str:
    """Say of which epoch the weights are."""
    history, best_loss = run.state.history, run.state.best_loss
    # Not best_epoch, from which patience is counted: it moves when a run is extended.
    best = next((row for row in history if row["validation_loss"] == best_loss), history[-1])
    accuracy = best["validation_accuracy"]
    if accuracy is None:
        return f"Kept: the weights of epoch {best['epoch']}, the last one."
    return (
        f"Kept: the weights of epoch {best['epoch']}, whose loss on validation was the least "
        f"({100 * accuracy:.1f} % right)."
    )


def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None
