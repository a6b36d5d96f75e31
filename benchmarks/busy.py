"""Training speed on a quiet machine and on one whose core another program has taken.

    python benchmarks/busy.py               # measure: about 25 minutes, nothing else may run
    python benchmarks/busy.py --read        # the table, from results/busy.csv

Each cell is a process of its own that trains one network for some seconds, as `skipcat train`
does (batch 64, float32, channels_last, no data), and gives its images per second. Policies:
`torch`, as torch starts by itself; `passive`, OMP_WAIT_POLICY=passive; `skipcat`, what the command
line sets and chooses by itself. The first two are measured with one and with two threads. In the
busy rounds another process computes without end, as a virus scanner or a second training would.
All cells of a network follow one another in every round, quiet and busy: quote the medians.

Goal: busy, skipcat has 0.9 of the better of passive with one and with two threads; quiet, 0.95 of
torch as it is with two.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager, nullcontext
from datetime import date

from results_file import FOLDER, append_row, read_rows

RESULTS = FOLDER / "busy.csv"
CASES = (("resnet18", 8), ("resnet_cifar20", 32), ("resnet18", 64))
POLICIES = (("torch", 1), ("torch", 2), ("passive", 1), ("passive", 2), ("skipcat", 0))
BATCH, WARM_STEPS = 64, 2


@contextmanager
def taken_core():
    """Keep one core busy with another program."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.5)
        yield
    finally:
        other.kill()
        other.wait()


def measure(network: str, image_px: int, policy: str, threads: int, seconds: float, spins: str):
    """Return images per second and the threads of a fresh process."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OMP_", "GOMP_", "KMP_", "MKL_"))
    }
    if policy == "passive":
        environment["OMP_WAIT_POLICY"] = "passive"
    if spins:
        environment["GOMP_SPINCOUNT"] = spins
    command = [sys.executable, __file__, "--child", network, str(image_px), policy, str(threads)]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    speed, used = done.stdout.split()
    return float(speed), int(used)


def train(network: str, image_px: int, policy: str, threads: int, seconds: float) -> None:
    """Train for some seconds and print images per second, and how many threads there were."""
    if policy == "skipcat":
        from skipcat.engines.threads import set_waiting

        set_waiting(os.environ)
    import torch

    from skipcat.engines.device import pick_device
    from skipcat.engines.threads import choose_threads
    from skipcat.networks.catalogue import build_network
    from skipcat.training.recipe import Recipe
    from skipcat.training.trainer.loss import NetworkWithLoss
    from skipcat.training.trainer.optimizer import build_optimiser
    from skipcat.training.trainer.weight_average import average_weights

    if policy == "skipcat":
        choose_threads()
    else:
        torch.set_num_threads(threads)
    pick_device("cpu")
    recipe = Recipe()
    net = build_network(network, 10, image_px).to(memory_format=torch.channels_last)
    model = NetworkWithLoss(net, recipe.label_smoothing).train()
    optimiser, average = build_optimiser(net, recipe), average_weights(net, recipe)
    images = torch.randn(BATCH, 3, image_px, image_px).to(memory_format=torch.channels_last)
    targets = torch.arange(BATCH) % 10
    steps, started = -WARM_STEPS, time.perf_counter()
    while steps < 1 or time.perf_counter() - started < seconds:
        if steps == 0:
            started = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        model(images, targets).backward()
        optimiser.step()
        average.update_parameters(net)
        steps += 1
    print(BATCH * steps / (time.perf_counter() - started), torch.get_num_threads())


def record(rounds: int, seconds: float, spins: list[str]) -> None:
    """Measure every cell in every round, and append it."""
    import torch

    cells = [(policy, threads, "") for policy, threads in POLICIES]
    cells += [("spins", 2, count) for count in spins]
    for number in range(rounds):
        for network, image_px in CASES:
            for busy in (False, True):
                for policy, threads, count in cells:
                    with taken_core() if busy else nullcontext():
                        speed, used = measure(network, image_px, policy, threads, seconds, count)
                    row = {
                        "date": date.today().isoformat(),
                        "round": number,
                        "network": network,
                        "image_px": image_px,
                        "machine": "busy" if busy else "quiet",
                        "policy": policy + count,
                        "threads": used,
                        "images_per_second": round(speed, 1),
                        "cores": os.cpu_count(),
                        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
                        "torch": torch.__version__,
                        "system": platform.system(),
                    }
                    append_row(RESULTS, row)
                    print(*row.values(), flush=True)


def read() -> None:
    """Print the medians, and skipcat's share of what the goal names."""
    speeds = defaultdict(list)
    for row in read_rows(RESULTS):
        threads = "" if row["policy"] == "skipcat" else row["threads"]
        place = (f"{row['network']} {row['image_px']} px", row["machine"])
        speeds[(*place, row["policy"] + threads)].append(float(row["images_per_second"]))
    medians = {place: statistics.median(found) for place, found in speeds.items()}
    names = list(dict.fromkeys(place[2] for place in medians))
    print(f"{'images per second':<24}{'machine':<8}" + "".join(f"{name:>11}" for name in names))
    for what, machine in dict.fromkeys(place[:2] for place in medians):
        found = [medians.get((what, machine, name)) for name in names]
        figures = "".join(f"{figure:>11.1f}" if figure else f"{'':>11}" for figure in found)
        print(f"{what:<24}{machine:<8}{figures}")
    for what, machine in dict.fromkeys(place[:2] for place in medians):
        own = medians[what, machine, "skipcat"]
        rivals = ["torch2"] if machine == "quiet" else ["passive1", "passive2"]
        best = max(medians[what, machine, name] for name in rivals)
        print(f"{what}, {machine}: {own / best:.2f} of {' or '.join(rivals)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Training speed, quiet and beside other work.")
    parser.add_argument("--read", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--spins", nargs="*", default=[], help="spin counts to try as well")
    parser.add_argument("--child", nargs=4)
    given = parser.parse_args()
    if given.child:
        name, px, policy, threads = given.child
        train(name, int(px), policy, int(threads), given.seconds)
    elif given.read:
        read()
    else:
        record(given.rounds, given.seconds, given.spins)
