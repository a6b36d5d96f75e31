"""Labels that a network doubts, which had not been trained on the images in question.

A run may hold `out_of_fold.csv`, in UTF-8, with a header and one row per image:

    name,label,predicted,probability_of_label,probability_of_predicted

`name` is the image's name as a dataset shows it (`rose/a.jpg`), `label` its class when the run was
made, `predicted` the likeliest class in the answer of a network that was trained without this
image (the other folds'), and the two probabilities are calibrated and belong to `label` and to
`predicted`. The doctor only reads it. Further columns are allowed.
"""

import csv
import math
from pathlib import Path

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import Suspect
from skipcat.errors import DataError

FILE = "out_of_fold.csv"
COLUMNS = ("name", "label", "predicted", "probability_of_label", "probability_of_predicted")
_SHOWN = 5


def find_suspects(dataset: Dataset, run: str | Path) -> tuple[Suspect, ...]:
    """Return the images whose label is doubted with confidence, the most doubtful first.

    Confident learning (Northcutt et al. 2021, arXiv 1911.00068, §3.1): an image is suspicious when
    another class is its likeliest, with a probability of at least the mean self-confidence of the
    images that bear that class's label. Ranked by self-confidence, the probability of the label.

    Images that were removed or labelled anew since the run are passed over.

    Raises:
        DataError: the run has no such file, it is damaged, or it is about other data.
    """
    path = Path(run).expanduser() / FILE
    rows = _read(path)
    labels = [dataset.classes[label] for label in dataset.labels]
    label_of = dict(zip(dataset.names, labels, strict=True))
    current = [row for row in rows if label_of.get(row.name) == row.label]
    if not current:
        raise DataError(
            f"'{path}' names {len(rows)} images, none of them with a name and label of "
            f"'{dataset.name}'; give the run that was made of these data."
        )
    confidence: dict[str, list[float]] = {}
    for row in current:
        confidence.setdefault(row.label, []).append(row.probability_of_label)
    usual = {label: float(np.mean(values)) for label, values in confidence.items()}
    doubted = [
        row
        for row in current
        if row.predicted != row.label
        and row.probability_of_predicted >= usual.get(row.predicted, math.inf)
    ]
    return tuple(sorted(doubted, key=lambda row: (row.probability_of_label, row.name)))


def _read(path: Path) -> list[Suspect]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"'{path}' lacks the column {missing[0]}; it needs {_NEEDED}.")
            rows, faults = [], []
            for row in reader:
                suspect = _parse(row)
                if suspect is None:
                    faults.append(reader.line_num)
                else:
                    rows.append(suspect)
    except FileNotFoundError as error:
        raise DataError(
            f"There is no '{path}'; --labels needs a run that judged every image out of fold."
        ) from error
    except OSError as error:
        raise DataError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"'{path}' cannot be read as a CSV in UTF-8: {error}.") from error
    if faults:
        lines = ", ".join(str(line) for line in faults[:_SHOWN])
        raise DataError(f"'{path}' is wrong in line {lines}: probabilities from 0 to 1 are needed.")
    if not rows:
        raise DataError(f"'{path}' has a header but no rows; one row per image is needed.")
    return rows


_NEEDED = ",".join(COLUMNS)


def _parse(row: dict[str, str | None]) -> Suspect | None:
    try:
        of_label = float(row["probability_of_label"] or "")
        of_predicted = float(row["probability_of_predicted"] or "")
    except ValueError:
        return None
    if not (0 <= of_label <= 1 and 0 <= of_predicted <= 1):
        return None
    name, label, predicted = (row[column] or "" for column in COLUMNS[:3])
    return Suspect(name, label, predicted, of_label, of_predicted)
