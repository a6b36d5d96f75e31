"""The doctor's visit: one pass over the images, then every kind of finding."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from skipcat.data.cache import Decoded
from skipcat.data.dataset import Dataset, open_dataset
from skipcat.data.doctor.classes import find_class_faults
from skipcat.data.doctor.duplicate_groups import Twins, find_twins, list_twins
from skipcat.data.doctor.file_names import find_odd_names
from skipcat.data.doctor.findings import CANNOT_BE_READ, SEVERITIES, Checkup, Finding
from skipcat.data.doctor.kinds import KINDS, OF_REASONS
from skipcat.data.doctor.label_errors import find_suspects
from skipcat.data.doctor.scan import Scan, scan_decoded, scan_images
from skipcat.data.doctor.unreadable import name_fault
from skipcat.data.doctor.unusual import find_oddities
from skipcat.data.exclusion import Exclude
from skipcat.data.splits import find_held_out
from skipcat.reporting import Auto, Progress, open_reporter
from skipcat.text.translation import Message

_RANK = {kind: place for place, kind in enumerate(KINDS)}
PART_ORDER = ("", "train", "validation", "test")
_SEVERITY = {severity: place for place, severity in enumerate(SEVERITIES)}


def check(
    data: object,
    *,
    labels_run: str | Path | None = None,
    exclude: Exclude | None = None,
    progress: Progress | Auto | None = "auto",
) -> Checkup:
    """Find broken, odd, duplicate and suspicious images; change no file.

    `labels_run` is the folder of a run that judged every image out of fold; `exclude` a list of
    names, or the file of one, that would be left out; `progress` is that of `train`.

    Raises:
        DataError: there are no such data, or the run or the list does not fit them.
    """
    dataset = open_dataset(data, exclude=exclude)
    with open_reporter(progress) as reporter:
        scan = scan_images(dataset, reporter.progress)
    twins = find_twins(scan, scan.readable_rows(dataset))
    return _conclude(dataset, scan, twins, labels_run)


def examine_decoded(dataset: Dataset, decoded: Decoded) -> tuple[Checkup, list[str]]:
    """Check what was decoded for training anyway; give also a key that duplicates share."""
    scan = scan_decoded(decoded)
    twins = find_twins(scan, decoded.rows)
    return _conclude(dataset, scan, twins, None), twins.keys(decoded.hashes)


def _conclude(dataset: Dataset, scan: Scan, twins: Twins, labels_run: str | Path | None) -> Checkup:
    rows = scan.readable_rows(dataset)
    leaks = find_held_out(dataset, rows, twins.keys(scan.hashes))
    not_used = {reason: tuple(names) for reason, names in dataset.left_out.items()}
    not_used |= {reason: tuple(dataset.names[r] for r in out) for reason, out in leaks.items()}
    if scan.broken:
        not_used[CANNOT_BE_READ] = tuple(scan.broken)
    used = np.setdiff1d(rows, [row for out in leaks.values() for row in out])
    counts = _count(dataset, used)
    suspects = find_suspects(dataset, labels_run) if labels_run is not None else ()
    findings = [
        *_list_broken(dataset, scan.broken),
        *_list_left_out(not_used),
        *find_oddities(dataset, scan, rows),
        *list_twins(dataset, twins),
        *find_class_faults(counts),
        *find_odd_names(dataset),
    ]
    if suspects:
        said = {
            one.name: Message(
                "{label} {of_label:.0%}, rather {predicted} {of_predicted:.0%}",
                label=one.label,
                of_label=one.probability_of_label,
                predicted=one.predicted,
                of_predicted=one.probability_of_predicted,
            )
            for one in suspects
        }
        findings.append(Finding("suspicious-label", tuple(said), said))
    findings = _merge(findings)
    findings.sort(key=lambda one: (_SEVERITY[one.severity], _RANK[one.kind]))
    return Checkup(dataset.name, len(dataset), counts, tuple(findings), not_used, suspects)


def _count(dataset: Dataset, rows: np.ndarray) -> dict[str, dict[str, int]]:
    parts = sorted({dataset.parts[row] for row in range(len(dataset))}, key=PART_ORDER.index)
    counts = {name: dict.fromkeys(parts, 0) for name in dataset.classes}
    for row in rows:
        counts[dataset.classes[dataset.labels[row]]][dataset.parts[row]] += 1
    return counts


def _list_broken(dataset: Dataset, broken: Mapping[str, str]) -> list[Finding]:
    row_of = {name: row for row, name in enumerate(dataset.names) if name in broken}
    found: dict[str, dict[str, str]] = {}
    for name, why in broken.items():
        kind, words = name_fault(dataset.images[row_of[name]], why)
        found.setdefault(kind, {})[name] = words
    return [
        Finding(kind, tuple(said), {name: words for name, words in said.items() if words})
        for kind, said in found.items()
    ]


def _list_left_out(not_used: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    found = []
    for reason, names in not_used.items():
        if reason != CANNOT_BE_READ:
            kind = OF_REASONS.get(reason, "left-out")
            said = dict.fromkeys(names, reason) if kind == "left-out" else {}
            found.append(Finding(kind, names, said))
    return found


def _merge(findings: list[Finding]) -> list[Finding]:
    """Join findings of one kind that came from several places."""
    kinds: dict[str, Finding] = {}
    for one in findings:
        if one.kind in kinds:
            old = kinds[one.kind]
            one = Finding(  # noqa: PLW2901
                one.kind,
                tuple(dict.fromkeys((*old.names, *one.names))),
                {**old.details, **one.details},
                (*old.groups, *one.groups),
            )
        kinds[one.kind] = one
    return list(kinds.values())
