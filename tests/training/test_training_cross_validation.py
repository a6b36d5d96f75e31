import csv

import numpy as np
import pytest
from sklearn.datasets import load_digits

import skipcat
from skipcat.data.dataset import open_dataset
from skipcat.networks.catalogue import find_entry
from skipcat.training.cross_validation import count_folds, cut_folds
from skipcat.training.prepared_data import PreparedData, prepare_data
from skipcat.training.recipe import Recipe
from trainings import train_unsaved


def few_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    bunch = load_digits(n_class=3)
    return np.rint(bunch.images[:count] * (255 / 16)).astype(np.uint8), bunch.target[:count]


@pytest.fixture(scope="module")
def prepared() -> PreparedData:
    images, labels = few_digits(90)
    images = np.concatenate([images, images[:6]])  # six of them twice
    labels = np.concatenate([labels, labels[:6]])
    return prepare_data(open_dataset((images, labels)), find_entry("resnet_cifar8"), Recipe())


def test_every_image_is_held_out_once_and_equal_ones_together(prepared):
    folds = cut_folds(prepared, Recipe(), 5)
    held = np.concatenate([fold.split.test for fold in folds])
    assert sorted(held) == list(range(96))
    for fold in folds:
        split = fold.split
        parts = [set(part.tolist()) for part in (split.train, split.validation, split.test)]
        assert sum(len(part) for part in parts) == len(set.union(*parts)) == 96
        keys = [{prepared.keys[row] for row in part} for part in parts]
        assert not keys[2] & (keys[0] | keys[1])
        shares = np.bincount(prepared.dataset.labels[split.test], minlength=3)
        assert shares.min() >= 4, "each class is in each fold"


def test_folds_are_for_few_images_and_never_against_the_users_word(prepared):
    assert count_folds(prepared, Recipe(), if_few=True) == 5
    assert count_folds(prepared, Recipe(), if_few=False) == 0
    assert count_folds(prepared, Recipe(folds=3), if_few=False) == 3
    assert count_folds(prepared, Recipe(minutes=3), if_few=True) == 5
    assert count_folds(prepared, Recipe(minutes=2.9), if_few=True) == 0, "too little time for six"
    assert count_folds(prepared, Recipe(test=0, folds=3), if_few=True) == 0


def test_a_run_with_folds_judges_all_images_and_writes_out_of_fold_csv(tmp_path):
    recipe = skipcat.Recipe(epochs=2, folds=2, batch=16)
    done = train_unsaved(
        few_digits(60), "resnet_cifar8", recipe=recipe, out=tmp_path / "run",
        resume=False, pretrained=None,
    )  # fmt: skip
    evaluation = done.classifier.evaluation
    assert evaluation.images == 60
    assert len(done.prepared.split.test) == 0
    with (tmp_path / "run" / "out_of_fold.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [f"images[{i}]" for i in range(60)]
    right = sum(row["label"] == row["predicted"] for row in rows)
    assert right == evaluation.correct
    assert done.notes[-1].startswith("Images are few, so the figures come from 2 networks")
