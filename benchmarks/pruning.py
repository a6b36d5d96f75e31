"""Pruning: half of the time for at most half a point.

Question: `skipcat prune CLF DATA --speedup 2 --lose-at-most 0.5 --batch 64 --fine-tune-minutes M`:
is the smaller network measured twice as fast at batch 64, and are at most 0.5 points lost after
fine-tuning, on images that neither taught nor decided?

Method: one call is one goal, from a classifier that `skipcat train` made of the same data
(`--network googlenet_x0.5` on fashion-mnist, `resnet_cifar56` on CIFAR-10). The search is judged on
the images that chose the classifier's best epoch, the report is of the test images; both networks
are timed in turns, medians. What was lost has its paired 95 % interval.

    python benchmarks/pruning.py --classifier runs/g05 --data fashion-mnist --minutes 20
    python benchmarks/pruning.py --classifier runs/r56 --data cifar10-jpeg-train/ --minutes 20

Each call appends one row to results/pruning.csv; the smaller classifier lies in --out. With
`--again` two classifiers that exist are only timed once more, longer, and the row goes to
results/pruning_times.csv:

    python benchmarks/pruning.py --classifier runs/r56 --again runs/r56-small
"""

import argparse
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch

import skipcat
from results_file import FOLDER, append_row
from skipcat.engines.latency import measure_latencies

RESULTS, TIMES = FOLDER / "pruning.csv", FOLDER / "pruning_times.csv"
SECONDS = 10.0  # of each network, three times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classifier", required=True, type=Path, help="a trained one's folder")
    parser.add_argument("--data", help="what it was trained on")
    parser.add_argument("--again", type=Path, help="a smaller one, to be timed once more")
    parser.add_argument("--speedup", type=float, default=2.0)
    parser.add_argument("--lose-at-most", type=float, default=0.5, help="points")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=20.0, help="of fine-tuning")
    parser.add_argument("--out", type=Path, help="where the smaller classifier goes")
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    if arguments.again is None and arguments.data is None:
        parser.error("--data is needed, but for --again")
    row = time_again(arguments) if arguments.again else measure(arguments)
    print(row)
    if not arguments.no_record:
        append_row(TIMES if arguments.again else RESULTS, row)


def time_again(arguments: argparse.Namespace) -> dict[str, object]:
    """Time a classifier and a smaller one in turns, three times; give the median of the ratios."""
    pair = [skipcat.load(folder) for folder in (arguments.classifier, arguments.again)]
    image_px = pair[0].preprocessing.image_px
    found = [
        measure_latencies(
            [one.network for one in pair], image_px, arguments.batch, seconds=SECONDS, device="cpu"
        )
        for _ in range(3)
    ]
    ratios = [before.p50_ms / after.p50_ms for before, after in found]
    return {
        "network": pair[0].network.spec.name,
        "batch": arguments.batch,
        "ms_before": round(median(before.p50_ms for before, _ in found), 2),
        "ms_after": round(median(after.p50_ms for _, after in found), 2),
        "speedup": round(median(ratios), 3),
        "least": round(min(ratios), 3),
        "most": round(max(ratios), 3),
        **_say_machine(),
    }


def _say_machine() -> dict[str, object]:
    return {
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "skipcat": version("skipcat"),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    start = time.perf_counter()
    found = skipcat.prune(
        skipcat.load(arguments.classifier),
        arguments.data,
        speedup=arguments.speedup,
        lose_at_most=arguments.lose_at_most,
        batch=arguments.batch,
        minutes=arguments.minutes,
        tell=print,
    )
    seconds = time.perf_counter() - start
    print(found)
    if arguments.out:
        found.classifier.save(arguments.out)
    low, high = found.comparison.interval
    return {
        "network": found.before.network,
        "data": Path(arguments.data).name,
        "batch": arguments.batch,
        "minutes": arguments.minutes,
        "seconds": round(seconds, 1),
        "steps": len(found.steps),
        "ms_before": round(found.before.latency.p50_ms, 2),
        "ms_after": round(found.after.latency.p50_ms, 2),
        "speedup": round(found.speedup, 3),
        "macs_before": found.before.macs,
        "macs_after": found.after.macs,
        "parameters_before": found.before.parameters,
        "parameters_after": found.after.parameters,
        "images": found.comparison.images,
        "accuracy_before": round(found.comparison.first, 4),
        "accuracy_after": round(found.comparison.second, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "met_on_deciding": found.met,
        "difference": f"{found.difference:.1e}",
        **_say_machine(),
    }


if __name__ == "__main__":
    main()
