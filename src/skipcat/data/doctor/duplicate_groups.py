"""Images that are there more than once: within a class, across classes, across parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.doctor.findings import Finding
from skipcat.data.doctor.near_duplicates import find_near_duplicates
from skipcat.data.doctor.scan import Scan


@dataclass(frozen=True, eq=False)
class Twins:
    """Groups of rows that are equal, and groups that are near duplicates."""

    exact: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]

    def keys(self, hashes: Sequence[str]) -> list[str]:
        """Return each image a key that it shares with its duplicates, as a split needs it."""
        keys = list(hashes)
        for group in self.near:
            least = min(hashes[row] for row in group)
            for row in group:
                keys[row] = least
        return keys


def find_twins(scan: Scan, rows: np.ndarray) -> Twins:
    """Find the duplicates among the readable images."""
    by_hash: dict[str, list[int]] = {}
    for row in rows:
        by_hash.setdefault(scan.hashes[row], []).append(int(row))
    exact = tuple(tuple(group) for group in by_hash.values() if len(group) > 1)
    return Twins(exact, tuple(find_near_duplicates(scan.thumbnails, rows, scan.hashes)))


def list_twins(dataset: Dataset, twins: Twins) -> list[Finding]:
    """Return the duplicates as findings; a group may be across classes and across parts."""
    findings = []
    for how, groups in (("exact", twins.exact), ("near", twins.near)):
        sorted_out: dict[str, list[tuple[int, ...]]] = {}
        for group in groups:
            for kind in _kinds_of(dataset, how, group):
                sorted_out.setdefault(kind, []).append(group)
        for kind in (f"{how}-across-parts", f"{how}-across-classes", f"{how}-duplicate"):
            if kind in sorted_out:
                findings.append(_finding(dataset, kind, sorted_out[kind]))
    return findings


def _kinds_of(dataset: Dataset, how: str, group: tuple[int, ...]) -> list[str]:
    across = []
    if len({dataset.parts[row] for row in group}) > 1:
        across.append(f"{how}-across-parts")
    if len({int(dataset.labels[row]) for row in group}) > 1:
        across.append(f"{how}-across-classes")
    return across or [f"{how}-duplicate"]


def _finding(dataset: Dataset, kind: str, groups: list[tuple[int, ...]]) -> Finding:
    named = tuple(tuple(dataset.names[row] for row in group) for group in groups)
    return Finding(kind, tuple(name for group in named for name in group), groups=named)
