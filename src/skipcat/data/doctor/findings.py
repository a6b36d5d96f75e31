"""What the doctor says: findings by kind, and the checkup that holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from skipcat.data.doctor.kinds import KINDS
from skipcat.text import width
from skipcat.text.numbers import count_classes
from skipcat.text.translation import Message, _
from skipcat.text.width import WIDTH, wrap

Severity = Literal["refused", "care", "look"]
SEVERITIES: dict[Severity, Message] = {
    "refused": Message("Not used"),
    "look": Message("Worth a look"),
    "care": Message("Used with care"),
}
_SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """One kind of thing that was found, and where.

    `names` are images, or classes where the kind speaks of classes. `details` says of a name what
    its kind leaves open. `groups` holds the images that belong together, of duplicates.
    """

    kind: str
    names: tuple[str, ...]
    details: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def severity(self) -> Severity:
        """What it means for the images: refused, care (used, after a change), or look."""
        return KINDS[self.kind].severity

    @property
    def title(self) -> Message:
        """What was found, in a few words."""
        return Message(KINDS[self.kind].title)

    @property
    def words(self) -> Message:
        """What it means, and what to do, in one sentence."""
        return Message(KINDS[self.kind].words)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        said = {"severity": self.severity, "title": self.title, "words": self.words}
        groups = [list(group) for group in self.groups]
        found = {"names": list(self.names), "details": dict(self.details), "groups": groups}
        return {"kind": self.kind, **said, "count": len(self.names), **found}


@dataclass(frozen=True)
class Suspect:
    """An image whose label the network of other folds doubts."""

    name: str
    label: str
    predicted: str
    probability_of_label: float
    probability_of_predicted: float


@dataclass(frozen=True)
class Checkup:
    """What the doctor found in a dataset, of which no file was changed.

    `counts` gives the usable images of each class in each part; `not_used` the names that take no
    part, by reason; `suspects` come with the most doubtful label first.
    """

    data: str
    images: int
    counts: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...]
    not_used: Mapping[str, tuple[str, ...]]
    suspects: tuple[Suspect, ...] = ()

    @property
    def used(self) -> int:
        """The number of images that a training on these data would use."""
        return sum(count for parts in self.counts.values() for count in parts.values())

    def find(self, kind: str) -> tuple[str, ...]:
        """Return the names of one kind; () where nothing of it was found."""
        return next((one.names for one in self.findings if one.kind == kind), ())

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {
            "data": self.data,
            "images": self.images,
            "used": self.used,
            "counts": {name: dict(parts) for name, parts in self.counts.items()},
            "findings": [one.to_dict() for one in self.findings],
            "not_used": {reason: list(names) for reason, names in self.not_used.items()},
            "suspects": [vars(one) for one in self.suspects],
        }

    def summarise(self) -> Message:
        """Say in one line what was found."""
        broken = len(self.not_used.get(CANNOT_BE_READ, ()))
        counts = {CANNOT_BE_READ: broken, **{_IN_SHORT[k]: len(self.find(k)) for k in _IN_SHORT}}
        said = tuple(
            Message("{n:,} {what}", n=count, what=what) for what, count in counts.items() if count
        )
        if not said:
            return Message(
                "{images:,} images checked: nothing stands in the way.", images=self.images
            )
        return Message(
            "{images:,} images checked: {found}; 'skipcat check' names them.",
            images=self.images,
            found=said,
        )

    def __str__(self) -> str:
        head = _(
            "{data}: {images:,} images in {classes}; {used:,} would be used.",
            data=shorten(self.data, WIDTH - 60),
            images=self.images,
            classes=count_classes(len(self.counts)),
            used=self.used,
        )
        lines = [head]
        for severity, heading in SEVERITIES.items():
            found = [one for one in self.findings if one.severity == severity]
            if found:
                lines += ["", _(heading)]
            for one in found:
                lines += _list_finding(one)
        if not self.findings:
            lines += ["", _("Nothing odd was found.")]
        return "\n".join(lines)


CANNOT_BE_READ = Message("cannot be read")

_IN_SHORT = {
    "leak": Message("left out of training since they are also held out"),
    "exact-across-classes": Message("equal to one of another class"),
    "near-across-classes": Message("near duplicates across classes"),
    "exact-duplicate": Message("exact duplicates"),
    "near-duplicate": Message("near duplicates"),
    "blank": Message("blank"),
    "wrong-suffix": Message("with a wrong suffix"),
}


def _list_finding(one: Finding) -> list[str]:
    lines = [f"{len(one.names):>7,}  {_(one.title)}"]
    room = WIDTH - 9
    lines += wrap(_(one.words), WIDTH, " " * 9)
    examples: Iterable[Iterable[str]] = one.groups or [(name,) for name in one.names]
    for number, group in enumerate(examples):
        if number == _SHOWN:
            total = len(one.groups) or len(one.names)
            lines.append("           " + _("and {more:,} more", more=total - _SHOWN))
            break
        names = list(group)
        shown = " = ".join(shorten(name, (room - 10) // min(len(names), 2)) for name in names[:2])
        more = f" + {len(names) - 2}" if len(names) > 2 else ""
        detail = one.details.get(names[0], "")
        line = f"{shown}{more}" + (_(": {detail}", detail=detail) if detail else "")
        lines.append(f"           {width.shorten(_printable(line), room - 2)}")
    return lines


def shorten(text: str, columns: int) -> str:
    """Return a name printable in so many columns; its middle goes, since the ends tell most."""
    return width.shorten(_printable(text), columns, middle=True)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
