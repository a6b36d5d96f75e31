"""The row of a table: what every kind of row can do, and what it does unless it says otherwise.

A row is plain values: what the paper prints. A new kind of row is one file in this folder, and its
name in the union of `specs.py`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, Self, get_args, get_origin, get_type_hints

from torch import nn

# Channels: what `width_multiplier` scales, wherever it stands in a row.
Width = Annotated[int, "width"]
STEP = 4  # scaled widths stay multiples of this


class BuildContext(Protocol):
    """The network around a row, as far as a row needs it; every spec is one."""

    @property
    def classes(self) -> int:
        """Return the number of classes."""

    @property
    def norm_eps(self) -> float | None:
        """Return batch normalisation's epsilon, None where biases stand for norms."""


@dataclass(frozen=True)
class Row(ABC):
    """One line of a table, or a layer inside one."""

    is_plain: ClassVar[bool] = False  # one layer, as stems are made of
    is_module: ClassVar[bool] = False  # several such rows make a stage: inception4a, inception4b, …

    @abstractmethod
    def build(self, in_width: int, context: BuildContext) -> tuple[nn.Module, int]:
        """Build the module on so many channels; return it with its output width."""

    def grid_after(self, grid_px: int) -> int:
        """Return the output grid, 0 or less where the input is too small."""
        return grid_px

    @property
    def reduction(self) -> int:
        """Return the factor by which the grid shrinks; a field named stride says it."""
        return int(getattr(self, "stride", 1))

    def without_stride(self) -> "Row":
        """Return the row for small images, which keeps the grid."""
        return replace(self, **{"stride": 1}) if hasattr(self, "stride") else self

    def read(self, module: nn.Module) -> Self:
        """Return the row that describes a module whose layers were cut."""
        return self

    def scaled(self, multiplier: float) -> Self:
        """Return the row with every width multiplied, in it and in the rows inside it.

        Widths are rounded to the nearest multiple of 4, of the number of groups where there are
        some, and are never less.
        """
        step = math.lcm(STEP, getattr(self, "groups", 1))
        widths = _width_fields(type(self))
        changed: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in widths:
                changed[field.name] = scale_widths(value, multiplier, step)
            else:
                changed[field.name] = _scale_inside(value, multiplier)
        return replace(self, **changed)

    def lengthened(self, more: Callable[[int], int]) -> "Row":
        """Return a stage with another number of units, other rows as they are."""
        units = getattr(self, "units", None)
        return self if units is None else replace(self, **{"units": more(units)})

    def is_stem(self) -> bool:
        """Return whether the row belongs to the stem where no module or stage precedes it."""
        return self.is_plain


Rows = tuple[tuple[str, Row], ...]


def scale_widths(value: Any, multiplier: float, step: int = STEP) -> Any:
    """Scale a width, or tuples of them; round half up, and keep the 0 of an absent branch."""
    if isinstance(value, tuple):
        return tuple(scale_widths(part, multiplier, step) for part in value)
    return value and max(step, step * math.floor(value * multiplier / step + 0.5))


def _scale_inside(value: Any, multiplier: float) -> Any:
    if isinstance(value, tuple):
        return tuple(_scale_inside(part, multiplier) for part in value)
    return value.scaled(multiplier) if isinstance(value, Row) else value


@cache
def _width_fields(kind: type) -> frozenset[str]:
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _holds_widths(hint))


def _holds_widths(hint: Any) -> bool:
    """Return whether a field is a width, or tuples of them."""
    if get_origin(hint) is tuple:
        return any(_holds_widths(part) for part in get_args(hint))
    return get_origin(hint) is Annotated and bool(hint == Width)
