"""What a network and its first weights may be named by: the catalogue, or a classifier's folder.

So what was pruned trains like any other network, and what was learnt from some images begins
another training.
"""

from dataclasses import replace
from pathlib import Path

from skipcat.classifier import load
from skipcat.classifier_folder import compute_sha256
from skipcat.errors import ClassifierError, NetworkError
from skipcat.files import is_file, is_folder
from skipcat.networks.catalogue import find_entry
from skipcat.networks.entry import Entry
from skipcat.networks.rows.pruned import PRUNED
from skipcat.networks.specs import Spec
from skipcat.networks.weights.torchvision import WeightsInfo

WEIGHTS = "weights.safetensors"


def find_architecture(name: str, kept: Spec | None = None) -> Entry:
    """Return the entry of a network of the catalogue, or of the classifier in a folder.

    `kept` is the spec of that classifier as a run has kept it, which needs the folder no more.

    Raises:
        NetworkError: there is neither.
        ClassifierError: the folder's classifier is damaged, or there is none.
    """
    if not (is_classifier(name) or is_folder(Path(name)) or Path(name).is_absolute()):
        return find_entry(name)
    spec = kept or load(name).network.spec
    try:
        return replace(find_entry(spec.name.removesuffix(PRUNED)), spec=spec)
    except NetworkError as error:
        raise ClassifierError(
            f"'{name}' is of a network that is not known here: {error}"
        ) from error


def is_classifier(name: str) -> bool:
    """Tell whether a name is the folder of a classifier."""
    return bool(name) and is_file(Path(name) / "classifier.json")


def name_architecture(name: str | Path) -> str:
    """Return a name by which a run finds its network, or its weights, from every other folder."""
    return str(Path(name).resolve()) if is_classifier(str(name)) else str(name)


def is_same_place(name: str, other: str) -> bool:
    """Tell whether a name is that of a folder by its whole path, be the folder gone or not."""
    return bool(name) and Path(other).is_absolute() and str(Path(name).resolve()) == other


def hash_weights(name: str) -> str:
    """Give the SHA-256 of the file of weights that a name stands for; "" where it is no file's."""
    if name in ("none", "torchvision"):
        return ""
    path = Path(name)
    return compute_sha256(path / WEIGHTS if is_classifier(name) else path)


def find_weights(name: str) -> tuple[Path, WeightsInfo | None]:
    """Return the file of the weights to start from, and of a classifier what its images were like.

    Raises:
        ClassifierError: the folder's classifier is damaged, or there is none.
    """
    if not is_folder(Path(name)):
        return Path(name), None
    seen = load(name).preprocessing
    info = WeightsInfo(seen.mean, seen.std, seen.image_px, source=f"'{name}'", url="")
    return Path(name) / WEIGHTS, info
