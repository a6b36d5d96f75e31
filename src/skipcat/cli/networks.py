"""skipcat list, and skipcat show NETWORK: the catalogue, and one network as its paper's table."""

from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from skipcat.cli.options import JsonOption, print_json

if TYPE_CHECKING:
    from skipcat.cost.counting import Cost
    from skipcat.cost.memory import TrainingMemory
    from skipcat.networks.catalogue import Spec
    from skipcat.networks.entry import Entry

WIDEST_LINE = 80


def list_command(json: JsonOption = False) -> None:
    """List the networks by family, with their costs.

    M: millions of parameters; G: thousand millions of multiply-adds for one image.
    """
    from skipcat.cost.counting import measure_cost
    from skipcat.networks.catalogue import list_entries

    rows = [(entry, measure_cost(entry.name)) for entry in list_entries()]
    if json:
        print_json([_describe(entry, cost) for entry, cost in rows])
        return
    print(_LIST_HEAD)
    for family, members in groupby(rows, key=lambda row: row[0].family):
        print()
        print(fill(f"{family.name}, {family.year}: {family.introduced}", WIDEST_LINE))
        for entry, cost in members:
            figures = (
                f"  {entry.name:<20}{entry.image_px:>4}"
                f"{cost.parameters / 1e6:>9.2f}{cost.macs / 1e9:>8.2f}  "
            )
            print(
                fill(entry.introduced, WIDEST_LINE, initial_indent=figures, subsequent_indent=_GAP)
            )


_LIST_HEAD = f"  {'network':<20}{'px':>4}{'param. M':>9}{'MACs G':>8}  what it is"
_GAP = " " * 45


def _describe(entry: "Entry", cost: "Cost") -> dict[str, object]:
    return {
        "name": entry.name,
        "family": entry.family.name,
        "year": entry.year,
        "image_px": entry.image_px,
        "smallest_px": entry.smallest_px,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "introduced": entry.introduced,
        "family_introduced": entry.family.introduced,
        "paper": entry.paper,
    }


def show_command(
    network: Annotated[str, typer.Argument(metavar="NETWORK", help="One of 'skipcat list'.")],
    image_px: Annotated[
        int | None, typer.Option("--image-px", help="Side of the input. [default: its own]")
    ] = None,
    classes: Annotated[
        int | None, typer.Option("--classes", help="Number of classes. [default: its own]")
    ] = None,
    width_multiplier: Annotated[
        float, typer.Option("--width-multiplier", help="Times the paper's widths.")
    ] = 1,
    depth_multiplier: Annotated[
        float, typer.Option("--depth-multiplier", help="Times the paper's units or modules.")
    ] = 1,
    training: Annotated[
        bool, typer.Option("--training", help="Foresee the peak memory of training as well.")
    ] = False,
    batch: Annotated[
        int, typer.Option("--batch", min=2, help="Images in one step, with --training.")
    ] = 64,
    json: JsonOption = False,
) -> None:
    """Show one network as its paper's table.

    Rows, output shapes, parameters, multiply-adds, receptive field.
    """
    from skipcat.cost.counting import measure_cost
    from skipcat.networks.catalogue import find_entry, make_spec

    spec = make_spec(
        network,
        classes,
        image_px,
        width_multiplier=width_multiplier,
        depth_multiplier=depth_multiplier,
    )
    cost = measure_cost(spec, image_px)
    memory = _foresee(spec, cost.image_px, batch) if training else []
    if json:
        more = {"training": [each.to_dict() for each in memory]} if training else {}
        print_json(cost.to_dict() | more)
        return
    entry = find_entry(network)
    print(fill(f"{network}: {entry.paper}", WIDEST_LINE))
    print(f"{cost.image_px} px, {cost.channels} channels, {cost.classes} classes\n")
    _print(_show_rows(cost))
    if cost.auxiliary_parameters:
        print(f"Auxiliary heads, in training only: {cost.auxiliary_parameters:,} parameters more.")
    print("MACs are multiply-adds of convolutions and linear layers, of one image.")
    if memory:
        print(f"\nTraining at batch {batch}, beside what Python and torch take (MiB):")
        print(f"  {'activations kept':<22}{'activations':>12}{'weights x5':>12}{'peak':>8}")
    for each in memory:
        figures = f"{each.activations_mib:>12,.0f}{each.weights_mib:>12,.0f}{each.peak_mib:>8,.0f}"
        print(f"  {_KEPT[each.activation_memory]:<22}{figures}")


_KEPT = {"all": "all", "sqrt": "sqrt of the depth"}


def _foresee(spec: "Spec", image_px: int, batch: int) -> "list[TrainingMemory]":
    from skipcat.cost.memory import predict_training_memory

    return [
        predict_training_memory(spec, image_px, batch=batch, activation_memory="all"),
        predict_training_memory(spec, image_px, batch=batch, activation_memory="sqrt"),
    ]


def _show_rows(cost: "Cost") -> Table:
    table = _table("row", "what it is", "output", ">parameters", ">MACs M", ">sees px")
    for row in cost.rows:
        table.add_row(
            row.name,
            row.description,
            "x".join(str(length) for length in row.output_shape),
            f"{row.parameters:,}" if row.parameters else "",
            f"{row.macs / 1e6:,.2f}" if row.macs else "",
            str(row.receptive_field_px),
        )
    table.add_section()
    total = f"{cost.macs / 1e6:,.2f}"
    field = str(cost.receptive_field_px)
    table.add_row("sum", "", "", f"{cost.parameters:,}", total, field, style="bold")
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        right = name.startswith(">")
        table.add_column(
            name.removeprefix(">"),
            justify="right" if right else "left",
            no_wrap=right or name in ("network", "row", "output"),
        )
    return table


def _print(table: Table) -> None:
    Console(highlight=False).print(table)
