"""skipcat train DATA: one training of one network."""

import time
from typing import Annotated, Any

from typer import Option

from skipcat.cli import arguments
from skipcat.cli.flags import add_fields
from skipcat.cli.output import show_outcome
from skipcat.reporting import open_reporter
from skipcat.text.translation import Message
from skipcat.training.recipe import Recipe


@add_fields({Recipe: None})
def train_command(
    data: arguments.Data,
    network: Annotated[
        str | None,
        Option(
            metavar="N",
            help="One of 'skipcat list', or the folder of a classifier. [default: resnet18]",
        ),
    ] = None,
    out: arguments.Out = None,
    pretrained: Annotated[
        str | None, Option(metavar="WHERE", help=f"{arguments.PRETRAINED_HELP} [default: none]")
    ] = None,
    resume: arguments.Resume = False,
    allow_changes: arguments.AllowChanges = False,
    exclude: arguments.Exclude = None,
    json: arguments.Json = False,
    *,
    given: dict[str, Any],
) -> None:
    """Train one network on DATA; every choice is a flag.

    With --resume, flags that are not given are as the run began; more --epochs extend a run that
    is finished.
    """
    Recipe(**given)  # what is wrong with it is told before anything is read
    arguments.check_network(network)
    opened = arguments.open_data(data, exclude)
    from skipcat.classifier import Classifier
    from skipcat.main_job import write_report
    from skipcat.training.request import TrainingRequest
    from skipcat.training.run_folder.lock import hold_run
    from skipcat.training.train import keep_classifier, run_training

    started = time.monotonic()
    with (
        open_reporter("auto", "auto") as reporter,
        hold_run(opened, out, None, reporter.tell) as (dataset, path),
    ):
        request = TrainingRequest(
            dataset, path, network, pretrained, given, resume=resume, allow_changes=allow_changes
        )
        done = run_training(request, reporter)
        if not isinstance(done, Classifier):
            reason = Message("{network}, as you asked.", network=done.classifier.network.spec.name)
            write_report(done, reason=reason, seconds=time.monotonic() - started)
            done = keep_classifier(done)
    show_outcome(done, out, json=json)
