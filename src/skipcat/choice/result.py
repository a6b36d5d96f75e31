"""What a choice says: the network, its rivals, and why."""

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skipcat.choice.budget import Budget
from skipcat.choice.candidate import Candidate
from skipcat.text.numbers import percent, percent_interval
from skipcat.text.translation import Message, _, get_language, use_language
from skipcat.text.width import pad, wrap
from skipcat.training.recipe import Recipe


@dataclass(frozen=True)
class Option:
    """A network that was in the race: its cost, and what it named rightly of the images.

    `seconds` is the training time after which `accuracy` was measured.
    """

    candidate: Candidate
    accuracy: float
    accuracy_interval: tuple[float, float]
    images: int
    seconds: float
    rung: int


@dataclass(frozen=True)
class Choice:
    """The network for these images, and why; `frontier` names those that no other beats."""

    data: str
    network: str
    image_px: int
    stem_reduction: int
    pretrained: str
    recipe: Recipe
    budget: Budget
    options: tuple[Option, ...]
    frontier: tuple[str, ...]
    reasons: tuple[Message, ...]
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `messages` are the reasons for any language."""
        messages = [reason.to_dict() for reason in self.reasons]
        return {**asdict(self), "messages": messages, "folder": str(self.folder)}

    def __str__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        """Return the reasons, the chart and the table, for a notebook."""
        from skipcat.choice.chart import choice_html

        return choice_html(self)

    @property
    def name(self) -> str:
        """The name of the data, without the folders above them."""
        return Path(self.data).name

    @property
    def command(self) -> str:
        """The command that trains the network."""
        weights = "" if self.pretrained == "none" else f" --pretrained {self.pretrained}"
        return (
            f"skipcat train {shlex.quote(self.data)} --network {self.network} "
            f"--image-px {self.image_px} --minutes {self.budget.minutes:g}{weights}"
        )

    def describe(self, language: str | None = None) -> str:
        """Describe the table and the reasons, in a language ("en", "zh") or that in use."""
        with use_language(language or get_language()):
            head = _row(
                "",
                *(_("network"), _("px"), _("params M"), _("ms p50"), _("trained s"), _("right")),
                _("95 % range"),
            )
            rows = [self._describe_option(one) for one in self.options]
            legend = _("> chosen  * nothing else is both faster and more often right")
            said = [line for reason in self.reasons for line in wrap(_(reason))]
            return "\n".join([head, *rows, legend, "", *said])

    def _describe_option(self, one: Option) -> str:
        c = one.candidate
        chosen, ahead = c.network == self.network, c.network in self.frontier
        return _row(
            (">" if chosen else " ") + ("*" if ahead else " "),
            c.network,
            f"{c.image_px}",
            f"{c.parameters / 1e6:.2f}",
            f"{c.latency_p50_ms:.2f}",
            f"{one.seconds:.0f}",
            _(percent(one.accuracy)),
            _(percent_interval(one.accuracy_interval)),
        )


def _row(mark: str, network: str, *cells: str) -> str:
    *figures, last = cells
    widths = (4, 8, 8, 10, 7)
    padded = [pad(text, width, right=True) for text, width in zip(figures, widths, strict=True)]
    return f"{mark:<3}{pad(network, 18)}{' '.join(padded)}   {last}"
