"""Wider, narrower, deeper and shallower networks, with the paper's proportions kept.

``width_multiplier`` scales every width of a table alike (Howard et al. 2017, arXiv 1704.04861,
§3.3, did so with MobileNets); ``depth_multiplier`` the number of units or modules in each stage
(Tan and Le 2019, arXiv 1905.11946). The scaled spec records plain widths: nothing remembers the
multiplier.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from numbers import Real
from typing import Any

from skipcat.errors import NetworkError
from skipcat.networks.rows.row import Row, Rows, scale_widths
from skipcat.networks.specs import Spec
from skipcat.networks.stem import stem_of

SMALLEST, LARGEST = 1 / 16, 16.0


def scale_spec(spec: Spec, width_multiplier: float = 1, depth_multiplier: float = 1) -> Spec:
    """Return a spec with widths and depths multiplied and rounded.

    Widths are rounded to the nearest multiple of 4, of the number of groups where there are some,
    and are never less. Units and modules of a stage are at least one; a stage that grows repeats
    its modules in order, one that shrinks keeps them evenly.

    Raises:
        NetworkError: a multiplier is out of range.
    """
    for name, value in (("width", width_multiplier), ("depth", depth_multiplier)):
        if not isinstance(value, Real) or not SMALLEST <= value <= LARGEST:
            shown = f"{value:g}" if isinstance(value, Real) else repr(value)
            raise NetworkError(
                f"{name}_multiplier is {shown}, allowed: {SMALLEST:g} to {LARGEST:g}."
            )
    if width_multiplier != 1:
        spec = _scale_widths(spec, width_multiplier)
    return spec if depth_multiplier == 1 else _scale_depth(spec, depth_multiplier)


def _scale_widths(spec: Spec, multiplier: float) -> Spec:
    rows = tuple((name, row.scaled(multiplier)) for name, row in spec.rows)
    changes: dict[str, Any] = {"rows": rows}
    if hasattr(spec, "auxiliary_widths"):
        changes["auxiliary_widths"] = scale_widths(spec.auxiliary_widths, multiplier)
    return replace(spec, **changes)


def _scale_depth(spec: Spec, multiplier: float) -> Spec:
    def more(count: int) -> int:
        return max(1, math.floor(count * multiplier + 0.5))

    stem = stem_of(spec.rows)
    rows: list[tuple[str, Row]] = list(stem)
    renamed: dict[str, str] = {}
    for _, stage in groupby(spec.rows[len(stem) :], key=lambda named: _stage_name(*named)):
        kept, names = _resample(tuple(stage), more)
        rows += kept
        renamed |= names
    changes: dict[str, Any] = {"rows": tuple(rows)}
    if hasattr(spec, "auxiliary_rows"):
        heads = [renamed.get(row, row) for row in spec.auxiliary_rows]
        changes["auxiliary_rows"] = tuple(dict.fromkeys(heads))
    return replace(spec, **changes)


def _stage_name(name: str, row: Row) -> str:
    """Return what the modules of a stage have in common: inception4, Mixed_6."""
    return name[:-1] if row.is_module else name


def _resample(stage: Rows, more: Callable[[int], int]) -> tuple[Rows, dict[str, str]]:
    """Return a stage of another depth, and where the modules of the old one are found in it."""
    first_name, first = stage[0]
    if not first.is_module:
        return ((first_name, first.lengthened(more)),), {}
    letter = first_name[-1]
    if not letter.isalpha():  # a reduction that stands alone
        return stage, {}
    repeated = [i for i, (_, row) in enumerate(stage) if row.grid_after(64) == 64]
    before = [i for i in range(len(stage)) if i not in repeated and i == 0]
    after = [i for i in range(len(stage)) if i not in repeated and i > 0]
    count = more(len(repeated)) if repeated else 0
    sources = [*before, *(repeated[k * len(repeated) // count] for k in range(count)), *after]
    prefix, start = first_name[:-1], ord(letter) - ord("a")
    names = [f"{prefix}{_letters(start + k)}" for k in range(len(sources))]
    rows = tuple((name, stage[i][1]) for name, i in zip(names, sources, strict=True))
    old = {name: i for i, (name, _) in enumerate(stage)}
    # An old module is found where it, or what precedes it, is used last.
    last = {i: max((k for k, j in enumerate(sources) if j <= i), default=0) for i in old.values()}
    return rows, {name: names[last[i]] for name, i in old.items()}


def _letters(number: int) -> str:
    """Return a to z, then za, zb, … so that names stay in order."""
    return "z" * (number // 26) + chr(ord("a") + number % 26)
