"""The table of time to accuracy, from results/time_to_accuracy.csv.

    python benchmarks/read_time_to_accuracy.py

One line per data, minutes, system and network: the mean accuracy over seeds, its range, and the
paired difference to each of skipcat's networks on the same held-out images with a 95 % interval
over images (bootstrap of 10,000), each image counting the mean of its seeds. Where a system gives
no answer per image, the two are taken as independent. With few seeds the interval does not hold
all that another seed may change. Of a cell that was measured again, with a later version, the last
row counts.
"""

from collections import defaultdict

import numpy as np

from results_file import FOLDER, read_rows

RESULTS = FOLDER / "time_to_accuracy.csv"
Cell = list[dict[str, str]]
Key = tuple[str, str, str]  # system, network, px of the systems that do not plan it


def main() -> None:
    last: dict[tuple[str, float], dict[Key, dict[str, dict[str, str]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in read_rows(RESULTS):
        system = row["system"]
        key = (system, row["network"], "" if system == "skipcat" else row["image_px"])
        last[row["data"], float(row["minutes"])][key][row["seed"]] = row
    cells = {
        cell: {key: list(of_seed.values()) for key, of_seed in systems.items()}
        for cell, systems in last.items()
    }
    print("| data | minutes | system | network, px | seeds | accuracy (range) | skipcat's lead |")
    print("|---|---|---|---|---|---|---|")
    for (data, minutes), systems in sorted(cells.items()):
        ours = {
            network: rows for (system, network, _), rows in systems.items() if system == "skipcat"
        }
        for (system, network, _), rows in sorted(
            systems.items(), key=lambda item: -mean_of(item[1])
        ):
            found = [float(row["accuracy"]) for row in rows]
            spread = f" ({100 * min(found):.1f} to {100 * max(found):.1f})" if found[1:] else ""
            print(
                f"| {data} | {minutes:g} | {system} {rows[0]['version']} | {network}, "
                f"{rows[0]['image_px']} | {len(rows)} | {100 * mean_of(rows):.1f} %{spread} | "
                f"{'' if system == 'skipcat' else say_leads(ours, rows)} |"
            )


def say_leads(ours: dict[str, Cell], theirs: Cell) -> str:
    """Give the lead of each of skipcat's networks, named where there are several."""
    leads = {network: lead(rows, theirs) for network, rows in ours.items()}
    return "; ".join(
        f"{name}: {one}" if leads.keys() - {name} else one for name, one in leads.items()
    )


def mean_of(rows: Cell) -> float:
    """Give the mean accuracy over seeds."""
    return float(np.mean([float(row["accuracy"]) for row in rows]))


def answers_of(rows: Cell) -> np.ndarray | None:
    """Give each held-out image's share of right answers over seeds, None where none are known."""
    if not rows or not all(row["answers"] for row in rows):
        return None
    bits = [
        [int(bit) for digit in row["answers"] for bit in f"{int(digit, 16):04b}"] for row in rows
    ]
    return np.mean(bits, axis=0)[: int(rows[0]["held_out"])]


def lead(ours: Cell, theirs: Cell) -> str:
    """Give skipcat's lead in points with its interval."""
    difference = mean_of(ours) - mean_of(theirs)
    mine, other = answers_of(ours), answers_of(theirs)
    if mine is not None and other is not None and len(mine) == len(other):
        chance = np.random.default_rng(0)
        rows = chance.integers(0, len(mine), (10_000, len(mine)))
        low, high = np.quantile((mine - other)[rows].mean(1), (0.025, 0.975))
        kind = "paired"
    else:
        images = int(ours[0]["held_out"])
        error = sum(m * (1 - m) / images for m in (mean_of(ours), mean_of(theirs))) ** 0.5
        low, high, kind = difference - 1.96 * error, difference + 1.96 * error, "unpaired"
    return f"{100 * difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}, {kind})"


if __name__ == "__main__":
    main()
