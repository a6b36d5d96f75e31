"""What a run begins from: weights, rate, decay, the mean and deviation of its pixels."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from skipcat.errors import WeightsError
from skipcat.networks.catalogue import Spec
from skipcat.networks.network import Network
from skipcat.networks.weights.load_save import fetch_pretrained
from skipcat.training.network_names import hash_weights
from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder import folder as run_folder
from skipcat.training.run_folder.folder import Begun, Start
from skipcat.training.run_folder.resume import Goal
from skipcat.training.trainer.job import build_beginning

RATE_FROM_SCRATCH, RATE_FROM_WEIGHTS = 0.05, 0.01
# A run of minutes is a thousand steps or a few, in which decay as weak as that of long schedules
# does nothing; `benchmarks/ablation.py` measures it. Weights learnt elsewhere are to stay.
DECAY_FROM_SCRATCH, DECAY_FROM_WEIGHTS = 5e-3, 5e-4
# Below this nothing that was learnt at 224 px is still there to be seen.
SMALLEST_PRETRAINED_PX = 32


def begin_run(
    spec: Spec, goal: Goal, prepared: Prepared, *, or_from_scratch: bool, reason: str
) -> tuple[Begun, Network]:
    """Build the network of a new run, and note what it begins from, and why it is that network."""
    recipe, dataset = goal.recipe, prepared.dataset
    pretrained, notes = _settle(
        spec, goal.asked, prepared.image_px, or_from_scratch=or_from_scratch
    )
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
        made_with=goal.setting,
        spec=spec if Path(goal.network).is_absolute() else None,
        weights_sha256=hash_weights(pretrained),
    )
    begun = Begun(
        goal.network, goal.asked, dataset.name, prepared.fingerprint, recipe, start,
        run_folder.count_images(prepared), reason=reason,
    )  # fmt: skip
    return begun, net


def note_batch(begun: Begun, used: Recipe, notes: list[str], classes: tuple[str, ...]) -> Begun:
    """Give the beginning with a batch that is not the usual one, and the classes of heads alone."""
    start = begun.start
    if notes:
        start = replace(start, batch=used.batch, notes=(*start.notes, *notes))
    return replace(begun, start=replace(start, classes=classes if used.only_auxiliary else ()))


def _settle(
    spec: Spec, asked: str, image_px: int, *, or_from_scratch: bool
) -> tuple[str, list[str]]:
    """Give where the weights come from; "none" with the reason where they may be done without."""
    if not or_from_scratch or asked != "torchvision":
        return asked, []
    if image_px < SMALLEST_PRETRAINED_PX:
        return "none", [say_too_small_for_weights(image_px)]
    try:
        fetch_pretrained(spec.name)
    except WeightsError as error:
        return "none", [f"Training from scratch. {error}"]
    return asked, []


def say_too_small_for_weights(image_px: int) -> str:
    """Say why published weights are done without."""
    why = f"the images have {image_px} px, and the published weights were made for 224"
    return f"Training from scratch: {why}."


def _channel_means(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values if channels == len(values) else (float(np.mean(values)),) * channels
