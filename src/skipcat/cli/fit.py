"""skipcat fit DATA: the main job."""

from typing import Annotated, Any

import typer

from skipcat.choice.budget import Budget
from skipcat.cli.arguments import (
    PRETRAINED_HELP,
    AllowChangesOption,
    DataArgument,
    ExcludeOption,
    JsonOption,
    OutOption,
    ResumeOption,
    open_data,
)
from skipcat.cli.flags import add_fields
from skipcat.cli.output import show_outcome
from skipcat.reporting import Display
from skipcat.training.recipe import Recipe

OF_RECIPE = frozenset(
    {"preset", "seed", "seeds", "balance", "validation", "test", "folds", "device"}
)


@add_fields({Budget: None, Recipe: OF_RECIPE})
def fit_command(
    data: DataArgument,
    out: OutOption = None,
    pretrained: Annotated[
        str, typer.Option("--pretrained", metavar="WHERE", help=PRETRAINED_HELP)
    ] = "torchvision",
    resume: ResumeOption = False,
    allow_changes: AllowChangesOption = False,
    exclude: ExcludeOption = None,
    json: JsonOption = False,
    *,
    given: dict[str, Any],
) -> None:
    """Make a classifier from images, and a page about it.

    DATA is checked, divided, trained on and judged; the page says how good the classifier is.
    """
    of_recipe = {name: value for name, value in given.items() if name in OF_RECIPE}
    budget = {name: value for name, value in given.items() if name not in OF_RECIPE}
    bounds = Budget(**budget) if budget else None
    recipe = Recipe(**of_recipe) if of_recipe else None
    dataset = open_data(data, exclude)
    import skipcat

    with Display() as reporter:
        classifier = skipcat.fit(
            dataset,
            budget=bounds,
            out=out,
            pretrained=pretrained,
            resume=resume,
            allow_changes=allow_changes,
            recipe=recipe,
            progress=reporter.progress,
            tell=reporter.tell,
        )
    show_outcome(classifier, out, json=json)
