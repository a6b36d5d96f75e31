"""Unequal classes: what class weights and balanced sampling bring, and what they cost.

    python benchmarks/balance.py --data digits --ratio 20 --seeds 0 1 2
    python benchmarks/balance.py --summarise

Each seed cuts the training classes to sizes that fall geometrically, the largest `ratio` times the
smallest, in an order of its own, and trains once in each way; all are judged on the same untouched
test images, as many of each class. Rows go to results/balance.csv, and what is printed are the
paired differences to none with 95 % intervals (t, over seeds). "As they come" weighs the test
images as the training classes are: what a user sees whose new images are as unequal as the old.

Found on 2026-11-25 (resnet_cifar8, 20 epochs, from scratch; points of accuracy, sampling):

    digits 1:5    balanced  +0.7 ± 0.8   as they come +0.1 ± 0.5   10 seeds
    digits 1:10   balanced  +3.5 ± 1.8   as they come +0.3 ± 0.9   10 seeds
    digits 1:20   balanced +13.7 ± 2.4   as they come +1.5 ± 0.9   10 seeds
    fashion 1:20  balanced +14.7 ± 5.2   as they come -2.6 ± 4.3    6 seeds

Weights did as well for the rare classes and somewhat worse as the images come (digits 1:20 +0.6,
fashion -4.2). On the easy set nothing was lost; on the hard one the probabilities and perhaps the
accuracy of images as they come were worse (loss +0.07 ± 0.09 nats; with weights +0.11 ± 0.10). So
it is a choice between kinds of image, which data alone cannot make: the default stays none, the
doctor names the flag where classes are more unequal than 10:1, and the page shows the balanced
accuracy.
"""

import argparse
import csv
import os
import platform
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import numpy as np

from results_file import FOLDER, append_row

RESULTS = FOLDER / "balance.csv"
HOW = ("none", "weights", "sampling")
# Images of the commonest class to train on, and of every class to test.
SIZES = {"digits": (120, 50), "fashion-mnist": (300, 200)}
FIGURES = ("balanced_accuracy", "accuracy_as_they_come", "rarest_half_recall", "loss_as_they_come")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=sorted(SIZES), default="digits")
    parser.add_argument("--network", default="resnet_cifar8")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--ratio", type=float, default=20, help="commonest class to rarest")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--summarise", action="store_true", help="only read the CSV")
    arguments = parser.parse_args()
    if not arguments.summarise:
        for seed in arguments.seeds:
            append(compare(arguments, seed))
    summarise()


def compare(asked: argparse.Namespace, seed: int) -> Iterator[dict[str, object]]:
    """Train once in each way on the same images; give one row of the CSV each."""
    import torch

    import skipcat
    from skipcat.evaluation.calibration import softmax

    dataset = make_unequal(asked.data, asked.ratio, seed)
    part = np.array(dataset.parts)
    train, test = dataset.labels[part == "train"], dataset.labels[part == "test"]
    counts = np.bincount(train)
    rare = counts.argsort(kind="stable")[: len(counts) // 2]
    for balance in HOW:
        recipe = skipcat.Recipe(epochs=asked.epochs, seed=seed, balance=balance)
        with tempfile.TemporaryDirectory() as scratch:
            start = datetime.now(UTC)
            clf = skipcat.train(dataset, asked.network, recipe=recipe, out=Path(scratch) / "run")
            seconds = (datetime.now(UTC) - start).total_seconds()
        found = clf.evaluation
        recall = found.confusion.diagonal() / found.confusion.sum(axis=1)
        logits, _ = clf.compute_logits(list(dataset.images[part == "test"]))
        losses = -np.log(softmax(logits, clf.temperature)[np.arange(len(test)), test])
        as_they_come = (counts / np.bincount(test))[test]
        yield {
            "data": asked.data,
            "network": asked.network,
            "ratio": f"{asked.ratio:g}",
            "train_images": len(train),
            "rarest": counts.min(),
            "test_images": found.images,
            "epochs": asked.epochs,
            "seed": seed,
            "balance": balance,
            "balanced_accuracy": f"{recall.mean():.4f}",
            "accuracy_as_they_come": f"{recall @ counts / counts.sum():.4f}",
            "rarest_half_recall": f"{recall[rare].mean():.4f}",
            "loss_as_they_come": f"{np.average(losses, weights=as_they_come):.4f}",
            "seconds": f"{seconds:.1f}",
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        }


def make_unequal(data: str, ratio: float, seed: int):
    """Give a set whose training classes fall in size by `ratio`; its test classes do not."""
    import skipcat

    whole = skipcat.open_dataset(data)
    most, test = SIZES[data]
    generator = np.random.default_rng([seed, 2026])
    parts = np.full(len(whole), "", dtype=object)
    ranks = generator.permutation(len(whole.classes))
    for label, rank in enumerate(ranks):
        rows = generator.permutation(np.flatnonzero(whole.labels == label))
        count = round(most * ratio ** (-rank / (len(ranks) - 1)))
        parts[rows[:test]], parts[rows[test : test + count]] = "test", "train"
    kept = np.flatnonzero(parts != "")
    return skipcat.Dataset(
        data,
        whole.classes,
        whole.images[kept],
        whole.labels[kept],
        [whole.names[row] for row in kept],
        list(parts[kept]),
    )


def append(rows: Iterator[dict[str, object]]) -> None:
    """Add rows to the CSV, each as soon as it is known."""
    for row in rows:
        append_row(RESULTS, row)


def summarise() -> None:
    """Print means, and differences to none on the same images, with 95 % intervals over seeds."""
    from scipy.stats import t

    with RESULTS.open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=_experiment)
    for experiment, found in groupby(rows, _experiment):
        by: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
        for row in found:
            for figure in FIGURES:
                by[figure][row["balance"]][row["seed"]] = 100 * float(row[figure])
        print("\n" + " ".join(experiment))
        for figure, values in by.items():
            none = values["none"]
            print(f"  {figure:<22} none {np.mean(list(none.values())):5.1f}", end="")
            for how in HOW[1:]:
                pairs = [values[how][seed] - none[seed] for seed in none if seed in values[how]]
                spread = t.ppf(0.975, len(pairs) - 1) * np.std(pairs, ddof=1) / len(pairs) ** 0.5
                print(f"   {how} {np.mean(pairs):+5.1f} ± {spread:.1f}", end="")
            print(f"   ({len(none)} seeds)")


def _experiment(row: dict[str, str]) -> tuple[str, ...]:
    return row["data"], row["network"], f"1:{row['ratio']}", row["epochs"], "epochs"


if __name__ == "__main__":
    main()
