"""What tests of several rooms need: small data, one trained classifier, the flowers."""

import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hatch_build import compile_translations
from PIL import Image

FLOWERS_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "flowers.tar.xz"
COLOURS = {"blue": (30, 40, 200), "green": (40, 180, 40), "red": (210, 30, 30)}


def pytest_configure():
    """Compile the translations, so that tests see what the .po files say; speak English."""
    compile_translations()
    os.environ["SKIPCAT_LANGUAGE"] = "en"


@pytest.fixture(autouse=True)
def _denormals():
    """Begin each test as a fresh process does: work on a CPU leaves them flushed to zero."""
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def unavailable():
    """Skip with a reason, or fail where CI has promised that everything is there."""

    def tell(reason):
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    return tell


@pytest.fixture(scope="session")
def digits():
    """Give 240 of the digits as (images, labels): all ten classes, shuffled."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    rows = np.random.default_rng(5).permutation(len(bunch.target))[:240]
    images = np.rint(bunch.images[rows] * (255 / 16)).astype(np.uint8)
    return images, bunch.target[rows].astype(np.int64)


@pytest.fixture(scope="session")
def trained(digits, tmp_path_factory):
    """Give the folder of a finished two-epoch run on the digits; nobody may change it."""
    import skipcat

    out = tmp_path_factory.mktemp("trained") / "digits.skipcat"
    recipe = skipcat.Recipe(epochs=2, batch=32)
    skipcat.train(digits, network="resnet_cifar8", recipe=recipe, out=out)
    return out


@pytest.fixture(scope="session")
def taught(tmp_path_factory):
    """Give the folder of a classifier that knows the digits somewhat; nobody may change it."""
    import skipcat

    out = tmp_path_factory.mktemp("taught") / "digits.skipcat"
    recipe = skipcat.Recipe(epochs=3, batch=32)
    skipcat.train("digits", network="resnet_cifar8", recipe=recipe, out=out)
    return out


@pytest.fixture
def classifier_folder(trained, tmp_path):
    """Give a copy of the trained folder, to be damaged."""
    return Path(shutil.copytree(trained, tmp_path / "copy.skipcat"))


@pytest.fixture
def photos(tmp_path):
    """Give a folder of three classes of twelve colour photographs, few of them square."""
    generator = np.random.default_rng(3)
    folder = tmp_path / "photos"
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(12):
            height, width = generator.integers(40, 60, 2)
            noise = generator.integers(-30, 30, (height, width, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="session")
def flowers(tmp_path_factory):
    """Give the folder of the flowers photographs, flowers/<class>/*.jpg."""
    given = os.environ.get("SKIPCAT_FLOWERS")
    if given:
        return Path(given)
    if not FLOWERS_BESIDE.is_file():
        pytest.skip(f"no flowers: neither SKIPCAT_FLOWERS nor {FLOWERS_BESIDE.name} beside")
    place = tmp_path_factory.mktemp("flowers")
    with tarfile.open(FLOWERS_BESIDE) as archive:
        archive.extractall(place, filter="data")
    return next(path for path in sorted(place.rglob("*")) if (path / "daisy").is_dir())
