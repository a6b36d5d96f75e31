"""How much more data would help: the same training on smaller and smaller parts of the images."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.errors import RunError
from skipcat.evaluation.intervals import wilson_interval
from skipcat.evaluation.learning_curve import CurvePoint, LearningCurve
from skipcat.evaluation.power_law import fit_curve
from skipcat.files import write_json
from skipcat.reporting import Auto, Progress, Reporter, Tell, open_reporter
from skipcat.text.numbers import percent
from skipcat.text.translation import Message
from skipcat.training.learning_curve_shares import (
    Training,
    check_recipe,
    check_shares,
    count_steps,
    cut_dataset,
    plan_trainings,
)
from skipcat.training.network_names import find_architecture, hash_weights, is_classifier
from skipcat.training.prepared_data import PreparedData, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.request import USUAL_NETWORK, TrainingRequest
from skipcat.training.result import TrainingResult
from skipcat.training.run_folder.folder import check_run, count_images, is_finished
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.record import RunRecord, start_anew, write_record
from skipcat.training.run_folder.resume import describe_environment, open_run
from skipcat.training.train import run_training

SHARES = (0.125, 0.25, 0.5, 1.0)
BEGUN, POINTS, ANSWERS, RESULT = "begun.json", "points.json", "answers.json", "curve.json"


@dataclass(frozen=True)
class Points:
    """Which trainings a curve has: its shares, each with so many seeds."""

    shares: tuple[float, ...] = SHARES
    seeds: int = 1

    def __str__(self) -> str:
        shares = ", ".join(f"{share:g}" for share in self.shares)
        return f"shares {shares} with {self.seeds} seed{'s' if self.seeds != 1 else ''}"


def measure_learning_curve(  # noqa: PLR0913  the public face, by keyword
    data: object,
    network: str | None = None,
    *,
    shares: Sequence[float] | None = None,
    seeds: int | None = None,
    recipe: Recipe | Mapping[str, object] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    pretrained: str | Path | None = None,
    exclude: Exclude | None = None,
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
) -> LearningCurve:
    """Train on several shares of the training images; tell what more images would bring.

    A smaller share lies within a larger one. All trainings have the same validation and test
    images, and about the same number of steps as the recipe's epochs are of all images: with
    equal epochs small shares would be judged after less training, and more images would seem to
    help more than they do. Each of `seeds` draws shares, weights and orders anew. By default
    resnet18 trains once on an eighth, a quarter, half and all of the images. `out` defaults to
    NAME.curve. `progress` and `tell` are those of `train`.

    With `resume`, trainings that are finished there are not repeated, and what is None, or a field
    that `recipe` as a mapping does not name, is as the curve began; other shares and seeds are
    told of and added.

    Raises:
        SkipcatError: data, network, shares or recipe that cannot be used; a run in the way.
    """
    with (
        open_reporter(progress, tell) as reporter,
        hold_run(data, out, exclude, reporter.tell, kind="curve") as (dataset, path),
    ):
        request = TrainingRequest(dataset, path, network, pretrained, recipe, resume=resume)
        return _measure(request, shares, seeds, reporter)


def _measure(
    request: TrainingRequest, shares: Sequence[float] | None, seeds: int | None, reporter: Reporter
) -> LearningCurve:
    path, dataset, tell = request.out, request.data, reporter.tell
    _, record = open_run(request, file=BEGUN)
    if is_finished(path, record):
        raise RunError(f"'{path}' already holds a classifier; choose another --out.")
    if record:
        network, pretrained, recipe = record.network, record.pretrained, record.recipe
    else:
        network, pretrained, recipe = request.complete(USUAL_NETWORK, "none", Recipe())
    if is_classifier(pretrained):
        raise RunError(
            "A learning curve starts from scratch, from torchvision's weights or a file's: a "
            "classifier has learnt from images that would judge."
        )
    check_recipe(recipe)
    points = _choose_points(path, shares, seeds, record, tell)
    entry, seeds = find_architecture(network), points.seeds
    prepared = prepare_data(dataset, entry, recipe, progress=reporter.progress)
    weights = hash_weights(pretrained)
    if record:
        check_run(path, record, prepared, [])
        if record.weights_sha256 not in ("", weights):
            raise RunError(
                f"The curve in '{path}' began with other weights than '{pretrained}' holds now; "
                "choose another --out."
            )
    trainings = plan_trainings(prepared, recipe, points.shares, seeds, path)
    if not record:
        record = RunRecord(
            network=network,
            recipe=recipe,
            # Each training settles its own.
            resolved=replace(
                recipe, batch=recipe.batch_size, weight_decay=recipe.weight_decay or 0.0
            ),
            mean=prepared.mean,
            std=prepared.std,
            pretrained=pretrained,
            weights=pretrained,
            weights_sha256=weights,
            data=dataset.name,
            fingerprint=prepared.fingerprint,
            images=count_images(prepared),
            environment=describe_environment(pick_device(recipe.device)),
        )
        write_record(path, record, file=BEGUN)
    write_json(path / POINTS, asdict(points))
    tell(prepared.checkup.summarise())
    right = []
    for number, one in enumerate(trainings, start=1):
        what = Message("Training {number}/{count}", number=number, count=len(trainings))
        right.append(_train(one, prepared, record, reporter.label(what).progress))
        tell(
            Message(
                "{what}: {images:,} images, {epochs} epochs, seed {seed}: {share} of {test:,} "
                "right.",
                what=what,
                images=len(one.rows),
                epochs=one.recipe.epochs,
                seed=one.recipe.seed,
                share=percent(float(right[-1].mean())),
                test=right[-1].size,
            )
        )
    curve = _summarise(prepared, entry.name, trainings, np.array(right), seeds)
    write_json(path / RESULT, curve.to_dict())
    return curve


def _choose_points(
    path: Path,
    shares: Sequence[float] | None,
    seeds: int | None,
    begun: RunRecord | None,
    tell: Tell,
) -> Points:
    """Complete what is asked by what the curve in the folder had, and tell what is otherwise."""
    before, file = Points(), path / POINTS
    if begun and file.exists():
        try:
            before = TypeAdapter(Points).validate_json(file.read_bytes(), strict=True)
        except (OSError, ValueError) as error:
            raise RunError(f"'{file}' is damaged; {start_anew(path)}.") from error
    asked = before.seeds if seeds is None else seeds
    points = Points(tuple(check_shares(before.shares if shares is None else shares, asked)), asked)
    if begun and points != before:
        tell(f"The curve in '{path}' had {before}; it goes on with {points}.")
    return points


def _train(
    one: Training, prepared: PreparedData, record: RunRecord, progress: Progress
) -> np.ndarray:
    """Train, unless that is done; return which test images were predicted correctly."""
    file, tests = one.folder / ANSWERS, prepared.split.test
    if not is_finished(one.folder):
        request = TrainingRequest(
            cut_dataset(prepared, one.rows), one.folder, record.network, record.pretrained,
            one.recipe, resume=True,
        )  # fmt: skip
        done = run_training(request, Reporter(progress))
        if isinstance(done, TrainingResult):
            right = done.held_logits.argmax(1) == done.prepared.dataset.labels[done.held_rows]
            write_json(file, {"right": "".join("01"[int(answer)] for answer in right)})
            done.classifier.save(done.folder)
    try:
        letters = json.loads(file.read_text(encoding="utf-8"))["right"]
        if len(letters) != len(tests) or set(letters) - {"0", "1"}:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"'{file}' is damaged; delete '{one.folder}' to train it again.") from error
    return np.array([letter == "1" for letter in letters])


def _summarise(
    prepared: PreparedData, network: str, trainings: list[Training], right: np.ndarray, seeds: int
) -> LearningCurve:
    tests, points = right.shape[1], []
    for start in range(0, len(trainings), seeds):
        group, answers = trainings[start : start + seeds], right[start : start + seeds]
        first, accuracy = group[0], float(answers.mean())
        images = round(np.mean([len(one.rows) for one in group]))
        epochs = first.recipe.epochs or 0
        points.append(
            CurvePoint(
                share=first.share,
                images=images,
                epochs=epochs,
                steps=epochs * count_steps(len(first.rows), first.recipe),
                accuracy=accuracy,
                interval=wilson_interval(round(accuracy * tests), tests),
                each=tuple(float(one.mean()) for one in answers),
            )
        )
    whole = len(prepared.split.train)
    by_point = right.reshape(len(points), seeds, tests)
    fit = fit_curve([one.images for one in points], by_point, whole=whole)
    return LearningCurve(prepared.dataset.name, network, whole, tests, tuple(points), fit)
