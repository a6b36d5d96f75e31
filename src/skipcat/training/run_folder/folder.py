"""The folder of a run: whether it may be used, and what stands in it."""

import os
from pathlib import Path

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.errors import RunError
from skipcat.files import is_folder
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import EPOCHS_BY_DEFAULT
from skipcat.training.run_folder.record import (
    RECIPE_FILE,
    RunRecord,
    damaged,
    read_record,
    start_anew,
)
from skipcat.training.schedule.plan import Plan

RACE_FOLDER = "race"
# What is written into a folder: files end so, and folders are called so.
_FILES = frozenset({".json", ".jsonl", ".csv", ".html", ".safetensors"})
_FOLDERS = frozenset({"checkpoints", "events", "folds", "runs", RACE_FOLDER})


def choose_folder(data: object, name: str, out: str | Path | None) -> Path:
    """Return the folder of a run on `data`: `out`, or NAME.skipcat in the current folder.

    Raises:
        RunError: it is a file, lies in the user's data, cannot be written, has a name that no
            folder can have, or holds a folder in the place of a file.
    """
    path = Path(out) if out is not None else Path(f"{name}.skipcat")
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        shown = f"{str(path)[:60]}…" if len(str(path)) > 60 else str(path)
        raise RunError(f"--out cannot be '{shown}': {why}; choose another name.") from error
    if path.is_file():
        raise RunError(f"'{path}' is a file; --out needs a folder.")
    given = data.source if isinstance(data, Dataset) else data
    source = Path(given).expanduser() if given and isinstance(given, str | Path) else None
    if source and is_folder(source) and path.resolve().is_relative_to(source.resolve()):
        raise RunError(
            f"'{path}' lies in the data '{given}', where nothing is written; choose another --out."
        )
    if not is_finished(path):  # else there is nothing to write
        _refuse_unwritable(path)
    _refuse_misplaced(path)
    return path


def _refuse_unwritable(path: Path) -> None:
    """Refuse at once what would fail after the work."""
    place = path
    while not place.is_dir() and place != place.parent:
        if place.exists():
            raise RunError(
                f"'{place}' is a file, so '{path}' cannot be written; choose another --out."
            )
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise RunError(f"'{place}' cannot be written to; choose another --out.")


def _refuse_misplaced(path: Path) -> None:
    """Refuse a folder in the place of a file, and a file in that of a folder."""
    for one in sorted(path.iterdir()) if path.is_dir() else ():
        if one.suffix in _FILES and one.is_dir():
            raise RunError(
                f"'{one}' is a folder, and a file is written there; move it away, or choose "
                "another --out."
            )
        if one.name in _FOLDERS and one.is_file():
            raise RunError(
                f"'{one}' is a file, and a folder is made there; move it away, or choose another "
                "--out."
            )


def is_finished(path: Path, record: RunRecord | None = None) -> bool:
    """Return whether the run in a folder has ended in a classifier."""
    return (path / "classifier.json").is_file() and not (record and record.extends)


def refuse_classifier(path: Path) -> None:
    """Refuse to put a page where that of a classifier or a run stands.

    Raises:
        RunError: one stands there.
    """
    if (path / RECIPE_FILE).is_file() or is_finished(path):
        what = "a run" if (path / RECIPE_FILE).is_file() else "a classifier"
        raise RunError(f"'{path}' already holds {what}; choose another --out.")


def claim(path: Path, *, resume: bool, file: str = RECIPE_FILE) -> RunRecord | None:
    """Return the record of the run in a folder that is to be resumed; None where there is none.

    `file` is the one that says how it began.

    Raises:
        RunError: something else stands there, or a run that is damaged or not to go on.
    """
    # Names with a dot are what a system or a killed write leaves behind.
    free = (".", RACE_FOLDER)  # a race comes before the run that it is for
    occupied = path.is_dir() and any(not e.name.startswith(free) for e in path.iterdir())
    if not occupied:
        return None
    about = path / file
    if not about.is_file():
        what = "a classifier" if is_finished(path) else "other files"
        raise RunError(f"'{path}' already holds {what}; choose another --out.")
    if not resume:
        raise RunError(
            f"'{path}' already holds a run; continue it with --resume or choose another --out."
        )
    return read_record(about)


def check_run(path: Path, record: RunRecord, prepared: PreparedData, logged: list[Plan]) -> None:
    """Check that a run goes on with the data that it began with, and by its own plans.

    Raises:
        RunError: the data have changed, or a file of the run is damaged.
    """
    if record.fingerprint != prepared.fingerprint:
        now = count_images(prepared)
        names = [n for n in {**record.images, **now} if record.images.get(n, 0) != now.get(n, 0)]
        counts = [f"{n} {record.images.get(n, 0)}, now {now.get(n, 0)}" for n in names[:5]]
        more = [f"{len(names) - 5} classes more"] if len(names) > 5 else []
        what = f" ({'; '.join([*counts, *more])})" if record.images and names else ""
        raise RunError(
            f"The run in '{path}' was started on other images or labels than "
            f"'{prepared.dataset.name}' holds now{what}; choose another --out."
        )
    if len(record.mean) != prepared.channels:
        raise damaged(path / RECIPE_FILE)
    epochs = None if record.recipe.minutes else record.recipe.epochs or EPOCHS_BY_DEFAULT
    ends = epochs is None or any(plan.epochs == epochs for plan in logged)
    if logged and not (ends and all(plan.image_px <= prepared.image_px for plan in logged)):
        raise RunError(
            f"'{path / 'plan.jsonl'}' is not of the run in 'recipe.json' beside it; "
            f"{start_anew(path)}."
        )


def count_images(prepared: PreparedData) -> dict[str, int]:
    """Count the images of each class that can be read."""
    dataset = prepared.dataset
    labels = dataset.labels[prepared.decoded.rows]
    counts = np.bincount(labels, minlength=len(dataset.classes)).tolist()
    return dict(zip(dataset.classes, counts, strict=True))
