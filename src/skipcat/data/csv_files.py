"""A CSV file with the header path,label."""

import csv
from pathlib import Path

from skipcat.data.folders import PARTS, Index, Row
from skipcat.errors import DataError
from skipcat.files import is_file

_SHOWN = 20


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
    faults = {line: fault for line, row in numbered if (fault := _fault(path, row))}
    rows, repeated = _drop_repeated(path, [n for n in numbered if n[0] not in faults], faults)
    if faults:
        more = f"; and {len(faults) - _SHOWN:,} more" if len(faults) > _SHOWN else ""
        told = [f"line {line}: {fault}" for line, fault in sorted(faults.items())[:_SHOWN]]
        count = f"{len(faults)} bad row{'s' if len(faults) > 1 else ''}"
        raise DataError(f"'{path}' has {count}: {'; '.join(told)}{more}.")
    if not numbered:
        raise DataError(f"'{path}' has a header but no rows; one row per image is needed.")
    return Index(rows, {"a row that repeats another": repeated} if repeated else {})


def _drop_repeated(
    path: Path, numbered: list[tuple[int, dict[str, str | None]]], faults: dict[int, str]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Give the rows without repetitions, and what was repeated; add contradictions to `faults`."""
    first: dict[str, tuple[int, Row]] = {}
    repeated = []
    for line, values in numbered:
        row = _row(path, values)
        before, known = first.setdefault(row[2], (line, row))
        if known != row:
            faults[line] = f"'{row[2]}' has another label or part than on line {before}"
        elif before != line:
            repeated.append(row[2])
    return tuple(row for _, row in first.values()), tuple(repeated)


def _values(row: dict[str, str | None]) -> tuple[str, str, str]:
    """Return path, label and part."""
    file, label, part = ((row.get(name) or "").strip() for name in ("path", "label", "part"))
    return file, label, part.lower()


def _fault(path: Path, row: dict[str, str | None]) -> str:
    file, label, part = _values(row)
    if not file:
        return "the path is empty"
    if not label:
        return "the label is empty"
    if part and part not in PARTS:
        return f"the part '{part}' is not train, val or test"
    if not is_file(path.parent / file):
        return f"there is no file '{file}'"
    return ""


def _row(path: Path, row: dict[str, str | None]) -> Row:
    file, label, part = _values(row)
    return path.parent / file, label, file, PARTS.get(part, "")
