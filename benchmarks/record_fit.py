"""Record what a finished `skipcat fit` reached, from the files of its folder.

    skipcat fit digits --minutes 0.75 --out digits.skipcat
    python benchmarks/record_fit.py digits.skipcat

Appends one row to results/fits.csv: the accuracy on the test part with its interval, the epochs
and the seconds of training, the recipe's minutes, the machine and versions.
"""

import argparse
import csv
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from results_file import FOLDER, append_row

RESULTS = FOLDER / "fits.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    evaluation, about, run = (
        json.loads((folder / name).read_text())
        for name in ("evaluation.json", "classifier.json", "recipe.json")
    )
    history = list(csv.DictReader((folder / "metrics.csv").open()))
    low, high = evaluation["accuracy_interval"]
    row = {
        "data": run["data"],
        "network": run["network"],
        "image_px": about["preprocessing"]["image_px"],
        "pretrained": run["weights"],
        "minutes": run["recipe"]["minutes"],
        "seed": run["recipe"]["seed"],
        "epochs": len(history),
        "training_seconds": history[-1]["seconds"],
        "right": evaluation["correct"],
        "images": evaluation["images"],
        "accuracy": f"{evaluation['accuracy']:.4f}",
        "low": f"{low:.4f}",
        "high": f"{high:.4f}",
        "ece_before": f"{evaluation['ece_before']:.4f}",
        "ece": f"{evaluation['ece']:.4f}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "torch": about["versions"]["torch"],
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }
    append_row(RESULTS, row)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
