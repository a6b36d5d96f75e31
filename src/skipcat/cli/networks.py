"""skipcat list, and skipcat show NETWORK: the catalogue, and one network as its paper's table."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from skipcat.cli.options import JsonOption, print_json

if TYPE_CHECKING:
    from skipcat.cost.counting import Cost


def list_command(json: JsonOption = False) -> None:
    """List the networks: family, year, size, parameters, MACs, what each introduced."""
    from skipcat.cost.counting import measure_cost
    from skipcat.networks.catalogue import list_entries

    rows = [(entry, measure_cost(entry.name)) for entry in list_entries()]
    if json:
        print_json(
            [
                {
                    "name": entry.name,
                    "family": entry.family,
                    "year": entry.year,
                    "image_px": entry.image_px,
                    "smallest_px": entry.smallest_px,
                    "parameters": cost.parameters,
                    "macs": cost.macs,
                    "introduced": entry.introduced,
                    "paper": entry.paper,
                }
                for entry, cost in rows
            ]
        )
        return
    table = _table("network", "year", ">px", ">param. M", ">MACs G", "what it introduced")
    said = ""
    for entry, cost in rows:
        table.add_row(
            entry.name,
            str(entry.year),
            str(entry.image_px),
            f"{cost.parameters / 1e6:.2f}",
            f"{cost.macs / 1e9:.2f}",
            "as above" if entry.introduced == said else entry.introduced,
        )
        said = entry.introduced
    _print(table)


def show_command(
    network: Annotated[str, typer.Argument(metavar="NETWORK", help="One of 'skipcat list'.")],
    image_px: Annotated[
        int | None, typer.Option("--image-px", help="Side of the input. [default: its own]")
    ] = None,
    classes: Annotated[
        int | None, typer.Option("--classes", help="Number of classes. [default: its own]")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show one network as its paper's table: rows, shapes, parameters, MACs, receptive field."""
    from skipcat.cost.counting import measure_cost
    from skipcat.networks.catalogue import find_entry

    cost = measure_cost(network, image_px=image_px, classes=classes)
    if json:
        print_json(cost.to_dict())
        return
    entry = find_entry(network)
    print(f"{network}: {entry.paper}")
    print(f"{cost.image_px} px, {cost.channels} channels, {cost.classes} classes\n")
    _print(_show_rows(cost))
    if cost.auxiliary_parameters:
        print(f"Auxiliary heads, in training only: {cost.auxiliary_parameters:,} parameters more.")
    print("MACs are multiply-adds of convolutions and linear layers, of one image.")


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
