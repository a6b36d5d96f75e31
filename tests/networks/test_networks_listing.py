"""The recorded list of networks is what the built ones are.

`python tests/networks/test_networks_listing.py` writes src/skipcat/networks/listing.json anew.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from skipcat.cost.counting import measure_cost
from skipcat.errors import NetworkError
from skipcat.networks.catalogue import SERIES, find_entry, list_entries
from skipcat.networks.listing import ListedNetwork, Listing, check_name, read_listing
from skipcat.networks.weights.torchvision import PUBLISHED

RECORD = Path(__file__).parents[2] / "src" / "skipcat" / "networks" / "listing.json"


def list_as_built() -> Listing:
    networks = []
    for entry in list_entries():
        cost = measure_cost(entry.name)
        networks.append(
            ListedNetwork(
                entry.name,
                entry.family.name,
                entry.family.year,
                entry.image_px,
                entry.smallest_px,
                cost.parameters,
                cost.macs,
                entry.name in PUBLISHED,
                entry.introduced,
                entry.family.introduced,
                entry.paper,
            )
        )
    return Listing(tuple(networks), {one.prefix: one.step for one in SERIES})


def test_the_record_is_what_is_built() -> None:
    assert read_listing() == list_as_built()


@pytest.mark.parametrize(
    "name", ["resnet18", "resnet_cifar68", "googlenet_x0.5", "preact_cifar20_x2"]
)
def test_names_of_networks_pass(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name", ["resnet52", "resnet_cifar21", "x", "googlenet_x", "resnte18_x0.5"]
)
def test_other_names_are_refused_as_by_the_catalogue(name: str) -> None:
    with pytest.raises(NetworkError) as early:
        check_name(name)
    with pytest.raises(NetworkError) as late:
        find_entry(name)
    assert str(early.value) == str(late.value)


if __name__ == "__main__":
    text = json.dumps(asdict(list_as_built()), ensure_ascii=False, indent=1)
    RECORD.write_text(text + "\n", encoding="utf-8")
