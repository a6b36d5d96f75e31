"""skipcat choose DATA: which network, and why."""

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from skipcat.choice.budget import Budget
from skipcat.cli import arguments
from skipcat.cli.flags import add_fields
from skipcat.cli.output import show
from skipcat.text.translation import _
from skipcat.training.recipe import Recipe

OF_RECIPE = frozenset({"preset", "seed", "validation", "test", "device"})


@add_fields({Budget: None, Recipe: OF_RECIPE})
def choose_command(
    data: arguments.Data,
    networks: Annotated[
        str | None, Option(metavar="LIST", help="The candidates, with commas.")
    ] = None,
    accuracy: Annotated[
        float | None, Option(help="Take the fastest that reaches it: 0.95.")
    ] = None,
    policy: Annotated[
        str, Option(help="simplest: the fastest that is not beaten; best: right most often.")
    ] = "simplest",
    pretrained: Annotated[
        str, Option(help="torchvision: where its weights can be had; none.")
    ] = "torchvision",
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Where everything goes. [default: NAME.choice]")
    ] = None,
    *,
    resume: arguments.Resume = False,
    exclude: arguments.Exclude = None,
    json: arguments.Json = False,
    given: dict[str, Any],
) -> None:
    """Tell which network to take, and why.

    Networks race on DATA within the budget: equal times, the same images, the same judges. Who is
    beaten leaves; of the last ones the fastest wins that is not beaten.
    """
    of_recipe = {name: value for name, value in given.items() if name in OF_RECIPE}
    of_budget = {name: value for name, value in given.items() if name not in OF_RECIPE}
    # What is not said is left to a race that goes on.
    budget = Budget(**of_budget) if of_budget else None
    chosen = Recipe(**of_recipe) if of_recipe else None
    names = networks if networks is None else [w.strip() for w in networks.split(",") if w.strip()]
    for name in names or ():
        arguments.check_network(name)
    dataset = arguments.open_data(data, exclude)
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.choice import render_choice_page

    choice = skipcat.choose(
        dataset,
        budget=budget,
        networks=names,
        accuracy=accuracy,
        policy=policy,  # type: ignore[arg-type]  # refused where it is another word
        recipe=chosen,
        pretrained=pretrained,
        out=out,
        resume=resume,
    )
    page = choice.folder / "report.html"
    write_text(page, render_choice_page(choice))
    show(choice, page, _("Train it: {command}", command=choice.command), json=json)
