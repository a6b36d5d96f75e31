"""One training, from data to a classifier in a folder: the steps in their order."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from skipcat.classifier import Classifier, Origin, load
from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.engines.memory import measure_memory
from skipcat.engines.threads import tell_of_threads
from skipcat.networks.catalogue import make_spec
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.reporting import Auto, OnEpoch, Progress, Reporter, Tell, no_epoch, open_reporter
from skipcat.text.numbers import join_sentences, percent
from skipcat.text.translation import Message
from skipcat.training.cross_validation import (
    adopt_answers,
    answer_by_folds,
    count_folds,
    cut_folds,
    leave_no_test,
)
from skipcat.training.initial_weights import begin_record
from skipcat.training.network_names import find_architecture
from skipcat.training.precision import check_steps
from skipcat.training.prepared_data import PreparedData, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.request import USUAL_NETWORK, TrainingRequest, WarmStart
from skipcat.training.result import TrainingResult, finish_heads, finish_training
from skipcat.training.run_folder.checkpoint import drop_checkpoints
from skipcat.training.run_folder.folder import check_run, is_finished
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.run_folder.record import RunRecord, end_extension, read_threads, write_record
from skipcat.training.run_folder.resume import open_run
from skipcat.training.schedule.memory_budget import (
    explain_out_of_memory,
    refuse_what_never_fits,
    shrink_batch,
    size_step,
)
from skipcat.training.schedule.plan import Plan, Replan, choose_batch, find_batch
from skipcat.training.schedule.time_budget import find_deadline, keep_to
from skipcat.training.seed_repeats import add_spread, check_seeds
from skipcat.training.seen_images import find_learnt, keep_learnt, note_learnt
from skipcat.training.trainer.distillation import settle_answers
from skipcat.training.trainer.extension import extend_training
from skipcat.training.trainer.first_plan import make_plan
from skipcat.training.trainer.trainer import Trainer
from skipcat.training.trainer.warm_start import take_over


def train(  # noqa: PLR0913  the public face, by keyword
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
    """Train `network` on `data` and return the classifier, which also lies in `out`.

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
        open_reporter(progress, tell) as reporter,
        hold_run(data, out, exclude, reporter.tell) as (dataset, path),
    ):
        request = TrainingRequest(
            dataset, path, network, pretrained, recipe, resume=resume, allow_changes=allow_changes
        )
        done = run_training(request, replace(reporter, on_epoch=on_epoch or no_epoch))
        return done if isinstance(done, Classifier) else keep_classifier(done)


def keep_classifier(done: TrainingResult) -> Classifier:
    """Save what was trained into its run's folder, which is finished with that, and return it."""
    done.classifier.save(done.folder)
    end_extension(done.folder)
    if done.recipe.minutes:  # it cannot be extended: only epochs can
        drop_checkpoints(done.folder / "checkpoints")
    return done.classifier


def run_training(request: TrainingRequest, reporter: Reporter) -> TrainingResult | Classifier:
    """Train as asked, but for saving; return only the classifier of a run that was finished before.

    Raises:
        SkipcatError: network, recipe, weights or images that cannot be used; a run in the way.
    """
    path, warm = request.out, request.warm_start
    if not warm:  # else the race has settled them
        tell_of_threads(reporter.tell, read_threads(path) if request.resume else None)
    found, record = open_run(request)
    if record and is_finished(path, record):
        reporter.tell(
            Message("The run in '{path}' is finished; nothing was left to do.", path=str(path))
        )
        return load(path)
    if request.resume and not found and not warm:
        reporter.tell(Message("No run stands in '{path}' yet; one begins.", path=str(path)))
    set_up = _set_up(request, record, found, reporter)
    extends = bool(record and found and record.extends > found.extends)
    record = set_up.record
    if record != found and not extends:
        write_record(path, record)
        note_learnt(path, set_up.data.learnt)
    set_up.log.begin(set_up.plan)
    count = len(set_up.data.split.train)
    for sentence in (*record.notes, *_say_batch(record.recipe, count)):
        reporter.tell(sentence)
    done = _train_networks(request, set_up, reporter, found=bool(found), extends=extends)
    if isinstance(done, TrainingResult):
        data = done.prepared
        return add_spread(
            done,
            record,
            lambda own, place: Trainer(own, set_up.spec, set_up.plan, data, place),
            reporter=reporter,
        )
    return done


@dataclass(frozen=True)
class _SetUp:
    """All that is settled before the first step."""

    record: RunRecord
    spec: Spec
    data: PreparedData
    plan: Plan
    replan: Replan | None
    log: PlanLog
    folds: int
    deadline: float | None
    network: Network | None  # of a new run, which builds it to see what it begins from


def _set_up(
    request: TrainingRequest, record: RunRecord | None, found: RunRecord | None, reporter: Reporter
) -> _SetUp:
    """Read the data, fit the batch to memory, plan, and begin the record of a new run."""
    if record:
        network, pretrained, recipe = record.network, record.pretrained, record.recipe
    else:
        network, pretrained, recipe = request.complete(USUAL_NETWORK, "none", request.usual)
    path, warm = request.out, request.warm_start
    entry = find_architecture(network, record.spec if record else None)
    device = pick_device(recipe.device)
    classes = (record.classes if record else ()) or settle_answers(
        entry.spec, recipe, pretrained, tuple(request.data.classes)
    )
    check_steps(recipe, device)
    if warm:
        data = warm.prepared
    else:
        existing = path if path.is_dir() else None
        data = prepare_data(
            request.data, entry, recipe, folder=existing, progress=reporter.progress
        )
        data, said = keep_learnt(data, find_learnt(path, pretrained), recipe)
        for sentence in (data.checkup.summarise(), *said):
            reporter.tell(sentence)
    log = PlanLog(path / "plan.jsonl")
    logged = log.read()
    if found:
        check_run(path, found, data, logged)

    spec = make_spec(entry.spec, len(classes), data.image_px, data.channels)
    first = record.resolved.batch if record else warm.batch if warm else None
    chooses = request.automatic and not warm
    used, notes = _fit_memory(
        spec, recipe, _as_raced(data, warm), device, first, shrink=chooses and not record
    )
    check_seeds(recipe, data)
    folds = count_folds(data, recipe, if_few=chooses and data.learnt == Origin())
    deadline = find_deadline(recipe, request.started, folds + recipe.seeds)
    replan: Replan | None
    if warm and deadline:
        plan, replan = warm.plan, keep_to(data, deadline, warm.time_image)
    else:
        with explain_out_of_memory(size_step(spec, data.image_px, used, device), device):
            may_shrink = not (record or recipe.batch or recipe.only_auxiliary)
            plan, replan = make_plan(spec, data, used, device, deadline, logged)
            batch = choose_batch(plan.length, len(data.split.train), used.batch_size)
            if may_shrink and batch != used.batch_size:
                used = replace(used, batch=batch)
                if deadline:  # smaller batches take longer
                    plan, replan = make_plan(spec, data, used, device, deadline, logged)
    spec = replace(spec, stem_reduction=plan.stem_reduction)
    net = None
    if not record:
        record, net = begin_record(
            spec, recipe, data, network=network, pretrained=pretrained,
            or_from_scratch=request.automatic, reason=request.reason,
        )  # fmt: skip
        record = _note_batch(record, used, notes or _say_steps(used, recipe, plan, data))
        record = replace(record, classes=classes if recipe.only_auxiliary else ())
    return _SetUp(record, spec, data, plan, replan, log, folds, deadline, net)


def _note_batch(record: RunRecord, used: Recipe, notes: list[str]) -> RunRecord:
    """Return the record with a batch that is not the usual one, and why."""
    if not notes:
        return record
    return replace(record, resolved=replace(record.resolved, batch=used.batch)).add_notes(*notes)


def _train_networks(
    request: TrainingRequest, set_up: _SetUp, reporter: Reporter, *, found: bool, extends: bool
) -> TrainingResult | Classifier:
    """Train those of the folds first, then the network that is kept."""
    record, data, log, tell = set_up.record, set_up.data, set_up.log, reporter.tell
    # A plan that is shared by several networks is not changed on the way of one.
    alone = set_up.folds + record.recipe.seeds == 1
    replan = log.follow(set_up.replan if alone else None)
    if set_up.folds:
        tell(
            Message(
                "Images are few: {folds} networks judge them first, then one learns from all.",
                folds=set_up.folds,
            )
        )
        rows, logits = answer_by_folds(
            cut_folds(data, record.recipe, set_up.folds),
            lambda fold, place: Trainer(record, set_up.spec, set_up.plan, fold, place),
            request.out,
            reporter=reporter,
        )
        data = leave_no_test(data, record.recipe)
    trainer = Trainer(record, set_up.spec, set_up.plan, data, request.out, network=set_up.network)
    resumed = found and trainer.resume(tell)
    if request.warm_start and set_up.deadline and not resumed:
        take_over(trainer, request.warm_start, log, set_up.deadline)
    if record.extends:
        extend_training(trainer, log, begins=extends)
    tell(_say_plan(trainer, resumed))
    trainer.train(replan=replan, reporter=reporter)
    if trainer.state.epoch < trainer.plan.epochs:
        tell(
            Message(
                "Early stopping: no lower validation loss for {epochs} epochs.",
                epochs=trainer.recipe.patience,
            )
        )
    tell(say_kept(trainer))
    if record.recipe.only_auxiliary:
        return finish_heads(trainer)
    trained = finish_training(trainer)
    return adopt_answers(trained, rows, logits, set_up.folds) if set_up.folds else trained


def _as_raced(data: PreparedData, warm: WarmStart | None) -> PreparedData:
    return replace(data, image_px=warm.plan.image_px) if warm else data


def _fit_memory(
    spec: Spec,
    recipe: Recipe,
    data: PreparedData,
    device: torch.device,
    first: int | None,
    *,
    shrink: bool,
) -> tuple[Recipe, list[str]]:
    """Return the recipe with a batch that images and memory allow, and what to say of it.

    `first` is the batch of the run that is resumed, or of a race.

    Raises:
        RecipeError: there is not so much memory.
    """
    asked = first or find_batch(recipe, len(data.split.train))
    used, notes = replace(recipe, batch=min(asked, len(data.split.train))), list[str]()
    step, memory = size_step(spec, data.image_px, used, device), measure_memory(device)
    if shrink:
        batch, notes = shrink_batch(used, step, memory)
        used = replace(used, batch=batch)
        step = size_step(spec, data.image_px, used, device)
    refuse_what_never_fits(step, memory)
    return used, notes


def _say_batch(recipe: Recipe, count: int) -> list[str]:
    if not recipe.batch or recipe.batch <= count:
        return []
    return [
        Message(
            "A batch of {batch} is more than the {count} training images; it is all of them.",
            batch=recipe.batch,
            count=count,
        )
    ]


def _say_steps(used: Recipe, recipe: Recipe, plan: Plan, data: PreparedData) -> list[str]:
    images, batch = len(data.split.train), used.batch_size
    if batch >= min(recipe.batch_size, images):
        return []
    steps = round(plan.length * images / batch)
    return [
        Message(
            "Batches of {batch}, so that {images:,} images make about {steps:,} steps.",
            batch=batch,
            images=images,
            steps=steps,
        )
    ]


def _say_plan(trainer: Trainer, resumed: bool) -> str:
    plan, epoch = trainer.plan, trainer.state.epoch
    what = Message(
        "{network}, {n} epoch at {image_px} px, stem reduction {stem}.",
        "{network}, {n} epochs at {image_px} px, stem reduction {stem}.",
        n=plan.epochs - epoch,
        network=trainer.network.spec.name,
        image_px=plan.image_px,
        stem=plan.stem_reduction,
    )
    said = Message("Plan: {what}", what=what)
    if resumed:
        said = Message("Going on after epoch {epoch}: {what}", epoch=epoch, what=what)
    reason = Message("{reason}.", reason=plan.reason) if plan.reason else ""
    return join_sentences(said, reason)


def say_kept(trainer: Trainer) -> str:
    """Return a sentence on the epoch that the kept weights are of."""
    history, best_loss = trainer.state.history, trainer.state.best_loss
    # Not best_epoch, from which patience is counted: it moves when a run is extended.
    best = next((row for row in history if row["validation_loss"] == best_loss), history[-1])
    accuracy = best["validation_accuracy"]
    if accuracy is None:
        return Message("Kept: the weights of epoch {epoch}, the last one.", epoch=best["epoch"])
    return Message(
        "Kept: the weights of epoch {epoch}, whose loss on validation was the least ({share} "
        "right).",
        epoch=best["epoch"],
        share=percent(accuracy),
    )
