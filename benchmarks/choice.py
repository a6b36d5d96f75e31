"""The race against training everything: which rule finds the best network, and at what cost.

Question: `skipcat choose` lets networks race at a flat rate for a fifth of the time that training
all of them would take. How much accuracy does its choice lose, measured on images that no rule has
seen, against (a) training every candidate in full, (b) always ResNet-18, (c) Hyperband (Optuna),
(d) a random candidate at equal cost, (e) always the one that answers fastest?

Method: a cell is one network on one task with one seed: four minutes of training on one core, as
much as two on both, at the size and with the epochs that `skipcat choose` plans for that time; at
a flat rate up to a third of it, then with a falling rate, as the winner of a race goes on. At 1/48,
1/24, 1/12, 1/6 and 1/3 of the time the moving average names the validation images, at the end those
and the test images; all answers are recorded. So every rule can be replayed from the same curves
(`--read`): a race sees the answers of its rungs and pays for the steps up to them. Steps are
counted, not seconds: speeds are measured once per task (`--speeds`, with nothing else running on
the core), and the rest does not depend on what else the machine does.

    python benchmarks/choice.py --work DIR --data FLOWERS CIFAR --task digits --speeds
    python benchmarks/choice.py --work DIR --data FLOWERS CIFAR --cells 10
    python benchmarks/choice.py --read

`--data` names the folders of the tasks that are not built in; `--cells` fills the next empty cells.
Appends to results/choice_speeds.csv and results/choice_curves.csv. A network that a task's images
are too small for, or that could not see them twice in the time, is written down as not tried.
"""

import argparse
import platform
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from choice_replay import CURVES, SPEEDS, print_tables
from results_file import append_row, read_rows
from time_to_accuracy import pack_answers

SECONDS = 240.0
# Of the time, where the validation images are asked; the last one ends the flat rate.
LOOKS = (1 / 48, 1 / 24, 1 / 12, 1 / 6, 1 / 3)
SEEDS = (0, 1)


@dataclass(frozen=True)
class Task:
    """Where a task's images come from, and how many are for training and for the test."""

    source: str
    train: int | None
    test: int | None


TASKS = {
    "digits": Task("digits", 1198, 599),
    "fashion-1000": Task("fashion-mnist", 1000, None),
    "flowers": Task("flowers", 2549, 884),
    "cifar10-jpeg-10000": Task("cifar10-jpeg-train", 10_000, 10_000),
    "fashion-10000": Task("fashion-mnist", 10_000, None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="a folder for images and runs")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of images")
    parser.add_argument("--task", choices=list(TASKS), help="this one only")
    parser.add_argument("--speeds", action="store_true", help="measure the speeds of a task")
    parser.add_argument("--cells", type=int, default=0, help="fill so many empty cells")
    parser.add_argument("--read", action="store_true", help="print the table")
    arguments = parser.parse_args()
    if arguments.read:
        print_tables()
        return
    if arguments.work is None:
        parser.error("--work is needed")
    tasks = [arguments.task] if arguments.task else list(TASKS)
    for task in tasks if arguments.speeds else ():
        measure_speeds(task, lay_out(task, arguments.work, arguments.data))
    for count, (task, network, seed) in enumerate(empty_cells(tasks)):
        if count == arguments.cells:
            break
        folder = lay_out(task, arguments.work, arguments.data)
        train_cell(task, network, seed, folder, arguments.work / "runs")


def lay_out(task: str, work: Path, folders: list[Path]) -> Path:
    """Give the task's folder with its parts train/ and test/, written if it is not there yet."""
    from PIL import Image

    from skipcat.data.dataset import open_dataset

    about, target = TASKS[task], work / task
    if target.is_dir():
        return target
    found = next((folder for folder in folders if folder.name == about.source), about.source)
    dataset = open_dataset(found)
    rows = list(range(len(dataset)))
    random.Random(2026).shuffle(rows)
    given = [row for row in rows if dataset.parts[row] == "test"]
    others = [row for row in rows if dataset.parts[row] != "test"]
    test = given or others[: about.test]
    train = (others if given else others[about.test :])[: about.train]
    scratch = work / f".{task}"
    shutil.rmtree(scratch, ignore_errors=True)
    for part, chosen in (("train", train), ("test", test)):
        for row in chosen:
            place = scratch / part / dataset.classes[dataset.labels[row]]
            place.mkdir(parents=True, exist_ok=True)
            image = dataset.images[row]
            if isinstance(image, np.ndarray):
                Image.fromarray(image).save(place / f"{row:06d}.png")
            else:
                (place / Path(image).name).symlink_to(Path(image).resolve())
    scratch.rename(target)
    return target


def prepare(folder: Path, seed: int):
    """Give what `skipcat choose` would prepare: a tenth of the training images are validation."""
    from skipcat.data.dataset import open_dataset
    from skipcat.networks.catalogue import find_entry
    from skipcat.training.prepared_data import prepare_data
    from skipcat.training.recipe import Recipe
    from skipcat.training.run_folder.resume import USUAL_NETWORK

    recipe = Recipe(seed=seed, minutes=SECONDS / 60)
    return prepare_data(open_dataset(folder), find_entry(USUAL_NETWORK), recipe), recipe


def measure_speeds(task: str, folder: Path) -> None:
    """Measure what every candidate costs and plan its training; append a row for each."""
    import torch

    from skipcat.choice.budget import Budget
    from skipcat.choice.candidates import USUAL, gather_candidates

    prepared, recipe = prepare(folder, seed=0)
    started = time.monotonic()
    found, not_tried = gather_candidates(
        USUAL, prepared, recipe, Budget(), seconds=SECONDS, device=torch.device("cpu")
    )
    spent = time.monotonic() - started
    shared = {
        "task": task,
        "gathering_seconds": f"{spent:.1f}",
        "training_seconds": SECONDS,
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    for one in found:
        figures = {
            "network": one.network,
            "image_px": one.image_px,
            "stem_reduction": one.stem_reduction,
            "parameters": one.parameters,
            "macs": one.macs,
            "latency_p50_ms": f"{one.latency_p50_ms:.3f}",
            "latency_spread": f"{one.latency_spread:.3f}",
            "seconds_per_step": f"{one.seconds_per_step:.5f}",
            "epochs": one.plan.epochs,
            "last_share": one.plan.last_share,
            "not_tried": "",
        }
        append_row(SPEEDS, {**figures, **shared})
        print(task, figures)
    for other in not_tried:
        append_row(SPEEDS, {**shared, "network": other.network, "not_tried": other.reason})
        print(task, other.network, other.reason)


def empty_cells(tasks: list[str]) -> Iterator[tuple[str, str, int]]:
    """Give the cells without an end, the first seed of all tasks first."""
    speeds = [row for row in read_rows(SPEEDS) if not row["not_tried"]]
    done = {
        (row["task"], row["network"], int(row["seed"]))
        for row in read_rows(CURVES)
        if row["share"] == "1"
    }
    for seed in SEEDS:
        for task in tasks:
            for row in speeds:
                cell = (row["task"], row["network"], seed)
                if row["task"] == task and cell not in done:
                    yield cell


def train_cell(task: str, network: str, seed: int, folder: Path, runs: Path) -> None:
    """Train a network for its time; append what it named rightly at every look."""
    from skipcat.choice.candidate import Candidate
    from skipcat.choice.race import ask_average, judge, make_trainer
    from skipcat.engines.torch_engine import run_network
    from skipcat.training.prepared_data import held_out_pixels
    from skipcat.training.request import WarmStart
    from skipcat.training.run_folder.logs import PlanLog
    from skipcat.training.schedule.plan import Plan
    from skipcat.training.trainer.batches import count_batches
    from skipcat.training.trainer.warm_start import take_over

    row = next(r for r in read_rows(SPEEDS) if (r["task"], r["network"]) == (task, network))
    plan = Plan(
        int(row["epochs"]),
        int(row["image_px"]),
        int(row["stem_reduction"]),
        last_share=float(row["last_share"]),
    )
    per_step = float(row["seconds_per_step"])
    candidate = Candidate(
        network, plan.image_px, plan.stem_reduction, int(row["parameters"]), int(row["macs"]),
        0.0, 0.0, float(row["latency_p50_ms"]), 0.0, 0.0, per_step, plan,
    )  # fmt: skip
    prepared, recipe = prepare(folder, seed)
    place = runs / f"{task}-{network}-{seed}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    run = make_trainer(candidate, prepared, place, recipe)
    in_all = round(plan.length * count_batches(len(run.train_labels), run.recipe.batch_size))
    started, found = time.monotonic(), []
    for look in LOOKS:
        target = max(1, round(look * in_all))
        run.train(target)
        answer = judge(run, ask_average(run))
        found.append((look, target, answer.right, answer.loss, ""))
    start = WarmStart(place, run.plan, per_step, recipe.batch_size, prepared)
    log = PlanLog(place / "plan.jsonl")
    log.begin(start.plan)
    left = (in_all - run.state.step) * per_step
    take_over(run, start, log, time.monotonic() + left)
    run.train()
    step = run.state.step
    answer = judge(run, ask_average(run))
    rows, look = prepared.split.test, run.preprocessing
    pixels = held_out_pixels(prepared, rows, look)
    named = run_network(run.network, pixels, look.mean, look.std).argmax(1)
    right = (named == prepared.dataset.labels[rows]).tolist()
    found.append((1, step, answer.right, answer.loss, pack_answers(right)))
    for share, at, letters, loss, test in found:
        append_row(CURVES, {
            "task": task, "network": network, "seed": seed, "share": f"{share:.6g}", "step": at,
            "seconds": f"{at * per_step:.2f}", "validation_images": len(letters),
            "validation_loss": f"{loss:.4f}", "test_images": len(right) if test else "",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "validation": pack_answers([letter == "1" for letter in letters]), "test": test,
        })  # fmt: skip
    shutil.rmtree(place)
    accuracies = ", ".join(f"{100 * r.count('1') / len(r):.1f}" for _, _, r, _, _ in found)
    print(
        f"{datetime.now(UTC):%H:%M} {task} {network} seed {seed}: validation {accuracies} %; "
        f"test {100 * np.mean(right):.1f} % of {len(right)}; {step} of {in_all} steps, "
        f"{time.monotonic() - started:.0f} s",
        flush=True,
    )


def silent(work: str, done: int, total: int) -> None:
    """Show no progress."""


if __name__ == "__main__":
    main()
