"""What first weights were learnt from may not judge what is trained from them.

An image that a classifier has seen is no test of what begins with its weights, whatever part of the
data another seed puts it in.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from skipcat.classifier import Origin
from skipcat.classifier_folder import read_used
from skipcat.errors import DataError, RecipeError
from skipcat.files import is_file, write_json
from skipcat.training.network_names import is_classifier
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe

FILE = "learnt_before.json"


def find_learnt(path: Path, asked: str) -> Origin:
    """Return what the first weights of a run were learnt from: as it noted, or by their folder.

    Raises:
        ClassifierError: the note is damaged, or the folder's list.
    """
    if is_file(path / FILE):
        trained_on, decided_on = read_used(path / FILE)
    else:  # of a folder, or of the folder that a file of weights lies in
        given = Path(asked)
        folder = given.parent if is_file(given) else given
        if not asked or not is_classifier(str(folder)):
            return Origin()
        trained_on, decided_on = read_used(folder / "used_images.json")
    return Origin(trained_on=trained_on, decided_on=decided_on)


def note_learnt(path: Path, learnt: Origin) -> None:
    """Write it down, so that the run goes on where the folder is gone."""
    if learnt != Origin() and not is_file(path / FILE):
        used = {"trained_on": learnt.trained_on, "decided_on": learnt.decided_on}
        write_json(path / FILE, used)


def keep_learnt(
    prepared: PreparedData, learnt: Origin, recipe: Recipe
) -> tuple[PreparedData, list[str]]:
    """Return the data with all that was learnt from in the training part, and what to say of it.

    Raises:
        DataError: nothing is left to judge or to decide.
        RecipeError: folds would have images judge that were learnt from.
    """
    if learnt == Origin():
        return prepared, []
    if recipe.folds:
        raise RecipeError(
            "folds is for training from scratch: each image judges in turn, and the classifier "
            "whose weights were given has learnt from some."
        )
    hashes, keys, split = prepared.decoded.hashes, prepared.keys, prepared.split

    def divide(
        rows: Sequence[int] | np.ndarray, used: set[str], what: str
    ) -> tuple[np.ndarray, np.ndarray]:
        known = {keys[row] for row in prepared.decoded.rows if hashes[row] in used}
        seen = np.array([keys[row] in known for row in rows], dtype=bool)
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows) and seen.all():
            raise DataError(
                f"All {len(rows)} {what} images were used by the classifier whose weights were "
                "given; take the seed that it was trained with, or other data."
            )
        return rows[seen], rows[~seen]

    # What decided then may decide again, and report nothing.
    taught = set(learnt.trained_on)
    test_seen, test = divide(split.test, taught.union(learnt.decided_on), "test")
    validation_seen, validation = divide(split.validation, taught, "validation")
    moved = np.concatenate([test_seen, validation_seen])
    prepared = replace(prepared, learnt=learnt)
    if not len(moved):
        return prepared, []
    train = np.sort(np.concatenate([np.asarray(split.train, dtype=np.int64), moved]))
    split = replace(split, train=train, validation=validation, test=test)
    said = (
        f"{len(moved):,} images of the test and validation parts were used by the classifier whose "
        "weights were given; they train instead."
    )
    return replace(prepared, split=split), [said]
