"""Where every benchmark's figures go: a CSV in results/, to which rows are only ever added."""

import csv
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def append_row(path: Path, row: Mapping[str, object]) -> None:
    """Add a row; a new file gets the row's fields for its header.

    Raises:
        ValueError: the row has a field that the file's header lacks.
    """
    columns = list(row)
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            columns = next(csv.reader(file))
    path.parent.mkdir(exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Give a CSV's rows; none where it does not exist yet."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
