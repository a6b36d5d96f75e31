"""skipcat evaluate DIR [DIR2] DATA: how good a classifier is, or which of two is better."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from typer import Argument

from skipcat.cli import arguments
from skipcat.cli.output import print_json
from skipcat.errors import ClassifierError
from skipcat.files import find_classifier
from skipcat.text.numbers import list_some
from skipcat.text.translation import _

MOST_NAMES = 5
WORDS = (
    "One classifier's folder, or two to compare; then DATA: a folder of class folders, a CSV with "
    "path,label, or the name of a set."
)


def evaluate_command(
    arguments: Annotated[list[str], Argument(metavar="DIR [DIR2] DATA", help=WORDS)],
    json: arguments.Json = False,
) -> None:
    """Judge a classifier, or compare two.

    Images that a classifier was trained on, or that decided something, are left out and named.
    """
    *folders, data = arguments
    if len(folders) == 1:
        _evaluate(Path(folders[0]), data, json=json)
    elif len(folders) == 2:
        _compare(Path(folders[0]), Path(folders[1]), data, json=json)
    else:
        raise ClassifierError(
            f"'skipcat evaluate' takes one or two classifier folders, then DATA; given: "
            f"{' '.join(arguments)}."
        )


def _evaluate(folder: Path, data: str, *, json: bool) -> None:
    find_classifier(folder)
    dataset = arguments.open_data(data)
    import skipcat

    evaluation = skipcat.load(folder).evaluate(dataset)
    if json:
        print_json(evaluation.to_dict())
        return
    print(evaluation)
    for reason, names in evaluation.left_out.items():
        print(
            _(
                "Left out, {reason}: {count} ({names})",
                reason=_(reason),
                count=len(names),
                names=list_some(names, MOST_NAMES),
            )
        )


def _compare(first: Path, second: Path, data: str, *, json: bool) -> None:
    for folder in (first, second):
        find_classifier(folder)
    dataset = arguments.open_data(data)
    import skipcat

    one, other = skipcat.load(first), skipcat.load(second)
    found = one.compare(other, dataset)
    if json:
        print_json({**asdict(found), "can_tell": found.can_tell})
        return
    for place, folder, classifier in ((_("First: "), first, one), (_("Second:"), second, other)):
        network, image_px = classifier.network.spec.name, classifier.preprocessing.image_px
        at = _("{network} at {image_px} px", network=network, image_px=image_px)
        print(f"{place} {folder} ({at})")
    print(found)
