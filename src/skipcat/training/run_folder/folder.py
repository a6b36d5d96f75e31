"""The folder of a run: whose it is, whether it may be used, how the run in it began."""

import json
import math
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from skipcat.data.dataset import Dataset
from skipcat.errors import RecipeError, RunError
from skipcat.files import is_folder, write_json
from skipcat.networks.catalogue import Spec
from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.run_folder.logs import start_anew
from skipcat.training.schedule.plan import Plan

RECIPE_FILE = "recipe.json"
RACE_FOLDER = "race"
# What is written into a folder: files end so, and folders are called so.
_FILES = frozenset({".json", ".jsonl", ".csv", ".html", ".safetensors"})
_FOLDERS = frozenset({"checkpoints", "events", "folds", "runs", RACE_FOLDER})


@dataclass(frozen=True)
class Start:
    """What a run began from, kept so that it can go on where the weights are no longer at hand.

    `pretrained` is "none" where the weights that were asked for could not be had; `batch` is what
    fits in memory, or makes steps enough, where that is less than the recipe's. `made_with` has
    versions, threads and processor: with others, the result is another in its last digits. `spec`
    is that of a network that is not the catalogue's, and `weights_sha256` tells whether a file of
    weights is the one that the run began with.
    """

    pretrained: str
    learning_rate: float
    weight_decay: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: tuple[str, ...]
    batch: int | None = None
    classes: tuple[str, ...] = ()
    """What the network answers, where that is not the data's classes."""
    made_with: dict[str, str] = field(default_factory=dict)
    spec: Spec | None = None
    weights_sha256: str = ""


@dataclass(frozen=True)
class Begun:
    """How a run began, as recipe.json holds it; `asked` is the pretrained that was named.

    `images` counts those of each class. `extends` is above 0 while more epochs are trained: it is
    the epochs of the finished classifier that stands in the folder until they end.
    """

    network: str
    asked: str
    data: str
    fingerprint: str
    recipe: Recipe
    start: Start
    images: dict[str, int] = field(default_factory=dict)
    extends: int = 0
    reason: str = ""
    """Why this network, where skipcat chose it."""


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


def is_finished(path: Path, begun: Begun | None = None) -> bool:
    """Tell whether the run in a folder has ended in a classifier."""
    return (path / "classifier.json").is_file() and not (begun and begun.extends)


def refuse_classifier(path: Path) -> None:
    """Refuse to put a page where that of a classifier or a run stands.

    Raises:
        RunError: one stands there.
    """
    if (path / RECIPE_FILE).is_file() or is_finished(path):
        what = "a run" if (path / RECIPE_FILE).is_file() else "a classifier"
        raise RunError(f"'{path}' already holds {what}; choose another --out.")


def claim(path: Path, *, resume: bool, file: str = RECIPE_FILE) -> Begun | None:
    """Give the run that stands in the folder and is to go on; None where there is none.

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
    return _read(about)


def read_threads(path: Path) -> int | None:
    """Return how many threads the run in a folder began with; None for a new or damaged one."""
    try:
        content = json.loads((path / RECIPE_FILE).read_text(encoding="utf-8"))
        return int(content["start"]["made_with"]["threads"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # what is wrong with it is said where all of it is read


def read_reason(path: Path) -> str:
    """Return why the run in a folder has its network; "" where the user named it.

    Raises:
        RunError: the run is damaged.
    """
    return _read(path / RECIPE_FILE).reason


def end_extension(path: Path) -> None:
    """Note that the classifier in the folder is that of all epochs."""
    begun = _read(path / "recipe.json")
    if begun.extends:
        write_begun(path, replace(begun, extends=0))


def check_run(path: Path, begun: Begun, prepared: Prepared, logged: list[Plan]) -> None:
    """Check that a run goes on with the data that it began with, and by its own plans.

    Raises:
        RunError: the data have changed, or a file of the run is damaged.
    """
    if begun.fingerprint != prepared.fingerprint:
        now = count_images(prepared)
        names = [n for n in {**begun.images, **now} if begun.images.get(n, 0) != now.get(n, 0)]
        counts = [f"{n} {begun.images.get(n, 0)}, now {now.get(n, 0)}" for n in names[:5]]
        more = [f"{len(names) - 5} classes more"] if len(names) > 5 else []
        what = f" ({'; '.join([*counts, *more])})" if begun.images and names else ""
        raise RunError(
            f"The run in '{path}' was started on other images or labels than "
            f"'{prepared.dataset.name}' holds now{what}; choose another --out."
        )
    if len(begun.start.mean) != prepared.channels:
        raise _damaged(path / "recipe.json")
    epochs = None if begun.recipe.minutes else begun.recipe.epochs or EPOCHS_BY_DEFAULT
    ends = epochs is None or any(plan.epochs == epochs for plan in logged)
    if logged and not (ends and all(plan.image_px <= prepared.image_px for plan in logged)):
        raise RunError(
            f"'{path / 'plan.jsonl'}' is not of the run in 'recipe.json' beside it; "
            f"{start_anew(path)}."
        )


def count_images(prepared: Prepared) -> dict[str, int]:
    """Count the images of each class that can be read."""
    dataset = prepared.dataset
    labels = dataset.labels[prepared.decoded.rows]
    counts = np.bincount(labels, minlength=len(dataset.classes)).tolist()
    return dict(zip(dataset.classes, counts, strict=True))


def write_begun(path: Path, begun: Begun, *, file: str = RECIPE_FILE) -> None:
    """Write how a run began, its first file."""
    write_json(path / file, asdict(begun))


def _read(about: Path) -> Begun:
    try:
        content = json.loads(about.read_text(encoding="utf-8"))
        recipe = Recipe(**content["recipe"])
        begun = TypeAdapter(Begun).validate_python({**content, "recipe": recipe})
    except (OSError, ValueError, KeyError, TypeError, RecursionError, RecipeError) as error:
        raise _damaged(about) from error
    start, figures = begun.start, (*begun.start.mean, *begun.start.std)
    if (
        not 0 <= start.learning_rate < math.inf
        or len(start.mean) != len(start.std)
        or not all(0 <= figure <= 1 for figure in figures)
        or not all(start.std)
        or (start.batch is not None and start.batch < 2)
        or not 0 <= start.weight_decay <= 1
        or begun.extends < 0
        or (start.classes and not recipe.only_auxiliary)
    ):
        raise _damaged(about)
    return begun


def _damaged(about: Path) -> RunError:
    return RunError(f"'{about}' is damaged; {start_anew(about.parent)}.")
