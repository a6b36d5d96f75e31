from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.data.dataset import Dataset
from skipcat.data.splits import split_dataset
from skipcat.errors import DataError


def make(labels, parts=None, classes=None):
    labels = np.asarray(labels)
    count = int(labels.max()) + 1 if classes is None else classes
    return Dataset(
        name="made",
        classes=tuple(f"c{i}" for i in range(count)),
        images=np.zeros((len(labels), 2, 2), np.uint8),
        labels=labels,
        names=[f"n{i}" for i in range(len(labels))],
        parts=parts or [""] * len(labels),
    )


def split(dataset, hashes=None, rows=None, **options):
    hashes = hashes or [f"{i:016x}" for i in range(len(dataset))]
    rows = np.arange(len(dataset)) if rows is None else rows
    return split_dataset(dataset, rows, hashes, **options)


@st.composite
def labelled(draw):
    """Labels of a few classes with two images each at least, and contents that may repeat."""
    classes = draw(st.integers(2, 4))
    counts = draw(st.lists(st.integers(2, 30), min_size=classes, max_size=classes))
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    contents = draw(st.lists(st.integers(0, 40), min_size=len(labels), max_size=len(labels)))
    # Within a class only: a duplicate across classes can leave one of them without an image.
    hashes = [f"{label}-{content}" for label, content in zip(labels, contents, strict=True)]
    return np.array(labels), hashes


@settings(deadline=None, max_examples=60)
@given(labelled(), st.integers(0, 9), st.floats(0, 0.45), st.floats(0, 0.45))
def test_the_parts_are_disjoint_whole_and_hold_equal_images_together(data, seed, validation, test):
    labels, hashes = data
    found = split(make(labels), hashes, validation=validation, test=test, seed=seed)
    parts = (found.train, found.validation, found.test)
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    contents = [{hashes[row] for row in part} for part in parts]
    assert not contents[0] & contents[1]
    assert not contents[0] & contents[2]
    assert not contents[1] & contents[2]
    assert set(labels[found.train]) == set(labels)
    assert found.left_out == {}


@settings(deadline=None, max_examples=40)
@given(labelled(), st.integers(0, 9), st.randoms(use_true_random=False))
def test_neither_names_nor_order_decide(data, seed, random):
    labels, hashes = data
    order = list(range(len(labels)))
    random.shuffle(order)
    first = split(make(labels), hashes, seed=seed)
    second = split(make(labels[order]), [hashes[i] for i in order], seed=seed)
    for name in ("train", "validation", "test"):
        ours = sorted(hashes[row] for row in getattr(first, name))
        theirs = sorted(hashes[order[row]] for row in getattr(second, name))
        assert ours == theirs


def test_a_duplicate_across_classes_is_split_alike_in_any_order():
    labels = np.array([0] * 20 + [1] * 20)
    hashes = (
        [f"a{i}" for i in range(20)] + [f"b{i}" for i in range(16)] + [f"a{i}" for i in range(4)]
    )
    first = split(make(labels), hashes)
    order = np.arange(40)[::-1]
    second = split(make(labels[order]), [hashes[i] for i in order])
    assert {hashes[r] for r in first.test} == {hashes[order[r]] for r in second.test}


def test_every_class_gives_its_share():
    found = split(make([0] * 100 + [1] * 50 + [2] * 7 + [3] * 4), validation=0.2, test=0.1)
    labels = make([0] * 100 + [1] * 50 + [2] * 7 + [3] * 4).labels
    assert np.bincount(labels[found.validation], minlength=4).tolist() == [20, 10, 1, 1]
    assert np.bincount(labels[found.test], minlength=4).tolist() == [10, 5, 1, 0]


def test_a_share_of_nothing_is_allowed():
    found = split(make([0] * 10 + [1] * 10), validation=0, test=0)
    assert len(found.train) == 20
    assert len(found.validation) == len(found.test) == 0


def test_another_seed_gives_another_split():
    dataset = make([0] * 50 + [1] * 50)
    assert split(dataset, seed=0).test.tolist() == split(dataset, seed=0).test.tolist()
    assert split(dataset, seed=0).test.tolist() != split(dataset, seed=1).test.tolist()


def test_the_users_parts_are_respected_and_a_missing_one_is_drawn():
    parts = ["train"] * 20 + ["test"] * 4
    found = split(make([0, 1] * 12, parts))
    assert found.test.tolist() == [20, 21, 22, 23]
    assert len(found.validation) == 2
    assert len(found.train) == 18
    parts = ["train"] * 20 + ["validation"] * 4
    found = split(make([0, 1] * 12, parts))
    assert found.validation.tolist() == [20, 21, 22, 23]
    assert len(found.test) == 2


def test_a_part_of_the_user_s_that_repeats_another_is_left_out_and_named():
    parts = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    hashes = ["a", "b", "c", "d", "v", "t", "v", "w", "t", "w"]
    found = split(make([0, 1] * 5, parts), hashes)
    assert found.train.tolist() == [0, 1, 2, 3]
    assert found.validation.tolist() == [6]
    assert found.test.tolist() == [8, 9]
    assert found.left_out == {
        "also in the validation or test part": ("n4", "n5"),
        "in the validation part, but also in the test part": ("n7",),
    }


def test_unreadable_rows_are_in_no_part():
    found = split(make([0] * 10 + [1] * 10), rows=np.arange(0, 20, 2))
    assert set(np.concatenate([found.train, found.validation, found.test])) == set(range(0, 20, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"validation": 0.5, "test": 0.5},
            "The shares validation 0.5 and test 0.5 leave nothing to train on; each is 0 or more, "
            "and together they are less than 1.",
        ),
        (
            {"validation": -0.1},
            "The shares validation -0.1 and test 0.1 leave nothing to train on; each is 0 or more, "
            "and together they are less than 1.",
        ),
    ],
)
def test_shares_that_leave_nothing_are_told(options, message):
    with pytest.raises(DataError) as caught:
        split(make([0] * 10 + [1] * 10), **options)
    assert str(caught.value) == message


def refuse(dataset):
    with pytest.raises(DataError) as caught:
        split(dataset)
    return str(caught.value)


def test_classes_without_a_training_image_are_told():
    need = "every class needs at least one that can be read."
    assert refuse(make([0] * 5 + [1] * 5, classes=3)) == (
        f"No training image for the class 'c2'; {need}"
    )
    parts = ["train"] * 5 + ["validation"] * 5
    assert refuse(make([0] * 5 + [1] * 5, parts, classes=4)) == (
        f"No training image for the class 'c1' (and 2 more); {need}"
    )
    assert refuse(make([0] * 5, ["test"] * 5)) == (
        "No image is left for training; the data hold none or the shares are 1."
    )
    one = replace(make([0] * 5), classes=("only",))
    assert refuse(one) == "All images are of one class, 'only'; at least two classes are needed."
