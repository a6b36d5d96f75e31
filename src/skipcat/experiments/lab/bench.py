"""The bench of an experiment: its data, its seeds, its time, and the record of what is done."""

import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from skipcat.cost.counting import measure_cost
from skipcat.data.dataset import Dataset
from skipcat.errors import RecipeError, RunError
from skipcat.experiments.lab.image_variants import draw_images
from skipcat.experiments.lab.sentences import (
    ONE_SEED,
    describe_recipe,
    describe_shortfall,
    join_clauses,
)
from skipcat.experiments.lab.trial import BARE, Outcome, Trial, fit_spec, run_trial
from skipcat.files import write_json
from skipcat.networks.catalogue import find_entry
from skipcat.reporting import Progress, Tell
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData, prepare_data
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.record import start_anew
from skipcat.training.run_folder.resume import name_differences
from skipcat.training.trainer.first_plan import time_images

# The networks of most experiments are CIFAR's: larger images are brought down to 32 px.
USUAL_NETWORK = "resnet_cifar20"
# Below a third of its epochs an experiment shows little; then rather fewer networks.
LEAST_SHARE = 1 / 3
# The rest is for reading, evaluation and the page.
SHARE_OF_MINUTES = 0.92


@dataclass(frozen=True)
class Programme:
    """The part of an experiment that fits the time: epochs, seeds, trials left out."""

    epochs: int
    seeds: int
    left_out: tuple[str, ...] = ()


@dataclass(eq=False)
class Lab:
    """The bench of an experiment: its images, seeds, time and record.

    What is measured lies in `folder` as soon as it is there: an experiment that is killed goes on.
    """

    dataset: Dataset
    folder: Path
    seeds: tuple[int, ...]
    minutes: float | None
    device: torch.device
    progress: Progress
    tell: Tell
    started: float = field(default_factory=time.monotonic)
    notes: list[Message] = field(default_factory=list)
    seconds: float = 0.0
    """Seconds of all measurements, earlier sittings included."""
    _prepared: dict[tuple[int | None, int | None], PreparedData] = field(default_factory=dict)
    _times: dict[int, float] = field(default_factory=dict)  # seconds of an image, by MACs

    def prepare(self, image_px: int | None = None, most: int | None = None) -> PreparedData:
        """Prepare the images at a size, the smaller of 32 px and their own where none is given.

        Four fifths are for training, a fifth for validation; the same ones for every seed. Of a
        larger set, `most` images are drawn, each class in proportion.

        Raises:
            RunError: they are not those that the experiment was begun on.
        """
        if (image_px, most) not in self._prepared:
            recipe = replace(BARE, image_px=image_px)
            dataset = draw_images(self.dataset, most) if most else self.dataset
            prepared = prepare_data(
                dataset, find_entry(USUAL_NETWORK), recipe, progress=self.progress
            )
            self._check_images(f"images {image_px} {most}", prepared.fingerprint)
            self._prepared[image_px, most] = prepared
        return self._prepared[image_px, most]

    @property
    def has_measured(self) -> bool:
        """Return whether the record holds more than the images' fingerprints."""
        return any(not p.name.startswith("images-") for p in (self.folder / "measured").glob("*"))

    def _check_images(self, name: str, fingerprint: str) -> None:
        found = self.measure(name, lambda: {"fingerprint": fingerprint})
        if found.get("fingerprint") != fingerprint:
            raise RunError(
                f"The experiment in '{self.folder}' was begun on other images or labels than "
                f"'{self.dataset.name}' holds now; choose another --out."
            )

    def measure(self, name: str, work: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return the plain values that `work` measures, from the record where they are there.

        Raises:
            RunError: its record is damaged.
        """
        path = self.folder / "measured" / f"{slug(name)}.json"
        if not path.is_file():
            started = time.monotonic()
            found = dict(work())
            write_json(path, {"seconds": round(time.monotonic() - started, 2), "found": found})
        seconds, found = _read(path)
        self.seconds += seconds
        return found

    def repeat(
        self, name: str, work: Callable[[int], Mapping[str, Any]], share: float = SHARE_OF_MINUTES
    ) -> list[dict[str, Any]]:
        """Measure the same thing once for each seed; fewer times where the minutes end.

        `work` is given the seed; `share` of the minutes may pass until the last one begins to end.
        """
        found: list[dict[str, Any]] = []
        longest = 0.0
        for number, seed in enumerate(self.seeds):
            before = self.seconds
            if found and self._passes(share, longest):
                self.notes.append(_describe_repetitions(len(found), len(self.seeds)))
                break
            self.progress(f"{name}, {number + 1} of {len(self.seeds)}", number, len(self.seeds))
            found.append(self.measure(f"{name}-seed{seed}", partial(work, seed)))
            longest = max(longest, self.seconds - before)
        return found

    def _passes(self, share: float, seconds: float) -> bool:
        """Return whether `seconds` more pass the share of the minutes."""
        spent = time.monotonic() - self.started
        return self.minutes is not None and spent + seconds > 60 * self.minutes * share

    def train(
        self,
        trials: Sequence[Trial],
        *,
        epochs: int,
        least: int = 2,
        prepared: PreparedData | None = None,
    ) -> dict[str, list[Outcome]]:
        """Train every network with every seed; return the outcomes by label, in seed order.

        Seeds come one after the other, so that an experiment that is stopped has whole ones. Where
        the minutes do not hold all, seeds go first, then epochs, then the slowest networks down to
        the `least` that say anything; what went is in the notes.

        Raises:
            RecipeError: the minutes do not hold so much.
        """
        prepared = prepared or self.prepare()
        plan = self._plan(trials, epochs, least, prepared)
        chosen = [trial for trial in trials if trial.label not in plan.left_out]
        self.seeds = self.seeds[: plan.seeds]
        found: dict[str, list[Outcome]] = {trial.label: [] for trial in chosen}
        pairs = list(product(self.seeds, chosen))
        for number, (seed, trial) in enumerate(pairs, start=1):
            outcome = self._train(trial, seed, plan.epochs, prepared, f"{number}/{len(pairs)}")
            found[trial.label].append(outcome)
        return found

    def _train(
        self, trial: Trial, seed: int, epochs: int, prepared: PreparedData, number: str
    ) -> Outcome:
        what = f"{number} {trial.label}, seed {seed}"
        name = f"{slug(trial.label)}-seed{seed}"
        recipe = replace(trial.recipe, seed=seed, epochs=epochs)
        recorded = recipe.to_dict()

        def progress(work: str, done: int, total: int) -> None:
            self.progress(f"{what}: {work}", done, total)

        def work() -> dict[str, Any]:
            here, place = replace(recipe, device=self.device.type), self.folder / "runs" / name
            outcome = run_trial(trial, here, prepared, place, progress=progress, tell=self.tell)
            self.tell(_describe_outcome(number, trial.label, outcome))
            return {"recipe": recorded, "outcome": asdict(outcome)}

        values = self.measure(name, work)
        path = self.folder / "measured" / f"{name}.json"
        try:
            outcome = TypeAdapter(Outcome).validate_python(values["outcome"])
            # A field that was not there yet is as recipes have it by default.
            then = Recipe().to_dict() | dict(values["recipe"])
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"'{path}' is damaged; delete it to train it again.") from error
        if found := name_differences(then, recorded):
            said = "; ".join(found.values())
            raise RunError(f"'{path}' is of another recipe ({said}); choose another --out.")
        return outcome

    def _plan(
        self, trials: Sequence[Trial], epochs: int, least: int, prepared: PreparedData
    ) -> Programme:
        values = self.measure("programme", lambda: self._fit_time(trials, epochs, least, prepared))
        try:
            plan = Programme(int(values["epochs"]), int(values["seeds"]), tuple(values["left_out"]))
            if plan.epochs < 1 or plan.seeds < 1:
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            path = self.folder / "measured" / "programme.json"
            raise RunError(f"'{path}' is damaged; {start_anew(self.folder)}.") from error
        self.notes += describe_shortfall(
            (plan.seeds, len(self.seeds)),
            (plan.epochs, epochs),
            [trial.label for trial in trials if trial.label in plan.left_out],
        )
        for note in self.notes:
            self.tell(note)
        if plan.seeds == 1:
            self.notes.append(ONE_SEED)
        images = [trial.images or prepared for trial in trials]
        sides = sorted({one.image_px for one in images})
        self.notes.append(describe_recipe(trials[0].recipe, plan.epochs, images[0], sides))
        return plan

    def _fit_time(
        self, trials: Sequence[Trial], epochs: int, least: int, prepared: PreparedData
    ) -> dict[str, Any]:
        """Return the epochs and seeds that fit the minutes; all of them where there are none.

        Raises:
            RecipeError: not even a third of the epochs of the `least` cheapest networks.
        """
        if self.minutes is None:
            return {"epochs": epochs, "seeds": len(self.seeds), "left_out": []}
        per_epoch = {t.label: self._time_epoch(t, prepared) for t in trials}
        spent = time.monotonic() - self.started
        left = 60 * self.minutes * SHARE_OF_MINUTES - spent
        whole = epochs * sum(per_epoch.values())
        if left >= whole:
            seeds = min(len(self.seeds), int(left / whole))
            return {"epochs": epochs, "seeds": seeds, "left_out": []}
        dropped: list[str] = []
        while left < (needed := LEAST_SHARE * epochs * sum(per_epoch.values())):
            if len(per_epoch) <= least:
                minutes = (spent + needed) / 60 / SHARE_OF_MINUTES
                raise RecipeError(
                    f"minutes is {self.minutes:g}, which hold too little of this experiment; "
                    f"{math.ceil(minutes + 0.5)} would do, and without --minutes it does all."
                )
            # Of equally slow ones the last: an experiment lists first what its claim is about.
            slowest = max(reversed(list(per_epoch)), key=lambda label: per_epoch[label])
            dropped.append(slowest)
            del per_epoch[slowest]
        fitting = max(1, min(epochs, int(left / sum(per_epoch.values()))))
        return {"epochs": fitting, "seeds": 1, "left_out": dropped}

    def _time_epoch(self, trial: Trial, prepared: PreparedData) -> float:
        """Return the seconds of an epoch, a third more with activation checkpointing."""
        prepared = trial.images or prepared
        images = len(prepared.split.train) + len(prepared.split.validation) / 3
        spec = fit_spec(trial.network, prepared, trial.stem_reduction)
        macs = measure_cost(spec, prepared.image_px).macs  # twins take as long as each other
        if macs not in self._times:
            per_image = time_images(spec, prepared, trial.recipe, self.device)
            self._times[macs] = per_image(prepared.image_px, spec.stem_reduction)
        again = 4 / 3 if trial.recipe.activation_memory == "sqrt" else 1.0
        return again * images * self._times[macs]


def _describe_outcome(number: str, label: str, outcome: Outcome) -> str:
    found = Message(
        "{number} {label}, seed {seed}: {train:.1f} % training error, {validation:.1f} % "
        "validation error, {seconds:.0f} s",
        number=number,
        label=label,
        seed=outcome.seed,
        train=100 * outcome.train_error,
        validation=100 * outcome.validation_error,
        seconds=outcome.seconds,
    )
    return join_clauses([found, outcome.diverged]) if outcome.diverged else found


def _describe_repetitions(kept: int, wanted: int) -> Message:
    return Message(
        "The minutes hold {n} of {wanted} repetitions; more would show the spread.",
        n=kept,
        wanted=wanted,
    )


def slug(name: str) -> str:
    """Return a name as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _read(path: Path) -> tuple[float, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return float(content["seconds"]), dict(content["found"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"'{path}' is damaged; {start_anew(path.parents[1])}.") from error
