"""skipcat curve DATA: how much more data would help."""

from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from skipcat.cli.arguments import (
    PRETRAINED_HELP,
    DataArgument,
    ExcludeOption,
    JsonOption,
    ResumeOption,
    check_network,
    open_data,
    print_json,
)
from skipcat.cli.flags import add_fields
from skipcat.errors import RecipeError
from skipcat.reporting import Display
from skipcat.text.translation import _
from skipcat.training.recipe import Recipe

# Seeds are of each of its points; a curve holds steps equal, and judges one network by one part.
OF_RECIPE = frozenset(field.name for field in fields(Recipe)) - {
    "seeds",
    "minutes",
    "folds",
    "only_auxiliary",
}


@add_fields({Recipe: OF_RECIPE})
def curve_command(
    data: DataArgument,
    network: Annotated[
        str | None,
        typer.Option("--network", metavar="N", help="One of 'skipcat list'. [default: resnet18]"),
    ] = None,
    shares: Annotated[
        str | None,
        typer.Option(
            "--shares",
            metavar="LIST",
            help="Parts of the training images. [default: 1/8,1/4,1/2,1]",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option("--seeds", help="Trainings for each share, from --seed on. [default: 1]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where everything goes. [default: NAME.curve]"),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option("--pretrained", metavar="WHERE", help=f"{PRETRAINED_HELP} [default: none]"),
    ] = None,
    *,
    resume: ResumeOption = False,
    exclude: ExcludeOption = None,
    json: JsonOption = False,
    given: dict[str, Any],
) -> None:
    """Tell how much more data would help.

    One network is trained on smaller and larger parts of DATA, each as many steps as --epochs are
    of all of it; a curve through their accuracies says what twice as many images would bring.
    With --resume, flags that are not given are as the curve began.
    """
    parts = None if shares is None else _read_shares(shares)
    Recipe(**given)  # what is wrong with it is told before anything is read
    check_network(network)
    dataset = open_data(data, exclude)
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.learning_curve import render_learning_curve

    with Display() as reporter:
        curve = skipcat.measure_learning_curve(
            dataset,
            network,
            shares=parts,
            seeds=seeds,
            recipe=given,
            out=out,
            resume=resume,
            pretrained=pretrained,
            progress=reporter.progress,
            tell=reporter.tell,
        )
        page = (out or Path(f"{curve.data}.curve")) / "report.html"
        write_text(page, render_learning_curve(curve))
    if json:
        print_json({**curve.to_dict(), "report": str(page)})
        return
    print(curve)
    print("\n" + _("Report: {page}", page=page))


def _read_shares(text: str) -> list[float]:
    """Read "1/8,0.5,1"."""
    try:
        return [float(Fraction(word.strip())) for word in text.split(",")]
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise RecipeError(
            f"--shares are numbers above 0 and at most 1, with commas: 1/8,1/4,1/2,1; given "
            f"'{text}'."
        ) from error
