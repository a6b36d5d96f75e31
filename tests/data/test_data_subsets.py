from itertools import pairwise

import numpy as np
import pytest

from skipcat.data.dataset import Dataset
from skipcat.data.subsets import draw_subsets
from skipcat.errors import DataError

SHARES = (0.1, 0.25, 0.5, 1.0)


def make(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    names = [f"{i}.png" for i in range(len(labels))]
    images = np.zeros((len(labels), 8, 8), np.uint8)
    classes = tuple(f"class {i}" for i in range(len(counts)))
    return Dataset("made", classes, images, labels, names, [""] * len(labels))


def draw(dataset, keys=None, *, rows=None, shares=SHARES, seed=0):
    rows = np.arange(len(dataset)) if rows is None else rows
    keys = keys or [f"{i:05d}" for i in range(len(dataset))]
    return draw_subsets(dataset, rows, keys, shares=shares, seed=seed)


def test_parts_are_nested_and_hold_each_class_in_its_share():
    dataset = make([200, 100, 20])
    parts = draw(dataset)
    for smaller, larger in pairwise(parts):
        assert set(smaller) < set(larger)
    assert [np.bincount(dataset.labels[part]).tolist() for part in parts] == [
        [20, 10, 2], [50, 25, 5], [100, 50, 10], [200, 100, 20],
    ]  # fmt: skip


def test_equal_images_come_and_go_together():
    dataset = make([60, 60])
    keys = [f"{i // 3:05d}" for i in range(120)]
    for part in draw(dataset, keys):
        groups = np.bincount(part // 3, minlength=40)
        assert set(groups.tolist()) <= {0, 3}


def test_only_the_given_rows_are_drawn_and_the_seed_decides():
    dataset, rows = make([100, 100]), np.arange(0, 200, 2)
    parts = draw(dataset, rows=rows)
    assert set(parts[-1]) == set(rows)
    assert parts[0].tolist() == draw(dataset, rows=rows)[0].tolist()
    assert parts[0].tolist() != draw(dataset, rows=rows, seed=1)[0].tolist()


def test_a_share_that_empties_a_class_is_refused():
    with pytest.raises(DataError) as caught:
        draw(make([200, 4]))
    assert str(caught.value) == (
        "A share of 0.1 leaves no image of the class 'class 1', which has 4 to train on; the "
        "smallest share that does is 1/8."
    )
