"""skipcat check DATA: the dataset doctor."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.errors import RunError
from skipcat.text.translation import _
from skipcat.text.width import fill

if TYPE_CHECKING:
    from skipcat.data.dataset import Dataset
    from skipcat.data.doctor.findings import Checkup


def check_command(
    data: arguments.Data,
    labels: Annotated[
        Path | None,
        Option(metavar="RUN", help="A run whose out_of_fold.csv says which labels it doubts."),
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="FILE", help="Write a list that --exclude of fit takes.")
    ] = None,
    page: Annotated[
        Path | None, Option(metavar="FILE", help="Write a page with pictures (HTML).")
    ] = None,
    exclude: arguments.Exclude = None,
    json: arguments.Json = False,
) -> None:
    """Find broken, odd, double and suspicious images.

    No file of DATA is changed. With --page the findings are shown as pictures; the list that --out
    writes is what --exclude of fit and train takes.
    """
    for flag, path in (("--out", out), ("--page", page)):
        if path and path.is_dir():
            raise RunError(f"'{path}' is a folder; {flag} needs a file.")
    import skipcat
    from skipcat.data.doctor.exclusion_list import list_exclusions
    from skipcat.files import write_text
    from skipcat.report.data_check import render_checkup

    dataset = skipcat.open_dataset(data, exclude=exclude)
    _refuse_data(dataset, out, page)
    checkup, spared = skipcat.check(dataset, labels_run=labels), ""
    if out:
        listed = list_exclusions(checkup, dataset)
        write_text(out, listed.text)
        spared = listed.describe_spared()
    if page:
        write_text(page, render_checkup(dataset, checkup))
    if json:
        print_json(checkup.to_dict())
        if spared:
            print(_(spared), file=sys.stderr)
        return
    print(checkup)
    if out or page:
        print()
    if out:
        print(_("List: {file}", file=out))
        if spared:
            print(fill(_(spared), indent="      "))
    if page:
        print(_("Page: {page}", page=page))
    print("\n" + _("Next: {command}", command=_say_next(data, checkup, out)))


def _refuse_data(dataset: "Dataset", *paths: Path | None) -> None:
    """Refuse to write over a file of the data: nothing of the user's is changed.

    Raises:
        RunError: one of the paths is such a file.
    """
    images = [image for image in dataset.images if isinstance(image, Path)]
    for path in paths:
        if path and path.exists() and any(path.samefile(one) for one in _near(path, images)):
            raise RunError(f"'{path}' is a file of the data; give another name.")
        if path and path.exists() and dataset.source and path.samefile(dataset.source):
            raise RunError(f"'{path}' is the data; give another name.")


def _near(path: Path, images: list[Path]) -> list[Path]:
    """Return the images that may be a file: those of its name, or all where it is a link."""
    return images if path.is_symlink() else [one for one in images if one.name == path.name]


def _say_next(data: str, checkup: "Checkup", out: Path | None) -> str:
    if out:
        return shlex.join(["skipcat", "fit", data, "--exclude", str(out)])
    if checkup.findings:
        command = shlex.join(["skipcat", "check", data, "--out", "list.txt"])
        meant = _("writes what to leave out; read it, then give it to fit's --exclude.")
        return f"{command}\n{fill(meant, indent='      ')}"
    return shlex.join(["skipcat", "fit", data])
