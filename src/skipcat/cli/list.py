"""skipcat list: the catalogue as a table."""

from itertools import groupby

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.text.translation import Message, _
from skipcat.text.width import fill, pad


def list_command(json: arguments.Json = False) -> None:
    """List the networks, oldest family first: a map of the field.

    Native image size, parameters and multiply-adds of one image of that size.
    """
    from skipcat.networks.listing import read_listing

    listing = read_listing()
    if json:
        print_json([network.to_dict() for network in listing.networks])
        return
    name, px = pad(_("network"), 20), pad(_("px"), 5, right=True)
    figures = pad(_("params M"), 9, right=True) + pad(_("MACs G"), 9, right=True)
    print(f"  {name}{px}{figures}  {_('what sets it apart')}")
    families = groupby(
        listing.networks, key=lambda one: (one.year, one.family, one.family_introduced)
    )
    for (year, family, introduced), members in families:
        print(f"\n{year}  {family}: {_(introduced)}")
        for one in members:
            name = one.name + ("*" if one.pretrained else "")
            size = f"{one.image_px:>5}{one.parameters / 1e6:>9.2f}{one.macs / 1e9:>9.3f}"
            print(f"  {name:<20}{size}  {_(one.introduced)}")
    others = ", ".join(f"{prefix}{{{step}n+2}}" for prefix, step in listing.series.items())
    print()
    for foot in _LIST_FOOT:
        print(fill(_(foot)))
    print(fill(_("For every n: {series}.", series=others)))


_LIST_FOOT = (
    Message("px: the paper's image size. M: 10^6. G: 10^9 multiply-adds of one such image."),
    Message("* torchvision has weights for it: --pretrained torchvision."),
    Message("'skipcat show NETWORK' shows its rows, 'skipcat verify NETWORK' its paper's."),
)
