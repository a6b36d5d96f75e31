"""Experiments, their findings and their results: plain values and messages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.statistics import Mean
from skipcat.plots.charts import Chart
from skipcat.text.translation import Message, _

Holds = Literal["yes", "no", "cannot tell"]
HEADLINES: Mapping[Holds, Message] = {
    "yes": Message("The claim holds in this experiment."),
    "no": Message("The claim does not hold in this experiment."),
    "cannot tell": Message("The evidence is not enough for a verdict."),
}


def judge_means(means: Iterable[Mean], *, below: bool = False) -> Holds:
    """Return whether all means are surely above 0, or below it; "no" where one is surely not."""
    signs = [(one.above_zero, one.below_zero)[:: -1 if below else 1] for one in means]
    return judge(holds=all(yes for yes, _ in signs), fails=any(no for _, no in signs))


def judge(*, holds: bool, fails: bool) -> Holds:
    """Return the verdict of two tests, of which neither may be sure."""
    return "yes" if holds else "no" if fails else "cannot tell"


@dataclass(frozen=True)
class ResultTable:
    """Figures in rows; a cell is a word, a number or None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Findings:
    """The verdict of an experiment: whether the claim held, why, and the figures behind it.

    `verdict` explains `holds`; `csv` has one mapping of plain values for each measurement.
    """

    holds: Holds
    verdict: tuple[Message, ...]
    charts: tuple[Chart, ...]
    tables: tuple[ResultTable, ...]
    csv: tuple[dict[str, Any], ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """One claim of a paper, and the function that puts it to the test.

    `claim` is what is claimed, `published` the paper's own figures, cited as such; `minutes` is
    how long it takes on two cores with its own data and seeds. One that does not see images
    (`sees_images`) times networks, and its seeds are repetitions.
    """

    name: str
    claim: Message
    source: str
    published: Message
    minutes: float
    run: Callable[[Lab], Findings]
    data: str = "digits"
    seeds: int = 3
    sees_images: bool = True


@dataclass(frozen=True)
class Result:
    """An experiment that was carried out: its findings, its data, its machine."""

    experiment: Experiment
    findings: Findings
    data: str
    images: int
    seeds: tuple[int, ...]
    seconds: float
    command: str
    machine: dict[str, str]
    notes: tuple[Message, ...] = ()

    @property
    def headline(self) -> Message:
        """Return the verdict in one sentence."""
        return HEADLINES[self.findings.holds]

    def describe(self) -> str:
        """Return the claim and the verdict as text, in the language in use."""
        sentences = (self.headline, *self.findings.verdict, *self.notes)
        return "\n".join([f"{_(self.experiment.claim)}\n", *(f"- {_(one)}" for one in sentences)])

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as JSON takes them: English, and the messages it was made of."""
        found = self.findings
        verdict, notes = (self.headline, *found.verdict), (*found.notes, *self.notes)
        return {
            "experiment": self.experiment.name,
            "claim": self.experiment.claim,
            "source": self.experiment.source,
            "published": self.experiment.published,
            "holds": found.holds,
            "verdict": list(verdict),
            "measurements": list(found.csv),
            "notes": list(notes),
            "messages": {
                "verdict": [one.to_dict() for one in verdict],
                "notes": [one.to_dict() for one in notes],
            },
            "data": self.data if self.experiment.sees_images else None,
            "images": self.images if self.experiment.sees_images else 0,
            "seeds": list(self.seeds),
            "seconds": round(self.seconds, 1),
            "command": self.command,
            "machine": self.machine,
        }
