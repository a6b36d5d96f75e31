"""What each lever of the fast plan is worth: leave one out, at equal time, judged on validation.

Question: the plan under a time budget decays weights ten times as hard as long schedules do,
smooths labels and keeps a moving average. What does each of them bring? Two more levers stood in
commit bdda6ef and have their rows from there: images that grow from 0.55 of the last size, which
cost 2.6 points, and mirrors that alternate between epochs, which brought nothing. Both were
deleted; "nothing" in the rows of 2026-11-25 is with both.

Method: one call is one cell: ResNet-18 from scratch on the training images of
`time_to_accuracy.py` for `--minutes`, without one lever, judged on a fifth of them as validation.
The held-out images of that benchmark are never looked at: nothing is tuned on what it reports.
Equal seeds mean equal parts. Several cells may run side by side, each with OMP_NUM_THREADS=1 on a
core of its own.

    OMP_NUM_THREADS=1 python benchmarks/ablation.py --data flowers/ --without growth --minutes 6
    python benchmarks/ablation.py --read

Appends one row to results/ablation.csv; `--read` prints the table: mean over seeds of each lever's
worth, with a 95 % interval of the paired difference over validation images and seeds.
"""

import argparse
import csv
import platform
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from results_file import FOLDER, append_row
from time_to_accuracy import divide, pack_answers

RESULTS = FOLDER / "ablation.csv"
NETWORK = "resnet18"


LEVERS = {
    "nothing": dict,
    "strong decay": lambda: {"weight_decay": 5e-4},
    "smooth labels": lambda: {"label_smoothing": 0.0},
    "moving average": lambda: {"ema_decay": 0.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder of class folders")
    parser.add_argument("--without", choices=list(LEVERS), default="nothing")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--read", action="store_true", help="print the table")
    arguments = parser.parse_args()
    if arguments.read:
        print_table()
    elif arguments.data is None:
        parser.error("--data is needed")
    else:
        append(measure(arguments))


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    import torch

    import skipcat
    from skipcat.reporting import Reporter
    from skipcat.training.request import TrainingRequest
    from skipcat.training.train import run_training

    changes = LEVERS[arguments.without]()
    recipe = skipcat.Recipe(
        minutes=arguments.minutes, seed=arguments.seed, validation=0.2, test=0.0, **changes
    )
    with tempfile.TemporaryDirectory() as scratch:
        divide(Path(arguments.data), Path(scratch) / "data")
        data = skipcat.open_dataset(Path(scratch) / "data" / "train")
        request = TrainingRequest(data, Path(scratch) / "out", NETWORK, recipe=recipe)
        done = run_training(request, Reporter(tell=print))
    found = done.validation
    # Without a test part, what was held is the validation part.
    right = done.held_logits.argmax(1) == done.prepared.dataset.labels[done.held_rows]
    return {
        "data": Path(arguments.data).name,
        "without": arguments.without,
        "minutes": arguments.minutes,
        "seed": arguments.seed,
        "network": NETWORK,
        "image_px": done.plan.image_px,
        "epochs": len(done.history),
        "validation_images": found.images,
        "accuracy": round(found.accuracy, 4),
        "loss": round(found.loss, 4),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "answers": pack_answers(right[np.argsort(done.held_rows)].tolist()),
    }


def append(row: dict[str, object]) -> None:
    append_row(RESULTS, row)
    print({name: value for name, value in row.items() if name != "answers"})


def print_table() -> None:
    """Print what leaving a lever out costs, with the interval over images and seeds."""
    cells: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    with RESULTS.open(newline="") as file:
        for row in csv.DictReader(file):
            cells[row["data"], row["minutes"]].setdefault(row["without"], {})[row["seed"]] = row
    print("| data, minutes | without | seeds | accuracy | what the lever is worth |")
    print("|---|---|---|---|---|")
    for (data, minutes), levers in sorted(cells.items()):
        base = levers.get("nothing", {})
        for without, rows in levers.items():
            mean = np.mean([float(row["accuracy"]) for row in rows.values()])
            gains = [bits(base[seed]) - bits(row) for seed, row in rows.items() if seed in base]
            worth = "" if without == "nothing" or not gains else describe(gains)
            line = f"| {data}, {minutes} | {without} | {len(rows)} | {100 * mean:.1f} % | {worth} |"
            print(line)


def bits(row: dict[str, str]) -> np.ndarray:
    """Give 1 for every image that was named rightly, 0 for the others."""
    found = [int(bit) for digit in row["answers"] for bit in f"{int(digit, 16):04b}"]
    return np.array(found[: int(row["validation_images"])])


def describe(gains: list[np.ndarray]) -> str:
    """Give the mean gain in points, with a bootstrap over the images of every seed."""
    chance = np.random.default_rng(0)
    draws = [gain[chance.integers(0, len(gain), (5000, len(gain)))].mean(axis=1) for gain in gains]
    low, high = 100 * np.quantile(np.mean(draws, axis=0), (0.025, 0.975))
    return f"{100 * np.mean([g.mean() for g in gains]):+.1f} points ({low:+.1f} to {high:+.1f})"


if __name__ == "__main__":
    main()
