"""The list that `fit --exclude` takes: one name a line, the reason above."""

from collections.abc import Callable, Iterable

from skipcat.data.doctor.findings import Checkup, Finding
from skipcat.data.exclusion import escape_name

_HEAD = """\
# Images of {data} that skipcat would leave out, one a line; made by 'skipcat check --out'.
# Lines that begin with # do nothing: delete the # before a name to leave it out too.
# Use it with: skipcat fit DATA --exclude FILE
"""


def _all(finding: Finding) -> Iterable[str]:
    return finding.names


def _copies(finding: Finding) -> Iterable[str]:
    """Keep the first of each group."""
    return (name for group in finding.groups for name in group[1:])


# What is left out, and of which kinds a person should decide.
_LEFT_OUT: dict[str, Callable[[Finding], Iterable[str]]] = {
    **dict.fromkeys(
        (
            "zero-bytes",
            "truncated",
            "damaged",
            "web-page",
            "no-image",
            "too-many-pixels",
            "no-permission",
            "broken-link",
            "link-loop",
            "no-file",
            "unreadable",
            "leak",
            "blank",
            "exact-across-classes",
            "near-across-classes",
        ),
        _all,
    ),
    "exact-duplicate": _copies,
    "near-duplicate": _copies,
}
_OFFERED = ("suspicious-label", "tiny", "extreme-aspect", "grey", "colour")


def list_exclusions(checkup: Checkup) -> str:
    """Give the list as text; a name stands in it once, active where it would be left out.

    Left out are images that cannot be read, blank ones, all but the first of equal or nearly
    equal images in one class, and all of those that bear several classes' labels: nobody but a
    person knows which is right. Doubtful labels and odd sizes are offered, behind a #.
    """
    lines = [_HEAD.format(data=escape_name(checkup.data))]
    listed: set[str] = set()
    found = {one.kind: one for one in checkup.findings}
    for kind, choose in _LEFT_OUT.items():
        if kind in found:
            names = [name for name in choose(found[kind]) if name not in listed]
            lines += _section(found[kind], [escape_name(name) for name in names])
            listed |= set(names)
    for kind in _OFFERED:
        if kind in found:
            names = [name for name in found[kind].names if name not in listed]
            lines += _section(found[kind], [f"#{escape_name(name)}" for name in names])
            listed |= set(names)
    return "\n".join(lines) + "\n"


def _section(finding: Finding, lines: list[str]) -> list[str]:
    return [f"# {finding.title}", *lines, ""] if lines else []
