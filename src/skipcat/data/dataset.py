"""What the user has, indexed once: images, labels, class names, and the parts they came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from skipcat.data import builtin, csv_files, folders
from skipcat.data.exclusion import Exclude, read_names
from skipcat.errors import DataError, did_you_mean
from skipcat.files import is_file, is_folder

EXCLUDED = "excluded by you"
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, not yet decoded.

    `images[i]` is a path or a uint8 array (H, W[, C]); `names[i]` is what a person calls it.
    `parts[i]` is "train", "validation" or "test" where the user divided the images, else "".
    `source` is what the user named: a folder, a file or a set; "" for arrays.

    Shapes: `labels` (N,) indices into `classes`.
    """

    name: str
    classes: tuple[str, ...]
    images: Sequence[Path] | np.ndarray
    labels: np.ndarray
    names: Sequence[str]
    parts: Sequence[str]
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Sequence[int] | np.ndarray) -> "Dataset":
        """Return the dataset of some rows, in their order."""
        images = self.images
        return replace(
            self,
            images=images[rows] if isinstance(images, np.ndarray) else [images[r] for r in rows],
            labels=self.labels[rows],
            names=[self.names[row] for row in rows],
            parts=[self.parts[row] for row in rows],
        )


def open_dataset(
    data: object, *, root: Path | None = None, exclude: Exclude | None = None
) -> Dataset:
    """Index a folder of class folders, a CSV file, an (images, labels) pair, or a named set.

    A folder may hold `train/` and `val/` and/or `test/`, each with class folders. A CSV has the
    header `path,label`, its paths relative to the CSV. Named sets: digits, fashion-mnist,
    cifar10; `root` is where an installed copy of one lies or a download goes. A file or folder
    that exists is taken before a named set of the same name. `exclude` names images to leave out:
    a list, or the file of one, one name a line.

    Raises:
        DataError: there is no such data, or it cannot be used; all faults of a CSV at once.
    """
    if exclude is not None:
        return exclude_images(open_dataset(data, root=root), exclude)
    if isinstance(data, Dataset):
        return data
    if isinstance(data, tuple):
        return _from_arrays(data)
    if not isinstance(data, str | Path):
        raise DataError(
            f"Data of type {type(data).__name__} cannot be opened; give a folder, a CSV file, "
            "the name of a set, or a pair (images, labels)."
        )
    if not str(data):
        raise DataError("The name of the data is empty; give a folder, a CSV or a named set.")
    path = Path(data).expanduser()
    if is_folder(path):
        return _from_index(path.resolve().name, folders.index_folder(path), str(data))
    if is_file(path):
        if path.suffix.lower() != ".csv":
            raise DataError(
                f"'{path}' is a file but no CSV; give a folder of class folders, or a CSV with the "
                "header path,label."
            )
        return _from_index(path.stem, csv_files.index_csv(path), str(data))
    if str(data) in builtin.SETS:
        images, labels, classes, parts = builtin.SETS[str(data)](root)
        names = [f"{data}[{i}]" for i in range(len(labels))]
        return Dataset(str(data), classes, images, labels, names, parts, source=str(data))
    raise DataError(
        f"There is no folder or file '{data}', and no set is called so."
        f"{did_you_mean(str(data), builtin.SETS)} Named sets: {', '.join(builtin.SETS)}."
    )


def exclude_images(dataset: Dataset, exclude: Exclude) -> Dataset:
    """Leave out the images that a list names: a file, or the names themselves.

    They are counted and named under "excluded by you". Names of files that are not used anyway
    may stand in the list.

    Raises:
        DataError: the file cannot be read, or names an image that the data do not hold.
    """
    where, names = read_names(exclude)
    known = set(dataset.names)
    idle = {name.split(": ")[0] for left in dataset.left_out.values() for name in left}
    strange = [name for name in names if name not in known and name not in idle]
    if strange:
        raise DataError(_say_strange(where, dataset, strange))
    out = set(names) & known
    if not out:
        return dataset
    rows = [row for row, name in enumerate(dataset.names) if name not in out]
    if not rows:
        raise DataError(f"{where} excludes every image of '{dataset.name}'; none is left to use.")
    kept = dataset.take(rows)
    if emptied := set(dataset.labels.tolist()) - set(kept.labels.tolist()):
        shown = ", ".join(repr(dataset.classes[label]) for label in sorted(emptied)[:_SHOWN])
        raise DataError(f"{where} names every image of {shown}; keep some, or drop the class.")
    excluded = tuple(name for name in dataset.names if name in out)
    return replace(kept, left_out={**dataset.left_out, EXCLUDED: excluded})


def _say_strange(where: str, dataset: Dataset, strange: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in strange[:_SHOWN])
    more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
    what = "an image" if len(strange) == 1 else f"{len(strange)} images"
    hint = did_you_mean(strange[0], dataset.names)
    return f"{where} names {what} that '{dataset.name}' does not hold: {shown}{more}.{hint}"


def _from_index(name: str, index: "folders.Index", source: str) -> Dataset:
    classes = tuple(sorted({label for _, label, _, _ in index.rows}))
    number = {label: i for i, label in enumerate(classes)}
    rows = sorted(index.rows, key=lambda row: (row[3], row[2]))
    return Dataset(
        name=name,
        classes=classes,
        images=[path for path, _, _, _ in rows],
        labels=np.array([number[label] for _, label, _, _ in rows], dtype=np.int64),
        names=[shown for _, _, shown, _ in rows],
        parts=[part for _, _, _, part in rows],
        left_out=index.left_out,
        source=source,
    )


def _from_arrays(pair: tuple) -> Dataset:
    if len(pair) != 2:
        raise DataError(f"A pair (images, labels) is needed; a tuple of {len(pair)} was given.")
    try:
        images, values = np.asarray(pair[0]), np.asarray(pair[1])
    except ValueError as error:
        raise DataError(
            "The pair (images, labels) holds images of several shapes; one array (N, H, W[, C]) "
            "is needed."
        ) from error
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise DataError(
            f"Images are an array of shape {images.shape} and dtype {images.dtype}; "
            "(N, H, W) or (N, H, W, C) of uint8 is needed."
        )
    if images.ndim == 4 and images.shape[3] not in (1, 3, 4):
        hint = " Move the channels to the end." if images.shape[1] in (1, 3, 4) else ""
        raise DataError(f"Images have {images.shape[3]} channels; 1, 3 or 4 are allowed.{hint}")
    if values.shape != (len(images),):
        raise DataError(f"{len(images)} images need {len(images)} labels; given: {values.shape}.")
    if not len(images):
        raise DataError("The pair (images, labels) is empty; at least one image is needed.")
    distinct, labels = np.unique(_check_labels(values), return_inverse=True)
    names = [f"images[{i}]" for i in range(len(images))]
    classes = tuple(str(value) for value in distinct)
    return Dataset("arrays", classes, images, labels.astype(np.int64), names, [""] * len(images))


def _check_labels(values: np.ndarray) -> np.ndarray:
    """Return labels as integers or strings, of which each is a class."""
    if values.dtype.kind == "O" and all(isinstance(value, str) for value in values):
        values = values.astype(str)
    if values.dtype.kind == "f":
        if not np.array_equal(values, np.rint(values)) or np.isinf(values).any():
            raise DataError("Labels hold NaN, infinity or fractions; integers or strings are due.")
        values = values.astype(np.int64)
    if values.dtype.kind not in "biuU":
        raise DataError(f"Labels have dtype {values.dtype}; integers or strings are needed.")
    if values.dtype.kind == "U" and np.any(np.char.strip(values) == ""):
        raise DataError("A label is an empty string; every image needs the name of its class.")
    return values
