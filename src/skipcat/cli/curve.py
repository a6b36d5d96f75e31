"""skipcat curve DATA: how much more data would help."""

from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from skipcat.cli import arguments
from skipcat.cli.flags import add_fields
from skipcat.cli.output import show
from skipcat.errors import RecipeError
from skipcat.training.recipe import Recipe

# Seeds are of each of its points; a curve holds steps equal, and judges one network by one part.
_OTHERS = {"seeds", "minutes", "folds", "only_auxiliary"}
OF_RECIPE = frozenset(field.name for field in fields(Recipe)) - _OTHERS


@add_fields({Recipe: OF_RECIPE})
def curve_command(
    data: arguments.Data,
    network: Annotated[
        str | None, Option(metavar="N", help="One of 'skipcat list'. [default: resnet18]")
    ] = None,
    shares: Annotated[
        str | None,
        Option(metavar="LIST", help="Parts of the training images. [default: 1/8,1/4,1/2,1]"),
    ] = None,
    seeds: Annotated[
        int | None, Option(help="Trainings for each share, from --seed on. [default: 1]")
    ] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where everything goes. [default: NAME.curve]")
    ] = None,
    pretrained: Annotated[
        str | None, Option(metavar="WHERE", help=f"{arguments.PRETRAINED_HELP} [default: none]")
    ] = None,
    *,
    resume: arguments.Resume = False,
    exclude: arguments.Exclude = None,
    json: arguments.Json = False,
    given: dict[str, Any],
) -> None:
    """Tell how much more data would help.

    One network is trained on smaller and larger parts of DATA, each as many steps as --epochs are
    of all of it; a curve through their accuracies says what twice as many images would bring.
    With --resume, flags that are not given are as the curve began.
    """
    parts = None if shares is None else _read_shares(shares)
    Recipe(**given)  # what is wrong with it is told before anything is read
    arguments.check_network(network)
    dataset = arguments.open_data(data, exclude)
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.learning_curve import render_learning_curve

    curve = skipcat.measure_learning_curve(
        dataset,
        network,
        shares=parts,
        seeds=seeds,
        recipe=given,
        out=out,
        resume=resume,
        pretrained=pretrained,
    )
    page = (out or Path(f"{curve.data}.curve")) / "report.html"
    write_text(page, render_learning_curve(curve))
    show(curve, page, json=json)


def _read_shares(text: str) -> list[float]:
    """Read "1/8,0.5,1"."""
    try:
        return [float(Fraction(word.strip())) for word in text.split(",")]
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise RecipeError(
            f"--shares are numbers above 0 and at most 1, with commas: 1/8,1/4,1/2,1; given "
            f"'{text}'."
        ) from error
