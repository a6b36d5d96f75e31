import pytest
from scipy import stats

from skipcat.experiments.lab.statistics import average, compare


def test_a_mean_over_seeds_has_students_interval():
    values = [0.21, 0.25, 0.26]
    mean = average(values)
    expected = stats.t.interval(0.95, 2, loc=0.24, scale=stats.sem(values))
    assert mean.value == pytest.approx(0.24)
    assert mean.interval == pytest.approx(expected)
    assert mean.percent() == "24.0 (17.4 … 30.6) %"


def test_one_seed_tells_nothing_of_chance():
    mean = average([0.24])
    assert mean.interval is None
    assert not mean.above_zero
    assert not mean.below_zero
    assert mean.percent() == "24.0 %"


def test_differences_are_paired_by_seed():
    difference = compare([0.5, 0.6, 0.7], [0.1, 0.2, 0.3])
    assert difference.value == pytest.approx(0.4)
    assert difference.above_zero
    assert compare([0.1, 0.2], [0.5, 0.6]).below_zero
    unsure = compare([0.1, 0.4], [0.3, 0.1])
    assert not unsure.above_zero
    assert not unsure.below_zero
    assert difference.points() == "+40.0 (+40.0 … +40.0) points"
