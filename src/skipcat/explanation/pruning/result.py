"""A pruned classifier beside the one that it came from: what was lost, what was won."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from skipcat.classifier import Classifier
from skipcat.engines.latency import Latency
from skipcat.evaluation.compare import Comparison
from skipcat.explanation.pruning.search import Step

WIDTH = 80


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
    steps: tuple[Step, ...]
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
    def findings(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        found, batch = self.comparison, self.after.latency.batch
        said = [
            f"{self.speedup:.2f} times as fast: {_ms(self.after.latency.p50_ms)} ms instead of "
            f"{_ms(self.before.latency.p50_ms)} ms for {_count(batch, 'image')}, with "
            f"{_share(self.after.macs, self.before.macs)} of the multiply-adds and "
            f"{_share(self.after.parameters, self.before.parameters)} of the parameters.",
            f"Accuracy {100 * found.second:.1f} % instead of {100 * found.first:.1f} % on the same "
            f"{_count(found.images, 'image')}: {_points(found)}.",
            f"With {_count(found.images, 'image')} a loss of up to "
            f"{100 * self.certified_loss:.1f} points cannot be excluded.",
        ]
        if self.met is False and self.lose_at_most is not None:
            said.insert(
                0,
                f"More was lost than {_points_allowed(self.lose_at_most)}, on the images that "
                "decide; this is the nearest that was reached.",
            )
        return tuple(said)

    @property
    def findings_zh(self) -> tuple[str, ...]:
        """What was found, in Chinese."""
        found, batch = self.comparison, self.after.latency.batch
        low, high = (100 * end for end in found.interval)
        said = [
            f"速度是原来的 {self.speedup:.2f} 倍：{batch} 张图片用时 "
            f"{_ms(self.after.latency.p50_ms)} 毫秒，原为 {_ms(self.before.latency.p50_ms)} 毫秒。",
            f"在同样的 {found.images:,} 张图片上，准确率为 {100 * found.second:.1f} %，原为 "
            f"{100 * found.first:.1f} %：相差 {100 * found.difference:+.1f} 个百分点"
            f"（{low:+.1f} 至 {high:+.1f}）。",
            f"凭 {found.images:,} 张图片，不能排除最多 {100 * self.certified_loss:.1f} "
            "个百分点的损失。",
        ]
        if self.met is False:
            said.insert(0, f"损失超过了允许的 {self.lose_at_most:g} 个百分点；这是最接近的结果。")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Give the figures as plain values that JSON can hold."""
        return {
            "data": self.data,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "speedup": self.speedup,
            "comparison": {**asdict(self.comparison), "can_tell": self.comparison.can_tell},
            "certified_loss": self.certified_loss,
            "lose_at_most": self.lose_at_most,
            "met": self.met,
            "steps": [asdict(step) for step in self.steps],
            "difference": self.difference,
            "deciding": self.deciding,
            "deciding_accuracy": self.deciding_accuracy,
            "deciding_are": self.deciding_are,
            "tuned_rounds": self.tuned_rounds,
            "left_out": dict(self.left_out),
            "table": [list(row) for row in self.table],
            "findings": self.findings,
            "findings_zh": self.findings_zh,
        }

    def __str__(self) -> str:
        one, other = self.before, self.after
        batch = f"ms, batch {other.latency.batch}"
        rows = [
            ("", one.network[:26], other.network[:26]),
            ("parameters", f"{one.parameters:,}", f"{other.parameters:,}"),
            ("multiply-adds", f"{one.macs:,}", f"{other.macs:,}"),
            (batch, f"{one.latency.p50_ms:.1f}", f"{other.latency.p50_ms:.1f}"),
            (
                "accuracy",
                f"{100 * self.comparison.first:.1f} %",
                f"{100 * self.comparison.second:.1f} %",
            ),
        ]
        lines = [f"{what:<16}{first:>28}{second:>28}" for what, first, second in rows]
        said = [line for text in self.findings for line in wrap(text, WIDTH)]
        return "\n".join([*lines, "", *said])


def _ms(milliseconds: float) -> str:
    """Give a time so finely that a small difference shows."""
    return f"{milliseconds:.{2 if milliseconds < 10 else 1}f}"


def _points(found: Comparison) -> str:
    low, high = (100 * end for end in found.interval)
    return f"a difference of {100 * found.difference:+.1f} points ({low:+.1f} to {high:+.1f})"


def _points_allowed(points: float) -> str:
    return f"the {points:g} point{'s' if points != 1 else ''} allowed"


def _share(after: int, before: int) -> str:
    return f"{100 * after / before:.0f} %"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("s" if number != 1 else "")
