"""Six short runs whose weights stay the same, bit for bit, while code is moved around them.

    python benchmarks/same_bits.py --record     # before: append the hashes to the CSV
    python benchmarks/same_bits.py              # after: compare with the newest recorded ones

A plain ResNet with mixing and stochastic depth, a GoogLeNet with its auxiliary heads,
cross-validation, a run that was stopped, resumed and extended, the winner of a race that is trained
on, and a pruned and fine-tuned network; all on the digits, a minute in all. The race's clock is
replaced by constants: its speeds, its seconds, the epochs that are left after it. Hashes are those
of one set of instructions, torch and number of threads, which the CSV names; elsewhere, record
first.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import torch

import skipcat
from results_file import append_row, read_rows
from skipcat import main_job
from skipcat.choice import candidates as candidates_module
from skipcat.choice import race as race_module
from skipcat.training import train as train_module
from skipcat.training.trainer import warm_start as warm_start_module

choose_module = import_module("skipcat.choice.choose")  # its package has a function of that name
RESULTS = Path(__file__).parent / "results" / "same_bits.csv"
THREADS = 1


def hash_run(folder: Path) -> str:
    """Return the SHA-256 of a run's weights, temperature, accuracy and confusion matrix."""
    sha = hashlib.sha256((folder / "weights.safetensors").read_bytes())
    trained = skipcat.load(folder)
    sha.update(repr(trained.temperature).encode())
    if trained.evaluation:
        sha.update(repr((trained.evaluation.accuracy, trained.evaluation.confusion)).encode())
    return sha.hexdigest()


def train_resnet(out: Path) -> Path:
    """Train with everything that draws random numbers."""
    recipe = skipcat.Recipe(
        epochs=3, seed=1, mixup=0.2, cutmix=0.5, erase=0.25, stochastic_depth=0.2,
        augment="photo", balance="sampling", parts=2, label_smoothing=0.1,
    )  # fmt: skip
    skipcat.train("digits", "resnet_cifar8", recipe=recipe, out=out)
    return out


def train_with_heads(out: Path) -> Path:
    """Train a GoogLeNet with both auxiliary heads."""
    skipcat.train("digits", "googlenet", recipe=skipcat.Recipe(epochs=1, seed=2), out=out)
    return out


def train_with_folds(out: Path) -> Path:
    """Judge by cross-validation, then train on all images."""
    recipe = skipcat.Recipe(epochs=2, folds=2, seed=3)
    skipcat.train("digits", "preact_cifar11", recipe=recipe, out=out)
    return out


def train_in_two_parts(out: Path) -> Path:
    """Stop after an epoch, resume, and extend the finished run by two more."""

    def stop(row: object, net: object) -> None:
        raise KeyboardInterrupt

    recipe = skipcat.Recipe(epochs=3, seed=4)
    try:
        skipcat.train("digits", "resnet_cifar8", recipe=recipe, out=out, on_epoch=stop)
    except KeyboardInterrupt:
        skipcat.train("digits", resume=True, out=out)
    longer = skipcat.Recipe(epochs=5, seed=4)
    skipcat.train("digits", recipe=longer, resume=True, out=out)
    return out


def race_and_train(out: Path) -> Path:
    """Race three networks by made-up speeds, and train the winner on for two epochs."""
    names = ("resnet_cifar8", "plain_cifar8", "resnet_cifar14")
    with (
        mock.patch.object(
            candidates_module, "time_images", lambda *given: lambda side_px, reduction: 4e-4
        ),
        mock.patch.object(candidates_module, "LATENCY_SECONDS", 0.02),
        mock.patch.object(race_module, "MOST_PACE", 1.0),
        mock.patch.object(race_module, "LEAST_STEPS", 10),
        mock.patch.object(candidates_module, "USUAL", names),
        mock.patch.object(choose_module, "USUAL", names),
        mock.patch.object(choose_module, "time", SimpleNamespace(monotonic=lambda: 0.0)),
        mock.patch.object(main_job, "RACE_FROM_MINUTES", 0.1),
        mock.patch.object(
            warm_start_module, "fill_time", lambda *given, done, **more: (done + 2, 1.0)
        ),
        mock.patch.object(train_module, "keep_to", lambda *given: None),
    ):
        skipcat.fit("digits", budget=skipcat.Budget(minutes=0.3), pretrained="none", out=out)
    return out


def prune_and_train(out: Path) -> Path:
    """Prune a trained network and fine-tune what is left."""
    trained = out.with_name("whole")
    skipcat.train("digits", "resnet_cifar14", recipe=skipcat.Recipe(epochs=3, seed=5), out=trained)
    pruned = skipcat.prune(trained, "digits", lose_at_most=8, epochs=1)
    pruned.classifier.save(out)
    return out


RUNS: dict[str, Callable[[Path], Path]] = {
    "resnet": train_resnet,
    "inception_with_heads": train_with_heads,
    "folds": train_with_folds,
    "resumed": train_in_two_parts,
    "race_winner": race_and_train,
    "pruned": prune_and_train,
}


def main() -> int:
    """Run the six, and compare or record their hashes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="append the hashes to the CSV")
    parser.add_argument("runs", nargs="*", choices=[[], *RUNS], help="some of the six")
    given = parser.parse_args()
    torch.set_num_threads(THREADS)
    here = {
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": version("torch"),
        "threads": str(THREADS),
    }
    known = {
        row["run"]: row["sha256"]
        for row in read_rows(RESULTS)
        if all(row[name] == value for name, value in here.items())
    }
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in given.runs or RUNS:
            sha = hash_run(RUNS[name](Path(folder) / name))
            same = "recorded" if given.record else "same" if known.get(name) == sha else "DIFFERS"
            differ += same == "DIFFERS"
            print(f"{name:22} {sha[:16]}… {same}", flush=True)
            if given.record:
                today = date.today().isoformat()
                append_row(RESULTS, {"date": today, **here, "run": name, "sha256": sha})
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
