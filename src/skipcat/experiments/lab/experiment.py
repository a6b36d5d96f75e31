"""What an experiment is, and what it finds: plain values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.sentences import Words
from skipcat.plots.charts import Chart

Holds = Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True)
class Table:
    """Figures in rows; a cell is a word, a number or None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: Words = ("", "")


@dataclass(frozen=True)
class Findings:
    """What an experiment found: whether the claim held here, why, and what it was read from.

    `csv` has one mapping of plain values for each thing that was measured.
    """

    holds: Holds
    verdict: tuple[Words, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    csv: tuple[dict[str, Any], ...]
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """One claim of a paper, and the function that puts it to the test.

    `claim` is what is claimed, `published` the paper's own figures, cited as such; `minutes` is
    how long it takes on two cores with its own data and seeds. One that does not see images
    (`sees_images`) times networks, and its seeds are repetitions.
    """

    name: str
    claim: Words
    source: str
    published: Words
    minutes: float
    run: Callable[[Lab], Findings]
    data: str = "digits"
    seeds: int = 3
    sees_images: bool = True


@dataclass(frozen=True)
class Result:
    """An experiment that was carried out, and with what."""

    experiment: Experiment
    findings: Findings
    data: str
    images: int
    seeds: tuple[int, ...]
    seconds: float
    command: str
    machine: dict[str, str]
    notes: tuple[Words, ...] = ()

    def describe(self, language: str = "en") -> str:
        """Give the claim and the verdict as text, in English or Chinese."""
        which = 1 if language == "zh" else 0
        head = self.experiment.claim[which]
        sentences = [words[which] for words in (*self.findings.verdict, *self.notes)]
        return "\n".join([f"{head}\n", *(f"- {sentence}" for sentence in sentences)])

    def to_dict(self) -> dict[str, Any]:
        """Give what was found as JSON takes it."""
        found = self.findings
        return {
            "experiment": self.experiment.name,
            "claim": self.experiment.claim[0],
            "source": self.experiment.source,
            "published": self.experiment.published[0],
            "holds": found.holds,
            "verdict": [en for en, _ in found.verdict],
            "verdict_zh": [zh for _, zh in found.verdict],
            "measurements": list(found.csv),
            "notes": [en for en, _ in (*found.notes, *self.notes)],
            "data": self.data if self.experiment.sees_images else None,
            "images": self.images if self.experiment.sees_images else 0,
            "seeds": list(self.seeds),
            "seconds": round(self.seconds, 1),
            "command": self.command,
            "machine": self.machine,
        }
