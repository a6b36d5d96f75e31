"""Compare a resumed run with how it was started: reject, allow or extend it."""

import platform
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path

import torch

from skipcat.engines.device import pick_device
from skipcat.errors import RunError
from skipcat.training.network_names import is_same_place
from skipcat.training.recipe import EPOCHS_BY_DEFAULT, Recipe
from skipcat.training.request import TrainingRequest
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.run_folder.folder import claim, is_finished
from skipcat.training.run_folder.record import RECIPE_FILE, RunRecord

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


def open_run(
    request: TrainingRequest, *, file: str = RECIPE_FILE
) -> tuple[RunRecord | None, RunRecord | None]:
    """Return the run in the request's folder as it was found, and as it is to be resumed.

    Both are None for a new run; `file` is the one that says how it began. A finished run that is
    not to be extended is returned as it is.

    Raises:
        RunError: what stands in the folder is in the way, damaged, or differs from what is asked.
    """
    path = request.out
    found = claim(path, resume=request.resume, file=file)
    if found is None:
        return None, None
    may = file == RECIPE_FILE  # of a curve all trainings are alike
    record = _adopt_request(path, found, request, may=may)
    if not is_finished(path, record):
        environment = describe_environment(pick_device(record.recipe.device))
        record = _adopt_environment(path, record, environment, may=may, allow=request.allow_changes)
    return found, record


def describe_environment(device: torch.device) -> dict[str, str]:
    """Return what a result depends on beside recipe and data, to the bit."""
    processor = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"
    if device.type == "cuda":
        processor = torch.cuda.get_device_name(device)
    return {
        **{name: version(name) for name in _PACKAGES},
        "threads": str(torch.get_num_threads()),
        "processor": processor,
    }


def _adopt_request(
    path: Path, record: RunRecord, request: TrainingRequest, *, may: bool
) -> RunRecord:
    """Return the run with the recipe that it is to be resumed with.

    A finished run takes more epochs and nothing else. One under way takes other fields where they
    are allowed, and notes them.

    Raises:
        RunError: it differs from how it began, and that is not allowed.
    """
    finished = is_finished(path, record)
    network, pretrained, recipe = request.complete(record.network, record.pretrained, record.recipe)
    # A folder that is gone is still the one that was named.
    network = record.network if is_same_place(network, record.network) else network
    pretrained = record.pretrained if is_same_place(pretrained, record.pretrained) else pretrained
    names = [
        f.name for f in fields(Recipe) if getattr(record.recipe, f.name) != getattr(recipe, f.name)
    ]
    named = (network, pretrained, names)
    if finished and named == (record.network, record.pretrained, ["epochs"]):
        before, now = record.recipe.epochs or EPOCHS_BY_DEFAULT, recipe.epochs or EPOCHS_BY_DEFAULT
        alone = recipe.seeds == 1 and not recipe.folds
        plain = alone and not (recipe.minutes or recipe.only_auxiliary)
        if now > before and plain:
            return _extend(record, before, now)
        if now == before:
            return record
    found = name_differences(
        {"network": record.network, "pretrained": record.pretrained, **record.recipe.to_dict()},
        {"network": network, "pretrained": pretrained, **recipe.to_dict()},
    )
    if not found:
        return record
    may = may and not finished and _MAY_CHANGE.issuperset(found)
    _refuse(path, found, may=may, allow=request.allow_changes)
    return _note(path, record.change_recipe(recipe), found)


def _adopt_environment(
    path: Path, record: RunRecord, environment: dict[str, str], *, may: bool, allow: bool
) -> RunRecord:
    """Return the run with the versions, threads and processor that it is to be resumed with.

    Raises:
        RunError: they are others than it began with, and that is not allowed.
    """
    found = name_differences(record.environment, environment, where_named=True)
    if not found:
        return record
    _refuse(path, found, may=may, allow=allow)
    return _note(path, replace(record, environment=environment), found)


def name_differences(
    then: Mapping[str, object], now: Mapping[str, object], *, where_named: bool = False
) -> dict[str, str]:
    """Describe each value that differs now: what it was and what it is.

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


def _note(path: Path, record: RunRecord, found: dict[str, str]) -> RunRecord:
    checkpoints = list_checkpoints(path / "checkpoints")
    step = int(checkpoints[-1].stem.removeprefix("step-")) if checkpoints else 0
    return record.add_notes(f"Changed on the way, after step {step}: {'; '.join(found.values())}.")


def _extend(record: RunRecord, before: int, now: int) -> RunRecord:
    record = record.change_recipe(replace(record.recipe, epochs=now)).add_notes(
        f"Extended from {before} to {now} epochs, after the classifier of {before} had been judged "
        "on the same images."
    )
    return replace(record, extends=before)
