"""Calibration on few images: from how many on a fitted temperature helps, and how often it hurts.

    python benchmarks/temperature.py --data digits --images 1797 --epochs 10 --test 0.6
    python benchmarks/temperature.py --data FOLDER --image-px 32 --epochs 8 --test 0.5
    python benchmarks/temperature.py --read

A network is trained once. Of the images that it has not seen, `n` are drawn 400 times; the
temperature is fitted on them (Guo et al. 2017) and judged on up to 2,000 of the others, beside the
probabilities as they come (temperature 1). Rows go to results/temperature.csv, one for each
network and n; a change below 0 means that fitting helped.

Found on 2026-11-28 (nine networks: digits after 1, 2 and 10 epochs, Fashion-MNIST after 5 and 20
and 20, without smoothing and decay, flowers after 1, 8 and 30; loss in nats beside temperature 1):

    n = 10    mean -0.11, worst network +0.037, more than 0.05 lost in 12 % of draws, worst 23 %
    n = 20         -0.15                +0.021                          4 %              11 %
    n = 30         -0.16                +0.012                          1 %               6 %
    n = 50         -0.17                +0.007                          0 %               2 %

So `calibrate` leaves fewer than 30 images alone. What that gives up: networks of one or two epochs,
whose logits are far too small (they need 0.2), gain from five images on. Networks that need nearly
no temperature (0.9) do not gain before 500. With all images they need 0.20 to 1.57, and on 30 or
more no draw gave less than 0.13 or more than 2.7: `calibrate` holds what it keeps to 0.1 to 10.
"""

import argparse
import platform
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from results_file import FOLDER, append_row, read_rows

RESULTS = FOLDER / "temperature.csv"
SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500)
DRAWS, JUDGED_ON = 400, 2000
HURTS = 0.05  # nats: what a draw must lose to count as hurt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="named set or folder")
    parser.add_argument("--images", type=int, help="of the data, drawn at random; all by default")
    parser.add_argument("--network", default="resnet_cifar8")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--image-px", type=int)
    parser.add_argument("--test", type=float, default=0.5, help="share that is resampled")
    parser.add_argument("--plain", action="store_true", help="no smoothing, decay, augmentation")
    parser.add_argument("--read", action="store_true", help="only read the CSV")
    asked = parser.parse_args()
    if not asked.read:
        record(asked)
    summarise()


def record(asked: argparse.Namespace) -> None:
    """Train, resample, and write a row for each number of images."""
    import torch

    logits, labels = answer(asked)
    order, accuracy = np.random.default_rng(0), float((logits.argmax(1) == labels).mean())
    for images in (n for n in SIZES if n <= len(labels) // 2):
        draws = [
            judge(logits, labels, order.permutation(len(labels)), images) for _ in range(DRAWS)
        ]
        temperatures, losses, errors = np.array(draws).T
        append_row(
            RESULTS,
            {
                "data": Path(asked.data).name,
                "network": asked.network,
                "epochs": asked.epochs,
                "how": "plain" if asked.plain else "default",
                "held_out": len(labels),
                "accuracy": f"{accuracy:.4f}",
                "images": images,
                "draws": DRAWS,
                "temperature_median": f"{np.median(temperatures):.3f}",
                "temperature_least": f"{temperatures.min():.3f}",
                "temperature_most": f"{temperatures.max():.3f}",
                "loss_change_mean": f"{losses.mean():.4f}",
                "loss_change_95": f"{np.percentile(losses, 95):.4f}",
                "hurt_share": f"{(losses > HURTS).mean():.4f}",
                "ece_change_mean": f"{errors.mean():.4f}",
                "ece_change_95": f"{np.percentile(errors, 95):.4f}",
                "machine": f"{platform.system()} {platform.machine()}",
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "date": f"{datetime.now(UTC):%Y-%m-%d}",
            },
        )


def answer(asked: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Train once; give logits and labels of the images that were held out."""
    import skipcat
    from skipcat.data.dataset import open_dataset

    dataset = open_dataset(asked.data)
    rows = np.sort(np.random.default_rng(0).permutation(len(dataset))[: asked.images])
    images = dataset.images
    dataset = replace(
        dataset,
        images=images[rows] if isinstance(images, np.ndarray) else [images[row] for row in rows],
        labels=dataset.labels[rows],
        names=[dataset.names[row] for row in rows],
        parts=[""] * len(rows),
    )
    plain = {"label_smoothing": 0.0, "weight_decay": 0.0, "augment": "none"} if asked.plain else {}
    recipe = skipcat.Recipe(
        epochs=asked.epochs, image_px=asked.image_px, test=asked.test, validation=0.02, **plain
    )
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        clf = skipcat.train(dataset, asked.network, recipe=recipe, out=Path(scratch) / "run")
        judged = clf.judge_images(dataset)
    print(f"{len(judged.labels):,} images held out, {time.monotonic() - started:.0f} s.")
    return judged.logits, judged.labels


def judge(
    logits: np.ndarray, labels: np.ndarray, order: np.ndarray, images: int
) -> tuple[float, float, float]:
    """Fit on the first images of an order; give the temperature and what it changes on others."""
    from skipcat.evaluation.calibration import (
        expected_calibration_error,
        fit_temperature,
        negative_log_likelihood,
        softmax,
    )

    fitted_on, others = order[:images], order[images : images + JUDGED_ON]
    temperature = fit_temperature(logits[fitted_on], labels[fitted_on])
    held, true = logits[others], labels[others]
    losses = [negative_log_likelihood(held, true, each) for each in (temperature, 1.0)]
    errors = [expected_calibration_error(softmax(held, t), true) for t in (temperature, 1.0)]
    return temperature, losses[0] - losses[1], errors[0] - errors[1]


def summarise() -> None:
    """Print for each number of images the mean over networks, and the worst of them."""
    by_images: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in read_rows(RESULTS):
        by_images[int(row["images"])].append(row)
    print("images networks  loss: mean   worst   hurt: mean  worst   ECE: mean   worst    T")
    for images, rows in sorted(by_images.items()):

        def column(name: str, rows: list[dict[str, str]] = rows) -> np.ndarray:
            return np.array([float(row[name]) for row in rows])

        loss, hurt, ece = map(column, ("loss_change_mean", "hurt_share", "ece_change_mean"))
        print(
            f"{images:>6} {len(rows):>8} {loss.mean():>+12.3f} {loss.max():>+7.3f} "
            f"{100 * hurt.mean():>9.1f} % {100 * hurt.max():>4.1f} % {ece.mean():>+10.3f} "
            f"{ece.max():>+7.3f}  {column('temperature_least').min():.2f} to "
            f"{column('temperature_most').max():.2f}"
        )


if __name__ == "__main__":
    main()
