"""Classes that are empty, too small, unequal, or unknown to the training part."""

from collections.abc import Mapping

from skipcat.data.doctor.findings import Finding
from skipcat.text.translation import Message

# Largest class against smallest; below this, networks do well without help.
MOST_UNEQUAL = 10


def find_class_faults(counts: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Return the faults of classes from their usable images in each part."""
    totals = {name: sum(parts.values()) for name, parts in counts.items()}
    filled = {name: total for name, total in totals.items() if total}
    found = []
    if len(filled) < 2:
        found.append(Finding("one-class", tuple(filled or totals)))
    if empty := tuple(name for name, total in totals.items() if not total):
        found.append(Finding("empty-class", empty))
    divided = any("train" in parts for parts in counts.values())
    untrained = tuple(n for n in filled if divided and not counts[n].get("train"))
    if untrained:
        found.append(Finding("untrained-class", untrained))
    if single := tuple(name for name, total in filled.items() if total == 1):
        found.append(Finding("one-image-class", single))
    if filled and max(filled.values()) > MOST_UNEQUAL * min(filled.values()):
        found.append(_list_unequal(filled))
    return found


def _list_unequal(filled: Mapping[str, int]) -> Finding:
    most = max(filled.values())
    small = [name for name, total in filled.items() if most > MOST_UNEQUAL * total]
    small.sort(key=lambda name: (filled[name], name))
    largest = max(filled, key=lambda name: filled[name])
    details = {
        name: Message(
            "{few:,} against {most:,} of {largest}", few=filled[name], most=most, largest=largest
        )
        for name in small
    }
    return Finding("imbalance", tuple(small), details)
