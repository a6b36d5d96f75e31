"""The record of a run, recipe.json: what was asked, what was settled, what it began from."""

import json
import math
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from skipcat.errors import RecipeError, RunError
from skipcat.files import write_json
from skipcat.networks.specs import Spec
from skipcat.text.translation import Message
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe

RECIPE_FILE = "recipe.json"
FORMAT = 2


@dataclass(frozen=True)
class RunRecord:
    """How a run began, kept so that it can be resumed where weights are no longer at hand.

    `network`, `pretrained` and `recipe` are as asked; `resolved` is the recipe with nothing left
    open but epochs under `minutes`. `weights` are those that it began with: "none" where the
    pretrained ones could not be had; `weights_sha256` is that of their file. `environment` has
    versions, threads and processor: with others, the result differs in its last digits. `spec` is
    that of a network that is not the catalogue's, `classes` what is predicted where that is not the
    data's classes. `images` counts those of each class. `extends` is above 0 while more epochs are
    trained: the epochs of the finished classifier that stands in the folder until they end.
    `reason` is why it is this network, where skipcat chose it.
    """

    network: str
    recipe: Recipe
    resolved: Recipe
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pretrained: str = "none"
    weights: str = "none"
    weights_sha256: str = ""
    data: str = ""
    fingerprint: str = ""
    images: dict[str, int] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    notes: tuple[Message | str, ...] = ()
    reason: Message | str = ""
    classes: tuple[str, ...] = ()
    spec: Spec | None = None
    extends: int = 0
    format: int = FORMAT

    @property
    def learning_rate(self) -> float:
        """The highest learning rate of the first try, for a batch of 64."""
        return self.resolved.learning_rate or 0.0

    def add_notes(self, *notes: str) -> "RunRecord":
        """Return the record with sentences that the page will show."""
        return replace(self, notes=(*self.notes, *notes))

    def change_recipe(self, recipe: Recipe) -> "RunRecord":
        """Return the record with another recipe; what that leaves open stays as it was settled."""
        settled = {
            name: getattr(self.resolved, name)
            for name in ("learning_rate", "weight_decay", "image_px", "split_seed")
            if getattr(recipe, name) is None
        }
        resolved = replace(recipe, batch=self.resolved.batch, **settled)
        if recipe.minutes is None and recipe.epochs is None:
            resolved = replace(resolved, epochs=EPOCHS_BY_DEFAULT)
        return replace(self, recipe=recipe, resolved=resolved)


def resolve_recipe(
    recipe: Recipe, *, learning_rate: float, weight_decay: float, image_px: int
) -> Recipe:
    """Return the recipe with nothing left open; these are taken where it names none."""
    epochs = None if recipe.minutes else recipe.epochs or EPOCHS_BY_DEFAULT
    return replace(
        recipe,
        epochs=epochs,
        batch=recipe.batch_size,
        learning_rate=recipe.learning_rate or learning_rate,
        weight_decay=weight_decay if recipe.weight_decay is None else recipe.weight_decay,
        image_px=recipe.image_px or image_px,
        split_seed=recipe.seed_of_split,
    )


def start_anew(folder: Path) -> str:
    """Return what is left to do with the folder of a run that cannot be resumed."""
    return f"choose another --out, or delete '{folder}' to start anew"


def write_record(path: Path, record: RunRecord, *, file: str = RECIPE_FILE) -> None:
    """Write the record of a run into its folder."""
    said = {"notes": [_store(note) for note in record.notes], "reason": _store(record.reason)}
    write_json(path / file, asdict(record) | said)


def _store(sentence: str) -> str | dict[str, Any]:
    return sentence.to_dict() if isinstance(sentence, Message) else sentence


def read_record(about: Path) -> RunRecord:
    """Read the record of a run.

    Raises:
        RunError: it is damaged, or was written by a skipcat of another format.
    """
    try:
        content = json.loads(about.read_text(encoding="utf-8"))
        if isinstance(content, dict) and content.get("format", 1) != FORMAT:
            raise RunError(
                f"The run in '{about.parent}' was written by another version of skipcat; "
                f"{start_anew(about.parent)}."
            )
        recipes = {name: Recipe(**content[name]) for name in ("recipe", "resolved")}
        _check_names(content)
        record = TypeAdapter(RunRecord).validate_python({**content, **recipes})
    except (OSError, ValueError, KeyError, TypeError, RecursionError, RecipeError) as error:
        raise damaged(about) from error
    if not _is_sound(record):
        raise damaged(about)
    return record


def _check_names(content: dict[str, Any]) -> None:
    """Refuse what no record has, and a recipe that leaves a field out."""
    whole = {field.name for field in fields(Recipe)}
    known = {field.name for field in fields(RunRecord)}
    if not known.issuperset(content) or any(
        set(content[n]) != whole for n in ("recipe", "resolved")
    ):
        raise ValueError("its names are not those of a record")


def _is_sound(record: RunRecord) -> bool:
    resolved, figures = record.resolved, (*record.mean, *record.std)
    return (
        0 <= record.learning_rate < math.inf
        and len(record.mean) == len(record.std)
        and all(0 <= figure <= 1 for figure in figures)
        and all(record.std)
        and resolved.batch is not None
        and resolved.weight_decay is not None
        and record.extends >= 0
        and not (record.classes and not record.recipe.only_auxiliary)
    )


def damaged(about: Path) -> RunError:
    """Return the error of a record that cannot be read."""
    return RunError(f"'{about}' is damaged; {start_anew(about.parent)}.")


def read_threads(path: Path) -> int | None:
    """Return how many threads the run in a folder began with; None for a new or damaged one."""
    try:
        content = json.loads((path / RECIPE_FILE).read_text(encoding="utf-8"))
        return int(content["environment"]["threads"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # what is wrong with it is said where all of it is read


def end_extension(path: Path) -> None:
    """Note that the classifier in the folder is that of all epochs."""
    record = read_record(path / RECIPE_FILE)
    if record.extends:
        write_record(path, replace(record, extends=0))
