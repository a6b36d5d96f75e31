"""Run of an experiment: its folder, its record, its result."""

import csv
import io
import json
import os
import platform
import shlex
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from skipcat.data.dataset import Dataset, open_dataset
from skipcat.engines.device import pick_device
from skipcat.errors import DataError, RecipeError, RunError
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.catalogue import find_experiment
from skipcat.experiments.lab.experiment import Experiment, Result
from skipcat.files import write_json, write_text
from skipcat.reporting import Auto, Progress, Tell, open_reporter
from skipcat.training.result import read_versions
from skipcat.training.run_folder.folder import choose_folder
from skipcat.training.run_folder.lock import hold_folder
from skipcat.training.run_folder.record import start_anew
from skipcat.training.run_folder.resume import name_differences

BEGUN, RESULT, MEASUREMENTS = "begun.json", "experiment.json", "measurements.csv"
MOST_SEEDS = 20
PROGRAMME = "programme.json"


def experiment(  # noqa: PLR0913  the public face, by keyword
    name: str,
    data: object = None,
    *,
    seeds: int | None = None,
    minutes: float | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    device: str = "auto",
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
) -> Result:
    """Test a paper's claim on this machine; return what was found.

    `data` and `seeds` default to the experiment's own; with `minutes` it does what fits them, and
    says what did not. `out` defaults to NAME.experiment; what is measured lies there at once, and
    with `resume` it is not measured again. `progress` and `tell` are those of `train`.

    Raises:
        SkipcatError: there is no such experiment, or data, seeds, minutes or `out` are of no use.
    """
    found = find_experiment(name)
    count = found.seeds if seeds is None else seeds
    _check(count, minutes)
    if data is not None and not found.sees_images:
        raise RecipeError(f"The experiment '{name}' looks at no images; leave out data.")
    given = found.data if data is None else data
    dataset = open_dataset(given)
    folder = choose_folder(given, dataset.name, out or f"{name}.experiment")
    asked = {"experiment": name, "data": dataset.name, "images": len(dataset), "seeds": count}
    asked["minutes"] = minutes
    place = pick_device(device)
    command = _command_line(found, given, dataset, seeds, minutes)
    with open_reporter(progress, tell) as reporter, hold_folder(folder, reporter.tell):
        new = _begin(folder, asked, resume=resume)
        numbers = tuple(range(count))
        lab = Lab(dataset, folder, numbers, minutes, place, reporter.progress, reporter.tell)
        return _carry_out(found, lab, command, new=new)


def _carry_out(found: Experiment, lab: Lab, command: str, *, new: bool) -> Result:
    """Measure, and write what was found into the lab's folder."""
    folder, dataset = lab.folder, lab.dataset
    try:
        with torch.random.fork_rng(devices=[]):
            findings = found.run(lab)
    except (RecipeError, DataError):
        if new and not lab.has_measured:
            _leave_nothing(folder)
        raise
    shutil.rmtree(folder / "runs", ignore_errors=True)
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    machine = {"system": system, "threads": str(torch.get_num_threads())} | read_versions()
    seen = (dataset.name, len(dataset), lab.seeds, lab.seconds)
    result = Result(found, findings, *seen, command, machine, tuple(lab.notes))
    write_text(folder / MEASUREMENTS, _tabulate(result))
    write_json(folder / RESULT, result.to_dict())
    return result


def _tabulate(result: Result) -> str:
    """Return the measurements as CSV; what a row lacks stays empty."""
    rows = result.findings.csv
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _check(seeds: int, minutes: float | None) -> None:
    problems = []
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= MOST_SEEDS:
        problems.append(f"seeds is {seeds!r}, allowed: 1 to {MOST_SEEDS}")
    if minutes is not None and not (isinstance(minutes, int | float) and 0 < minutes < 1e6):
        problems.append(f"minutes is {minutes!r}, allowed: above 0")
    if problems:
        raise RecipeError(f"The experiment cannot be run so: {'; '.join(problems)}.")


def _leave_nothing(folder: Path) -> None:
    """Remove the beginning of an experiment that was refused before it measured anything."""
    (folder / BEGUN).unlink(missing_ok=True)
    shutil.rmtree(folder / "measured", ignore_errors=True)
    with suppress(OSError):  # it holds files of a system
        folder.rmdir()


def _begin(folder: Path, asked: dict[str, Any], *, resume: bool) -> bool:
    """Claim the folder, or resume the experiment there; return whether it is a new one.

    Raises:
        RunError: something else stands there, or another experiment.
    """
    about = folder / BEGUN
    if not about.is_file():
        if folder.is_dir() and any(not e.name.startswith(".") for e in folder.iterdir()):
            raise RunError(f"'{folder}' already holds other files; choose another --out.")
        write_json(about, asked)
        return True
    if not resume:
        raise RunError(
            f"'{folder}' already holds an experiment; continue it with --resume or choose another "
            "--out."
        )
    try:
        begun = dict(json.loads(about.read_text(encoding="utf-8")))
        if set(begun) != set(asked):
            raise ValueError
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise RunError(f"'{about}' is damaged; {start_anew(folder)}.") from error
    if not (folder / "measured" / PROGRAMME).is_file():
        begun["minutes"] = asked["minutes"]  # by which nothing was planned yet
    if found := name_differences(begun, asked):
        said = "; ".join(found.values())
        raise RunError(f"'{folder}' holds another experiment ({said}); choose another --out.")
    write_json(about, asked)
    return False


def _command_line(
    found: Experiment, given: object, dataset: Dataset, seeds: int | None, minutes: Any
) -> str:
    words = ["skipcat", "experiment", found.name]
    if given != found.data:
        words += ["--data", str(given) if isinstance(given, str | Path) else dataset.name]
    if seeds is not None:
        words += ["--seeds", str(seeds)]
    if minutes is not None:
        words += ["--minutes", f"{minutes:g}"]
    return shlex.join(words)
