"""What `fit` and `train` say at their end, or when somebody stops them."""

import shlex
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skipcat.text.numbers import percent, percent_interval
from skipcat.text.translation import _

if TYPE_CHECKING:
    from skipcat.classifier import Classifier


def print_json(value: object) -> None:
    """Print one JSON value on stdout."""
    print(dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def show(result: Any, page: Path | None, *lines: str, json: bool) -> None:
    """Print a result and where its page lies: as JSON, or for people, with lines between."""
    if json:
        print_json({**result.to_dict(), "report": str(page) if page else None})
        return
    print(result)
    below = [*lines, *([_("Report: {page}", page=page)] if page else [])]
    if below:
        print("\n" + "\n".join(below))


def say_stopped(arguments: list[str]) -> str:
    """Return what Ctrl-C or SIGTERM is answered with: of a training, the command to continue it."""
    if arguments[:1] == ["prune"]:
        return _("Stopped. A pruned network is saved at the end, so nothing was kept.")
    if not arguments or arguments[0] not in ("fit", "train", "curve", "choose", "experiment"):
        return _("Stopped.")
    words = [word for word in arguments if word != "--resume"]
    command = shlex.join(["skipcat", *words, "--resume"])
    return _("Stopped. From what is saved by now this goes on: {command}", command=command)


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
        print(_("On images it never saw:") + f"\n{evaluation}\n")
    elif not heads:
        print(_("No test part was kept, so nobody knows how good it is on new images.") + "\n")
    if heads:
        _print_agreement(heads)
    print(_("Classifier: {folder}", folder=folder))
    if report.is_file():
        print(_("Report:     {page}", page=report))


def _print_agreement(heads: dict[str, Any]) -> None:
    """Print how often the auxiliary heads that were warmed answer as the main head."""
    if not heads["heads"]:
        print(
            _("No image was held out, so nobody knows how well the heads agree on new ones.") + "\n"
        )
        return
    where = {"images": heads["images"], "part": _(heads["part"])}
    print(_("Heads that name what the main head names, of {images:,} {part} images:", **where))
    for head in heads["heads"]:
        agreement = _(
            "{share} ({interval}), {divergence:.3f} nats apart",
            share=percent(head["agreement"]),
            interval=percent_interval(head["agreement_interval"]),
            divergence=head["divergence"],
        )
        print(f"  {head['row']:<14}{agreement}")
    print()
