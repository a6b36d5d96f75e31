"""The page of a checkup: what the doctor found, with pictures of what a person should see."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import SEVERITIES, Checkup, Finding
from skipcat.data.images import without_warnings
from skipcat.errors import DataError
from skipcat.report import render
from skipcat.report.page import AnsweredPicture, Picture
from skipcat.report.thumbnails import SMALL_PHOTO_PX, show_photo
from skipcat.text.numbers import count_pictures
from skipcat.text.translation import Message

MOST_GROUPS, MOST_OF_A_GROUP, MOST_PICTURES, MOST_SUSPECTS = 24, 4, 12, 48
# Of these kinds a picture tells nothing that the name does not.
_WITHOUT_PICTURES = frozenset({"wrong-suffix", "odd-name", "name-clash", "suspicious-label"})


@dataclass(frozen=True, eq=False)
class Section:
    """One finding on the page; `groups` holds pictures that belong together, or one each."""

    finding: Finding
    groups: tuple[tuple[Picture, ...], ...] = ()
    more: int = 0  # groups or pictures that are not shown


def render_checkup(dataset: Dataset, checkup: Checkup) -> str:
    """Give the page of a checkup as one self-contained HTML file; files are read, none written."""
    row_of = {name: row for row, name in enumerate(dataset.names)}
    with without_warnings():
        sections = [_illustrate(dataset, row_of, one) for one in checkup.findings]
        suspects = _show_suspects(dataset, row_of, checkup)
    by_severity = {
        heading: [one for one in sections if one.finding.severity == severity]
        for severity, heading in SEVERITIES.items()
    }
    return render.render_template(
        "checkup.html.j2",
        checkup=checkup,
        sections={heading: found for heading, found in by_severity.items() if found},
        suspects=suspects,
        lead=_say_lead(checkup),
        class_of={name: dataset.classes[dataset.labels[row]] for name, row in row_of.items()},
        part_of={name: dataset.parts[row] for name, row in row_of.items()},
        parts=list(next(iter(checkup.counts.values()), {})),
    )


def _say_lead(checkup: Checkup) -> tuple[Message, Message]:
    images, left = checkup.images, checkup.images - checkup.used
    pictures = count_pictures(images)
    if left:
        seen = Message(
            "{used:,} of {pictures} would be used.", used=checkup.used, pictures=pictures
        )
    else:
        seen = Message("All {pictures} would be used.", pictures=pictures)
    look = [one for one in checkup.findings if one.severity == "look"]
    if not checkup.findings:
        return seen, Message("Nothing odd was found, and no file was changed.")
    if not look:
        return seen, Message("Nothing to decide. No file was changed.")
    return seen, Message(
        "{n} thing worth a look. No file was changed.",
        "{n} things worth a look. No file was changed.",
        n=len(look),
    )


def _illustrate(dataset: Dataset, row_of: Mapping[str, int], finding: Finding) -> Section:
    if finding.severity == "refused" or finding.kind in _WITHOUT_PICTURES:
        return Section(finding)
    wanted = finding.groups or tuple((name,) for name in finding.names if name in row_of)
    most = MOST_GROUPS if finding.groups else MOST_PICTURES
    shown = tuple(
        tuple(_picture(dataset, row_of[name], name) for name in group[:MOST_OF_A_GROUP])
        for group in wanted[:most]
    )
    return Section(finding, shown, max(0, len(wanted) - most))


def _show_suspects(
    dataset: Dataset, row_of: Mapping[str, int], checkup: Checkup
) -> tuple[AnsweredPicture, ...]:
    return tuple(
        AnsweredPicture(
            _picture(dataset, row_of[one.name], one.name),
            true=one.label,
            predicted=one.predicted,
            probability=one.probability_of_predicted,
        )
        for one in checkup.suspects[:MOST_SUSPECTS]
    )


def _picture(dataset: Dataset, row: int, caption: str) -> Picture:
    try:
        return show_photo(dataset.images[row], caption, px=SMALL_PHOTO_PX)
    except DataError:  # it is gone since, or damaged
        return Picture(np.full((8, 8), 128, np.uint8), caption)
