"""Who leaves a race and who wins it: judged on the same validation images, pair by pair.

Everything here is a function of answers that are given: races can be replayed from their records.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skipcat.evaluation.compare import Comparison, compare_answers
from skipcat.evaluation.intervals import wilson_interval

CONFIDENCE = 0.95
FINALISTS = 3
# How often the winner's time doubles after the race, at a falling rate: it has the larger share.
DOUBLINGS_AFTER = 2.5
# A network that is not at least so much faster is not simpler: latencies are noisy.
FASTER = 0.9

Answers = Mapping[str, np.ndarray]  # by network, (N,) truth values: which images it named rightly


@dataclass(frozen=True)
class Left:
    """A network that left the race after rung `rung`, counted from 0.

    `sure` tells whether the evidence said that it is worse and not about to catch up; else it was
    behind, and the time was given to others. `comparison` is with the leader of that rung.
    """

    network: str
    rung: int
    leader: str
    comparison: Comparison
    sure: bool


def plan_rungs(count: int) -> list[int]:
    """Return how many networks run in each rung at most: half of those before, down to three.

    Three are two in a second rung: before it nobody's gain is known.
    """
    rungs, last = [count], FINALISTS if count > FINALISTS else 2
    while rungs[-1] > last:
        rungs.append(max(last, math.ceil(rungs[-1] / 2)))
    return rungs if count > 1 else []


def plan_seconds(seconds: float, rungs: Sequence[int]) -> list[float]:
    """Return the time that one network has trained for at the end of each rung, doubling."""
    units = sum(n * (2**r - (2 ** (r - 1) if r else 0)) for r, n in enumerate(rungs))
    return [seconds / units * 2**r for r in range(len(rungs))] if rungs else []


def leave_after(rung: int, answers: Sequence[Answers], rungs: Sequence[int]) -> tuple[Left, ...]:
    """Return who leaves after a rung; `answers` are of all rungs so far.

    A network is surely out when it is worse than the leader by evidence, corrected for all looks
    and pairs (Bonferroni), and cannot catch up: even if its errors, at the lower end of their
    range, go on to fall at every doubling of its time as fast as they may have fallen at the last
    one, they stay above the upper end of the leader's; where they do not fall yet, nobody knows.
    Of the others the leader and the best by errors that fall once more as they did go on, as many
    as the next rung holds: a large network that starts slowly is not judged by its start alone.
    """
    now = answers[rung]
    if not now:  # all diverged
        return ()
    leader = max(now, key=lambda name: now[name].mean())
    looks = len(rungs) * max(1, rungs[0] - 1)
    confidence = 1 - (1 - CONFIDENCE) / looks
    before = answers[rung - 1] if rung else now
    projected = {name: _project(before[name], right) for name, right in now.items()}
    doublings = len(rungs) - 1 - rung + DOUBLINGS_AFTER
    found = {}
    for name, right in now.items():
        comparison = compare_answers(now[leader], right, confidence=confidence)
        # Before a second look nobody's gain is known.
        out = rung > 0 and _cannot_reach(before[name], right, now[leader], doublings)
        if name != leader and comparison.interval[1] < 0 and out:
            found[name] = Left(name, rung, leader, comparison, sure=True)
    staying = [n for n in now if n not in found]
    staying.sort(key=lambda n: (n != leader, -projected[n], -now[n].mean()))
    places = rungs[rung + 1] if rung + 1 < len(rungs) else len(staying)
    for name in staying[places:]:
        comparison = compare_answers(now[leader], now[name])
        found[name] = Left(name, rung, leader, comparison, sure=False)
    return tuple(found[name] for name in now if name in found)


def _project(before: np.ndarray, now: np.ndarray) -> float:
    """Return the accuracy if errors fall once more by the factor by which they fell."""
    left = _count_errors(now)
    return 1 - left * min(1.0, left / _count_errors(before))


def _cannot_reach(
    before: np.ndarray, now: np.ndarray, leader: np.ndarray, doublings: float
) -> bool:
    """Tell whether errors stay above the leader's even at their best until the end."""
    if now.mean() <= before.mean():  # it has not begun to learn, or rests: nothing to go by
        return False
    most, least, bar = (
        wilson_interval(int(np.sum(~right)), len(right), CONFIDENCE)[end]
        for right, end in ((before, 1), (now, 0), (leader, 1))
    )
    return bool(least * min(1.0, least / most) ** doublings > bar)


def _count_errors(right: np.ndarray) -> float:
    """Return the share of errors with one error and two images added: none is no certainty."""
    return float(np.sum(~right) + 1) / (len(right) + 2)


def pick_winner(
    finalists: Answers, latency_ms: Mapping[str, float], *, policy: str = "simplest"
) -> tuple[str, str, Comparison | None]:
    """Return who wins, whom it was compared with, and how.

    The fastest wins that is not beaten; with policy "best" the one that named most images rightly.
    The comparison is of the leader (first) with the winner (second), or of the winner with the
    second best where the leader wins; None where one ran alone.
    """
    order = sorted(finalists, key=lambda name: (-finalists[name].mean(), latency_ms[name]))
    leader = order[0]
    if len(order) == 1:
        return leader, leader, None
    if policy == "simplest":
        for name in sorted(order, key=lambda name: latency_ms[name]):
            comparison = compare_answers(finalists[leader], finalists[name])
            if latency_ms[name] < FASTER * latency_ms[leader] and not comparison.can_tell:
                return name, leader, comparison
    second = order[1]
    return leader, second, compare_answers(finalists[second], finalists[leader])


def cheapest_that_reaches(
    accuracy: float, answers: Answers, latency_ms: Mapping[str, float]
) -> str | None:
    """Give the fastest network that named so large a share of the images rightly; None if none."""
    reach = [name for name, right in answers.items() if right.mean() >= accuracy]
    return min(reach, key=lambda name: latency_ms[name], default=None)


def find_frontier(
    last_rung: Mapping[str, int], answers: Sequence[Answers], latency_ms: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the networks that no other beats on accuracy and latency at once, the fastest first.

    Two are compared at the last rung that both ran: at equal time.
    """

    def beaten(name: str) -> bool:
        for other in last_rung:
            if other == name:
                continue
            at = answers[min(last_rung[name], last_rung[other])]
            ahead = at[other].mean() - at[name].mean()
            faster = latency_ms[other] < latency_ms[name]
            if (ahead >= 0 and faster) or (ahead > 0 and latency_ms[other] == latency_ms[name]):
                return True
        return False

    names = [name for name in last_rung if not beaten(name)]
    return tuple(sorted(names, key=lambda name: latency_ms[name]))
