"""skipcat branches DIR DATA: what each branch of a classifier's network is worth."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from typer import Option

from skipcat.cli import arguments
from skipcat.cli.output import show
from skipcat.files import find_classifier
from skipcat.reporting import Display

OutOption = Annotated[
    Path | None,
    Option("--out", metavar="DIR", help="Where a page and the figures go; else none do."),
]

FIGURES = "branches.json"


def branches_command(
    folder: arguments.Folder,
    data: arguments.Data,
    out: OutOption = None,
    json: arguments.Json = False,
) -> None:
    """Tell what each branch of the network is worth.

    Of an Inception module the exact Shapley value of its branches, of a residual unit what is lost
    without it; on images that the classifier has not used.
    """
    find_classifier(folder)
    import skipcat
    from skipcat.explanation.page_folder import place_page
    from skipcat.files import write_json, write_text
    from skipcat.report.branches import render_branches
    from skipcat.training.run_folder.lock import hold_folder

    if out is not None:
        place_page(folder, data, out, FIGURES)
    with Display() as reporter, hold_folder(out, reporter.tell) if out else nullcontext():
        worth = skipcat.branches(skipcat.load(folder), data, progress=reporter.progress)
        page = None
        if out is not None:
            page = out / "report.html"
            write_json(out / FIGURES, worth.to_dict())
            write_text(page, render_branches(worth))
    show(worth, page, json=json)
