"""The table of skipcat.choice.prior: how networks learn, fitted on recorded learning curves.

    python benchmarks/prior.py

Weighted least squares on the log-odds of validation accuracy in results/choice_curves.csv: one
difficulty a task, one skill and one gain a network. Each task is left out in turn, and the network
that the others' table takes for it, at each recorded time, is compared with the best there: the
points that are lost are printed. The step counts are those that were recorded, so the error of a
measured speed is not in them.
"""

import math
from collections import defaultdict

import numpy as np

from choice_replay import CURVES
from results_file import read_rows
from skipcat.choice.prior import STEPS_OF_SKILL, Prospect


def read_points() -> list[tuple[str, str, int, float, float, int]]:
    """Return task, network, steps, seconds, accuracy and validation images of every look."""
    points = []
    for row in read_rows(CURVES):
        if not row["validation"]:
            continue
        images = int(row["validation_images"])
        right = bin(int(row["validation"], 16)).count("1")
        task = f"{row['task']} {row['seed']}"
        place = (task, row["network"], int(row["step"]), float(row["seconds"]))
        points.append((*place, right / images, images))
    return points


def fit(points: list) -> tuple[dict[str, Prospect], float]:
    """Return the table, and the standard deviation of what it leaves, in log-odds."""
    tasks = sorted({point[0] for point in points})
    names = sorted({point[1] for point in points})
    rows, values = [], []
    for task, name, step, _, accuracy, images in points:
        share = (accuracy * images + 1) / (images + 2)
        skill = [float(name == other) for other in names]
        doublings = math.log2(step / STEPS_OF_SKILL)
        rows.append(
            [*(float(task == other) for other in tasks), *skill, *(doublings * s for s in skill)]
        )
        values.append(math.log(share / (1 - share)))
    solution, *_ = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)
    left = np.array(values) - np.array(rows) @ solution
    skills = solution[len(tasks) : len(tasks) + len(names)]
    gains = solution[len(tasks) + len(names) :]
    table = {
        name: Prospect(name, round(float(skill), 2), round(float(gain), 2))
        for name, skill, gain in zip(names, skills, gains, strict=True)
    }
    return table, float(left.std())


def lose_by_leaving_out(points: list) -> dict[str, list[float]]:
    """Return, by task, the points lost at each recorded time to the best network there."""
    lost = defaultdict(list)
    for task in sorted({point[0] for point in points}):
        family = task.split("-")[0].split(" ")[0]  # two seeds and two sizes are not new tasks
        table, _ = fit([point for point in points if not point[0].startswith(family)])
        looks = defaultdict(dict)
        for _, name, step, seconds, accuracy, _ in (p for p in points if p[0] == task):
            looks[name][seconds] = (step, accuracy)
        ends = sorted({round(seconds) for found in looks.values() for seconds in found})
        for end in (e for e in ends if e >= 4):
            # Each network as it stood at its last look before that time.
            stood = {
                name: found[max(s for s in found if s <= end + 1)]
                for name, found in looks.items()
                if any(s <= end + 1 for s in found) and name in table
            }
            if len(stood) < 3:
                continue
            taken = max(stood, key=lambda name: table[name].foresee(stood[name][0]))
            best = max(accuracy for _, accuracy in stood.values())
            lost[task].append(100 * (best - stood[taken][1]))
    return lost


def main() -> None:
    """Print the table and its errors."""
    points = read_points()
    table, spread = fit(points)
    for learner in table.values():
        print(f"{learner.network:<16}{learner.skill:>6.2f}{learner.gain:>6.2f}")
    print(f"left over: {spread:.2f} in log-odds, of {len(points)} looks")
    lost = lose_by_leaving_out(points)
    for task, found in lost.items():
        print(f"{task:<24}{np.mean(found):>6.1f} points lost on average, {max(found):.1f} at most")
    every = [one for found in lost.values() for one in found]
    print(f"{'all':<24}{np.mean(every):>6.1f} points lost on average, {max(every):.1f} at most")


if __name__ == "__main__":
    main()
