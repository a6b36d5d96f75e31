"""What a network's drawing is made of: boxes, the ways in which they are joined, rows of them.

Plain descriptions, from the input downwards; `flow.py` finds their places and draws them.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["convolution", "pool", "activation", "linear", "concatenation", "other"]


@dataclass(frozen=True)
class Box:
    """A layer; a line break starts a second line, "dashed" is a layer that is not there."""

    words: str
    kind: Kind = "other"
    small: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Chain:
    """Parts one after another; none is a line that goes straight through."""

    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Parallel:
    """Branches side by side on one input; without words they meet in what comes next."""

    branches: tuple["Part", ...]
    words: str = ""


@dataclass(frozen=True)
class ResidualPart:
    """A branch and the shortcut around it, which meet in a sum.

    `note` stands beside a shortcut without layers, `after` beside the sum; a shortcut that changes
    shapes is dashed, as in He et al. 2016, Fig. 3.
    """

    branch: "Part"
    shortcut: Chain = Chain()
    note: str = ""
    after: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Repeat:
    """One part that stands for several equal ones in a row."""

    part: "Part"
    times: int


Part = Box | Chain | Parallel | ResidualPart | Repeat


@dataclass(frozen=True)
class DrawnRow:
    """One row, or several equal ones that stand together: names, drawing, figures.

    Figures are of all its names together, None where a row has none. `explained` is shown when the
    mouse rests on it.

    Units: milliseconds as measured; MACs of one image.
    """

    names: tuple[str, ...]
    part: Part
    output: str
    what: str = ""
    explained: str = ""
    head: Box | None = None
    parameters: int = 0
    macs: int = 0
    receptive_field_px: int | None = None
    milliseconds: float | None = None


@dataclass(frozen=True)
class Architecture:
    """A network's drawing: title, rows from the input to the logits, sums, and what to know."""

    title: str
    subtitle: str
    rows: tuple[DrawnRow, ...]
    parameters: int
    macs: int
    receptive_field_px: int
    notes: tuple[str, ...] = ()


def in_order(part: Part) -> tuple[Part, ...]:
    """Return a part and all that is in it, outermost first."""
    if isinstance(part, Chain):
        inner: tuple[Part, ...] = part.parts
    elif isinstance(part, Parallel):
        inner = part.branches
    elif isinstance(part, ResidualPart):
        inner = (part.branch, part.shortcut)
    else:
        inner = (part.part,) if isinstance(part, Repeat) else ()
    return (part, *(found for one in inner for found in in_order(one)))
