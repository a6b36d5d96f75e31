"""What the catalogue knows of a network: its family, its spec, and what it is there for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skipcat.errors import NetworkError

if TYPE_CHECKING:
    from skipcat.networks.catalogue import Spec


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
        """Give the network's name."""
        return self.spec.name

    @property
    def year(self) -> int:
        """Give the paper's year."""
        return self.family.year

    @property
    def paper(self) -> str:
        """Give the paper."""
        return self.family.paper

    @property
    def classes(self) -> int:
        """Give the paper's number of classes."""
        return self.spec.classes

    @property
    def smallest_px(self) -> int:
        """Give the smallest image that the network can be built for."""
        return self.spec.smallest_px


@dataclass(frozen=True)
class Series:
    """Networks that exist for every depth of ``step * n + 2``, listed or not."""

    prefix: str
    step: int
    make: Callable[[int], Entry]

    def find(self, name: str) -> Entry | None:
        """Give the entry of a name, None where the name is of another series.

        Raises:
            NetworkError: there is no such depth.
        """
        depth_text = name.removeprefix(self.prefix)
        if not name.startswith(self.prefix) or not re.fullmatch("0|[1-9][0-9]*", depth_text):
            return None
        depth, step = int(depth_text), self.step
        smallest = step + 2
        if depth >= smallest and depth % step == 2:
            return self.make(depth)
        nearest = max(smallest, step * ((depth - 2 + step // 2) // step) + 2)
        first = ", ".join(str(step * n + 2) for n in (1, 2, 3))
        raise NetworkError(
            f"No network is called '{name}': the depths of {self.prefix} are {step}n+2 "
            f"({first}, …); the nearest is '{self.prefix}{nearest}'."
        )
