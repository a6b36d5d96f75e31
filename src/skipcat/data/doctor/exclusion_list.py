"""The list that `fit --exclude` takes: one name a line, the reason above."""

from dataclasses import dataclass

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import Checkup
from skipcat.data.exclusion import escape_name
from skipcat.text.numbers import list_some
from skipcat.text.translation import Message

_HEAD = """\
# Images of {data} that skipcat would leave out, one a line; made by 'skipcat check --out'.
# Lines that begin with # do nothing: delete the # before a name to leave it out too.
# Use it with: skipcat fit DATA --exclude FILE
"""


# What is left out, all of it or all but the first of each group, and what a person should decide.
_ALL = (
    *("zero-bytes", "truncated", "damaged", "web-page", "no-image", "too-many-pixels"),
    *("no-permission", "broken-link", "link-loop", "no-file", "unreadable", "leak", "blank"),
    *("exact-across-classes", "near-across-classes"),
)
_COPIES = ("exact-duplicate", "near-duplicate")
_OFFERED = ("suspicious-label", "tiny", "extreme-aspect", "grey", "colour")
HELD_OUT = ("validation", "test")
_SHOWN = 3


@dataclass(frozen=True)
class ExclusionList:
    """The list as text, and the classes whose images it spares."""

    text: str
    spared: tuple[str, ...]

    def describe_spared(self) -> str:
        """Return which classes are spared and why; "" where none is."""
        if not self.spared:
            return ""
        return Message(
            "Every image to learn {names} from has a finding. A class needs at least one, so in "
            "the list these names stand behind a # and are not left out.",
            names=list_some([repr(name) for name in self.spared], _SHOWN),
        )


def list_exclusions(checkup: Checkup, dataset: Dataset) -> ExclusionList:
    """List what to leave out; a name stands in it once, active where it would be left out.

    Left out are images that cannot be read, blank ones, all but the first of equal or nearly
    equal images in one class, and all of those that bear several classes' labels: nobody but a
    person knows which is right. Doubtful labels and odd sizes are offered, behind a #; so is
    everything of a class that would have no image left to train on, since without one it could
    not be learnt, and the list would be refused.
    """
    lines = [_HEAD.format(data=escape_name(checkup.data))]
    listed: set[str] = set()
    found = {one.kind: one for one in checkup.findings}
    chosen = {kind: list(found[kind].names) for kind in _ALL if kind in found}
    for kind in _COPIES:
        if kind in found:
            chosen[kind] = [name for group in found[kind].groups for name in group[1:]]
    spared = _find_emptied(dataset, {name for names in chosen.values() for name in names})
    kept = {
        name
        for name, label in zip(dataset.names, dataset.labels, strict=True)
        if dataset.classes[label] in spared
    }
    offered = {kind: list(found[kind].names) for kind in _OFFERED if kind in found}
    for kind, candidates in {**chosen, **offered}.items():
        names = [name for name in candidates if name not in listed]
        sign = {name: "#" if kind in offered or name in kept else "" for name in names}
        if names:
            listing = [f"{sign[name]}{escape_name(name)}" for name in names]
            lines += [f"# {found[kind].title}", *listing, ""]
        listed |= set(names)
    return ExclusionList("\n".join(lines) + "\n", spared)


def _find_emptied(dataset: Dataset, out: set[str]) -> tuple[str, ...]:
    """Return the classes that would have no image left to train on, or none at all."""
    rows = list(zip(dataset.names, dataset.labels.tolist(), dataset.parts, strict=True))
    left = [(label, part) for name, label, part in rows if name not in out]
    pool = {label for _, label, part in rows if part not in HELD_OUT}
    learnt = {label for label, part in left if part not in HELD_OUT}
    emptied = (pool - learnt) | ({label for _, label, _ in rows} - {label for label, _ in left})
    return tuple(dataset.classes[label] for label in sorted(emptied))
