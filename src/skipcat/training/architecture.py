"""What a network and its first weights may be named by: the catalogue, or a classifier's folder.

So what was pruned trains like any other network, and what was learnt from some images begins
another training.
"""

from dataclasses import replace
from pathlib import Path

from skipcat.classifier_folder import check_weights, read_stored
from skipcat.errors import ClassifierError
from skipcat.networks.catalogue import find_entry
from skipcat.networks.entry import Entry
from skipcat.networks.published import WeightsInfo
from skipcat.networks.unequal import PRUNED

_FILE, _WEIGHTS = "classifier.json", "weights.safetensors"


def find_architecture(name: str) -> Entry:
    """Give the entry of a network of the catalogue, or of the classifier in a folder.

    Raises:
        NetworkError: there is neither.
        ClassifierError: the folder's classifier is damaged, or there is none.
    """
    if not is_classifier(name):
        if Path(name).is_dir() or Path(name).is_absolute():
            raise ClassifierError(_say_none(name))
        return find_entry(name)
    stored = read_stored(Path(name) / _FILE)
    return replace(find_entry(stored.spec.name.removesuffix(PRUNED)), spec=stored.spec)


def is_classifier(name: str) -> bool:
    """Tell whether a name is the folder of a classifier."""
    return bool(name) and (Path(name) / _FILE).is_file()


def name_architecture(name: str | Path) -> str:
    """Give a name by which a run finds its network, or its weights, from every other folder."""
    return str(Path(name).resolve()) if is_classifier(str(name)) else str(name)


def find_weights(name: str) -> tuple[Path, WeightsInfo | None]:
    """Give the file of the weights to start from, and of a classifier what its images were like.

    Raises:
        ClassifierError: the folder's classifier is damaged.
    """
    folder = Path(name)
    if not is_classifier(name):
        if folder.is_dir():
            raise ClassifierError(_say_none(name))
        return folder, None
    stored = read_stored(folder / _FILE)
    check_weights(stored, folder / _WEIGHTS)
    seen = stored.preprocessing
    info = WeightsInfo(seen.mean, seen.std, seen.image_px, source=f"'{name}'", url="")
    return folder / _WEIGHTS, info


def _say_none(name: str) -> str:
    """Say that a folder that names a network, or weights, is no classifier's."""
    where = "it has no classifier.json" if Path(name).is_dir() else "it does not exist"
    return f"'{name}' is no classifier: {where}."
