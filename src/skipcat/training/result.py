"""The result of a training: the fit, calibrated and evaluated once; what its page shows."""

import platform
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from skipcat.classifier import Classifier, Origin
from skipcat.data.preprocessing import Fit, Preprocessing
from skipcat.data.subgroups import slice_images
from skipcat.engines.torch_engine import run_network
from skipcat.evaluation.calibration import (
    LEAST_IMAGES,
    calibrate,
    fit_temperature,
    negative_log_likelihood,
)
from skipcat.evaluation.metrics import Evaluation, evaluate_logits
from skipcat.files import write_json
from skipcat.text.translation import Message
from skipcat.training.augmentation.augment import Augmentation
from skipcat.training.prepared_data import PreparedData, held_out_pixels
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.distillation import (
    HeadAgreement,
    answer_with_heads,
    measure_agreement,
)
from skipcat.training.trainer.trainer import Trainer


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A finished training, not yet saved: what the user keeps, and what its page shows."""

    folder: Path
    classifier: Classifier
    prepared: PreparedData
    augmentation: Augmentation
    recipe: Recipe
    plan: Plan
    device: str
    history: tuple[dict[str, Any], ...]
    validation: Evaluation | None
    held_rows: np.ndarray
    """The test images' rows, or the validation images' where there is no test part."""
    held_logits: np.ndarray
    notes: tuple[str, ...]


def finish_training(trainer: Trainer) -> TrainingResult:
    """Choose the fit, calibrate, and evaluate the test part once."""
    prepared, network = trainer.data, trainer.network.cpu()
    dataset, split = prepared.dataset, prepared.split
    preprocessing, logits = _choose_fit(trainer)
    temperature, validation, test, rows = 1.0, None, None, split.validation
    if len(rows):
        temperature = calibrate(logits, dataset.labels[rows])
        validation = judge_answers(prepared, rows, logits, temperature)
    if len(split.test):
        rows = split.test
        pixels = held_out_pixels(prepared, rows, preprocessing)
        logits = run_network(network, pixels, preprocessing.mean, preprocessing.std)
        test = judge_answers(prepared, rows, logits, temperature)
    classifier = Classifier(
        network,
        dataset.classes,
        preprocessing,
        temperature=temperature,
        evaluation=test,
        origin=_describe_origin(prepared),
    )
    return TrainingResult(
        folder=trainer.folder,
        classifier=classifier,
        prepared=prepared,
        augmentation=trainer.augmentation,
        recipe=trainer.recipe,
        plan=trainer.plan,
        device=str(trainer.device),
        history=tuple(trainer.state.history),
        validation=validation,
        held_rows=rows,
        held_logits=logits,
        notes=(*trainer.record.notes, *trainer.notes, *_say_uncalibrated(len(split.validation))),
    )


def _say_uncalibrated(images: int) -> tuple[str, ...]:
    if not 0 < images < LEAST_IMAGES:
        return ()
    return (
        Message(
            "{n} validation image is too few to calibrate the probabilities by, {enough} would do: "
            "they are shown as the network gives them.",
            "{n} validation images are too few to calibrate the probabilities by, {enough} would "
            "do: they are shown as the network gives them.",
            n=images,
            enough=LEAST_IMAGES,
        ),
    )


def finish_heads(trainer: Trainer) -> Classifier:
    """Save the classifier whose auxiliary heads were warmed, and how they agree with the main one.

    Of the test images, or of the validation images where there is no test part.
    """
    prepared, classes = trainer.data, trainer.record.classes
    network, preprocessing = trainer.network.cpu(), trainer.preprocessing
    part = "test" if len(prepared.split.test) else "validation"
    rows = getattr(prepared.split, part)
    evaluation: Evaluation | None = None
    heads: tuple[HeadAgreement, ...] = ()
    if len(rows):
        pixels = held_out_pixels(prepared, rows, preprocessing)
        answers = answer_with_heads(network, pixels, preprocessing)
        heads = measure_agreement(network, answers)
        if part == "test" and classes == tuple(prepared.dataset.classes):
            evaluation = judge_answers(prepared, rows, answers.main.numpy(), 1.0)
    write_json(
        trainer.folder / "auxiliary.json",
        {"images": len(rows), "part": part, "heads": [asdict(head) for head in heads]},
    )
    classifier = Classifier(
        network, classes, preprocessing, evaluation=evaluation, origin=_describe_origin(prepared)
    )
    classifier.save(trainer.folder)
    return classifier


def _describe_origin(prepared: PreparedData) -> Origin:
    hashes, split, before = prepared.decoded.hashes, prepared.split, prepared.learnt
    return Origin(
        prepared.dataset.name,
        prepared.fingerprint,
        read_versions(),
        trained_on=tuple(sorted({hashes[r] for r in split.train}.union(before.trained_on))),
        decided_on=tuple(sorted({hashes[r] for r in split.validation}.union(before.decided_on))),
    )


def judge_answers(
    prepared: PreparedData, rows: np.ndarray, logits: np.ndarray, temperature: float
) -> Evaluation:
    """Evaluate predictions for some of the prepared images.

    Shapes: (N,), (N, classes).
    """
    dataset = prepared.dataset
    found = evaluate_logits(
        logits,
        dataset.labels[rows],
        dataset.classes,
        names=[dataset.names[row] for row in rows],
        temperature=temperature,
        slices=slice_images(prepared.sizes[rows]),
    )
    return replace(found, left_out=prepared.left_out)


def _choose_fit(trainer: Trainer) -> tuple[Preprocessing, np.ndarray]:
    """Choose by the validation images whether images that are not square are padded or squashed."""
    rows = trainer.data.split.validation
    labels = trainer.data.dataset.labels[rows]
    if not len(rows):
        return trainer.preprocessing, np.zeros((0, len(trainer.data.dataset.classes)), np.float32)
    fits: tuple[Fit, ...] = ("pad",) if trainer.data.square else ("pad", "squash")
    found = []
    for fit in fits:
        preprocessing = replace(trainer.preprocessing, fit=fit)
        pixels = held_out_pixels(trainer.data, rows, preprocessing)
        logits = run_network(trainer.network, pixels, preprocessing.mean, preprocessing.std)
        loss = negative_log_likelihood(logits, labels, fit_temperature(logits, labels))
        found.append((loss, preprocessing, logits))
    _, preprocessing, logits = min(found, key=lambda item: item[0])
    return preprocessing, logits


def read_versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    packages = ("skipcat", "torch", "torchvision", "pillow", "numpy", "safetensors")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}
