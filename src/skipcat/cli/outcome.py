"""What `fit` and `train` say at their end, or when somebody stops them."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from skipcat.cli.options import print_json

if TYPE_CHECKING:
    from skipcat.classifier import Classifier


def say_stopped(arguments: list[str]) -> str:
    """Give what Ctrl-C is answered with: of a training, the command that continues it."""
    if not arguments or arguments[0] not in ("fit", "train"):
        return "Stopped."
    words = [word for word in arguments if word != "--resume"]
    command = shlex.join(["skipcat", *words, "--resume"])
    return f"Stopped. What is done is saved; go on with: {command}"


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
