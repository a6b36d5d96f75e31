"""The catalogue as a list: recorded in listing.json, so that showing it builds nothing.

`python tests/networks/test_networks_listing.py` writes the record anew, and a test compares it with
the networks as they are built. Nothing here imports torch.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from skipcat.networks.entry import find_depth, refuse_name, split_multiplier


@dataclass(frozen=True)
class ListedNetwork:
    """One network of the catalogue, at its paper's image size and classes.

    Units: `macs` are multiply-adds of one image; `parameters` are without auxiliary heads.
    """

    name: str
    family: str
    year: int
    image_px: int
    smallest_px: int
    parameters: int
    macs: int
    pretrained: bool
    introduced: str
    family_introduced: str
    paper: str

    def to_dict(self) -> dict[str, object]:
        """Return the network as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Listing:
    """The listed networks, oldest family first, and series of more depths: prefix -> step."""

    networks: tuple[ListedNetwork, ...]
    series: dict[str, int]


@cache
def read_listing() -> Listing:
    """Read the record."""
    text = files("skipcat.networks").joinpath("listing.json").read_text(encoding="utf-8")
    return TypeAdapter(Listing).validate_python(json.loads(text))


def check_name(name: str) -> None:
    """Check that the catalogue has a network of this name, before torch is imported.

    Raises:
        NetworkError: there is no such network.
    """
    listing = read_listing()
    known = [network.name for network in listing.networks]
    if name in known or any(find_depth(name, *one) for one in listing.series.items()):
        return
    if scaled := split_multiplier(name):
        return check_name(scaled[0])
    raise refuse_name(name, known)
