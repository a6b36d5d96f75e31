"""Kills: a run that is killed at any moment and resumed ends as if nothing had happened.

Question: does it? Are weights, metrics (columns of time excepted) and evaluation of a killed run
the bytes of the run that was never killed, on the same machine, versions and thread count?

Method: `resnet_cifar20` learns the digits for two epochs, once in peace. Then a process with the
same recipe is sent SIGKILL after a random time, resumed by another, killed again, until one comes
to the end; its files are compared, and the next run begins. Each process is a fresh fork of one
that has imported torch and computed nothing. A checkpoint is also written in the middle of the
epochs, by Ctrl-C (SIGINT) a moment before every third kill.

    python benchmarks/kills.py --kills 200

Appends one row to results/kills.csv, or none with `--no-record`; exits 1 where a file differed.
"""

import argparse
import os
import platform
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import torch

import skipcat
from results_file import FOLDER, append_row

RESULTS = FOLDER / "kills.csv"
RECIPE = skipcat.Recipe(epochs=2, batch=32, seed=3)
TIMES = 2  # columns of metrics.csv that are of time, the last ones


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-record", action="store_true")
    arguments = parser.parse_args()
    # Else a run that begins while the machine is busy takes fewer threads, and comes to other bits.
    os.environ.setdefault("OMP_NUM_THREADS", str(torch.get_num_threads()))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        found = kill_often(Path(scratch), arguments.kills, random.Random(arguments.seed))
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "kills": arguments.kills,
        **found,
        "seconds": round(time.perf_counter() - started, 1),
        "seed": arguments.seed,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    print(row)
    if not arguments.no_record:
        append_row(RESULTS, row)
    return 0 if found["equal"] == found["runs"] else 1


def kill_often(scratch: Path, kills: int, chance: random.Random) -> dict[str, int]:
    """Kill so often, and give how many runs came to their end and how many ended equal."""
    begun = time.perf_counter()
    finish(start(scratch / "peace"))
    whole = time.perf_counter() - begun
    expected = result(scratch / "peace")
    if expected is None:
        raise SystemExit("The run in peace came to no end.")
    counts: Counter[str] = Counter()
    out = scratch / "0"
    while counts["kills"] < kills or out.exists():
        child = start(out)
        if counts["kills"] < kills and not ended_within(child, chance.uniform(0, whole)):
            if counts["kills"] % 3 == 0:
                os.kill(child, signal.SIGINT)
                if ended_within(child, chance.uniform(0, 0.05)):
                    continue  # Ctrl-C was enough: nothing was left to kill
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            counts["kills"] += 1
            counts[f"killed {stage(out)}"] += 1
            continue
        if counts["kills"] >= kills and out.exists():
            finish(child)
        counts["runs"] += 1
        counts["equal"] += result(out) == expected
        shutil.rmtree(out)
        out = scratch / str(counts["runs"])
    stages = ("before the first checkpoint", "between checkpoints", "after the end")
    where = {f"killed {name}": counts[f"killed {name}"] for name in stages}
    return {"runs": counts["runs"], "equal": counts["equal"], **where}


def start(out: Path) -> int:
    """Give a process that trains in `out`, or goes on there."""
    child = os.fork()
    if child:
        return child
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        skipcat.train("digits", network="resnet_cifar20", recipe=RECIPE, out=out, resume=True)
    except BaseException:
        os._exit(1)
    os._exit(0)


def ended_within(child: int, seconds: float) -> bool:
    """Wait so long; tell whether the process ended by itself."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        # The process stays as it is, so that it can still be killed and waited for.
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            os.waitpid(child, 0)
            return True
        time.sleep(0.002)
    return False


def finish(child: int) -> None:
    """Wait for the end."""
    os.waitpid(child, 0)


def stage(out: Path) -> str:
    """Say how far a killed run had come."""
    if (out / "classifier.json").exists():
        return "after the end"
    saved = list((out / "checkpoints").glob("step-*"))
    return "between checkpoints" if saved else "before the first checkpoint"


def result(out: Path) -> tuple[bytes, bytes, tuple[str, ...]] | None:
    """Give what a run gave, without the columns of time; None where it has no end."""
    if not (out / "classifier.json").exists():
        return None
    rows = (out / "metrics.csv").read_text().splitlines()
    rows = tuple(row.rsplit(",", TIMES)[0] for row in rows)
    return (out / "weights.safetensors").read_bytes(), (out / "evaluation.json").read_bytes(), rows


if __name__ == "__main__":
    sys.exit(main())
