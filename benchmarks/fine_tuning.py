"""Fine-tuning: what weights learnt on other images are worth, at equal time.

Question: `skipcat train DATA --pretrained FILE` lets the heads learn first and then all of the
network, with lower rates towards the stem. Does it beat a training from scratch that is given the
same minutes, on photographs that the weights were not made for?

Method: one call is one cell: the network learns `--minutes` on the data, from scratch or from the
weights of a run on other data (`skipcat train cifar10-jpeg-train --network resnet18 --minutes 20
--out cifar`), with equal seeds and so the same division; the test images are judged once.

    python benchmarks/fine_tuning.py --data flowers/ --weights cifar/weights.safetensors
    python benchmarks/fine_tuning.py --data flowers/

    python benchmarks/fine_tuning.py --read

Each call appends one row to results/fine_tuning.csv; `--read` prints what the weights add, paired
by seed.
"""

import argparse
import platform
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

import skipcat
from results_file import FOLDER, append_row, read_rows
from skipcat.experiments.lab.statistics import compare

RESULTS = FOLDER / "fine_tuning.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="a folder of class folders")
    parser.add_argument("--weights", help="of a run on other data; without: from scratch")
    parser.add_argument("--network", default="resnet18")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--read", action="store_true", help="print what the weights add")
    arguments = parser.parse_args()
    if arguments.read:
        print_differences()
        return
    if not arguments.data:
        parser.error("--data is needed, or --read")
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        classifier = skipcat.train(
            arguments.data,
            network=arguments.network,
            recipe=skipcat.Recipe(minutes=arguments.minutes, seed=arguments.seed, test=0.2),
            out=Path(scratch) / "out",
            pretrained=arguments.weights,
            tell=print,
        )
        seconds = time.perf_counter() - start
        epochs = len((Path(scratch) / "out" / "metrics.csv").read_text().splitlines()) - 1
    found = classifier.evaluation
    low, high = found.accuracy_interval
    row = {
        "data": Path(arguments.data).name,
        "network": arguments.network,
        "weights": Path(arguments.weights).parent.name if arguments.weights else "none",
        "minutes": arguments.minutes,
        "seed": arguments.seed,
        "epochs": epochs,
        "image_px": classifier.preprocessing.image_px,
        "seconds": round(seconds, 1),
        "right": round(found.accuracy * found.images),
        "images": found.images,
        "accuracy": round(found.accuracy, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    append_row(RESULTS, row)
    print(row)


def print_differences() -> None:
    """Print mean accuracies with and without weights, and their difference over equal seeds."""
    cells = defaultdict(dict)
    for row in read_rows(RESULTS):
        key = row["data"], row["network"], row["minutes"]
        cells[key, row["weights"]][row["seed"]] = float(row["accuracy"])
    for (key, weights), found in cells.items():
        scratch = cells.get((key, "none"), {})
        seeds = sorted(found.keys() & scratch.keys())
        if weights == "none" or not seeds:
            continue
        mine, other = ([each[seed] for seed in seeds] for each in (found, scratch))
        data, network, minutes = key
        print(
            f"{data}, {network}, {minutes} minutes, {len(seeds)} seeds: from {weights} "
            f"{100 * np.mean(mine):.1f} %, from scratch {100 * np.mean(other):.1f} %; difference "
            f"in points {compare(mine, other).say(sign=True)} (95 % over seeds)"
        )


if __name__ == "__main__":
    main()
