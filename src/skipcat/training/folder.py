"""The folder of a run: whose it is, whether it may be used, how the run in it began."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from skipcat.data.folders import is_folder
from skipcat.errors import RecipeError, RunError
from skipcat.files import write_json
from skipcat.training.prepare import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.record import start_anew

RECIPE_FILE = "recipe.json"


@dataclass(frozen=True)
class Start:
    """What a run began from, kept so that it can go on where the weights are no longer at hand.

    `pretrained` is "none" where the weights that were asked for could not be had; `batch` is
    what fits in memory where that is less than the recipe's.
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


@dataclass(frozen=True)
class Begun:
    """How a run began, as recipe.json holds it; `asked` is the pretrained that was named."""

    network: str
    asked: str
    data: str
    fingerprint: str
    recipe: Recipe
    start: Start


def choose_folder(data: object, name: str, out: str | Path | None) -> Path:
    """Give the folder of a run on `data`: `out`, or NAME.skipcat in the current folder.

    Raises:
        RunError: it is a file, lies in the user's data, or has a name that no folder can have.
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
    source = Path(data).expanduser() if isinstance(data, str | Path) else None
    if source and is_folder(source) and path.resolve().is_relative_to(source.resolve()):
        raise RunError(
            f"'{path}' lies in the data '{data}', where nothing is written; choose another --out."
        )
    return path


def is_finished(path: Path) -> bool:
    """Tell whether the run in a folder has ended in a classifier."""
    return (path / "classifier.json").is_file()


def claim(
    path: Path,
    network: str,
    recipe: Recipe | None,
    *,
    asked: str,
    resume: bool,
    file: str = RECIPE_FILE,
) -> Begun | None:
    """Give the run that stands in the folder and is to go on; None where there is none.

    `file` is the one that says how it began.

    Raises:
        RunError: something else stands there, or a run of another recipe or network.
    """
    # Names with a dot are what a system or a killed write leaves behind.
    occupied = path.is_dir() and any(not e.name.startswith(".") for e in path.iterdir())
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
    begun = _read(about)
    differences = _differences(begun, network, recipe, asked)
    if differences:
        raise RunError(
            f"The run in '{path}' was started otherwise ({'; '.join(differences)}); resume it "
            "as it was, or choose another --out."
        )
    return begun


def check_data(path: Path, begun: Begun, prepared: Prepared) -> None:
    """Check that a run goes on with the data that it began with.

    Raises:
        RunError: the data have changed.
    """
    if begun.fingerprint != prepared.fingerprint:
        raise RunError(
            f"The run in '{path}' was started on other images or labels than "
            f"'{prepared.dataset.name}' holds now; choose another --out."
        )


def write_begun(path: Path, begun: Begun, *, file: str = RECIPE_FILE) -> None:
    """Write how a run began, its first file."""
    write_json(path / file, asdict(begun))


def _read(about: Path) -> Begun:
    try:
        content = json.loads(about.read_text(encoding="utf-8"))
        start = content["start"]
        start = {**start, **{key: tuple(start[key]) for key in ("mean", "std", "notes")}}
        start["classes"] = tuple(start.get("classes", ()))
        recipe = Recipe(**content["recipe"])
        return Begun(**{**content, "recipe": recipe, "start": Start(**start)})
    except (OSError, ValueError, KeyError, TypeError, RecursionError, RecipeError) as error:
        raise RunError(f"'{about}' is damaged; {start_anew(about.parent)}.") from error


def _differences(begun: Begun, network: str, recipe: Recipe | None, asked: str) -> list[str]:
    found = []
    for name, was, now in (
        ("network", begun.network, network),
        ("pretrained", begun.asked, asked),
    ):
        if was != now:
            found.append(f"{name} {was}, now {now}")
    for field in fields(Recipe) if recipe else ():
        was, now = getattr(begun.recipe, field.name), getattr(recipe, field.name)
        if was != now:
            found.append(f"{field.name} {was}, now {now}")
    return found
