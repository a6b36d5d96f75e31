"""skipcat predict DIR IMAGES…: what images show."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer import Argument

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.files import find_classifier
from skipcat.reporting import Display
from skipcat.text.numbers import floor_percent
from skipcat.text.translation import _


def predict_command(
    folder: arguments.Folder,
    images: Annotated[list[Path], Argument(metavar="IMAGES...", help="Image files.")],
    json: arguments.Json = False,
) -> None:
    """Name what each image shows, and how sure that is."""
    find_classifier(folder)
    import skipcat

    with Display() as reporter:
        answers = skipcat.load(folder).predict(images, progress=reporter.progress)
    if json:
        print_json([asdict(answer) for answer in answers])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(_("image"), overflow="fold")
    table.add_column(_("shows"), overflow="fold")
    table.add_column(_("sure"), justify="right", no_wrap=True)
    table.add_column(_("or else"), overflow="fold")
    for answer in answers:
        ranked = sorted(answer.probabilities.items(), key=lambda item: -item[1])
        second = f"{ranked[1][0]} {_(floor_percent(ranked[1][1]))}" if len(ranked) > 1 else ""
        table.add_row(
            Text(answer.name),
            Text(answer.label),
            _(floor_percent(answer.probability)),
            Text(second),
        )
    Console(highlight=False).print(table)
