"""Cross-validation where images are few: a network predicts those that it has not seen."""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from skipcat.data.doctor.label_errors import COLUMNS, FILE
from skipcat.data.splits import split_dataset
from skipcat.errors import RunError
from skipcat.evaluation.calibration import softmax
from skipcat.files import write_text, write_with
from skipcat.reporting import Reporter
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.result import TrainingResult, finish_training, judge_answers
from skipcat.training.trainer.trainer import Trainer

# A tenth of fewer images would certify next to nothing: 30 right of 30 leave room for 11 % wrong.
FEW_IMAGES = 300
USUAL_FOLDS = 5
LEAST_MINUTES_EACH = 0.5


def count_folds(prepared: PreparedData, recipe: Recipe, *, if_few: bool) -> int:
    """Return the number of folds, 0 for the three-way split.

    With `if_few`, sets of fewer than 300 images get five where the user asked for none, and where
    each network has half a minute.
    """
    if recipe.test == 0 or recipe.seeds > 1 or "test" in prepared.dataset.parts:
        return 0
    per_class = np.bincount(prepared.dataset.labels[prepared.decoded.rows])
    few = if_few and len(prepared.decoded.rows) < FEW_IMAGES and per_class.min() >= USUAL_FOLDS
    if recipe.minutes is not None:
        few = few and recipe.minutes / (USUAL_FOLDS + 1) >= LEAST_MINUTES_EACH
    return recipe.folds or (USUAL_FOLDS if few else 0)


def cut_folds(prepared: PreparedData, recipe: Recipe, folds: int) -> list[PreparedData]:
    """Return one division for each fold, whose test part it is; equal images share a fold.

    Raises:
        DataError: a class has too few images to be in the training part of every fold.
    """
    dataset, rows = prepared.dataset, prepared.decoded.rows
    pool = [int(row) for row in rows if not dataset.parts[row] or dataset.parts[row] == "train"]
    groups: dict[tuple[int, str], list[int]] = {}
    for row in pool:
        groups.setdefault((int(dataset.labels[row]), prepared.keys[row]), []).append(row)
    fold_of: dict[str, int] = {}
    order = np.random.default_rng([recipe.seed_of_split, folds]).permutation(len(groups))
    members = sorted(groups)
    dealt = sorted((members[i][0], place, members[i][1]) for place, i in enumerate(order))
    for number, (_, _, key) in enumerate(dealt):  # class after class, so that folds are stratified
        fold_of.setdefault(key, number % folds)
    found = []
    for fold in range(folds):
        parts = list(dataset.parts)
        for row in pool:
            if fold_of[prepared.keys[row]] == fold:
                parts[row] = "test"
        found.append(_divide(prepared, recipe, parts))
    return found


def leave_no_test(prepared: PreparedData, recipe: Recipe) -> PreparedData:
    """Return the division for the network that is kept: it may learn from every image."""
    return _divide(prepared, recipe, list(prepared.dataset.parts))


def _divide(prepared: PreparedData, recipe: Recipe, parts: list[str]) -> PreparedData:
    dataset = replace(prepared.dataset, parts=parts)
    split = split_dataset(
        dataset, prepared.decoded.rows, prepared.keys,
        validation=recipe.validation, test=0.0, seed=recipe.seed_of_split,
    )  # fmt: skip
    return replace(prepared, split=split)


def answer_by_folds(
    folds: list[PreparedData],
    make_trainer: Callable[[PreparedData, Path], Trainer],
    folder: Path,
    *,
    reporter: Reporter,
) -> tuple[np.ndarray, np.ndarray]:
    """Train once for each fold; return every image's row, and its calibrated logits.

    What a fold answered lies in `folder`/folds/N, so that a run that was stopped goes on there.

    Shapes: (N,), (N, classes).
    """
    rows, logits = [], []
    for number, fold in enumerate(folds, start=1):
        place = folder / "folds" / str(number)
        file = place / "answers.safetensors"
        if not file.is_file():
            label = reporter.label(
                Message("Fold {number}/{count}", number=number, count=len(folds))
            )
            _train_fold(make_trainer(fold, place), file, label)
        held, answers = _read_answers(file, fold)
        rows.append(held)
        logits.append(answers)
    return np.concatenate(rows), np.concatenate(logits)


def _read_answers(file: Path, fold: PreparedData) -> tuple[np.ndarray, np.ndarray]:
    try:
        answers = load_file(file)
        rows, logits = answers["rows"], answers["logits"]
    except (SafetensorError, OSError, KeyError) as error:
        raise _damaged(file) from error
    shape = (len(fold.split.test), len(fold.dataset.classes))
    if (
        (rows.dtype, logits.dtype, logits.shape) != (torch.int64, torch.float32, shape)
        or not np.array_equal(rows.numpy(), fold.split.test)
        or not bool(logits.isfinite().all())
    ):
        raise _damaged(file)
    return rows.numpy(), logits.numpy()


def _damaged(file: Path) -> RunError:
    return RunError(f"'{file}' is damaged; delete it to train that fold again.")


def _train_fold(trainer: Trainer, file: Path, reporter: Reporter) -> None:
    trainer.resume(reporter.tell)
    trainer.train(reporter=reporter)
    trained = finish_training(trainer)
    calibrated = trained.held_logits / trained.classifier.temperature
    answers = {
        "rows": torch.from_numpy(trained.held_rows),
        "logits": torch.from_numpy(calibrated.astype(np.float32)),
    }
    write_with(file, lambda part: save_file(answers, part))
    shutil.rmtree(trainer.folder / "checkpoints")


def adopt_answers(
    trained: TrainingResult, rows: np.ndarray, logits: np.ndarray, folds: int
) -> TrainingResult:
    """Return the training with the folds' evaluation for its own, and write out_of_fold.csv."""
    prepared = trained.prepared
    trained.classifier.evaluation = judge_answers(prepared, rows, logits, 1.0)
    _write_out_of_fold(trained.folder / FILE, prepared, rows, logits)
    note = Message(
        "Images are few, so the figures come from {folds} networks trained beside this one: each "
        "picture was judged by one that had not seen it. The network you keep learnt from all.",
        folds=folds,
    )
    return replace(trained, held_rows=rows, held_logits=logits, notes=(*trained.notes, note))


def _write_out_of_fold(
    path: Path, prepared: PreparedData, rows: np.ndarray, logits: np.ndarray
) -> None:
    dataset, probabilities = prepared.dataset, softmax(logits)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for place in np.argsort(rows, kind="stable"):
        row, answer = int(rows[place]), probabilities[place]
        label, best = int(dataset.labels[row]), int(answer.argmax())
        words = (dataset.names[row], dataset.classes[label], dataset.classes[best])
        writer.writerow((*words, f"{answer[label]:.6f}", f"{answer[best]:.6f}"))
    write_text(path, text.getvalue())
