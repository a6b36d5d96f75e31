"""skipcat experiment NAME: a claim of the papers, put to the test here."""

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from skipcat.cli.arguments import JsonOption, ResumeOption, print_json
from skipcat.errors import RecipeError
from skipcat.reporting import Display
from skipcat.text.translation import check_language

if TYPE_CHECKING:
    from skipcat.experiments.lab.experiment import Experiment

WIDEST_LINE = 80


def experiment_command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of --list.", show_default=False)
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the experiments: what each shows, how long.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="Images to do it on: a folder, a CSV, a named set. [default: mostly digits]",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", help="Repetitions, with seeds 0, 1, ...")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Do what fits them, and say what does not.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Of the verdict: en or zh.")] = "en",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Where everything goes. [default: NAME.experiment]"
        ),
    ] = None,
    *,
    resume: ResumeOption = False,
    json: JsonOption = False,
) -> None:
    """Put a claim of the papers to the test on this machine.

    Trains what the claim is about, several times, and says whether it is so here: with plots, a
    table, intervals over seeds, and the paper's own figures beside.
    """
    check_language(language)
    if list_all:
        _list(json=json)
        return
    if name is None:
        raise RecipeError("Which experiment? 'skipcat experiment --list' shows all.")
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.experiment import render_experiment

    with Display() as reporter:
        result = skipcat.experiment(
            name,
            data,
            seeds=seeds,
            minutes=minutes,
            out=out,
            resume=resume,
            progress=reporter.progress,
            tell=reporter.tell,
        )
    page = (out or Path(f"{name}.experiment")) / "report.html"
    write_text(page, render_experiment(result))
    if json:
        print_json({**result.to_dict(), "report": str(page)})
        return
    print(result.describe(language))
    print(f"\nReport: {page}")


def _list(*, json: bool) -> None:
    from skipcat.experiments.lab.catalogue import list_experiments

    found = list_experiments()
    if json:
        print_json([_describe(one) for one in found])
        return
    for one in found:
        about = f"{one.source}; about {one.minutes:g} min"
        about += f", on {one.data}" if one.sees_images else ""
        print(f"{one.name}\n{_indent(one.claim[0])}\n{_indent(about)}")
    print("\nMinutes are of two cores; --minutes does what fits fewer.")


def _indent(text: str) -> str:
    return fill(text, WIDEST_LINE, initial_indent="    ", subsequent_indent="    ")


def _describe(one: "Experiment") -> dict[str, object]:
    return {
        "name": one.name,
        "claim": one.claim[0],
        "claim_zh": one.claim[1],
        "source": one.source,
        "published": one.published[0],
        "minutes": one.minutes,
        "data": one.data if one.sees_images else None,
        "seeds": one.seeds,
    }
