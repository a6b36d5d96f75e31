"""Harm thousands of files: nothing but a refusal or an answer may come out.

Question: of N mutations of valid classifiers, runs and images, seeded, how many are refused in one
line, how many still answer, and how many escape: another exception, a message about memory, an
answer that is no probability, or more than 20 s?

Method: the mutations of `tests/mutations.py` (bytes flipped, cut, inserted, zeroed; JSON values and
keys replaced by other types, huge numbers, NaN, deep nesting and paths; safetensors headers and
their lengths changed, half of the time with the hash or seal forged to fit). Half of the cases are
images of six formats, which the whole classifier predicts; a quarter are classifier folders, which
are loaded and asked about two digits; a quarter are runs (ended, finished, with folds), which are
resumed as far as a first step and whose out_of_fold.csv is read. Until 2026-11-24 there were no
runs, and half of the cases were classifiers. No allocation may take the process beyond one GiB
more than it has (Linux: RLIMIT_DATA).

    python benchmarks/fuzz.py [--cases 10000] [--seed 0] [--from 0]

A record that is made in pieces (--from 3000 --cases 3500) has a row for each. Appends one row to
results/fuzz.csv; every escape is printed with the number that makes it again (--only NUMBER).
"""

import argparse
import os
import platform
import random
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

import skipcat
from skipcat.data.images import without_warnings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import mutations
from results_file import FOLDER, append_row

RESULTS = FOLDER / "fuzz.csv"
MOST_SECONDS = 20
IMAGES = mutations.draw_images()


def train_small(folder: Path) -> tuple[skipcat.Classifier, np.ndarray]:
    """Train the classifier that is harmed; give it and two digits."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.rint(bunch.images[:240] * (255 / 16)).astype(np.uint8)
    recipe = skipcat.Recipe(epochs=2, batch=32)
    data = images, bunch.target[:240].astype(np.int64)
    return skipcat.train(data, "resnet_cifar8", recipe=recipe, out=folder), images[:2]


def run_case(number: int, seed: int, place: Path, clf: skipcat.Classifier, two: np.ndarray) -> str:
    """Give "refused", "accepted", or what escaped."""
    draw = random.Random(f"{seed} {number}")
    path = place / "harmed.skipcat"
    if number % 2:
        kind = draw.choice(list(mutations.FORMATS))
        path = place / f"image{mutations.FORMATS[kind]}"
        path.write_bytes(mutations.mutate_bytes(draw.choice(IMAGES[kind]), draw))
    elif number % 4:
        mutations.mutate_run(path, place / "runs" / draw.choice(mutations.RUNS), draw)
    else:
        mutations.mutate_classifier(path, place / "whole.skipcat", draw)

    def ask() -> None:
        if number % 4 == 2:
            mutations.resume_harmed(path, mutations.few_digits())
            return
        answers = clf.predict(path) if number % 2 else skipcat.load(path).predict(list(two))
        if not all(0 <= answer.probability <= 1 for answer in answers):
            raise AssertionError("an answer is no probability")

    start = time.perf_counter()
    try:
        message = mutations.attempt(ask)
    except Exception:
        return traceback.format_exc()
    if time.perf_counter() - start > MOST_SECONDS:
        return f"it took {time.perf_counter() - start:.0f} s"
    return "refused" if message else "accepted"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="first", type=int, default=0, help="Number of the first.")
    parser.add_argument("--only", type=int, help="Run this case alone, and record nothing.")
    given = parser.parse_args()
    last = given.first + given.cases
    numbers = range(given.first, last) if given.only is None else [given.only]
    counts = {"refused": 0, "accepted": 0, "escaped": 0}
    with tempfile.TemporaryDirectory() as name, without_warnings():
        place = Path(name)
        clf, two = train_small(place / "whole.skipcat")
        mutations.train_runs(place / "runs")
        start = time.perf_counter()
        with mutations.memory_bound():
            for number in numbers:
                found = run_case(number, given.seed, place, clf, two)
                counts[found if found in counts else "escaped"] += 1
                if found not in counts:
                    print(f"--only {number} --seed {given.seed}: {found}")
        seconds = time.perf_counter() - start
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "cases": len(numbers),
        "seed": given.seed,
        **counts,
        "seconds": round(seconds, 1),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "skipcat": version("skipcat"),
        "torch": version("torch"),
        "pillow": version("pillow"),
        "safetensors": version("safetensors"),
    }
    print(", ".join(f"{key} {value}" for key, value in row.items()))
    if given.only is None:
        append_row(RESULTS, row)


if __name__ == "__main__":
    main()
