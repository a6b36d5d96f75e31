"""What `fit` and `train` say at their end, or when somebody stops them."""

import shlex
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skipcat.cli.arguments import print_json

if TYPE_CHECKING:
    from skipcat.classifier import Classifier


def say_stopped(arguments: list[str]) -> str:
    """Return what Ctrl-C or SIGTERM is answered with: of a training, the command to continue it."""
    if arguments[:1] == ["prune"]:
        return "Stopped. A pruned network is saved at the end, so nothing was kept."
    if not arguments or arguments[0] not in ("fit", "train", "curve", "choose", "experiment"):
        return "Stopped."
    words = [word for word in arguments if word != "--resume"]
    command = shlex.join(["skipcat", *words, "--resume"])
    return f"Stopped. From what is saved by now this goes on: {command}"


def show_outcome(classifier: "Classifier", out: Path | None, *, json: bool) -> None:
    """Print how good the classifier is and where it lies."""
    folder = out or Path(f"{classifier.origin.data}.skipcat")
    report = folder / "report.html"
    evaluation = classifier.evaluation
    about = folder / "auxiliary.json"
    heads = loads(about.read_text(encoding="utf-8")) if about.is_file() else None
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
            | ({"auxiliary": heads} if heads else {})
        )
        return
    if evaluation:
        print(f"On images it never saw:\n{evaluation}\n")
    elif not heads:
        print("No test part was kept, so nobody knows how good it is on new images.\n")
    if heads:
        _print_agreement(heads)
    print(f"Classifier: {folder}")
    if report.is_file():
        print(f"Report:     {report}")


def _print_agreement(heads: dict[str, Any]) -> None:
    """Print how often the auxiliary heads that were warmed answer as the main head."""
    if not heads["heads"]:
        print("No image was held out, so nobody knows how well the heads agree on new ones.\n")
        return
    where = f"{heads['images']:,} {heads['part']} images"
    print(f"Heads that name what the main head names, of {where}:")
    for head in heads["heads"]:
        low, high = (100 * share for share in head["agreement_interval"])
        shares = f"{100 * head['agreement']:.1f} % ({low:.1f} to {high:.1f} %)"
        print(f"  {head['row']:<14}{shares}, {head['divergence']:.3f} nats apart")
    print()
