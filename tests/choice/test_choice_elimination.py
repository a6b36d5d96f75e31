import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.choice.elimination import (
    cheapest_that_reaches,
    find_frontier,
    leave_after,
    pick_winner,
    plan_rungs,
    plan_seconds,
)


def right(share, images=400, seed=0):
    """Give answers of which a share is right, nested: the better names all that the worse does."""
    order = np.random.default_rng(seed).permutation(images)
    answers = np.zeros(images, dtype=bool)
    answers[order[: round(share * images)]] = True
    return answers


def test_rungs_halve_down_to_three_and_their_times_double():
    assert plan_rungs(8) == [8, 4, 3]
    assert plan_rungs(5) == [5, 3]
    assert plan_rungs(3) == [3, 2]
    assert plan_rungs(2) == [2]
    assert plan_rungs(1) == []
    assert plan_seconds(240, [8, 4, 2]) == pytest.approx([15, 30, 60])
    assert plan_seconds(240, []) == []


@settings(deadline=None)
@given(st.integers(2, 20), st.floats(1, 1e4))
def test_a_race_without_evidence_takes_all_of_its_time(count, seconds):
    rungs = plan_rungs(count)
    times = plan_seconds(seconds, rungs)
    before = [0.0, *times[:-1]]
    spent = sum(n * (t - b) for n, t, b in zip(rungs, times, before, strict=True))
    assert spent == pytest.approx(seconds)


def test_the_leader_stays_and_as_many_leave_as_the_next_rung_lacks():
    answers = [{"a": right(0.9), "b": right(0.85), "c": right(0.6), "d": right(0.3)}]
    left = leave_after(0, answers, [4, 2])
    assert [(one.network, one.sure, one.leader) for one in left] == [
        ("c", False, "a"),
        ("d", False, "a"),
    ]


def test_who_starts_slowly_but_gains_stays_before_who_stands_still():
    answers = [
        {"a": right(0.7), "still": right(0.66), "slow": right(0.3)},
        {"a": right(0.75), "still": right(0.66), "slow": right(0.6)},
    ]
    left = leave_after(1, answers, [3, 3, 2])
    assert [one.network for one in left] == ["still"]


def test_a_perfect_leader_is_not_sent_away_for_a_large_gain():
    answers = [
        {"a": right(1.0), "b": right(0.5), "c": right(0.9)},
        {"a": right(1.0), "b": right(0.97), "c": right(0.91)},
    ]
    gone = {one.network for one in leave_after(1, answers, [3, 3, 2])}
    assert "a" not in gone
    assert gone == {"c"}


def test_evidence_sends_away_in_the_last_rung_too():
    answers = [{"a": right(0.9), "b": right(0.28)}, {"a": right(0.9), "b": right(0.3)}]
    (one,) = leave_after(1, answers, [2, 2])
    assert (one.network, one.sure, one.rung) == ("b", True, 1)
    assert one.comparison.interval[1] < 0


def test_who_has_not_begun_to_learn_is_not_surely_out():
    answers = [{"a": right(0.9), "b": right(0.1)}, {"a": right(0.95), "b": right(0.1)}]
    assert leave_after(1, answers, [2, 2]) == ()


def test_the_fastest_that_is_not_beaten_wins_and_the_best_by_policy():
    finalists = {"small": right(0.90, seed=1), "large": right(0.91, seed=2)}
    latency = {"small": 1.0, "large": 2.0}
    name, other, comparison = pick_winner(finalists, latency)
    assert (name, other) == ("small", "large")
    assert comparison is not None
    assert comparison.difference == pytest.approx(-0.01)
    assert not comparison.can_tell
    assert pick_winner(finalists, latency, policy="best")[0] == "large"
    assert pick_winner(finalists, {"small": 1.95, "large": 2.0})[0] == "large"  # not simpler
    beaten = {"small": right(0.5), "large": right(0.9)}
    name, other, comparison = pick_winner(beaten, latency)
    assert (name, other) == ("large", "small")
    assert comparison is not None
    assert comparison.can_tell
    assert pick_winner({"a": right(0.5)}, {"a": 1.0}) == ("a", "a", None)


def test_the_cheapest_that_reaches_an_accuracy():
    answers = {"a": right(0.9), "b": right(0.96), "c": right(0.99)}
    latency = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert cheapest_that_reaches(0.95, answers, latency) == "b"
    assert cheapest_that_reaches(0.999, answers, latency) is None


def test_the_frontier_compares_at_equal_training_time():
    answers = [
        {"fast": right(0.5), "slow": right(0.6), "worse": right(0.4)},
        {"fast": right(0.8), "slow": right(0.9)},
    ]
    last = {"fast": 1, "slow": 1, "worse": 0}
    latency = {"fast": 1.0, "slow": 3.0, "worse": 2.0}
    assert find_frontier(last, answers, latency) == ("fast", "slow")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_equal_networks_are_rarely_called_different(seed):
    """Where nothing differs, the corrected evidence errs in less than one race of twenty."""
    chance = np.random.default_rng(seed)
    wrongly = 0
    for _ in range(20):
        answers = [{name: chance.random(300) < 0.8 for name in "abcd"} for _ in range(2)]
        wrongly += any(one.sure for one in leave_after(1, answers, [4, 2]))
    assert wrongly <= 4
