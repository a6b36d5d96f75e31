import signal

import numpy as np
import pytest

import skipcat
from skipcat.training.trainer import batches
from skipcat.training.trainer.loss import weigh_classes


def test_weights_are_inverse_to_frequency_and_one_on_average():
    labels = np.array([0] * 6 + [1] * 3 + [3])
    weights = weigh_classes(labels, 5)
    assert weights.tolist() == pytest.approx([10 / 18, 10 / 9, 1.0, 10 / 3, 1.0])
    assert weights[labels].mean() == pytest.approx(1.0)


@pytest.fixture(scope="module")
def unequal(digits):
    """Give 150 digits: those above 4 are one in fourteen."""
    images, labels = digits
    kept = np.concatenate([np.flatnonzero(labels <= 4), np.flatnonzero(labels > 4)[:9]])
    return images[kept], (labels[kept] > 4).astype(np.int64)


def train(data, out, **fields):
    recipe = skipcat.Recipe(epochs=2, batch=16, validation=0.1, test=0.1, **fields)
    return skipcat.train(data, "resnet_cifar8", recipe=recipe, out=out)


def test_each_way_trains_another_network(unequal, tmp_path):
    weights = set()
    for balance in ("none", "weights", "sampling"):
        train(unequal, tmp_path / balance, balance=balance)
        weights.add((tmp_path / balance / "weights.safetensors").read_bytes())
    assert len(weights) == 3


def test_repeats_are_augmented_anew(unequal, tmp_path, monkeypatch):
    asked = []
    augment = batches.augment_batch

    def note(pixels, aspects, indices, **how):
        asked.append((how["epoch"], indices))
        return augment(pixels, aspects, indices, **how)

    monkeypatch.setattr(batches, "augment_batch", note)
    train(unequal, tmp_path / "run", balance="sampling")
    first = np.concatenate([indices for epoch, indices in asked if epoch == 0])
    assert len(np.unique(first)) == len(first)  # every draw has a number of its own
    places = first % len(unequal[1])
    assert len(np.unique(places)) < len(places)
    assert abs(unequal[1][places].mean() - 0.5) < 0.01


def test_a_balanced_run_that_is_stopped_ends_as_one_that_is_not(unequal, tmp_path):
    recipe = skipcat.Recipe(epochs=2, batch=16, balance="sampling")
    left = iter(range(11))

    def stop(what, done, total):
        if what.startswith("Epoch") and next(left, None) == 9:
            signal.raise_signal(signal.SIGINT)

    given = {"network": "resnet_cifar8", "recipe": recipe}
    skipcat.train(unequal, out=tmp_path / "a", **given)
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(unequal, out=tmp_path / "b", progress=stop, **given)
    skipcat.train(unequal, out=tmp_path / "b", resume=True, **given)
    ends = [(tmp_path / name / "weights.safetensors").read_bytes() for name in "ab"]
    assert ends[0] == ends[1]
