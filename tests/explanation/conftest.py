"""Classifiers that answer something, without a training: lively weights on the digits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import skipcat
from skipcat.classifier import Classifier, Origin
from skipcat.data.images import hash_image
from skipcat.data.preprocessing import Preprocessing

sys.path.insert(0, str(Path(__file__).parents[1] / "networks"))
from lively import enliven


@pytest.fixture
def make_classifier(digits):
    """Give a function that makes a classifier of a network; some digits count as used before."""
    images, labels = digits

    def make(network, *, trained_on=range(0, 120), decided_on=range(120, 180)):
        net = skipcat.build_network(network, classes=10, image_px=8, channels=1)
        enliven(net)
        hashes = [hash_image(image) for image in images]
        origin = Origin(
            "digits",
            trained_on=tuple(hashes[row] for row in trained_on),
            decided_on=tuple(hashes[row] for row in decided_on),
        )
        names = [str(label) for label in range(10)]
        return Classifier(net, names, Preprocessing(8, 1, (0.3,), (0.3,)), origin=origin)

    assert set(np.unique(labels)) == set(range(10))
    return make
