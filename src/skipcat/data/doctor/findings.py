"""What the doctor says: findings by kind, and the checkup that holds them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from skipcat.data.doctor.kinds import KINDS

Severity = Literal["refused", "care", "look"]
SEVERITIES: dict[Severity, str] = {
    "refused": "Not used",
    "look": "Worth a look",
    "care": "Used with care",
}
WIDTH = 80
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
    def title(self) -> str:
        """What was found, in a few words."""
        return KINDS[self.kind].title

    @property
    def words(self) -> str:
        """What it means, and what to do, in one sentence."""
        return KINDS[self.kind].words

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "title": self.title,
            "words": self.words,
            "count": len(self.names),
            "names": list(self.names),
            "details": dict(self.details),
            "groups": [list(group) for group in self.groups],
        }


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
        """Give the names of one kind; () where nothing of it was found."""
        return next((one.names for one in self.findings if one.kind == kind), ())

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return {
            "data": self.data,
            "images": self.images,
            "used": self.used,
            "counts": {name: dict(parts) for name, parts in self.counts.items()},
            "findings": [one.to_dict() for one in self.findings],
            "not_used": {reason: list(names) for reason, names in self.not_used.items()},
            "suspects": [vars(one) for one in self.suspects],
        }

    def summarise(self) -> str:
        """Say in one line what was found."""
        broken = len(self.not_used.get(CANNOT_BE_READ, ()))
        said = [f"{broken:,} cannot be read"] if broken else []
        for kind, words in _IN_SHORT.items():
            if count := len(self.find(kind)):
                said.append(f"{count:,} {words}")
        of = f"{self.images:,} images checked"
        if not said:
            return f"{of}: nothing stands in the way."
        return f"{of}: {', '.join(said)}; 'skipcat check' names them."

    def __str__(self) -> str:
        classes = f"{len(self.counts):,} class{'es' if len(self.counts) != 1 else ''}"
        title = shorten(self.data, WIDTH - 60)
        head = f"{title}: {self.images:,} images in {classes}; {self.used:,} would be used."
        lines = [head]
        for severity, heading in SEVERITIES.items():
            found = [one for one in self.findings if one.severity == severity]
            if found:
                lines += ["", heading]
            for one in found:
                lines += _list_finding(one)
        if not self.findings:
            lines += ["", "Nothing odd was found."]
        return "\n".join(lines)


CANNOT_BE_READ = "cannot be read"

_IN_SHORT = {
    "leak": "left out of training since they are also held out",
    "exact-across-classes": "equal to one of another class",
    "near-across-classes": "near duplicates across classes",
    "exact-duplicate": "exact duplicates",
    "near-duplicate": "near duplicates",
    "blank": "blank",
    "wrong-suffix": "with a wrong suffix",
}


def _list_finding(one: Finding) -> list[str]:
    lines = [f"{len(one.names):>7,}  {one.title}"]
    room = WIDTH - 9
    lines += [f"         {line}" for line in _wrap(one.words, room)]
    examples: Iterable[Iterable[str]] = one.groups or [(name,) for name in one.names]
    for number, group in enumerate(examples):
        if number == _SHOWN:
            total = len(one.groups) or len(one.names)
            lines.append(f"           and {total - _SHOWN:,} more")
            break
        names = list(group)
        shown = " = ".join(shorten(name, (room - 10) // min(len(names), 2)) for name in names[:2])
        more = f" + {len(names) - 2}" if len(names) > 2 else ""
        detail = one.details.get(names[0], "")
        line = f"{shown}{more}" + (f": {detail}" if detail else "")
        lines.append(f"           {shorten(line, room - 2, middle=False)}")
    return lines


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def shorten(text: str, width: int, *, middle: bool = True) -> str:
    """Give `text` printable in `width` columns, what is too long replaced by one "…".

    The middle goes, since a path's ends tell most; or the end.
    """
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    if _columns(text) <= width:
        return text
    tail_room = (width - 1) // 2 if middle else 0
    head, tail = "", ""
    for character in text:
        if _columns(head + character) > width - 1 - tail_room:
            break
        head += character
    for character in reversed(text):
        if _columns(character + tail) > tail_room:
            break
        tail = character + tail
    return f"{head}…{tail}"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
