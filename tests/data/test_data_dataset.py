from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skipcat.data.dataset import open_dataset
from skipcat.errors import DataError

IMAGES = np.zeros((3, 4, 5), np.uint8)


def refuse(data):
    with pytest.raises(DataError) as caught:
        open_dataset(data)
    return str(caught.value)


def test_arrays_with_whole_numbers_keep_their_order():
    dataset = open_dataset((IMAGES, np.array([10, 2, 10])))
    assert dataset.classes == ("2", "10")
    assert dataset.labels.tolist() == [1, 0, 1]
    assert dataset.names == ["images[0]", "images[1]", "images[2]"]
    assert dataset.name == "arrays"


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["b", "a", "b"], ("a", "b")),
        (np.array(["b", "a", "b"], object), ("a", "b")),
        ([1.0, 0.0, 1.0], ("0", "1")),
        ([True, False, True], ("False", "True")),
    ],
)
def test_labels_are_strings_or_whole_numbers_in_any_dress(labels, classes):
    dataset = open_dataset((IMAGES, labels))
    assert dataset.classes == classes
    assert dataset.labels.tolist() == [1, 0, 1]


def test_a_dataset_is_given_back_as_it_is():
    dataset = open_dataset((IMAGES, [0, 1, 1]))
    assert open_dataset(dataset) is dataset
    assert len(dataset) == 3


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ((IMAGES,), "A pair (images, labels) is needed; a tuple of 1 was given."),
        (
            (IMAGES.astype(float), [0, 1, 1]),
            "Images are an array of shape (3, 4, 5) and dtype float64; (N, H, W) or (N, H, W, C) "
            "of uint8 is needed.",
        ),
        (
            (np.zeros((3, 3, 8, 8), np.uint8), [0, 1, 1]),
            "Images have 8 channels; 1, 3 or 4 are allowed. Move the channels to the end.",
        ),
        ((IMAGES, [0, 1]), "3 images need 3 labels; given: (2,)."),
        ((IMAGES, np.eye(3)), "3 images need 3 labels; given: (3, 3)."),
        (
            (IMAGES, [0, np.nan, 1]),
            "Labels hold NaN, infinity or fractions; integers or strings are due.",
        ),
        (
            (IMAGES, [0, np.inf, 1]),
            "Labels hold NaN, infinity or fractions; integers or strings are due.",
        ),
        (
            (IMAGES, [0, 0.5, 1]),
            "Labels hold NaN, infinity or fractions; integers or strings are due.",
        ),
        (
            (IMAGES, np.array(["a", None, "b"], object)),
            "Labels have dtype object; integers or strings are needed.",
        ),
        (
            (IMAGES, np.array([b"a", b"b", b"a"])),
            "Labels have dtype |S1; integers or strings are needed.",
        ),
        (
            (IMAGES, ["a", " ", "b"]),
            "A label is an empty string; every image needs the name of its class.",
        ),
        (
            ([IMAGES[0], IMAGES[0, :2]], [0, 1]),
            "The pair (images, labels) holds images of several shapes; one array (N, H, W[, C]) "
            "is needed.",
        ),
        (
            (IMAGES[:0], np.array([], int)),
            "The pair (images, labels) is empty; at least one image is needed.",
        ),
    ],
)
def test_pairs_that_cannot_be_used_are_told(pair, message):
    assert refuse(pair) == message


def test_names_of_nothing_are_told(tmp_path):
    sets = "Named sets: digits, fashion-mnist, cifar10."
    assert refuse("digit") == (
        "There is no folder or file 'digit', and no set is called so. Did you mean 'digits'? "
        + sets
    )
    long = "x" * 5000
    assert refuse(long) == (f"There is no folder or file '{long}', and no set is called so. {sets}")
    (tmp_path / "a.txt").write_text("x")
    assert refuse(tmp_path / "a.txt") == (
        f"'{tmp_path / 'a.txt'}' is a file but no CSV; give a folder of class folders, or a CSV "
        "with the header path,label."
    )
    assert refuse([1, 2]) == (
        "Data of type list cannot be opened; give a folder, a CSV file, the name of a set, or a "
        "pair (images, labels)."
    )


def test_a_folder_comes_before_a_named_set(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert refuse("digits").startswith("'digits' is empty; ")


def test_rows_are_taken_in_their_order_of_arrays_and_of_files():
    images = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(4, 2, 2)
    arrays = open_dataset((images, np.array(["b", "a", "b", "a"])))
    some = arrays.take([2, 1])
    assert np.array_equal(some.images, images[[2, 1]])
    assert (some.labels.tolist(), some.names) == ([1, 0], ["images[2]", "images[1]"])
    assert (some.classes, some.parts, len(some)) == (("a", "b"), ["", ""], 2)
    files = replace(arrays, images=[Path(f"{i}.png") for i in range(4)])
    assert files.take(np.array([3, 0])).images == [Path("3.png"), Path("0.png")]
