"""Wider, narrower, deeper and shallower networks, with the paper's proportions kept.

``width_multiplier`` scales every width of a table alike (Howard et al. 2017, arXiv 1704.04861,
§3.3, did so with MobileNets); ``depth_multiplier`` the number of units or modules in each stage
(Tan and Le 2019, arXiv 1905.11946). The scaled spec records plain widths: nothing remembers the
multiplier.
"""

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import groupby
from numbers import Real
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from skipcat.errors import NetworkError
from skipcat.networks.rows.convolution import Rows, Width
from skipcat.networks.rows.pruned import UnequalStage
from skipcat.networks.stem import stem_of

if TYPE_CHECKING:
    from skipcat.networks.catalogue import Spec

SMALLEST, LARGEST = 1 / 16, 16.0
STEP = 4  # widths stay multiples of this

Some = TypeVar("Some")


def scale_spec(spec: "Spec", width_multiplier: float = 1, depth_multiplier: float = 1) -> "Spec":
    """Give a spec with widths and depths multiplied and rounded.

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


def _scale_widths(spec: "Spec", multiplier: float) -> "Spec":
    rows: Any = tuple((name, _widen(row, multiplier)) for name, row in spec.rows)
    changes: dict[str, Any] = {"rows": rows}
    if hasattr(spec, "auxiliary_widths"):
        changes["auxiliary_widths"] = tuple(
            _scale(width, multiplier, STEP) for width in spec.auxiliary_widths
        )
    return replace(spec, **changes)


def _widen(value: Some, multiplier: float) -> Some:
    """Scale the fields of a row that are widths, and those of the rows inside it."""
    if isinstance(value, tuple):
        return tuple(_widen(part, multiplier) for part in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    step = math.lcm(STEP, getattr(value, "groups", 1))
    widths = _width_fields(type(value))
    changed = {
        field.name: (
            _scale_all(getattr(value, field.name), multiplier, step)
            if field.name in widths
            else _widen(getattr(value, field.name), multiplier)
        )
        for field in fields(value)
    }
    return replace(value, **changed)


@cache
def _width_fields(kind: type) -> frozenset[str]:
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _holds_widths(hint))


def _holds_widths(hint: Any) -> bool:
    """Tell whether a field is a width, or tuples of them."""
    if get_origin(hint) is tuple:
        return any(_holds_widths(part) for part in get_args(hint))
    return get_origin(hint) is Annotated and bool(hint == Width)


def _scale_all(value: Any, multiplier: float, step: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_scale_all(part, multiplier, step) for part in value)
    return _scale(value, multiplier, step)


def _scale(width: int, multiplier: float, step: int) -> int:
    """Round half up; a width of 0, of a branch that is not there, stays 0."""
    return width and max(step, step * math.floor(width * multiplier / step + 0.5))


def _scale_depth(spec: "Spec", multiplier: float) -> "Spec":
    def more(count: int) -> int:
        return max(1, math.floor(count * multiplier + 0.5))

    stem = stem_of(spec.rows)
    rows: list[tuple[str, Any]] = list(stem)
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


def _stage_name(name: str, row: Any) -> str:
    """Give what the modules of a stage have in common: inception4, Mixed_6."""
    return name[:-1] if _is_module(row) else name


def _is_module(row: Any) -> bool:
    return row.kind in {"inception_v1", "branches"}


def _resample(stage: Rows, more: Callable[[int], int]) -> tuple[Rows, dict[str, str]]:
    """Give a stage of another depth, and where the modules of the old one are found in it."""
    first_name, first = stage[0]
    if not _is_module(first):
        return ((first_name, _lengthen(first, more)),), {}
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
    old = {stage[i][0]: i for i in range(len(stage))}
    found = {name: names[_last_not_after(sources, i)] for name, i in old.items()}
    return rows, found


def _lengthen(row: Any, more: Callable[[int], int]) -> Any:
    """Give a stage of another number of units; unequal ones are kept or repeated evenly."""
    if isinstance(row, UnequalStage):
        old, count = len(row.inner), more(len(row.inner))
        inner = tuple(row.inner[k * old // count] for k in range(count))
        return UnequalStage(replace(row.stage, units=count), inner)
    return replace(row, units=more(row.units)) if hasattr(row, "units") else row


def _last_not_after(sources: list[int], index: int) -> int:
    """Give the place that stands for an old module: where it or what precedes it is last used."""
    return max((k for k, i in enumerate(sources) if i <= index), default=0)


def _letters(number: int) -> str:
    """Give a to z, then za, zb, … so that names stay in order."""
    return "z" * (number // 26) + chr(ord("a") + number % 26)
