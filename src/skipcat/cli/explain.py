"""skipcat explain DIR IMAGES… | DATA: why it answered so."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer import Argument, Option

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.files import find_classifier
from skipcat.reporting import Display
from skipcat.text.numbers import floor_percent, join_sentences
from skipcat.text.translation import Message, _

if TYPE_CHECKING:
    from skipcat.explanation.heatmaps.result import Explanations

WORDS = "Image files; or DATA: a folder of class folders, a CSV with path,label, a named set."


def explain_command(
    folder: arguments.Folder,
    images: Annotated[list[str], Argument(metavar="IMAGES...", help=WORDS)],
    of_class: Annotated[
        str | None,
        Option("--class", metavar="NAME", help="Explain this class, not what it answered."),
    ] = None,
    row: Annotated[
        str | None,
        Option(help="The row that Grad-CAM is made of. [default: the deepest that is fit]"),
    ] = None,
    features: Annotated[
        str | None, Option(metavar="ROW", help="Show the feature maps of a row as well.")
    ] = None,
    *,
    per_class: Annotated[int, Option(help="Of DATA: right answers of each class.")] = 4,
    mistakes: Annotated[int, Option(help="Of DATA: the surest wrong answers.")] = 6,
    seed: Annotated[int, Option(help="Of the random maps.")] = 0,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where the page goes. [default: NAME.explain]")
    ] = None,
    json: arguments.Json = False,
) -> None:
    """Show why it answered so: heat maps, and whether they can be believed.

    Grad-CAM and occlusion, each tested against random maps, and the branches that answered. Of DATA
    some right answers of each class and the surest mistakes, among images that were not trained on.
    """
    find_classifier(folder)
    import skipcat
    from skipcat.explanation.page_folder import place_page, write_figures
    from skipcat.files import write_text
    from skipcat.report.explain import render_explanations
    from skipcat.training.run_folder.lock import hold_folder

    place = place_page(folder, images[0] if len(images) == 1 else None, out)
    with Display() as reporter, hold_folder(place, reporter.tell):
        found = skipcat.explain(
            skipcat.load(folder),
            images[0] if len(images) == 1 else images,
            of_class=of_class,
            row=row,
            features=features,
            per_class=per_class,
            mistakes=mistakes,
            seed=seed,
            progress=reporter.progress,
        )
        page = place / "report.html"
        write_text(page, render_explanations(found, classifier=folder.name))
        write_figures(place, found)
    if json:
        print_json({**found.to_dict(), "report": str(page)})
        return
    _print_table(found)
    print("\n" + _("Report: {page}", page=page))


def _print_table(found: "Explanations") -> None:
    from skipcat.explanation.heatmaps.result import METHOD_NAMES, METHODS, VERDICT_NAMES
    from skipcat.explanation.sentences import say_mean

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_("image"), overflow="fold")  # the widest, so that it gives way first
    table.add_column(_("answered"), overflow="fold", min_width=8)
    table.add_column(_("sure"), justify="right", no_wrap=True)
    for method in METHODS:
        table.add_column(_(METHOD_NAMES[method]), no_wrap=True)
    for one in found.explanations:
        answer = one.prediction
        cells = []
        for method in METHODS:
            found_map = one.find_map(method, one.classes[0])
            figure = found_map.faithfulness
            size = ""
            if figure:
                size = f"{figure.difference:+.2f} {figure.beaten}/{figure.random_maps} "
            cells.append(Text(size + _(VERDICT_NAMES[found_map.verdict])))
        wrong = one.true is not None and one.true != answer.label
        label = answer.label
        if wrong:
            label = _("{label} (is {true})", label=answer.label, true=one.true)
        sure = _(floor_percent(answer.probability))
        table.add_row(Text(answer.name), Text(label), sure, *cells)
    Console(highlight=False).print(table)
    print(_("Of a map: its lead over random ones, how many of them it beats, and so what.") + "\n")
    for method in METHODS:
        print(_(say_mean(method, found.mean_faithfulness(method))))
    row = Message("Grad-CAM of {row}.", row=found.row.name)
    print(_(join_sentences(row, found.row.note or "")))
    for reason, names in found.left_out.items():
        print(_("Left out, {reason}: {count}", reason=_(reason), count=len(names)))
