"""What is otherwise than when a run began: what refuses it, what may be allowed, more epochs."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from skipcat.engines.device import pick_device
from skipcat.errors import RunError
from skipcat.training.network_names import is_classifier, is_same_place, name_architecture
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.run_folder.folder import RECIPE_FILE, Begun, Start, claim, is_finished

# Other values of these cannot put images that were trained on into the parts that judge, and leave
# the saved weights and the place in the epoch what they are.
_MAY_CHANGE = frozenset(
    {
        "learning_rate",
        "momentum",
        "weight_decay",
        "label_smoothing",
        "warmup",
        "ema_decay",
        "patience",
        "augment",
        "mirror",
        "activation_memory",
        "stochastic_depth",
        "device",
        "mixup",
        "cutmix",
        "erase",
        "parts",
        "precision",
        "compile",
    }
)
# What a result to the bit depends on, beside machine and threads.
_PACKAGES = ("skipcat", "torch", "numpy", "pillow")


USUAL_NETWORK = "resnet18"


@dataclass(frozen=True)
class Wish:
    """What is asked of a run; "", None, or a field that is not named leaves it to the run."""

    network: str
    asked: str
    recipe: Recipe | Mapping[str, object] | None

    def complete(self, network: str, asked: str, base: Recipe) -> tuple[str, str, Recipe]:
        """Give network, pretrained and recipe in full; what is not named is as given here."""
        recipe = self.recipe
        if not isinstance(recipe, Recipe):
            named: dict[str, Any] = dict(recipe or {})
            if {"epochs", "minutes"} & set(named):
                base = replace(base, epochs=None, minutes=None)
            recipe = replace(base, **named)
        elif recipe.batch is None:
            recipe = replace(recipe, batch=base.batch)
        return self.network or network, self.asked or asked, recipe


def make_wish(
    network: str | Path | None,
    pretrained: str | Path | None,
    recipe: Recipe | Mapping[str, object] | None,
) -> Wish:
    """Give what is asked; the weights of a classifier's folder bring its network with them."""
    weights = name_architecture(pretrained or "")
    named = network or (weights if is_classifier(weights) else "")
    return Wish(name_architecture(named), weights, recipe)


@dataclass(frozen=True)
class Goal:
    """What is to be trained, and how it stands in the folder.

    `found` is the run as it was found there, and `begun` as it goes on; None for a new one.
    """

    network: str
    asked: str
    recipe: Recipe
    setting: dict[str, str]
    found: Begun | None = None
    begun: Begun | None = None

    @property
    def start(self) -> Start | None:
        """What the run that goes on began from; None for a new one."""
        return self.begun.start if self.begun else None

    @property
    def extends(self) -> bool:
        """Whether a finished run is about to get more epochs."""
        return bool(self.begun and self.found and self.begun.extends > self.found.extends)


def find_goal(
    path: Path,
    wish: Wish,
    usual: Recipe,
    *,
    resume: bool,
    allow: bool = False,
    file: str = RECIPE_FILE,
) -> Goal | None:
    """Give what is to be trained in a folder; None where it is finished.

    `file` is the one that says how it began.

    Raises:
        RunError: what stands in the folder is in the way, damaged, or otherwise than is asked.
    """
    found = claim(path, resume=resume, file=file)
    if found is None:
        network, asked, recipe = wish.complete(USUAL_NETWORK, "none", usual)
        return Goal(network, asked, recipe, describe_setting(pick_device(recipe.device)))
    may = file == RECIPE_FILE  # of a curve all trainings are alike
    begun = _adopt_wish(path, found, wish, may=may, allow=allow)
    if is_finished(path, begun):
        return None
    setting = describe_setting(pick_device(begun.recipe.device))
    begun = _adopt_setting(path, begun, setting, may=may, allow=allow)
    return Goal(begun.network, begun.asked, begun.recipe, setting, found, begun)


def describe_setting(device: torch.device) -> dict[str, str]:
    """Give what a result depends on beside recipe and data, to the bit."""
    processor = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"
    if device.type == "cuda":
        processor = torch.cuda.get_device_name(device)
    return {
        **{name: version(name) for name in _PACKAGES},
        "threads": str(torch.get_num_threads()),
        "processor": processor,
    }


def _adopt_wish(path: Path, begun: Begun, wish: Wish, *, may: bool, allow: bool) -> Begun:
    """Give the run with the recipe that it is to go on with.

    A finished run takes more epochs and nothing else. One under way takes other fields where they
    are allowed, and notes them.

    Raises:
        RunError: it is otherwise than it began, and that is not allowed.
    """
    finished = is_finished(path, begun)
    network, asked, recipe = wish.complete(begun.network, begun.asked, begun.recipe)
    # A folder that is gone is still the one that was named.
    network = begun.network if is_same_place(network, begun.network) else network
    asked = begun.asked if is_same_place(asked, begun.asked) else asked
    names = [
        f.name for f in fields(Recipe) if getattr(begun.recipe, f.name) != getattr(recipe, f.name)
    ]
    if finished and (network, asked, names) == (begun.network, begun.asked, ["epochs"]):
        before, now = begun.recipe.epochs or EPOCHS_BY_DEFAULT, recipe.epochs or EPOCHS_BY_DEFAULT
        alone = recipe.seeds == 1 and not recipe.folds
        plain = alone and not (recipe.minutes or recipe.only_auxiliary)
        if now > before and plain:
            return _extend(begun, before, now)
        if now == before:
            return begun
    found = name_differences(
        {"network": begun.network, "pretrained": begun.asked, **begun.recipe.to_dict()},
        {"network": network, "pretrained": asked, **recipe.to_dict()},
    )
    if not found:
        return begun
    may = may and not finished and _MAY_CHANGE.issuperset(found)
    _refuse(path, found, may=may, allow=allow)
    rate, decay = recipe.learning_rate, recipe.weight_decay
    start = replace(
        begun.start,
        learning_rate=begun.start.learning_rate if rate is None else rate,
        weight_decay=begun.start.weight_decay if decay is None else decay,
    )
    begun = replace(begun, recipe=recipe, start=start)
    return _note(path, begun, found)


def _adopt_setting(
    path: Path, begun: Begun, setting: dict[str, str], *, may: bool, allow: bool
) -> Begun:
    """Give the run with the versions, threads and processor that it is to go on with.

    Raises:
        RunError: they are others than it began with, and that is not allowed.
    """
    before = begun.start.made_with
    found = name_differences(before, setting, where_named=True)
    if not found:
        return begun
    _refuse(path, found, may=may, allow=allow)
    begun = replace(begun, start=replace(begun.start, made_with=setting))
    return _note(path, begun, found)


def name_differences(
    then: Mapping[str, object], now: Mapping[str, object], *, where_named: bool = False
) -> dict[str, str]:
    """Say of each value that is otherwise now what it was and what it is.

    With `where_named` what the record does not name is as it was.
    """

    def say(value: object) -> str:
        return "not set" if value is None else str(value)

    return {
        name: f"{name} {say(then.get(name))}, now {say(value)}"
        for name, value in now.items()
        if (name in then or not where_named) and then.get(name) != value
    }


def _refuse(path: Path, found: dict[str, str], *, may: bool, allow: bool) -> None:
    if may and allow:
        return
    remedy = "resume it as it was, or choose another --out"
    if may:
        remedy = (
            "resume it as it was, choose another --out, or pass --allow-changes, and it will be "
            "noted"
        )
    raise RunError(
        f"The run in '{path}' was started otherwise ({'; '.join(found.values())}); {remedy}."
    )


def _note(path: Path, begun: Begun, found: dict[str, str]) -> Begun:
    checkpoints = list_checkpoints(path / "checkpoints")
    step = int(checkpoints[-1].stem.removeprefix("step-")) if checkpoints else 0
    sentence = f"Changed on the way, after step {step}: {'; '.join(found.values())}."
    return replace(begun, start=replace(begun.start, notes=(*begun.start.notes, sentence)))


def _extend(begun: Begun, before: int, now: int) -> Begun:
    sentence = (
        f"Extended from {before} to {now} epochs, after the classifier of {before} had been judged "
        "on the same images."
    )
    return replace(
        begun,
        recipe=replace(begun.recipe, epochs=now),
        start=replace(begun.start, notes=(*begun.start.notes, sentence)),
        extends=before,
    )
