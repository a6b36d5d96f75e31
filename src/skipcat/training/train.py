"""One training, from data to a classifier in a folder."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from skipcat.classifier import Classifier, load
from skipcat.data.cache import Progress, no_progress
from skipcat.data.dataset import open_dataset
from skipcat.data.preprocessing import Preprocessing
from skipcat.engines.device import pick_device
from skipcat.errors import WeightsError
from skipcat.networks.catalogue import Spec, build_network, find_entry, make_spec
from skipcat.networks.network import Network
from skipcat.networks.weights import WeightsInfo, fetch_pretrained, load_trunk
from skipcat.training import folder as run_folder
from skipcat.training.augment import plan_augmentation
from skipcat.training.finish import Trained, finish_run
from skipcat.training.loop import Run, resume_run, run_training
from skipcat.training.pace import make_plan
from skipcat.training.plan import Plan
from skipcat.training.prepare import held_out_pixels, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.record import read_plans, write_plans

Tell = Callable[[str], None]  # one plain sentence


def no_telling(sentence: str) -> None:
    """Tell nothing."""


RATE_FROM_SCRATCH, RATE_FROM_WEIGHTS = 0.05, 0.01
# Below this nothing that was learnt at 224 px is still there to be seen.
SMALLEST_PRETRAINED_PX = 32
# What is left of a time budget for the last validation, the temperature and the test images.
RESERVE = 0.03


def train(
    data: object,
    network: str = "resnet18",
    *,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    pretrained: str | Path | None = None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
) -> Classifier:
    """Train `network` on `data` and give the classifier, which also lies in `out`.

    `out` defaults to NAME.skipcat in the current folder. With `resume` an interrupted run in
    `out` goes on where its newest checkpoint stands; a finished one is loaded as it is.

    Raises:
        SkipcatError: data, network, recipe or weights that cannot be used; a run in the way.
    """
    done = run_training_job(
        data, network, recipe=recipe, out=out, resume=resume, pretrained=pretrained,
        progress=progress,
    )  # fmt: skip
    return done.classifier if isinstance(done, Trained) else done


def run_training_job(
    data: object,
    network: str,
    *,
    recipe: Recipe | None,
    out: str | Path | None,
    resume: bool,
    pretrained: str | Path | None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
    started: float | None = None,
    or_from_scratch: bool = False,
) -> Trained | Classifier:
    """Do what `train` does but for saving; give only the classifier of a run finished before.

    `started` is the time.monotonic() from which the recipe's minutes count. With
    `or_from_scratch`, weights that cannot be fetched are told of, and training goes on without.
    """
    started = time.monotonic() if started is None else started
    notes: list[str] = []
    entry = find_entry(network)
    dataset = open_dataset(data)
    path = Path(out) if out is not None else Path(f"{dataset.name}.skipcat")
    recipe, finished = run_folder.claim(path, entry.name, recipe, resume=resume)
    if finished:
        return load(path)
    device = pick_device(recipe.device)
    prepared = prepare_data(dataset, entry, recipe, folder=_existing(path), progress=progress)

    spec = make_spec(entry.name, len(dataset.classes), prepared.image_px, prepared.channels)
    logged = read_plans(path / "plan.jsonl") if resume else []
    deadline = None if recipe.minutes is None else started + 60 * recipe.minutes * (1 - RESERVE)
    plan, replan = make_plan(spec, prepared, recipe, device, deadline, logged)
    spec = replace(spec, stem_reduction=plan.stem_reduction)
    if or_from_scratch and str(pretrained) == "torchvision":
        pretrained, notes = _settle_for_scratch(spec, prepared.image_px)
    net, info, more = _build(spec, recipe, pretrained)
    preprocessing = Preprocessing(
        plan.image_px,
        prepared.channels,
        _channel_means(info.mean, prepared.channels) if info else prepared.mean,
        _channel_means(info.std, prepared.channels) if info else prepared.std,
    )
    run_folder.describe(path, entry.name, recipe, prepared, pretrained)
    if not logged:
        logged = [plan.to_dict()]
        write_plans(path / "plan.jsonl", logged)
    usual_rate = RATE_FROM_WEIGHTS if more else RATE_FROM_SCRATCH
    run = Run(
        network=net,
        prepared=prepared,
        recipe=recipe,
        plan=plan,
        preprocessing=preprocessing,
        augmentation=plan_augmentation(recipe, dataset, plan.image_px),
        validation_pixels=held_out_pixels(prepared, prepared.split.validation, preprocessing),
        device=device,
        folder=path,
        learning_rate=recipe.learning_rate or usual_rate,
    )
    resumed = resume and resume_run(run)

    def change_plan(plan: Plan, epoch: int, seconds: float) -> Plan | None:
        changed = replan(plan, run.state.history) if replan and not resumed else None
        if changed:
            logged.append(changed.to_dict())
            write_plans(path / "plan.jsonl", logged)
        return changed

    notes += more
    for sentence in (*notes, _say_plan(run, resumed)):
        tell(sentence)
    run_training(run, replan=change_plan, progress=progress)
    return finish_run(run, tuple(notes))


def _settle_for_scratch(spec: Spec, image_px: int) -> tuple[str, list[str]]:
    """Give "torchvision", or "none" with the reason why not."""
    if image_px < SMALLEST_PRETRAINED_PX:
        why = f"the images have {image_px} px, and the published weights were made for 224"
        return "none", [f"Training from scratch: {why}."]
    try:
        fetch_pretrained(spec.name)
    except WeightsError as error:
        return "none", [f"Training from scratch. {error}"]
    return "torchvision", []


def _build(
    spec: Spec, recipe: Recipe, pretrained: str | Path | None
) -> tuple[Network, WeightsInfo | None, list[str]]:
    net = build_network(spec, seed=recipe.seed)
    if pretrained is None or str(pretrained) == "none":
        return net, None, []
    info = None
    if str(pretrained) == "torchvision":
        state, info = fetch_pretrained(net)
        where = info.source
        remade = load_trunk(net, state)
    else:
        where = f"'{pretrained}'"
        remade = load_trunk(net, Path(pretrained))
    note = f"Training starts from the weights of {where}."
    return net, info, [note, *([f"Made anew: {', '.join(remade)}."] if remade else [])]


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
