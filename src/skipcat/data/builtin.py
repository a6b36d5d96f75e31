"""Sets with a name: digits (always there), fashion-mnist and cifar10 (installed or fetched)."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from skipcat.errors import DataError

Loaded = tuple[np.ndarray, np.ndarray, tuple[str, ...], list[str]]  # images, labels, classes, parts

_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_DOWNLOADS = Path.home() / ".cache" / "skipcat"
_FASHION = (
    *("t-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)


def load_digits(root: Path | None = None) -> Loaded:
    """Return scikit-learn's 1,797 handwritten digits, 8x8, grey; it needs no connection."""
    from sklearn.datasets import load_digits as load

    bunch = load()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    labels = bunch.target.astype(np.int64)
    return images, labels, tuple("0123456789"), [""] * len(labels)


def load_fashion_mnist(root: Path | None = None) -> Loaded:
    """Return Fashion-MNIST (Xiao et al. 2017, arXiv 1708.07747): 60,000 + 10,000, 28x28, grey.

    Read from `root` or from Debian's package dataset-fashion-mnist; else torchvision fetches it.
    """
    for folder in [root, _DEBIAN] if root else [_DEBIAN]:
        if (folder / "train-images-idx3-ubyte.gz").is_file():
            train, test = (
                (_read_idx(folder / f"{part}-images-idx3-ubyte.gz", 16, (-1, 28, 28)),
                 _read_idx(folder / f"{part}-labels-idx1-ubyte.gz", 8, (-1,)))
                for part in ("train", "t10k")
            )  # fmt: skip
            return _two_parts(train, test, _FASHION)
    return _fetch("FashionMNIST", "fashion-mnist", _FASHION, root)


def load_cifar10(root: Path | None = None) -> Loaded:
    """Return CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000, 32x32, colour; torchvision fetches it."""
    return _fetch("CIFAR10", "cifar10", None, root)


SETS: dict[str, Callable[[Path | None], Loaded]] = {
    "digits": load_digits,
    "fashion-mnist": load_fashion_mnist,
    "cifar10": load_cifar10,
}


def _fetch(kind: str, name: str, classes: tuple[str, ...] | None, root: Path | None) -> Loaded:
    import torchvision.datasets

    place = root or _DOWNLOADS
    try:
        train, test = (
            getattr(torchvision.datasets, kind)(place, train=train, download=True)
            for train in (True, False)
        )
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"'{name}' is neither at '{place}' nor could it be fetched "
            f"({type(error).__name__}); without a connection, 'digits' always works."
        ) from error
    return _two_parts(
        (np.asarray(train.data), np.asarray(train.targets)),
        (np.asarray(test.data), np.asarray(test.targets)),
        classes or tuple(train.classes),
    )


def _two_parts(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    classes: tuple[str, ...],
) -> Loaded:
    images = np.concatenate([train[0], test[0]])
    labels = np.concatenate([train[1], test[1]]).astype(np.int64)
    return images, labels, classes, ["train"] * len(train[1]) + ["test"] * len(test[1])


def _read_idx(path: Path, header: int, shape: tuple[int, ...]) -> np.ndarray:
    try:
        content = gzip.decompress(path.read_bytes())
        return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"'{path}' is damaged: {error}.") from error
