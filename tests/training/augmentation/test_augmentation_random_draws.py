import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.training.augmentation.random_draws import (
    draw_balanced_order,
    draw_order,
    draw_seed,
    draw_uniform,
)

seeds, epochs = st.integers(0, 2**32 - 1), st.integers(0, 10_000)


@settings(deadline=None)
@given(seeds, epochs, st.lists(st.integers(0, 10**9), min_size=1, max_size=50), st.integers(0, 9))
def test_a_draw_depends_on_seed_epoch_and_index_alone(seed, epoch, indices, number):
    together = draw_uniform(seed, epoch, np.array(indices), number)
    alone = [draw_uniform(seed, epoch, np.array([index]), number)[0] for index in indices]
    assert together.tolist() == alone
    assert ((together >= 0) & (together < 1)).all()


@settings(deadline=None)
@given(seeds, epochs, st.integers(0, 500))
def test_an_order_sees_every_image_once(seed, epoch, count):
    assert sorted(draw_order(seed, epoch, count)) == list(range(count))


def test_draws_are_even_and_of_one_another_independent():
    index = np.arange(100_000)
    draws = [
        draw_uniform(seed, epoch, index, number)
        for seed in (0, 1)
        for epoch in (0, 1)
        for number in (0, 1)
    ]
    for one in draws:
        counts, _ = np.histogram(one, bins=20, range=(0, 1))
        assert abs(counts - 5000).max() < 6 * np.sqrt(5000)
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert abs(correlations).max() < 0.02


def test_seeds_of_batches_fit_torch_and_differ():
    found = {draw_seed(s, e, b) for s in range(3) for e in range(10) for b in range(30)}
    assert len(found) == 900
    assert all(0 <= seed < 2**64 for seed in found)


@settings(deadline=None)
@given(seeds, epochs, st.lists(st.integers(0, 6), min_size=1, max_size=200))
def test_a_balanced_order_sees_classes_alike_and_within_them_images(seed, epoch, labels):
    labels = np.array(labels)
    numbers = draw_balanced_order(seed, epoch, labels)
    assert len(numbers) == len(set(numbers.tolist())) == len(labels)
    places = numbers % len(labels)
    seen = np.bincount(places, minlength=len(labels))
    per_class = [seen[labels == label].sum() for label in np.unique(labels)]
    assert max(per_class) - min(per_class) <= 1
    assert all(np.ptp(seen[labels == label]) <= 1 for label in np.unique(labels))
    assert draw_balanced_order(seed, epoch, labels).tolist() == numbers.tolist()


def test_balanced_orders_differ_from_epoch_to_epoch():
    labels = np.repeat([0, 1], [190, 10])
    orders = [draw_balanced_order(0, epoch, labels) for epoch in range(3)]
    chosen = [set((order[order < 190]).tolist()) for order in orders]
    assert len(chosen[0] & chosen[1]) < 80  # of 100 each, 53 by chance
    assert set().union(*chosen) <= set(range(190))
