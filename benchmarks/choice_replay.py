"""Races, and other ways to choose, replayed from the curves that `choice.py` recorded.

Called by `python benchmarks/choice.py --read`. Nothing is trained here.

Regret: the best network is picked on one half of the test images and compared with the choice on
the other half, then the halves are swapped; the mean of both, in points. Picking the best and
measuring it on the same images would credit it with luck. Intervals are bootstraps over the test
images. Cost: the seconds of training up to the decision, without the winner's further training, as
a share of training every candidate in full; the race pays for measuring speeds as well.

What was tuned on what: the rule of who is surely out was changed twice after a replay of the race
on digits, seed 0 (earlier curves, since recorded anew), had shown claims that the end refuted; that
race is no independent judge of it. That three networks, not two, run in the last rung was
chosen on the first four races (`TUNED_ON`): only those recorded later judge it.
The flowers' cells of networks made for CIFAR saw 48 px; `skipcat choose` shows them 32 px since.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from results_file import FOLDER, read_rows
from skipcat.choice.elimination import leave_after, pick_winner, plan_rungs, plan_seconds
from skipcat.evaluation.compare import compare_answers

SPEEDS, CURVES = FOLDER / "choice_speeds.csv", FOLDER / "choice_curves.csv"
# Of the time that training all candidates in full takes, a race may take so much.
COST = 0.2
TUNED_ON = {(task, 0) for task in ("digits", "fashion-1000", "flowers", "cifar10-jpeg-10000")}
DRAWS = 2000
Chosen = list[tuple[str, float]]  # by draw of the rule's own chance: the network, the seconds


@dataclass(frozen=True)
class Curve:
    """A network's cell: what it named rightly at every look, after how many seconds."""

    seconds: tuple[float, ...]
    validation: tuple[np.ndarray, ...]
    test: np.ndarray


@dataclass(frozen=True)
class Played:
    """All curves of one task and seed, whose validation and test images are the same."""

    task: str
    seed: int
    curves: Mapping[str, Curve]
    latency_ms: Mapping[str, float]
    gathering_seconds: float

    @property
    def full_seconds(self) -> float:
        """What training all of them in full takes."""
        return sum(curve.seconds[-1] for curve in self.curves.values())


def read_curves() -> list[Played]:
    """Give the curves of every task and seed for which all candidates are recorded."""
    speeds = defaultdict(dict)
    for row in read_rows(SPEEDS):
        if not row["not_tried"]:
            speeds[row["task"]][row["network"]] = row
    cells = defaultdict(lambda: defaultdict(list))
    for row in read_rows(CURVES):
        cells[row["task"], int(row["seed"])][row["network"]].append(row)
    played = []
    for (task, seed), networks in sorted(cells.items()):
        whole = {
            name: make_curve(rows) for name, rows in networks.items() if rows[-1]["share"] == "1"
        }
        if set(whole) != set(speeds[task]):
            print(f"{task}, seed {seed}: {len(whole)} of {len(speeds[task])} cells; left out")
            continue
        latency = {n: float(row["latency_p50_ms"]) for n, row in speeds[task].items()}
        spent = float(next(iter(speeds[task].values()))["gathering_seconds"])
        played.append(Played(task, seed, whole, latency, spent))
    return played


def make_curve(rows: Sequence[Mapping[str, str]]) -> Curve:
    """Unpack a cell's answers."""
    return Curve(
        tuple(float(row["seconds"]) for row in rows),
        tuple(unpack(row["validation"], int(row["validation_images"])) for row in rows),
        unpack(rows[-1]["test"], int(rows[-1]["test_images"])),
    )


def unpack(digits: str, count: int) -> np.ndarray:
    """Give the truth values that `pack_answers` packed."""
    bits = [bit == "1" for digit in digits for bit in f"{int(digit, 16):04b}"]
    return np.array(bits[:count])


def answers_at(
    played: Played, names: Sequence[str], times: Sequence[float], images: np.ndarray | slice
) -> tuple[list[dict[str, np.ndarray]], dict[str, list[float]]]:
    """Give each network's answers at the last look before each time, and the seconds of these."""
    answers, seconds = [], {name: [] for name in names}
    for at in times:
        now = {}
        for name in names:
            curve = played.curves[name]
            flat = len(curve.seconds) - 1
            look = max([0, *(i for i in range(flat) if curve.seconds[i] <= 1.02 * at)])
            now[name] = curve.validation[look][images]
            seconds[name].append(curve.seconds[look])
        answers.append(now)
    return answers, seconds


def race(played: Played, names: Sequence[str] = (), images: np.ndarray | slice = slice(None)):
    """Let a race run as `skipcat choose` does; give who won, its cost, and all that it claimed.

    The claims are (kind, better, worse), each of which the race was sure of: who left as surely
    out ("left"), and whom the winner was told apart from ("won").
    """
    names = list(names or played.curves)
    full = sum(played.curves[name].seconds[-1] for name in names)
    gathering = played.gathering_seconds * len(names) / len(played.curves)
    sizes = plan_rungs(len(names))
    times = plan_seconds(max(1.0, COST * full - gathering), sizes)
    answers, seconds = answers_at(played, names, times, images)
    running, spent, claims = list(names), dict.fromkeys(names, 0.0), []
    seen: list[dict[str, np.ndarray]] = []
    for rung in range(len(sizes)):
        seen.append({name: answers[rung][name] for name in running})
        spent |= {name: seconds[name][rung] for name in running}
        left = leave_after(rung, seen, sizes)
        claims += [("left", one.leader, one.network) for one in left if one.sure]
        running = [name for name in running if name not in {one.network for one in left}]
        if len(running) == 1:
            break
    final = {name: seen[-1][name] for name in running}
    winner, other, comparison = pick_winner(final, played.latency_ms)
    if comparison is not None and comparison.can_tell:
        claims.append(("won", winner, other))
    return winner, sum(spent.values()) + gathering, claims


def by_race(played: Played) -> Chosen:
    """Choose by skipcat's race."""
    winner, seconds, _ = race(played)
    return [(winner, seconds)]


def by_training_all(played: Played) -> Chosen:
    """Train every candidate in full; take the best on the validation images."""
    curves = played.curves
    best = max(
        curves, key=lambda name: (curves[name].validation[-1].mean(), -played.latency_ms[name])
    )
    return [(best, played.full_seconds)]


def by_rule_of_thumb(played: Played) -> Chosen:
    """Take ResNet-18 whatever the images are."""
    return [("resnet18", 0.0)] if "resnet18" in played.curves else []


def by_speed(played: Played) -> Chosen:
    """Take the network that answers fastest, whatever the images are."""
    return [(min(played.latency_ms, key=lambda name: played.latency_ms[name]), 0.0)]


def by_chance(played: Played) -> Chosen:
    """Train as many networks in full as the race's time holds, drawn by chance: one of them."""
    return [(name, curve.seconds[-1]) for name, curve in played.curves.items()]


def by_hyperband(played: Played, draws: int = 20) -> Chosen:
    """Let Optuna's Hyperband choose by the same curves until it has used the race's time.

    Its trials ask for a network, report the validation accuracy at each look and may be pruned; a
    look that an earlier trial paid for costs nothing again. The best value reported wins.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = []
    for draw in range(draws):
        paid = dict.fromkeys(played.curves, 0.0)
        reached = dict.fromkeys(played.curves, (-1, 0.0))

        def objective(trial, paid=paid, reached=reached):
            name = trial.suggest_categorical("network", list(played.curves))
            curve = played.curves[name]
            for look, (at, right) in enumerate(zip(curve.seconds, curve.validation, strict=True)):
                paid[name] = max(paid[name], at)
                reached[name] = max(reached[name], (look, float(right.mean())))
                trial.report(float(right.mean()), look + 1)
                if sum(paid.values()) >= COST * played.full_seconds:
                    trial.study.stop()
                    break
                if trial.should_prune():
                    raise optuna.TrialPruned
            return float(right.mean())

        study = optuna.create_study(
            study_name=f"{played.task}-{played.seed}-{draw}",  # Hyperband draws brackets by it
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=draw),
            pruner=optuna.pruners.HyperbandPruner(
                min_resource=1, max_resource=6, reduction_factor=2
            ),
        )
        study.optimize(objective, n_trials=100)
        best = max(reached, key=lambda name: reached[name][1])
        found.append((best, sum(paid.values())))
    return found


RULES: dict[str, Callable[[Played], Chosen]] = {
    "skipcat's race": by_race,
    "(a) train all in full": by_training_all,
    "(b) always ResNet-18": by_rule_of_thumb,
    "(c) Hyperband (Optuna)": by_hyperband,
    "(d) one at random": by_chance,
    "(e) always the fastest to answer": by_speed,
}


def regrets(played: Played, chosen: Chosen, chance: np.random.Generator) -> np.ndarray:
    """Give the regret in points: of the images as they are, then of `DRAWS` resamples of them."""
    names = list(played.curves)
    right = np.array([played.curves[name].test for name in names], dtype=np.float32)
    count = right.shape[1]
    order = np.random.default_rng(2026).permutation(count)
    halves = order[: count // 2], order[count // 2 :]
    picks = np.array([names.index(name) for name, _ in chosen])
    found = np.zeros(1 + DRAWS)
    for draw in range(1 + DRAWS):
        first, second = (
            right[:, half if not draw else chance.choice(half, len(half))].mean(1)
            for half in halves
        )
        one = second[first.argmax()] - second[picks].mean()
        other = first[second.argmax()] - first[picks].mean()
        found[draw] = 100 * (one + other) / 2
    return found


def print_tables() -> None:
    """Print regret and cost of every rule, then how often what the race was sure of is so."""
    everything = read_curves()
    if not everything:
        print("No task is recorded to the end yet.")
        return
    print("| rule | task, seed | chosen | regret in points (95 %) | cost |")
    print("|---|---|---|---|---|")
    lines = []
    for rule, choose in RULES.items():
        samples, costs, asked = [], [], []
        for played in everything:
            chosen = choose(played)
            if not chosen:
                continue
            found = regrets(played, chosen, np.random.default_rng(0))
            samples.append(found)
            asked.append(played)
            costs.append(float(np.mean([seconds for _, seconds in chosen])) / played.full_seconds)
            names = {name for name, _ in chosen}
            shown = names.pop() if len(names) == 1 else f"{len(names)} different"
            print(
                f"| {rule} | {played.task}, {played.seed} | {shown} | {span(found)} "
                f"| {100 * costs[-1]:.0f} % |"
            )
        lines.append(summarise(rule, samples, costs))
        later = [i for i, one in enumerate(asked) if (one.task, one.seed) not in TUNED_ON]
        if choose is by_race and later:
            lines.append(
                summarise(
                    "… where the rule was not chosen",
                    [samples[i] for i in later],
                    [costs[i] for i in later],
                )
            )
    print("\n| rule | races | mean regret in points (95 %) | worst regret (95 %) | cost |")
    print("|---|---|---|---|---|")
    print("\n".join(lines))
    print_calibration(everything)


def summarise(rule: str, samples: Sequence[np.ndarray], costs: Sequence[float]) -> str:
    """Give a rule's line: mean and worst regret over races, and mean cost."""
    mean, worst = np.mean(samples, axis=0), max(samples, key=lambda found: found[0])
    return (
        f"| {rule} | {len(samples)} | {span(mean)} | {span(worst)} | {100 * np.mean(costs):.0f} % |"
    )


def span(found: np.ndarray) -> str:
    """Give a figure with the interval of its resamples."""
    low, high = np.quantile(found[1:], (0.025, 0.975))
    return f"{found[0]:+.1f} ({low:+.1f} to {high:+.1f})"


def print_calibration(everything: Sequence[Played], races: int = 4000) -> None:
    """Resample races; tell how often what they were sure of holds on the test images at the end.

    A race of 3 candidates or more, drawn by chance, on a random half of the validation images: on
    resamples with replacement images would repeat and seem to be evidence. A claim holds if the
    network that it calls worse ends with fewer right test images; it is refuted if these show the
    opposite by their own paired 95 % interval: ends that lie close are a coin's throw.
    """
    chance = np.random.default_rng(0)
    held: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    each = max(1, races // len(everything))
    for played in everything:
        names = list(played.curves)
        images = len(next(iter(played.curves.values())).validation[0])
        for _ in range(each):
            some = chance.choice(names, chance.integers(min(3, len(names)), len(names) + 1), False)
            half = chance.choice(images, images // 2, replace=False)
            for kind, better, worse in race(played, list(some), half)[2]:
                first, second = played.curves[better].test, played.curves[worse].test
                refuted = compare_answers(first, second).interval[0] > 0
                held[kind, played.task].append((bool(first.mean() > second.mean()), refuted))
    print(f"\n{each * len(everything)} races resampled; what they were sure of, at the end:")
    print("\n| claim | task | claims | holds | refuted |")
    print("|---|---|---|---|---|")
    for (kind, task), found in sorted(held.items()):
        so, refuted = 100 * np.mean(found, axis=0)
        print(f"| {kind} | {task} | {len(found)} | {so:.1f} % | {refuted:.1f} % |")
    for kind in sorted({kind for kind, _ in held}):
        shares = np.array([np.mean(f, axis=0) for (k, _), f in held.items() if k == kind])
        draws = shares[chance.integers(0, len(shares), (DRAWS, len(shares)))].mean(1)
        (low, _), (high, _) = 100 * np.quantile(draws, (0.025, 0.975), axis=0)
        so, refuted = 100 * shares.mean(0)
        print(
            f"| {kind} | mean of {len(shares)} tasks (95 % by task) | | {so:.1f} % ({low:.1f} to "
            f"{high:.1f}) | {refuted:.1f} % |"
        )
    if not held:
        print("| | no race was sure of anything | | | |")
