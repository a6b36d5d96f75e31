"""skipcat verify: the built networks beside what their papers print."""

from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from skipcat.cli.arguments import JsonOption, check_network, print_json

if TYPE_CHECKING:
    from skipcat.conformance.verify import Conformance, FigureCheck

WIDEST_LINE = 80
WORDS = 23
COLUMNS = {"output": " {:<12}", "depth": "{:>5}", "parameters": "{:>9}", "macs": "{:>7}"}
_HEADS = {"output": "output", "depth": "depth", "parameters": "params", "macs": "ops"}


def verify_command(
    network: Annotated[
        str | None, typer.Argument(metavar="[NETWORK]", help="One of 'skipcat list'; else all.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare networks with their papers' figures.

    One network row by row, or the verdicts of all counted.
    """
    check_network(network)
    from skipcat.conformance.verify import verify
    from skipcat.networks.catalogue import list_networks

    names = list_networks() if network is None else (network,)
    found = [verify(name) for name in names]
    if json:
        shown = [conformance.to_dict() for conformance in found]
        print_json(shown if network is None else shown[0])
    elif network is None:
        _print_summary(found)
    else:
        _print_table(found[0])
    if any(conformance.count("unexplained") for conformance in found):
        raise typer.Exit(1)


def _print_summary(found: list["Conformance"]) -> None:
    print(f"{'network':<20}{'printed':>8}{'equal':>6}{'deviates':>9}{'misprint':>9}  source")
    for each in found:
        if not each.source:
            print(f"{each.network:<20}{0:>8}  its paper prints no table of it")
            continue
        counts = f"{len(each.comparisons):>8}{each.count('equal'):>6}"
        counts += f"{each.count('deviation'):>9}{each.count('misprint'):>9}"
        unexplained = each.count("unexplained")
        text = (
            f"{unexplained} UNEXPLAINED"
            if unexplained
            else each.source.split(",")[0].replace(" and ", " & ")
        )
        print(f"{each.network:<20}{counts}  {text}")
    print("\n'skipcat verify NETWORK' shows the figures and the reasons.")


def _print_table(conformance: "Conformance") -> None:
    if not conformance.source:
        print(f"The paper of {conformance.network} prints no table of it.")
        return
    head = (
        f"{conformance.network} beside {conformance.source}. Where what is built differs from a "
        "printed line it stands beneath, by our row's name. K, M, B are the paper's; ops are "
        "multiply-adds."
    )
    print(fill(head, WIDEST_LINE), end="\n\n")
    present = {each.column for each in conformance.comparisons}
    columns = [column for column in COLUMNS if column in present]
    heads = "".join(COLUMNS[column].format(_HEADS[column]) for column in columns)
    print(f"{'printed':<{WORDS}}{heads}  verdict")
    notes: list[str] = []
    for row, figures in _by_row(conformance):
        for words, values, verdict in _row_lines(row, figures, notes):
            cells = "".join(COLUMNS[column].format(values.get(column, "")) for column in columns)
            print(f"{words:<{WORDS}}{cells}  {verdict}")
    for note in notes:
        print()
        print(fill(note, WIDEST_LINE, subsequent_indent="    "))
    print("\nEqual: within 1 %, or within one of the last of several printed digits.")


def _by_row(conformance: "Conformance") -> Iterator[tuple[str, list["FigureCheck"]]]:
    rows = dict.fromkeys(comparison.row for comparison in conformance.comparisons)
    for row in rows:
        yield row, [each for each in conformance.comparisons if each.row == row]


def _row_lines(
    row: str, figures: list["FigureCheck"], notes: list[str]
) -> Iterator[tuple[str, dict[str, str], str]]:
    printed = {each.column: each.printed for each in figures}
    differing = [each for each in figures if each.kind != "equal"]
    verdicts: dict[str, str] = {}
    for each in differing:
        note = f"{each.why or 'no reason is known'}."
        known = next((n for n in notes if n.partition(" ")[2] == note), None)
        if known is None:
            known = f"[{len(notes) + 1}] {note}"
            notes.append(known)
        verdicts[f"{each.kind} {known.partition(' ')[0]}"] = ""
    yield figures[0].words, printed, ", ".join(verdicts) or "equal"
    if differing:
        yield f"  {row}", {each.column: each.built for each in differing}, "built"
