import gzip
from pathlib import Path

import numpy as np
import pytest

from skipcat.data.builtin import load_fashion_mnist
from skipcat.data.dataset import open_dataset
from skipcat.errors import DataError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def write_idx(folder, *, images=6):
    rng = np.random.default_rng(0)
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, (images, 28, 28), np.uint8)
        labels = np.arange(images, dtype=np.uint8) % 10
        for name, header, content in (
            (f"{part}-images-idx3-ubyte.gz", 16, pixels),
            (f"{part}-labels-idx1-ubyte.gz", 8, labels),
        ):
            (folder / name).write_bytes(gzip.compress(bytes(header) + content.tobytes()))


def test_digits_need_no_connection():
    dataset = open_dataset("digits")
    assert dataset.images.shape == (1797, 8, 8)
    assert dataset.images.dtype == np.uint8
    assert (dataset.images.min(), dataset.images.max()) == (0, 255)
    assert dataset.classes == tuple("0123456789")
    assert np.bincount(dataset.labels).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]
    assert set(dataset.parts) == {""}


def test_fashion_mnist_is_read_from_a_given_root(tmp_path):
    write_idx(tmp_path)
    dataset = open_dataset("fashion-mnist", root=tmp_path)
    assert dataset.images.shape == (12, 28, 28)
    assert dataset.classes[:2] == ("t-shirt", "trouser")
    assert dataset.parts == ["train"] * 6 + ["test"] * 6


def test_debians_fashion_mnist(unavailable):
    if not (DEBIAN / "train-images-idx3-ubyte.gz").is_file():
        unavailable("Debian's dataset-fashion-mnist is not installed")
    dataset = open_dataset("fashion-mnist")
    assert dataset.images.shape == (70_000, 28, 28)
    assert np.bincount(dataset.labels).tolist() == [7000] * 10
    assert dataset.parts.count("test") == 10_000


@pytest.mark.parametrize(
    "harm",
    [b"", b"no gzip at all", gzip.compress(bytes(20))],
    ids=["empty", "no gzip", "too short"],  # not the bytes: gzip writes the time into them
)
def test_damaged_files_are_told(tmp_path, harm):
    write_idx(tmp_path)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(harm)
    with pytest.raises(DataError, match=rf"^'{path}' is damaged: .+\.$"):
        load_fashion_mnist(tmp_path)


def test_a_stream_that_is_changed_within_is_told(tmp_path):
    write_idx(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[40:60] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"^'{path}' is damaged: .+\.$"):
        load_fashion_mnist(tmp_path)


def test_without_a_connection_what_always_works_is_named(tmp_path, monkeypatch):
    import torchvision.datasets

    def refuse(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", refuse)
    with pytest.raises(DataError) as caught:
        open_dataset("cifar10", root=tmp_path)
    assert str(caught.value) == (
        f"'cifar10' is neither at '{tmp_path}' nor could it be fetched (OSError); without a "
        "connection, 'digits' always works."
    )
