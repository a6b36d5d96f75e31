"""skipcat experiment NAME: test a claim of the papers on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.errors import RecipeError
from skipcat.text.translation import _
from skipcat.text.width import WIDTH, wrap

if TYPE_CHECKING:
    from skipcat.experiments.lab.experiment import Experiment


def experiment_command(
    name: Annotated[
        str | None, Argument(metavar="NAME", help="One of --list.", show_default=False)
    ] = None,
    list_all: Annotated[
        bool, Option("--list", help="List the experiments with their claims and times.")
    ] = False,
    data: Annotated[
        str | None,
        Option(
            metavar="DATA",
            help="Images to use: a folder, a CSV, a named set. [default: mostly digits]",
        ),
    ] = None,
    seeds: Annotated[int | None, Option(help="Number of repetitions, with seeds 0, 1, ...")] = None,
    minutes: Annotated[
        float | None, Option(help="Time for all of it; what does not fit is named.")
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Folder for everything. [default: NAME.experiment]")
    ] = None,
    *,
    resume: arguments.Resume = False,
    json: arguments.Json = False,
) -> None:
    """Test a claim of the papers on this machine.

    Trains the networks that the claim is about, several times, and reports whether it holds: with
    plots, a table, intervals over seeds, and the paper's own figures beside.
    """
    if list_all:
        _list(json=json)
        return
    if name is None:
        raise RecipeError("Which experiment? 'skipcat experiment --list' shows all.")
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.experiment import render_experiment

    result = skipcat.experiment(name, data, seeds=seeds, minutes=minutes, out=out, resume=resume)
    page = (out or Path(f"{name}.experiment")) / "report.html"
    write_text(page, render_experiment(result))
    if json:
        print_json({**result.to_dict(), "report": str(page)})
        return
    print(result.describe())
    print("\n" + _("Report: {page}", page=page))


def _list(*, json: bool) -> None:
    from skipcat.experiments.lab.catalogue import list_experiments

    found = list_experiments()
    if json:
        print_json([_describe(one) for one in found])
        return
    for one in found:
        about = _("{source}; about {minutes:g} min", source=one.source, minutes=one.minutes)
        if one.sees_images:
            about = _("{about}, on {data}", about=about, data=one.data)
        print(f"{one.name}\n{_indent(_(one.claim))}\n{_indent(about)}")
    print("\n" + _("Minutes are of two cores; --minutes does what fits fewer."))


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" for line in wrap(text, WIDTH - 4))


def _describe(one: "Experiment") -> dict[str, object]:
    return {
        "name": one.name,
        "claim": one.claim,
        "source": one.source,
        "published": one.published,
        "minutes": one.minutes,
        "data": one.data if one.sees_images else None,
        "seeds": one.seeds,
    }
