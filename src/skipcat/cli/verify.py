"""skipcat verify: the built networks beside what their papers print."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.text.translation import Message, _
from skipcat.text.width import fill, pad

if TYPE_CHECKING:
    from skipcat.conformance.verify import Conformance, FigureCheck

WORDS = 23
COLUMNS = {"output": 12, "depth": 5, "parameters": 9, "macs": 7}
_KINDS = {
    "deviation": Message("deviation"),
    "misprint": Message("misprint"),
    "unexplained": Message("unexplained"),
}
_HEADS = {
    "output": Message("output"),
    "depth": Message("depth"),
    "parameters": Message("params"),
    "macs": Message("ops"),
}


def verify_command(
    network: Annotated[
        str | None, Argument(metavar="[NETWORK]", help="One of 'skipcat list'; else all.")
    ] = None,
    json: arguments.Json = False,
) -> None:
    """Compare networks with their papers' figures.

    One network row by row, or the verdicts of all counted.
    """
    arguments.check_network(network)
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
    counted = ((_("printed"), 8), (_("equal"), 6), (_("deviates"), 9), (_("misprint"), 9))
    heads = "".join(pad(head, width, right=True) for head, width in counted)
    print(f"{pad(_('network'), 20)}{heads}  {_('source')}")
    for each in found:
        if not each.source:
            print(f"{each.network:<20}{0:>8}  {_('its paper prints no table of it')}")
            continue
        counts = f"{len(each.comparisons):>8}{each.count('equal'):>6}"
        counts += f"{each.count('deviation'):>9}{each.count('misprint'):>9}"
        unexplained = each.count("unexplained")
        text = (
            _("{count} UNEXPLAINED", count=unexplained)
            if unexplained
            else each.source.split(",")[0].replace(" and ", " & ")
        )
        print(f"{each.network:<20}{counts}  {text}")
    print("\n" + _("'skipcat verify NETWORK' shows the figures and the reasons."))


def _print_table(conformance: "Conformance") -> None:
    if not conformance.source:
        print(_("The paper of {network} prints no table of it.", network=conformance.network))
        return
    head = _(
        "{network} beside {source}. Where what is built differs from a printed line it stands "
        "beneath, by our row's name. K, M, B are the paper's; ops are multiply-adds.",
        network=conformance.network,
        source=conformance.source,
    )
    print(fill(head), end="\n\n")
    present = {each.column for each in conformance.comparisons}
    columns = [column for column in COLUMNS if column in present]
    heads = "".join(_place(column, _(_HEADS[column])) for column in columns)
    print(f"{pad(_('printed'), WORDS)}{heads}  {_('verdict')}")
    notes: list[str] = []
    for row, figures in _by_row(conformance):
        for words, values, verdict in _row_lines(row, figures, notes):
            cells = "".join(_place(column, values.get(column, "")) for column in columns)
            print(f"{words:<{WORDS}}{cells}  {verdict}")
    for note in notes:
        print()
        print(fill(note, indent="    ", first=""))
    print("\n" + _("Equal: within 1 %, or within one of the last of several printed digits."))


def _place(column: str, text: str) -> str:
    left = column == "output"
    return (" " if left else "") + pad(text, COLUMNS[column], right=not left)


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
        note = f"{each.why or _('no reason is known')}."
        known = next((n for n in notes if n.partition(" ")[2] == note), None)
        if known is None:
            known = f"[{len(notes) + 1}] {note}"
            notes.append(known)
        verdicts[f"{_(_KINDS[each.kind])} {known.partition(' ')[0]}"] = ""
    yield figures[0].words, printed, ", ".join(verdicts) or _("equal")
    if differing:
        yield f"  {row}", {each.column: each.built for each in differing}, _("built")
