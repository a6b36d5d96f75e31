"""The folder of a run: whose it is, whether it may be used, what was asked of it."""

import json
from dataclasses import asdict, fields
from pathlib import Path

from skipcat.errors import RecipeError, RunError
from skipcat.files import write_json
from skipcat.training.prepare import Prepared
from skipcat.training.recipe import Recipe


def claim(path: Path, network: str, recipe: Recipe | None, *, resume: bool) -> tuple[Recipe, bool]:
    """Check that a run may use the folder; give its recipe, and whether the run is finished.

    Raises:
        RunError: something else stands there, or a run of another recipe or network.
    """
    if path.is_file():
        raise RunError(f"'{path}' is a file; --out needs a folder.")
    occupied = path.is_dir() and any(path.iterdir())
    if not occupied:
        return recipe or Recipe(), False
    about = path / "recipe.json"
    if not about.is_file():
        what = "a classifier" if (path / "classifier.json").is_file() else "other files"
        raise RunError(f"'{path}' already holds {what}; choose another --out.")
    if not resume:
        raise RunError(
            f"'{path}' already holds a run; continue it with --resume or choose another --out."
        )
    stored = _read(about)
    differences = _differences(stored, network, recipe)
    if differences:
        raise RunError(
            f"The run in '{path}' was started otherwise ({'; '.join(differences)}); resume it "
            "as it was, or choose another --out."
        )
    return Recipe(**stored["recipe"]), (path / "classifier.json").is_file()


def describe(
    path: Path, network: str, recipe: Recipe, prepared: Prepared, pretrained: object
) -> None:
    """Write recipe.json, or check that a resumed run has the data that it began with.

    Raises:
        RunError: the data have changed.
    """
    about = path / "recipe.json"
    if about.is_file():
        if _read(about)["fingerprint"] != prepared.fingerprint:
            raise RunError(
                f"The run in '{path}' was started on other images or labels than "
                f"'{prepared.dataset.name}' holds now; choose another --out."
            )
        return
    content = {
        "network": network,
        "pretrained": str(pretrained or "none"),
        "data": prepared.dataset.name,
        "fingerprint": prepared.fingerprint,
        "recipe": asdict(recipe),
    }
    write_json(about, content)


def _read(about: Path) -> dict:
    try:
        content: dict = json.loads(about.read_text(encoding="utf-8"))
        Recipe(**content["recipe"])
        content["network"], content["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError, RecipeError) as error:
        raise RunError(f"'{about}' is damaged; the run cannot be continued.") from error
    return content


def _differences(stored: dict, network: str, recipe: Recipe | None) -> list[str]:
    found = []
    if stored["network"] != network:
        found.append(f"network {stored['network']}, now {network}")
    for field in fields(Recipe) if recipe else ():
        was, now = stored["recipe"].get(field.name), getattr(recipe, field.name)
        if was != now:
            found.append(f"{field.name} {was}, now {now}")
    return found
