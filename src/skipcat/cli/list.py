"""skipcat list: the catalogue as a table."""

from itertools import groupby
from textwrap import fill

from skipcat.cli.arguments import JsonOption, print_json

WIDEST_LINE = 80


def list_command(json: JsonOption = False) -> None:
    """List the networks, oldest family first: a map of the field.

    Native image size, parameters and multiply-adds of one image of that size.
    """
    from skipcat.networks.listing import read_listing

    listing = read_listing()
    if json:
        print_json([network.to_dict() for network in listing.networks])
        return
    print(_LIST_HEAD)
    families = groupby(
        listing.networks, key=lambda one: (one.year, one.family, one.family_introduced)
    )
    for (year, family, introduced), members in families:
        print(f"\n{year}  {family}: {introduced}")
        for one in members:
            name = one.name + ("*" if one.pretrained else "")
            size = f"{one.image_px:>5}{one.parameters / 1e6:>9.2f}{one.macs / 1e9:>9.3f}"
            print(f"  {name:<20}{size}  {one.introduced}")
    others = ", ".join(f"{prefix}{{{step}n+2}}" for prefix, step in listing.series.items())
    print(f"\n{_LIST_FOOT}\n{fill(f'For every n: {others}.', WIDEST_LINE)}")


_LIST_HEAD = f"  {'network':<20}{'px':>5}{'params M':>9}{'MACs G':>9}  what sets it apart"
_LIST_FOOT = """px: the paper's image size. M: 10^6. G: 10^9 multiply-adds of one such image.
* torchvision has weights for it: --pretrained torchvision.
'skipcat show NETWORK' shows its rows, 'skipcat verify NETWORK' its paper's."""
