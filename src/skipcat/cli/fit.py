"""skipcat fit DATA: the main job."""

from typing import Annotated, Any

from typer import Option

from skipcat.choice.budget import Budget
from skipcat.cli import arguments
from skipcat.cli.flags import add_fields
from skipcat.cli.output import show_outcome
from skipcat.training.recipe import Recipe

OF_RECIPE = frozenset("preset seed seeds balance validation test folds device".split())


@add_fields({Budget: None, Recipe: OF_RECIPE})
def fit_command(
    data: arguments.Data,
    out: arguments.Out = None,
    pretrained: Annotated[
        str, Option(metavar="WHERE", help=arguments.PRETRAINED_HELP)
    ] = "torchvision",
    resume: arguments.Resume = False,
    allow_changes: arguments.AllowChanges = False,
    exclude: arguments.Exclude = None,
    json: arguments.Json = False,
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
    dataset = arguments.open_data(data, exclude)
    import skipcat

    classifier = skipcat.fit(
        dataset,
        budget=bounds,
        out=out,
        pretrained=pretrained,
        resume=resume,
        allow_changes=allow_changes,
        recipe=recipe,
    )
    show_outcome(classifier, out, json=json)
