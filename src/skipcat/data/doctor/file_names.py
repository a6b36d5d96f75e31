"""Names of files and classes that other systems or people will stumble over."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import Finding
from skipcat.text.translation import Message

# Most file systems allow 255 bytes; what is packed, synchronised or encrypted gets less.
MOST_BYTES = 200


def find_odd_names(dataset: Dataset) -> list[Finding]:
    """Return the names that are odd, and those that differ only in what nobody sees."""
    if not any(isinstance(image, Path) for image in dataset.images[:1]):
        return []
    odd = {name: why for name in dataset.names if (why := _say_odd(name))}
    odd |= {f"{name}/": why for name in dataset.classes if (why := _say_odd(name))}
    clashes = [*_clashes(dataset.names), *_clashes(f"{name}/" for name in dataset.classes)]
    clashing = tuple(name for clash in clashes for name in clash)
    found = [
        Finding("odd-name", tuple(odd), odd),
        Finding("name-clash", clashing, groups=tuple(clashes)),
    ]
    return [one for one in found if one.names]


def _say_odd(name: str) -> str:
    if len(name) <= MOST_BYTES and _PLAIN.fullmatch(name):
        return ""
    steps = [step for step in PurePosixPath(name).parts if step not in (".", "..")]
    ends = [*steps, *(PurePosixPath(step).stem for step in steps)]
    categories = {unicodedata.category(character) for character in name}
    faults = {
        Message("it holds a line break or another control character"): categories
        & {"Cc", "Zl", "Zp"},
        Message("it turns the reading direction"): any(
            unicodedata.bidirectional(c) in _TURNS for c in name
        ),
        Message("it holds what is no character"): categories & {"Cs", "Co", "Cn"},
        Message("a space at an end"): any(end != end.strip() for end in ends),
        Message("a dot at the end"): any(step.endswith(".") for step in steps),
        Message("longer than {most} bytes", most=MOST_BYTES): any(
            len(step.encode("utf-8", "surrogatepass")) > MOST_BYTES for step in steps
        ),
    }
    return next((words for words, holds in faults.items() if holds), "")


# Names that nothing can be wrong with, as most are.
_PLAIN = re.compile(r"[A-Za-z0-9_/-]+(\.[A-Za-z0-9_-]+)*")
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _clashes(names: Iterable[str]) -> list[tuple[str, ...]]:
    seen: dict[str, list[str]] = {}
    for name in names:
        if name.isascii():
            key = name.lower()
        else:
            key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        key = "/".join(" ".join(step.split()) for step in key.split("/"))
        seen.setdefault(key, []).append(name)
    return [tuple(group) for group in seen.values() if len(set(group)) > 1]
