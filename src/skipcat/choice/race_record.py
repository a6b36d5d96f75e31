"""The record of a race, race.json: what was measured; a resumed race must agree with it."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter

from skipcat.choice.candidate import Candidate, NotTried
from skipcat.choice.elimination import Left, leave_after, plan_rungs, plan_seconds
from skipcat.errors import RunError
from skipcat.files import write_json
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.record import start_anew
from skipcat.training.run_folder.resume import describe_environment, name_differences

RECORD = "race.json"


@dataclass(frozen=True)
class Answer:
    """A candidate's predictions at the end of a rung: for each image 1, correct, or 0."""

    step: int
    right: str
    loss: float


@dataclass(frozen=True)
class Race:
    """The measurements of a race; `rungs` are those that are over, by network.

    `pace` is how many times as long as foreseen the first rung took: later ones are the shorter.
    """

    fingerprint: str
    recipe: dict[str, Any]
    setting: dict[str, str]
    asked: dict[str, Any]
    seconds: float
    candidates: tuple[Candidate, ...]
    not_tried: tuple[NotTried, ...]
    rungs: tuple[dict[str, Answer], ...] = ()
    diverged: dict[str, int] = field(default_factory=dict)  # by network, the rung in which it did
    pace: float = 1.0

    @property
    def answers(self) -> list[dict[str, np.ndarray]]:
        """By rung and network, which validation images were named rightly."""
        return [
            {name: np.array([letter == "1" for letter in a.right]) for name, a in rung.items()}
            for rung in self.rungs
        ]

    @property
    def left(self) -> tuple[Left, ...]:
        """The networks that left after the rungs that are over."""
        sizes, answers = plan_rungs(len(self.candidates)), self.answers
        return tuple(
            one for rung in range(len(answers)) for one in leave_after(rung, answers, sizes)
        )

    @property
    def running(self) -> tuple[str, ...]:
        """The networks that are still in the race."""
        gone = {one.network for one in self.left} | set(self.diverged)
        return tuple(c.network for c in self.candidates if c.network not in gone)

    def seconds_at(self, rung: int) -> float:
        """Return the time that a network has trained for at the end of a rung, as foreseen."""
        times = plan_seconds(self.seconds, plan_rungs(len(self.candidates)))
        return times[0] + (times[rung] - times[0]) / self.pace

    @property
    def last_rung(self) -> dict[str, int]:
        """By network, the last rung that it ended."""
        return {name: rung for rung, each in enumerate(self.rungs) for name in each}

    def find(self, network: str) -> Candidate:
        """Return a candidate by its name."""
        return next(c for c in self.candidates if c.network == network)


def drop_networks(folder: Path) -> None:
    """Delete the networks of a race, whose answers stay in its record."""
    race = read_race(folder)
    for candidate in race.candidates if race else ():
        shutil.rmtree(folder / candidate.network, ignore_errors=True)


def is_race(folder: Path) -> bool:
    """Tell whether a race was begun in a folder."""
    return (folder / RECORD).is_file()


def read_race(folder: Path) -> Race | None:
    """Read the record of a race; None where none was begun.

    Raises:
        RunError: it is damaged.
    """
    if not is_race(folder):
        return None
    path = folder / RECORD
    try:
        race = TypeAdapter(Race).validate_python(json.loads(path.read_text(encoding="utf-8")))
        names = {c.network for c in race.candidates}
        letters = {len(a.right) for rung in race.rungs for a in rung.values()}
        if len(letters) > 1 or not all(set(rung) <= names for rung in race.rungs):
            raise ValueError
        race.left  # noqa: B018  raises where the answers contradict each other
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"'{path}' is damaged; {start_anew(folder)}.") from error
    return race


def write_race(folder: Path, race: Race) -> None:
    """Write the record of a race."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RECORD, TypeAdapter(Race).dump_python(race, mode="json"))


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
    folder: Path, race: Race, prepared: PreparedData, recipe: Recipe, asked: dict[str, Any]
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
    what = "; ".join(found.values())
    return [Message("The race was begun with another setting ({what}).", what=what)]
