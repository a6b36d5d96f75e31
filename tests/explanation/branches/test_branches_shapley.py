from itertools import permutations

import numpy as np
import pytest

from skipcat.explanation.branches.shapley import bootstrap_intervals, shapley_values


@pytest.mark.parametrize("members", [1, 2, 3, 4])
def test_values_are_the_means_over_all_orders(members):
    worth = np.random.default_rng(members).normal(size=(1 << members, 5))
    expected = np.zeros((members, 5))
    orders = list(permutations(range(members)))
    for order in orders:
        subset = 0
        for one in order:
            expected[one] += (worth[subset | 1 << one] - worth[subset]) / len(orders)
            subset |= 1 << one
    found = shapley_values(worth)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(0), worth[-1] - worth[0], atol=1e-12)


def test_intervals_are_as_wide_as_the_standard_error_says():
    values = np.random.default_rng(0).normal(2.0, 1.0, size=(2, 400))
    low, high = bootstrap_intervals(values)[0]
    assert low < values[0].mean() < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    np.testing.assert_array_equal(bootstrap_intervals(values), bootstrap_intervals(values))
