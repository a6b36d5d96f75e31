"""Entries of the catalogue: family, spec, and what each network is there for."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skipcat.errors import NetworkError, did_you_mean

if TYPE_CHECKING:
    from skipcat.networks.specs import Spec


@dataclass(frozen=True)
class Family:
    """The networks of one paper."""

    name: str
    year: int
    paper: str
    introduced: str


@dataclass(frozen=True)
class Entry:
    """One network of the catalogue: its spec at its own size, and what sets it apart."""

    family: Family
    image_px: int
    spec: "Spec"
    introduced: str

    @property
    def name(self) -> str:
        """Return the network's name."""
        return self.spec.name

    @property
    def paper(self) -> str:
        """Return the paper."""
        return self.family.paper

    @property
    def smallest_px(self) -> int:
        """Return the smallest image that the network can be built for."""
        return self.spec.smallest_px


@dataclass(frozen=True)
class Series:
    """Networks that exist for every depth of ``step * n + 2``, listed or not."""

    prefix: str
    step: int
    make: Callable[[int], Entry]

    def find(self, name: str) -> Entry | None:
        """Return the entry of a name, None where the name is of another series.

        Raises:
            NetworkError: there is no such depth.
        """
        depth = find_depth(name, self.prefix, self.step)
        return None if depth is None else self.make(depth)


def find_depth(name: str, prefix: str, step: int) -> int | None:
    """Return the depth that a name of a series ends in, None for a name of another series.

    Raises:
        NetworkError: the series has no such depth.
    """
    depth_text = name.removeprefix(prefix)
    if not name.startswith(prefix) or not re.fullmatch("0|[1-9][0-9]{0,99}", depth_text):
        return None
    depth, smallest = int(depth_text), step + 2
    if depth >= smallest and depth % step == 2:
        return depth
    nearest = max(smallest, step * ((depth - 2 + step // 2) // step) + 2)
    first = ", ".join(str(step * n + 2) for n in (1, 2, 3))
    raise NetworkError(
        f"No network is called '{name}': the depths of {prefix} are {step}n+2 "
        f"({first}, …); the nearest is '{prefix}{nearest}'."
    )


def split_multiplier(name: str) -> tuple[str, float] | None:
    """Split `googlenet_x0.5` into its name and its width multiplier; None without one.

    The multiplier is written as a number is written shortest.
    """
    found = re.fullmatch(r"(.+)_x(0\.\d*[1-9]|[1-9]\d*|[1-9]\d*\.\d*[1-9])", name)
    return (found[1], float(found[2])) if found else None


def refuse_name(name: str, known: Sequence[str]) -> NetworkError:
    """Return the error for a name that no network has, with the nearest one that some has."""
    # One letter off is a slip for that name: "resnet52" means 50, not 152.
    slips = [
        other
        for other in known
        if len(other) == len(name) and sum(a != b for a, b in zip(other, name, strict=True)) == 1
    ]
    near = did_you_mean(name, slips or known)
    return NetworkError(f"No network is called '{name}'.{near} 'skipcat list' shows all.")
