"""From a finished training to what its page shows."""

import json
import platform
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from skipcat.choice.result import Choice
from skipcat.cost.counting import measure_cost
from skipcat.data.images import without_warnings
from skipcat.report.explained_images import explain_answers
from skipcat.report.page import FitPage, Picture
from skipcat.report.predictions import take_answered, take_confused, take_mistakes
from skipcat.report.thumbnails import SMALL_PHOTO_PX, show_input, show_prepared, show_seen
from skipcat.text.numbers import count_epochs, join_sentences
from skipcat.text.translation import Message
from skipcat.training.augmentation.augment import augment_batch
from skipcat.training.result import TrainingResult

SAMPLED_CLASSES, SAMPLES, SAMPLES_IN_ALL = 30, 6, 60
AUGMENTED, PREPROCESSED = 12, 4
COLUMNS = (
    Message("row"),
    Message("what it is"),
    Message("output"),
    Message("parameters"),
    Message("MACs"),
    Message("sees, px"),
)


def describe_fit(
    trained: TrainingResult,
    *,
    reason: str,
    seconds: float,
    notes: tuple[str, ...] = (),
    choice: Choice | None = None,
) -> FitPage:
    """Gather what the page of a training shows; files are read again, none is written."""
    with without_warnings():
        page = _describe(trained, reason=reason, seconds=seconds, notes=notes)
    return replace(page, choice=choice, notes=(*page.notes, *_say_recalled(page)))


def _describe(
    trained: TrainingResult, *, reason: str, seconds: float, notes: tuple[str, ...]
) -> FitPage:
    dataset, classifier = trained.prepared.dataset, trained.classifier
    net, checkup = classifier.network, trained.prepared.checkup
    explained, explained_note = explain_answers(trained, seconds)
    return FitPage(
        title=dataset.name,
        network=net.spec.name,
        reason=reason,
        seconds=seconds,
        data=_count_parts(trained),
        test=classifier.evaluation,
        validation=trained.validation,
        notes=(*notes, *([checkup.summarise()] if checkup.findings else []), *trained.notes),
        plan=_say_plan(trained),
        left_out=trained.prepared.left_out,
        history=trained.history,
        cost=_list_cost(trained),
        recipe=trained.recipe.to_dict(),
        machine=_describe_machine(trained),
        samples=_sample_classes(trained),
        augmentation=_augment_samples(trained),
        preprocessing=_prepare_samples(trained),
        preprocessing_note=_say_preprocessing(trained),
        answered=take_answered(trained),
        mistakes=take_mistakes(trained),
        confused=take_confused(trained),
        explained=explained,
        explained_note=explained_note,
        commands=_list_commands(trained),
    )


def _say_recalled(page: FitPage) -> tuple[str, ...]:
    answered = (*page.answered, *page.mistakes, *(p for c in page.confused for p in c.pictures))
    shown = [one.picture for one in answered]
    shown += [picture for pictures in page.samples.values() for picture in pictures]
    shown += [before for before, _ in page.preprocessing]
    if not any(picture.recalled for picture in shown):
        return ()
    return (
        Message(
            "The files of some pictures could not be read again when this page was made; the small "
            "copies that the training kept of them are shown instead."
        ),
    )


def _count_parts(trained: TrainingResult) -> dict[str, tuple[int, int, int]]:
    dataset, split = trained.prepared.dataset, trained.prepared.split
    counts = [
        np.bincount(dataset.labels[rows], minlength=len(dataset.classes))
        for rows in (split.train, split.validation, split.test)
    ]
    each = zip(*(one.tolist() for one in counts), strict=True)
    return dict(zip(dataset.classes, each, strict=True))


def _sample_classes(trained: TrainingResult) -> dict[str, tuple[Picture, ...]]:
    prepared = trained.prepared
    train = prepared.split.train
    labels = prepared.dataset.labels[train]
    samples = {}
    classes = prepared.dataset.classes[:SAMPLED_CLASSES]
    most = min(SAMPLES, SAMPLES_IN_ALL // len(classes))
    for number, name in enumerate(classes):
        rows = train[labels == number][:most]
        samples[name] = tuple(show_prepared(prepared, int(row), px=SMALL_PHOTO_PX) for row in rows)
    return samples


def _augment_samples(trained: TrainingResult) -> tuple[Picture, ...]:
    prepared = trained.prepared
    rows = np.resize(prepared.split.train[:2], AUGMENTED)
    pixels = torch.from_numpy(np.ascontiguousarray(prepared.decoded.pixels[np.sort(rows)]))
    images = augment_batch(
        pixels,
        prepared.decoded.aspects[np.sort(rows)],
        np.arange(AUGMENTED),
        augmentation=trained.augmentation,
        seed=trained.recipe.seed,
        epoch=0,
        side_px=trained.plan.image_px,
    )
    shown = (images * 255).round().to(torch.uint8).numpy()
    return tuple(show_input(image) for image in shown)


def _prepare_samples(trained: TrainingResult) -> tuple[tuple[Picture, Picture], ...]:
    """Show what becomes of an image, the least square ones first."""
    prepared, preprocessing = trained.prepared, trained.classifier.preprocessing
    rows = trained.held_rows if len(trained.held_rows) else prepared.split.train
    stretch = np.abs(np.log(prepared.decoded.aspects[rows]))
    pairs = []
    for row in rows[np.argsort(-stretch, kind="stable")[:PREPROCESSED]]:
        width, height = prepared.sizes[row]
        before = show_prepared(prepared, int(row), f"{width}x{height}")
        side = f"{preprocessing.image_px}x{preprocessing.image_px}"
        pairs.append((before, show_seen(prepared, int(row), preprocessing, side)))
    return tuple(pairs)


def _say_preprocessing(trained: TrainingResult) -> str:
    preprocessing, prepared = trained.classifier.preprocessing, trained.prepared
    side, grey = preprocessing.image_px, preprocessing.channels == 1
    smaller = int(np.sum(prepared.sizes[prepared.decoded.rows].min(axis=1) < side))
    enlarged = Message(
        "{n} image is smaller than that and is enlarged.",
        "{n} images are smaller than that and are enlarged.",
        n=smaller,
    )
    how, crops = "", ""
    if not prepared.square:
        how = _HOW_FITTED[preprocessing.fit]
        if trained.validation:
            how = Message("{how}, as the validation images preferred", how=how)
        crops = Message("Training sees square crops.")
    said = Message(
        "Every image is turned upright and becomes {side} by {side} pixels in {colour}{how}.",
        side=side,
        colour=Message("grey") if grey else Message("colour"),
        how=how,
    )
    return join_sentences(said, crops, enlarged if smaller else "")


_HOW_FITTED = {
    "pad": Message("; all of it is fitted in, and the rest is filled with the mean colour"),
    "squash": Message("; one that is not square is squashed to the square"),
}


def _say_plan(trained: TrainingResult) -> tuple[str, ...]:
    plan, history, recipe = trained.plan, trained.history, trained.recipe
    by = ""
    if recipe.minutes:
        by = Message(
            "Preset {preset}, {minutes:.3g} minutes.", preset=recipe.preset, minutes=recipe.minutes
        )
    stopped = Message("; it stopped early, nothing got better any more")
    steps = Message(
        "{epochs}, images at {image_px} px; the stem shrinks an image by {stem}{ended}.",
        epochs=count_epochs(len(history)),
        image_px=plan.image_px,
        stem=plan.stem_reduction,
        ended="" if len(history) == plan.epochs else stopped,
    )
    reason = Message("{reason}.", reason=plan.reason)
    if plan.first_epoch:
        reason = Message(
            "Planned anew after epoch {epoch:.3g}: {reason}.",
            epoch=plan.first_epoch,
            reason=plan.reason,
        )
    return (join_sentences(by, steps), *((reason,) if plan.reason else ()))


def _list_cost(trained: TrainingResult) -> dict[str, object]:
    classifier = trained.classifier
    cost = measure_cost(classifier.network, image_px=classifier.preprocessing.image_px)
    rows = []
    for row in cost.rows:
        shape = " × ".join(map(str, row.output_shape))
        figures = (row.parameters, row.macs, row.receptive_field_px)
        rows.append((row.name, row.description, shape, *figures))
    return {
        "parameters": cost.parameters,
        "macs": cost.macs,
        "receptive_field_px": cost.receptive_field_px,
        "columns": COLUMNS,
        "rows": tuple(rows),
    }


def _describe_machine(trained: TrainingResult) -> dict[str, str]:
    return {
        Message("processor"): platform.processor() or platform.machine(),
        Message("threads"): str(torch.get_num_threads()),
        Message("device"): trained.device,
        Message("system"): platform.system(),
        **trained.classifier.origin.versions,
    }


def _list_commands(trained: TrainingResult) -> tuple[tuple[Message, str], ...]:
    name = Path(trained.folder).name
    folder = shlex.quote(name)
    return (
        (Message("Name what a picture shows"), f"skipcat predict {folder} photo.jpg"),
        (Message("See why it answered so"), f"skipcat explain {folder} photo.jpg"),
        (
            Message("Judge it on other labelled pictures"),
            f"skipcat evaluate {folder} more-pictures/",
        ),
        (
            Message("Use it in Python"),
            f'import skipcat; skipcat.load({json.dumps(name)}).predict(["photo.jpg"])',
        ),
        (
            Message("See the training curves in TensorBoard"),
            f"tensorboard --logdir {folder}/events",
        ),
    )
