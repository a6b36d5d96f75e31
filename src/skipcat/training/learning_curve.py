"""How much more data would help: the same training on smaller and smaller parts of the images."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from skipcat.data.dataset import Dataset
from skipcat.data.exclusion import Exclude
from skipcat.errors import RunError
from skipcat.evaluation.intervals import wilson_interval
from skipcat.evaluation.learning_curve import CurvePoint, LearningCurve
from skipcat.evaluation.power_law import fit_curve
from skipcat.files import write_json
from skipcat.reporting import Auto, Progress, Tell, open_reporter
from skipcat.training.learning_curve_shares import (
    Training,
    check_recipe,
    check_shares,
    count_steps,
    cut_dataset,
    plan_trainings,
)
from skipcat.training.network_names import find_architecture, hash_weights, is_classifier
from skipcat.training.prepared_data import Prepared, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.result import Trained
from skipcat.training.run_folder import folder as run_folder
from skipcat.training.run_folder.folder import Begun, Start
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.logs import start_anew
from skipcat.training.run_folder.resume import Wish, find_goal, make_wish
from skipcat.training.train import run_training_job

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


def measure_learning_curve(
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
        open_reporter(progress, tell) as (shown, told),
        hold_run(data, out, exclude, told, kind="curve") as (dataset, path),
    ):
        return _measure(
            dataset, path, make_wish(network, pretrained, recipe), shares=shares, seeds=seeds,
            resume=resume, progress=shown, tell=told,
        )  # fmt: skip


def _measure(
    dataset: Dataset,
    path: Path,
    wish: Wish,
    *,
    shares: Sequence[float] | None,
    seeds: int | None,
    resume: bool,
    progress: Progress,
    tell: Tell,
) -> LearningCurve:
    goal = find_goal(path, wish, Recipe(), resume=resume, file=BEGUN)
    if goal is None:
        raise RunError(f"'{path}' already holds a classifier; choose another --out.")
    if is_classifier(goal.asked):
        raise RunError(
            "A learning curve starts from scratch, from torchvision's weights or a file's: a "
            "classifier has learnt from images that would judge."
        )
    recipe, begun = goal.recipe, goal.begun
    check_recipe(recipe)
    points = _choose_points(path, shares, seeds, begun, tell)
    entry, shares, seeds = find_architecture(goal.network), points.shares, points.seeds
    prepared = prepare_data(dataset, entry, recipe, progress=progress)
    weights = hash_weights(goal.asked)
    if begun:
        run_folder.check_run(path, begun, prepared, [])
        if begun.start.weights_sha256 not in ("", weights):
            raise RunError(
                f"The curve in '{path}' began with other weights than '{goal.asked}' holds now; "
                "choose another --out."
            )
    trainings = plan_trainings(prepared, recipe, shares, seeds, path)
    if not begun:
        start = Start(
            pretrained=goal.asked,
            learning_rate=recipe.learning_rate or 0.0,  # each training finds its own
            weight_decay=recipe.weight_decay or 0.0,
            mean=prepared.mean,
            std=prepared.std,
            notes=(),
            made_with=goal.setting,
            weights_sha256=weights,
        )
        begun = Begun(
            goal.network, goal.asked, dataset.name, prepared.fingerprint, recipe, start,
            run_folder.count_images(prepared),
        )  # fmt: skip
        run_folder.write_begun(path, begun, file=BEGUN)
    write_json(path / POINTS, asdict(points))
    tell(prepared.checkup.summarise())
    right = []
    for number, one in enumerate(trainings, start=1):
        what = f"Training {number}/{len(trainings)}"
        right.append(_train(one, prepared, begun, _label(progress, what)))
        tell(
            f"{what}: {len(one.rows):,} images, {one.recipe.epochs} epochs, seed "
            f"{one.recipe.seed}: {100 * right[-1].mean():.1f} % of {right[-1].size:,} right."
        )
    curve = _summarise(prepared, entry.name, trainings, np.array(right), seeds)
    write_json(path / RESULT, curve.to_dict())
    return curve


def _choose_points(
    path: Path,
    shares: Sequence[float] | None,
    seeds: int | None,
    begun: Begun | None,
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


def _train(one: Training, prepared: Prepared, begun: Begun, progress: Progress) -> np.ndarray:
    """Train, unless that is done; give which test images were named rightly."""
    file, tests = one.folder / ANSWERS, prepared.split.test
    if not run_folder.is_finished(one.folder):
        done = run_training_job(
            cut_dataset(prepared, one.rows), begun.network, recipe=one.recipe, out=one.folder,
            resume=True, pretrained=begun.asked, progress=progress,
        )  # fmt: skip
        if isinstance(done, Trained):
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
    prepared: Prepared, network: str, trainings: list[Training], right: np.ndarray, seeds: int
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


def _label(progress: Progress, what: str) -> Progress:
    def report(work: str, done: int, total: int) -> None:
        progress(f"{what}: {work}", done, total)

    return report
