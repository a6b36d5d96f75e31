"""A CSV file with the header path,label."""

import csv
from pathlib import Path

from skipcat.data.folders import PARTS, Index
from skipcat.errors import DataError

_SHOWN = 5


def index_csv(path: Path) -> Index:
    """Index a CSV with the columns path and label, and a column part if the user has one.

    Paths are relative to the CSV. `part` is train, val or test, or empty.

    Raises:
        DataError: it is no such CSV, or rows are wrong; all of them at once, by line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = [name.strip() for name in reader.fieldnames or []]
            if "path" not in header or "label" not in header:
                raise DataError(
                    f"'{path}' has the columns {', '.join(header) or 'none'}; the header "
                    "path,label is needed."
                )
            reader.fieldnames = header
            numbered = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"'{path}' cannot be read as a CSV in UTF-8: {error}.") from error
    except OSError as error:
        raise DataError(f"Cannot read '{path}': {error.strerror or error}.") from error
    faults = [fault for line, row in numbered if (fault := _fault(path, line, row))]
    if faults:
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise DataError(f"'{path}' has {len(faults)} bad rows: {'; '.join(faults[:_SHOWN])}{more}.")
    if not numbered:
        raise DataError(f"'{path}' has a header but no rows; one row per image is needed.")
    return Index(tuple(_row(path, row) for _, row in numbered))


def _fault(path: Path, line: int, row: dict[str, str | None]) -> str:
    file, label = (row["path"] or "").strip(), (row["label"] or "").strip()
    part = (row.get("part") or "").strip().lower()
    if not file:
        return f"line {line}: the path is empty"
    if not label:
        return f"line {line}: the label is empty"
    if part and part not in PARTS:
        return f"line {line}: the part '{part}' is not train, val or test"
    if not (path.parent / file).is_file():
        return f"line {line}: there is no file '{file}'"
    return ""


def _row(path: Path, row: dict[str, str | None]) -> tuple[Path, str, str, str]:
    file, label = (row["path"] or "").strip(), (row["label"] or "").strip()
    part = (row.get("part") or "").strip().lower()
    return path.parent / file, label, file, PARTS.get(part, "")
