"""One training, from data to a classifier in a folder."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skipcat.classifier import Classifier, Origin, load, run_network
from skipcat.data.cache import Progress, no_progress
from skipcat.data.dataset import open_dataset
from skipcat.data.preprocessing import Fit, Preprocessing
from skipcat.engines.device import pick_device
from skipcat.evaluation.calibration import fit_temperature, negative_log_likelihood
from skipcat.evaluation.metrics import Evaluation, evaluate_logits
from skipcat.networks.catalogue import Entry, Spec, build_network, find_entry, make_spec
from skipcat.networks.network import Network
from skipcat.networks.weights import WeightsInfo, fetch_pretrained, load_trunk
from skipcat.training import folder as run_folder
from skipcat.training.augment import Augmentation, plan_augmentation
from skipcat.training.loop import Run, bend, resume_run, run_training
from skipcat.training.plan import EPOCHS_AT_MOST, Plan, grow_sizes, plan_epochs, plan_minutes
from skipcat.training.prepare import Prepared, held_out_pixels, prepare_data
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.record import read_plans, write_plans
from skipcat.training.speed import allowed_reductions, measure_step_time, smallest_size

# What is left of a time budget for the last validation, the temperature and the test images.
RESERVE = 0.03

@dataclass(frozen=True, eq=False)
class Trained:
    """A finished training: what the user keeps, and what its page tells."""

    classifier: Classifier
    prepared: Prepared
    augmentation: Augmentation
    recipe: Recipe
    plan: Plan
    history: tuple[dict[str, Any], ...]
    validation: Evaluation | None
    notes: tuple[str, ...]

def train(
    data: object,
    network: str = "resnet18",
    *,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    pretrained: str | Path | None = None,
    progress: Progress = no_progress,
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
    progress: Progress,
) -> Trained | Classifier:
    """Do what `train` does; give all of it, or only the classifier of a run finished before."""
    started = time.monotonic()
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
    plan, replan = _make_plan(spec, prepared, recipe, device, deadline, logged)
    spec = replace(spec, stem_reduction=plan.stem_reduction)
    net, info, notes = _build(spec, recipe, pretrained)
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
    )
    resumed = resume and resume_run(run)

    def change_plan(plan: Plan, epoch: int, seconds: float) -> Plan | None:
        changed = replan(plan, run.state.history) if replan and not resumed else None
        if changed:
            logged.append(changed.to_dict())
            write_plans(path / "plan.jsonl", logged)
        return changed

    run_training(run, replan=change_plan, progress=progress)
    return _finish(run, path, tuple(notes))

def _make_plan(
    spec: Spec,
    prepared: Prepared,
    recipe: Recipe,
    device: torch.device,
    deadline: float | None,
    logged: list[dict[str, Any]],
) -> tuple[Plan, Callable[[Plan, list], Plan | None] | None]:
    """Give the plan: that of the log, that of `epochs`, or one made from measured speed."""
    if logged:
        last = logged[0]
        return Plan(**{**last, "sizes_px": tuple(last["sizes_px"])}), None
    if deadline is None:
        epochs = recipe.epochs or EPOCHS_BY_DEFAULT
        return plan_epochs(epochs, prepared.image_px, spec.stem_reduction), None
    probe_px = max(smallest_size(spec, spec.stem_reduction), round(prepared.image_px * 0.75))
    per_image = measure_step_time(spec, probe_px, recipe, device)
    train, validation = len(prepared.split.train), len(prepared.split.validation)
    # A validation image takes one forward pass at full size, a third of a training image.
    weight = train + validation / 3
    reductions = allowed_reductions(spec)
    plan = plan_minutes(
        max(1.0, deadline - time.monotonic()),
        round(weight),
        image_px=prepared.image_px,
        smallest_px=max(smallest_size(spec, r) for r in reductions),
        reductions=reductions,
        seconds_per_image=per_image,
    )

    def replan(plan: Plan, history: list[dict[str, Any]]) -> Plan | None:
        return _mend(plan, history, deadline, lambda px: per_image(px, plan.stem_reduction))

    return plan, replan

def _mend(
    plan: Plan,
    history: list[dict[str, Any]],
    deadline: float,
    seconds_per_image: Callable[[int], float],
) -> Plan | None:
    """Give a plan with fewer or more epochs when the measured speed will miss the end."""
    done = len(history)
    left = deadline - time.monotonic()
    expected = sum(seconds_per_image(row["image_px"]) for row in history)
    per_epoch = history[-1]["seconds"] / expected
    sizes = plan.sizes_px[done - plan.first_epoch :]
    if not sizes:
        return None
    needed = per_epoch * sum(seconds_per_image(side) for side in sizes)
    mean = needed / len(sizes)
    full = plan.epochs >= EPOCHS_AT_MOST
    if needed <= left and (full or left - needed < mean):
        return None
    if needed > left and needed - left < 0.25 * mean and len(sizes) > 1:
        return None
    epochs = max(1, min(round(left / mean - 0.3), EPOCHS_AT_MOST - done))
    if epochs == len(sizes):
        return None
    grown = grow_sizes(epochs, sizes[-1], min(plan.sizes_px), start=done / (done + epochs))
    why = f"{left:.0f} s are left and an epoch takes about {mean:.1f} s"
    return bend(plan, done, grown, why)

def _build(
    spec: Spec, recipe: Recipe, pretrained: str | Path | None
) -> tuple[Network, WeightsInfo | None, list[str]]:
    net = build_network(spec, seed=recipe.seed)
    if pretrained is None or str(pretrained) == "none":
        return net, None, []
    info = None
    if str(pretrained) == "torchvision":
        source, info = fetch_pretrained(net)
        where = info.source
    else:
        source = Path(pretrained)
        where = f"'{pretrained}'"
    remade = load_trunk(net, source)
    note = f"Training starts from the weights of {where}."
    return net, info, [note, *([f"Made anew: {', '.join(remade)}."] if remade else [])]

def _channel_means(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values if channels == len(values) else (float(np.mean(values)),) * channels

def _finish(run: Run, path: Path, notes: tuple[str, ...]) -> Trained:
    """Choose the fit, calibrate, judge the test part once, and write the classifier."""
    prepared, network = run.prepared, run.network.cpu()
    names, labels, classes = (
        prepared.dataset.names, prepared.dataset.labels, prepared.dataset.classes,
    )  # fmt: skip
    rows = prepared.split.validation
    preprocessing, logits = _choose_fit(run)
    temperature, validation = 1.0, None
    if len(rows):
        temperature = fit_temperature(logits, labels[rows])
        validation = evaluate_logits(
            logits, labels[rows], classes,
            names=[names[r] for r in rows], temperature=temperature,
        )  # fmt: skip
    test = None
    rows = prepared.split.test
    if len(rows):
        pixels = held_out_pixels(prepared, rows, preprocessing)
        test = evaluate_logits(
            run_network(network, pixels, preprocessing), labels[rows], classes,
            names=[names[r] for r in rows], temperature=temperature,
        )  # fmt: skip
        test = replace(test, left_out=prepared.left_out)
    hashes = prepared.decoded.hashes
    origin = Origin(
        prepared.dataset.name,
        prepared.fingerprint,
        read_versions(),
        trained_on=tuple(sorted({hashes[r] for r in prepared.split.train})),
        decided_on=tuple(sorted({hashes[r] for r in prepared.split.validation})),
    )
    classifier = Classifier(
        network, classes, preprocessing, temperature=temperature, evaluation=test, origin=origin
    )
    classifier.save(path)
    history = tuple(run.state.history)
    return Trained(
        classifier, prepared, run.augmentation, run.recipe, run.plan, history, validation, notes
    )

def _choose_fit(run: Run) -> tuple[Preprocessing, np.ndarray]:
    """Let the validation images say whether images that are not square are padded or squashed."""
    rows = run.prepared.split.validation
    labels = run.prepared.dataset.labels[rows]
    if not len(rows):
        return run.preprocessing, np.zeros((0, len(run.prepared.dataset.classes)), np.float32)
    fits: tuple[Fit, ...] = ("pad",) if run.prepared.square else ("pad", "squash")
    found = []
    for fit in fits:
        preprocessing = replace(run.preprocessing, fit=fit)
        pixels = held_out_pixels(run.prepared, rows, preprocessing)
        logits = run_network(run.network, pixels, preprocessing)
        found.append((negative_log_likelihood(logits, labels), preprocessing, logits))
    _, preprocessing, logits = min(found, key=lambda item: item[0])
    return preprocessing, logits

def read_versions() -> dict[str, str]:
    """Give the versions that a result depends on."""
    packages = ("skipcat", "torch", "torchvision", "pillow", "numpy", "safetensors")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}

def _existing(path: Path) -> Path | None:
    return path if path.is_dir() else None
