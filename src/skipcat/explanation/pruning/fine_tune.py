"""Train a cut network a little more, on the images that its classifier learnt from."""

import copy
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from skipcat.classifier import Classifier, Origin
from skipcat.engines.device import pick_device
from skipcat.engines.torch_engine import run_network
from skipcat.errors import RecipeError
from skipcat.evaluation.calibration import calibrate
from skipcat.explanation.image_roles import Division
from skipcat.networks.catalogue import find_entry
from skipcat.networks.network import Network
from skipcat.networks.rows.pruned import PRUNED
from skipcat.reporting import Progress, Reporter, Tell
from skipcat.text.translation import Message
from skipcat.training.initial_weights import DECAY_FROM_SCRATCH
from skipcat.training.prepared_data import PreparedData, held_out_pixels, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.run_folder.record import RunRecord, resolve_recipe
from skipcat.training.trainer.first_plan import make_plan
from skipcat.training.trainer.trainer import Trainer

# Between that of a network that knows nothing and that of one that knows all but the classes.
RATE = 0.02


def prepare_fine_tuning(
    classifier: Classifier, division: Division, recipe: Recipe, *, progress: Progress
) -> PreparedData:
    """Decode the images once, for all rounds: those trained on before, and those that decide.

    Raises:
        RecipeError: the data hold none of the images that the classifier was trained on.
        DataError: they cannot be used.
    """
    name = division.dataset.name
    if not division.training:
        raise RecipeError(
            f"'{name}' holds no image that this classifier was trained on, so there is nothing to "
            "fine-tune on; give the data that it learnt from, or leave fine-tuning out."
        )
    dataset = replace(division.dataset, classes=classifier.classes, labels=division.labels)
    entry = find_entry(classifier.network.spec.name.removesuffix(PRUNED))
    wanted = replace(recipe, image_px=classifier.preprocessing.image_px)
    prepared = prepare_data(dataset, entry, wanted, progress=progress)
    if prepared.channels != classifier.preprocessing.channels:
        raise RecipeError(
            f"The images of '{name}' have {prepared.channels} channels, this classifier takes "
            f"{classifier.preprocessing.channels}; it is fine-tuned on images like those it learnt "
            "from."
        )
    readable = set(prepared.decoded.rows.tolist())
    train, decide = (
        np.array(sorted(readable.intersection(rows)), dtype=np.int64)
        for rows in (division.training, division.deciding)
    )
    split = replace(
        prepared.split, train=train, validation=decide, test=np.zeros(0, np.int64), left_out={}
    )
    return replace(prepared, split=split)


def fine_tune(
    classifier: Classifier,
    net: Network,
    prepared: PreparedData,
    recipe: Recipe,
    folder: Path,
    *,
    progress: Progress,
    tell: Tell,
) -> Classifier:
    """Train a cut network on; give a classifier of it, which remembers what the old one used.

    Raises:
        RunError: training diverged.
        RecipeError: memory ran out.
    """
    preprocessing = classifier.preprocessing
    recipe = replace(recipe, image_px=preprocessing.image_px, preset="thorough")
    device = pick_device(recipe.device)
    resolved = resolve_recipe(
        recipe, learning_rate=RATE, weight_decay=DECAY_FROM_SCRATCH, image_px=preprocessing.image_px
    )
    record = RunRecord(net.spec.name, recipe, resolved, preprocessing.mean, preprocessing.std)
    deadline = None
    if recipe.minutes is not None:
        deadline = time.monotonic() + 60 * recipe.minutes
    shutil.rmtree(folder, ignore_errors=True)
    plan, replan = make_plan(net.spec, prepared, recipe, device, deadline, [])
    log = PlanLog(folder / "plan.jsonl")
    log.begin(plan)
    trainer = Trainer(
        record, net.spec, plan, prepared, folder,
        build=lambda: copy.deepcopy(net).requires_grad_(True),
        validation_pixels=held_out_pixels(prepared, prepared.split.validation, preprocessing),
    )  # fmt: skip
    tell(Message("Fine-tuning: {plan}.", plan=plan.describe()))
    trainer.train(replan=log.follow(replan), reporter=Reporter(progress, tell))
    network = trainer.network.cpu()
    logits = run_network(network, trainer.validation_pixels, preprocessing.mean, preprocessing.std)
    labels = prepared.dataset.labels[prepared.split.validation]
    shutil.rmtree(folder, ignore_errors=True)
    return Classifier(
        network,
        classifier.classes,
        preprocessing,
        temperature=calibrate(logits, labels),
        origin=remember(classifier.origin, prepared),
    )


def remember(origin: Origin, prepared: PreparedData) -> Origin:
    """Return an origin that knows as well which images decided about the smaller network."""
    hashes = prepared.decoded.hashes
    decided = {hashes[row] for row in prepared.split.validation}
    return replace(origin, decided_on=tuple(sorted({*origin.decided_on, *decided})))
