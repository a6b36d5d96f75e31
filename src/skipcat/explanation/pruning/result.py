"""A pruned classifier beside the one that it came from: what was lost, what was won."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from skipcat.classifier import Classifier
from skipcat.engines.latency import Latency
from skipcat.evaluation.compare import Comparison
from skipcat.explanation.pruning.search import PruningStep
from skipcat.text.numbers import count_images, percent
from skipcat.text.translation import Message, _
from skipcat.text.width import pad, wrap


@dataclass(frozen=True)
class Size:
    """How large a network is, and how long it takes.

    Units: MACs for one image; latency for a batch.
    """

    network: str
    parameters: int
    macs: int
    latency: Latency


@dataclass(frozen=True, eq=False)
class Pruned:
    """A smaller classifier, and what it is beside the one that it was cut from.

    `comparison` is of both on images that neither used and that decided nothing;
    `deciding_accuracy` is the smaller one's on those that decided. `met` says whether the loss
    stayed within what was allowed there, None where nothing was said of it. `difference` is the
    largest between the answers of silenced and cut networks, relative to the largest answer.
    `table` has the old and the new text of each row.
    """

    classifier: Classifier
    data: str
    before: Size
    after: Size
    comparison: Comparison
    lose_at_most: float | None
    met: bool | None
    steps: tuple[PruningStep, ...]
    difference: float
    deciding: int
    deciding_accuracy: float
    deciding_are: str
    tuned_rounds: int
    left_out: Mapping[str, int]
    table: tuple[tuple[str, str, str], ...]

    @property
    def speedup(self) -> float:
        """How many times as fast it is, by the medians."""
        return self.before.latency.p50_ms / self.after.latency.p50_ms

    @property
    def certified_loss(self) -> float:
        """The loss of accuracy that the images at hand cannot exclude, as a share."""
        return max(0.0, -self.comparison.interval[0])

    @property
    def findings(self) -> tuple[Message, ...]:
        """What was found, in sentences."""
        found = self.comparison
        low, high = (100 * end for end in found.interval)
        said = [
            Message(
                "{speedup:.2f} times as fast: {after} ms instead of {before} ms for {images}, with "
                "{macs} of the multiply-adds and {parameters} of the parameters.",
                speedup=self.speedup,
                after=_ms(self.after.latency.p50_ms),
                before=_ms(self.before.latency.p50_ms),
                images=count_images(self.after.latency.batch),
                macs=percent(self.after.macs / self.before.macs, 0),
                parameters=percent(self.after.parameters / self.before.parameters, 0),
            ),
            Message(
                "Accuracy {second} instead of {first} on the same {images}: a difference of "
                "{difference:+.1f} points ({low:+.1f} to {high:+.1f}).",
                second=percent(found.second),
                first=percent(found.first),
                images=count_images(found.images),
                difference=100 * found.difference,
                low=low,
                high=high,
            ),
            Message(
                "With {images} a loss of up to {loss:.1f} points cannot be excluded.",
                images=count_images(found.images),
                loss=100 * self.certified_loss,
            ),
        ]
        if self.met is False and self.lose_at_most is not None:
            said.insert(
                0,
                Message(
                    "More was lost than the {n:g} point allowed, on the images that decide; this "
                    "is the nearest that was reached.",
                    "More was lost than the {n:g} points allowed, on the images that decide; this "
                    "is the nearest that was reached.",
                    n=self.lose_at_most,
                ),
            )
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that JSON can hold."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        del plain["classifier"]
        return plain | {
            "before": asdict(self.before),
            "after": asdict(self.after),
            "speedup": self.speedup,
            "comparison": {**asdict(self.comparison), "can_tell": self.comparison.can_tell},
            "certified_loss": self.certified_loss,
            "steps": [asdict(step) for step in self.steps],
            "left_out": dict(self.left_out),
            "table": [list(row) for row in self.table],
            "findings": self.findings,
            "messages": [finding.to_dict() for finding in self.findings],
        }

    def __str__(self) -> str:
        one, other = self.before, self.after
        rows = [
            ("", one.network[:26], other.network[:26]),
            (_("parameters"), f"{one.parameters:,}", f"{other.parameters:,}"),
            (_("multiply-adds"), f"{one.macs:,}", f"{other.macs:,}"),
            (
                _("ms, batch {batch}", batch=other.latency.batch),
                f"{one.latency.p50_ms:.1f}",
                f"{other.latency.p50_ms:.1f}",
            ),
            (_("accuracy"), _(percent(self.comparison.first)), _(percent(self.comparison.second))),
        ]
        lines = [f"{pad(what, 16)}{first:>28}{second:>28}" for what, first, second in rows]
        said = [line for text in self.findings for line in wrap(_(text))]
        return "\n".join([*lines, "", *said])


def _ms(milliseconds: float) -> str:
    """Return a time so finely that a small difference shows."""
    return f"{milliseconds:.{2 if milliseconds < 10 else 1}f}"
