"""skipcat choose DATA: which network, and why."""

from pathlib import Path
from typing import Annotated, Any

import typer

from skipcat.choice.budget import Budget
from skipcat.cli.arguments import (
    DataArgument,
    ExcludeOption,
    JsonOption,
    ResumeOption,
    check_network,
    open_data,
    print_json,
)
from skipcat.cli.flags import add_fields
from skipcat.reporting import Display
from skipcat.text.translation import _
from skipcat.training.recipe import Recipe

OF_RECIPE = frozenset({"preset", "seed", "validation", "test", "device"})


@add_fields({Budget: None, Recipe: OF_RECIPE})
def choose_command(
    data: DataArgument,
    networks: Annotated[
        str | None, typer.Option("--networks", metavar="LIST", help="The candidates, with commas.")
    ] = None,
    accuracy: Annotated[
        float | None, typer.Option("--accuracy", help="Take the fastest that reaches it: 0.95.")
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            "--policy", help="simplest: the fastest that is not beaten; best: right most often."
        ),
    ] = "simplest",
    pretrained: Annotated[
        str, typer.Option("--pretrained", help="torchvision: where its weights can be had; none.")
    ] = "torchvision",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where everything goes. [default: NAME.choice]"),
    ] = None,
    *,
    resume: ResumeOption = False,
    exclude: ExcludeOption = None,
    json: JsonOption = False,
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
    names = None
    if networks is not None:
        names = [word.strip() for word in networks.split(",") if word.strip()]
    for name in names or ():
        check_network(name)
    dataset = open_data(data, exclude)
    import skipcat
    from skipcat.files import write_text
    from skipcat.report.choice import render_choice_page

    with Display() as reporter:
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
            progress=reporter.progress,
            tell=reporter.tell,
        )
    page = choice.folder / "report.html"
    write_text(page, render_choice_page(choice))
    if json:
        print_json({**choice.to_dict(), "report": str(page)})
        return
    print(choice)
    print("\n" + _("Train it: {command}", command=choice.command))
    print(_("Report: {page}", page=page))
