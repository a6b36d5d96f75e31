import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from skipcat.errors import DataError
from skipcat.evaluation.intervals import mean_interval, wilson_interval


@settings(deadline=None)
@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_interval_equals_scipys(total, share, confidence):
    successes = round(share * total)
    theirs = binomtest(successes, total).proportion_ci(confidence, method="wilson")
    ours = wilson_interval(successes, total, confidence)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_interval_of_the_hand_computed_example():
    # z = 1.959964; (7 + z^2 / 2) / (10 + z^2) -+ z sqrt(10 * 0.7 * 0.3 + z^2 / 4) / (10 + z^2)
    assert wilson_interval(7, 10) == pytest.approx((0.396778, 0.892209), abs=1e-6)


@pytest.mark.parametrize("total", [1, 7, 50, 10**9])
def test_ends_are_exact(total):
    low, high = wilson_interval(0, total)
    assert low == 0.0 < high < 1.0
    low, high = wilson_interval(total, total)
    assert 0.0 < low < high == 1.0


def test_no_trial_says_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(0, 2000))
def test_interval_holds_the_share_and_mirrors(right, wrong):
    low, high = wilson_interval(right, right + wrong)
    share = right / (right + wrong) if right + wrong else 0.5
    assert 0.0 <= low <= share <= high <= 1.0
    assert wilson_interval(wrong, right + wrong) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("successes", "total"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(successes, total):
    with pytest.raises(DataError) as caught:
        wilson_interval(successes, total)
    assert str(caught.value) == (
        f"An interval needs 0 <= successes <= total; given {successes} of {total}."
    )


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_impossible_confidence_is_refused(confidence):
    with pytest.raises(DataError) as caught:
        wilson_interval(1, 2, confidence)
    assert str(caught.value) == f"A confidence lies between 0 and 1, not at {confidence}."


def test_the_mean_of_one_proportion_has_its_own_interval():
    assert mean_interval([(7, 10)]) == (0.7, pytest.approx(wilson_interval(7, 10)))


def test_the_interval_of_a_mean_holds_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(1)
    truth, totals = np.array([0.95, 0.6, 0.8, 0.99]), np.array([400, 8, 30, 12])
    held = 0
    for _ in range(1000):
        right = generator.binomial(totals, truth)
        low, high = mean_interval(list(zip(right.tolist(), totals.tolist(), strict=True)))[1]
        held += low <= truth.mean() <= high
    assert 930 <= held <= 990


def test_a_mean_of_nothing_is_refused():
    for counts in ([], [(1, 2), (0, 0)]):
        with pytest.raises(DataError) as caught:
            mean_interval(counts)
        assert str(caught.value) == (
            "A mean of proportions needs one or more, each with a trial or more."
        )
