"""skipcat train DATA: one training of one network."""

import time
from typing import Annotated, Any

import typer

from skipcat.cli.console import Reporter
from skipcat.cli.flags import add_fields
from skipcat.cli.options import (
    PRETRAINED_HELP,
    DataArgument,
    ExcludeOption,
    JsonOption,
    OutOption,
    ResumeOption,
)
from skipcat.cli.outcome import show_outcome
from skipcat.training.recipe import Recipe


@add_fields({Recipe: None})
def train_command(
    data: DataArgument,
    network: Annotated[
        str, typer.Option("--network", metavar="N", help="One of 'skipcat list'.")
    ] = "resnet18",
    out: OutOption = None,
    pretrained: Annotated[
        str, typer.Option("--pretrained", metavar="WHERE", help=PRETRAINED_HELP)
    ] = "none",
    resume: ResumeOption = False,
    exclude: ExcludeOption = None,
    json: JsonOption = False,
    *,
    given: dict[str, Any],
) -> None:
    """Train one network on DATA; every choice is a flag."""
    recipe = Recipe(**given) if given or not resume else None
    from skipcat.classifier import Classifier
    from skipcat.main_job import write_report
    from skipcat.training.train import run_training_job

    started = time.monotonic()
    with Reporter() as reporter:
        done = run_training_job(
            data,
            network,
            recipe=recipe,
            out=out,
            resume=resume,
            pretrained=pretrained,
            exclude=exclude,
            progress=reporter.progress,
            tell=reporter.tell,
        )
        if not isinstance(done, Classifier):
            reason = f"{network}, as you asked."
            write_report(done, reason=reason, seconds=time.monotonic() - started)
            done.classifier.save(done.folder)
    show_outcome(done if isinstance(done, Classifier) else done.classifier, out, json=json)
