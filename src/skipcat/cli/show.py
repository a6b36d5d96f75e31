"""skipcat show NETWORK: a network as its paper's table, with its costs; its drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.errors import RunError
from skipcat.text.translation import Message, _
from skipcat.text.width import WIDTH, fill, pad

if TYPE_CHECKING:
    from skipcat.classifier import Classifier
    from skipcat.cost.counting import Cost
    from skipcat.cost.memory import TrainingMemory
    from skipcat.engines.row_latency import RowLatency
    from skipcat.networks.network import Network
    from skipcat.networks.specs import Spec


def show_command(
    networks: Annotated[
        list[str],
        Argument(metavar="NETWORK", help="One of 'skipcat list', or a classifier's folder."),
    ],
    *,
    image_px: Annotated[int | None, Option(help="Side of the input. [default: its own]")] = None,
    classes: Annotated[int | None, Option(help="Number of classes. [default: its own]")] = None,
    width_multiplier: Annotated[float, Option(help="Times the paper's widths.")] = 1,
    depth_multiplier: Annotated[float, Option(help="Times the paper's units or modules.")] = 1,
    training: Annotated[
        bool, Option("--training", help="Foresee the peak memory of training as well.")
    ] = False,
    batch: Annotated[int, Option(min=2, help="Images in one step, with --training.")] = 64,
    drawing: Annotated[
        Path | None,
        Option(metavar="FILE", help="Draw it as its paper does (SVG), several in a row."),
    ] = None,
    milliseconds: Annotated[
        bool, Option("--milliseconds", help="Measure how long each row takes here.")
    ] = False,
    json: arguments.Json = False,
) -> None:
    """Show one network as its paper's table, or several.

    Rows, output shapes, parameters, multiply-adds, receptive field.
    """
    for name in networks:
        arguments.check_network(name)
    from skipcat.cost.counting import measure_cost
    from skipcat.files import write_text
    from skipcat.networks.catalogue import make_spec
    from skipcat.training.network_names import is_classifier

    if drawing:
        _check_drawing(drawing)
    if drawing or milliseconds:  # it is slow to import
        from skipcat.report.architecture import draw_costs, time_rows
    changed = (classes, image_px, width_multiplier, depth_multiplier) != (None, None, 1, 1)
    wanted: list[tuple[Spec | Network, int | None]] = []
    for name in networks:
        trained = _load(name) if is_classifier(name) else None
        if trained and not changed:  # as it stands, with the stem that it was trained with
            wanted.append((trained.network, trained.preprocessing.image_px))
            continue
        spec = make_spec(
            trained.network.spec if trained else name,
            classes,
            image_px,
            width_multiplier=width_multiplier,
            depth_multiplier=depth_multiplier,
        )
        wanted.append((spec, image_px))
    found = []
    for network, side_px in wanted:
        cost = measure_cost(network, side_px)
        memory = _foresee(cost.spec, cost.image_px, batch) if training else ()
        found.append(_Shown(cost, memory, time_rows(cost) if milliseconds else None))
    if drawing:
        write_text(drawing, draw_costs([(one.cost, one.times) for one in found]))
    if json:
        every = [one.to_dict() for one in found]
        print_json(every[0] if len(every) == 1 else every)
        return
    for index, one in enumerate(found):
        if index:
            print()
        _print_network(one, batch)
    if drawing:
        print("\n" + _("Drawing: {file}", file=drawing))


def _load(folder: str) -> "Classifier":
    import skipcat
    from skipcat.training.network_names import find_architecture

    classifier = skipcat.load(folder)
    find_architecture(folder, classifier.network.spec)  # refuses one of no family
    return classifier


@dataclass(frozen=True)
class _Shown:
    """What is shown of one network."""

    cost: "Cost"
    memory: "Sequence[TrainingMemory]"
    times: "RowLatency | None"

    def to_dict(self) -> dict[str, object]:
        more: dict[str, object] = {}
        if self.memory:
            more["training"] = [each.to_dict() for each in self.memory]
        if self.times:
            more["milliseconds"] = self.times.to_dict()
        return self.cost.to_dict() | more


def _check_drawing(path: Path) -> None:
    """Refuse a name before anything is counted or measured."""
    from skipcat.files import is_folder

    if path.suffix.lower() != ".svg":
        raise RunError(f"A drawing is an SVG file, whose name ends in .svg; '{path}' does not.")
    if is_folder(path):
        raise RunError(f"'{path}' is a folder; give --drawing the name of a file, as in net.svg.")


def _print_network(shown: _Shown, batch: int) -> None:
    from skipcat.networks.catalogue import find_entry
    from skipcat.networks.rows.pruned import PRUNED

    cost, spec = shown.cost, shown.cost.spec
    entry = find_entry(cost.network.removesuffix(PRUNED))
    print(fill(f"{cost.network}: {entry.paper}"))
    print(
        _(
            "{image_px} px, {channels} channels, {classes} classes; takes {least} px or more",
            image_px=cost.image_px,
            channels=cost.channels,
            classes=cost.classes,
            least=spec.smallest_px,
        ),
        end="\n\n",
    )
    _print_rows(cost, shown.times)
    if cost.auxiliary_parameters:
        *first, last = getattr(spec, "auxiliary_rows", ("",))
        rows = Message("{first} and {last}", first=first, last=last) if first else last
        more = cost.auxiliary_parameters
        print(_("Auxiliary heads on {rows}: {more:,} parameters more.", rows=rows, more=more))
    print(_("MACs are multiply-adds of convolutions and linear layers, of one image."))
    if shown.times:
        print(fill(str(shown.times)))
    if shown.memory:
        print(
            "\n"
            + _("Training at batch {batch}, beside what Python and torch take (MiB):", batch=batch)
        )
        heads = pad(_("activations"), 12, right=True) + pad(_("weights x5"), 12, right=True)
        print(f"  {pad(_('activations kept'), 22)}{heads}{pad(_('peak'), 8, right=True)}")
    for each in shown.memory:
        figures = f"{each.activations_mib:>12,.0f}{each.weights_mib:>12,.0f}{each.peak_mib:>8,.0f}"
        print(f"  {pad(_(_KEPT[each.activation_memory]), 22)}{figures}")


_KEPT = {"all": Message("all"), "sqrt": Message("sqrt of the depth")}


def _foresee(spec: "Spec", image_px: int, batch: int) -> "list[TrainingMemory]":
    from skipcat.cost.memory import predict_training_memory

    return [
        predict_training_memory(spec, image_px, batch=batch, activation_memory="all"),
        predict_training_memory(spec, image_px, batch=batch, activation_memory="sqrt"),
    ]


def _print_rows(cost: "Cost", times: "RowLatency | None") -> None:
    """Print the table as the papers do, heights and widths first; long rows take a second line."""
    column = max(len(row.name) for row in cost.rows)
    columns = [(_("output"), 13), (_("parameters"), 12), (_("MACs M"), 10), (_("sees px"), 9)]
    columns += [(_("ms"), 9)] if times else []
    head = pad(_("row"), column) + "".join(pad(text, n, right=True) for text, n in columns)
    print(f"{head}  {_('what it is')}")
    for row in cost.rows:
        channels, *grid = row.output_shape
        output = "x".join(map(str, (*grid, channels)))
        parameters = f"{row.parameters:,}" if row.parameters else ""
        macs = f"{row.macs / 1e6:,.2f}" if row.macs else ""
        line = f"{row.name:<{column}}{output:>13}{parameters:>12}{macs:>10}"
        line += f"{row.receptive_field_px:>9}"
        line += f"{times.rows[row.name]:>9,.2f}" if times else ""
        if len(line) + 2 + len(row.description) <= WIDTH:
            print(f"{line}  {row.description}")
        else:
            print(f"{line}\n{_fill_branches(row.description)}")
    total = f"{cost.parameters:>12,}{cost.macs / 1e6:>10,.2f}{cost.receptive_field_px:>9}"
    total += f"{times.sum_ms:>9,.2f}" if times else ""
    print(f"{pad(_('sum'), column)}{'':>13}{total}")


def _fill_branches(description: str) -> str:
    """Break a module's description between its branches."""
    whole = " | ".join(part.replace(" ", "\xa0") for part in description.split(" | "))
    return fill(whole, indent="    ").replace("\xa0", " ")
