"""What `fit` and `train` say at their end, or when somebody stops them."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from skipcat.cli.options import print_json

if TYPE_CHECKING:
    from skipcat.classifier import Classifier


@contextmanager
def tell_how_to_go_on() -> Iterator[None]:
    """Say, after Ctrl-C, which command continues the run."""
    try:
        yield
    except KeyboardInterrupt:
        words = [word for word in sys.argv[1:] if word != "--resume"]
        command = shlex.join(["skipcat", *words, "--resume"])
        print(f"What is done is saved. Go on with: {command}", file=sys.stderr)
        raise


def show_outcome(classifier: "Classifier", out: Path | None, *, json: bool) -> None:
    """Print how good the classifier is and where it lies."""
    folder = out or Path(f"{classifier.origin.data}.skipcat")
    report = folder / "report.html"
    evaluation = classifier.evaluation
    if json:
        print_json(
            {
                "classifier": str(folder),
                "report": str(report) if report.is_file() else None,
                "network": classifier.network.spec.name,
                "image_px": classifier.preprocessing.image_px,
                "classes": list(classifier.classes),
                "evaluation": evaluation.to_dict() if evaluation else None,
            }
        )
        return
    if evaluation:
        print(f"On images it never saw:\n{evaluation}\n")
    else:
        print("No test part was kept, so nobody knows how good it is on new images.\n")
    print(f"Classifier: {folder}")
    if report.is_file():
        print(f"Report:     {report}")
