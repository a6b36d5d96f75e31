"""What a race that goes on must have in common with what is asked now."""

from pathlib import Path
from typing import Any

import torch

from skipcat.choice.race import Race
from skipcat.errors import RunError
from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.resume import describe_environment, name_differences


def check_folder(folder: Path, found: Race | None, *, resume: bool) -> None:
    """Refuse a folder in which something else stands, or a race that is not to go on.

    Raises:
        RunError: it does.
    """
    if found and not resume:
        raise RunError(
            f"'{folder}' already holds a race; continue it with --resume or choose another --out."
        )
    if not found and folder.is_dir() and any(not e.name.startswith(".") for e in folder.iterdir()):
        raise RunError(f"'{folder}' already holds other files; choose another --out.")


def check_record(
    folder: Path, race: Race, prepared: Prepared, recipe: Recipe, asked: dict[str, Any]
) -> None:
    """Refuse a record of other data, another budget or another recipe; name what differs.

    Raises:
        RunError: it is one.
    """
    if race.fingerprint != prepared.fingerprint:
        raise RunError(
            f"The race in '{folder}' was run on other images or labels than "
            f"'{prepared.dataset.name}' holds now; choose another --out."
        )
    then, now = _flatten(race.asked, race.recipe), _flatten(asked, recipe.to_dict())
    found = name_differences(then, now)
    if found:
        raise RunError(
            f"The race in '{folder}' was begun otherwise ({'; '.join(found.values())}); resume it "
            "as it was, or choose another --out."
        )


def _flatten(asked: dict[str, Any], recipe: dict[str, Any]) -> dict[str, Any]:
    networks = asked["networks"] and ",".join(asked["networks"])
    return {**recipe, **asked["budget"], "networks": networks, "pretrained": asked["pretrained"]}


def say_setting(race: Race, device: torch.device) -> list[str]:
    """Say what is otherwise than when the race began, which its speeds were measured with."""
    found = name_differences(race.setting, describe_environment(device), where_named=True)
    if not found:
        return []
    return [f"The race was begun with another setting ({'; '.join(found.values())})."]
