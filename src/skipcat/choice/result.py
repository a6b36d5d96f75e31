"""What a choice says: the network, its rivals, and why."""

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.cells import cell_len

from skipcat.choice.budget import Budget
from skipcat.choice.candidate import Candidate
from skipcat.training.recipe import Recipe

WIDTH = 80
# A word of other scripts, or a Chinese character, with the marks that no line begins with or ends.
CHINESE_PIECES = re.compile(
    r"\s*[（“《]*(?:[^\s\u2e80-\uffef“”]+|[\u2e80-\uffef])[，。；：、！？）”》]*"
)


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
    """The network for these images, and why; `frontier` names those that no other beats.

    `reasons` are sentences; `reasons_zh` the same in Chinese.
    """

    data: str
    network: str
    image_px: int
    stem_reduction: int
    pretrained: str
    recipe: Recipe
    budget: Budget
    options: tuple[Option, ...]
    frontier: tuple[str, ...]
    reasons: tuple[str, ...]
    reasons_zh: tuple[str, ...]
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """Give the choice as plain values that JSON can hold."""
        return {**asdict(self), "folder": str(self.folder)}

    def __str__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        """Give the reasons, the chart and the table, for a notebook."""
        from skipcat.choice.notebook import choice_html

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

    def describe(self, language: str = "en") -> str:
        """Give the table and the reasons, in English ("en") or Chinese ("zh")."""
        head = (
            f"   {'network':<18}{'px':>4} {'params M':>8} {'ms p50':>8} {'trained s':>10} "
            f"{'right':>7}   95 % range"
        )
        rows = []
        for one in self.options:
            c, (low, high) = one.candidate, one.accuracy_interval
            mark = (">" if c.network == self.network else " ") + (
                "*" if c.network in self.frontier else " "
            )
            rows.append(
                f"{mark} {c.network:<18}{c.image_px:>4} {c.parameters / 1e6:>8.2f} "
                f"{c.latency_p50_ms:>8.2f} {one.seconds:>10.0f} {100 * one.accuracy:>5.1f} %   "
                f"{100 * low:.1f} to {100 * high:.1f} %"
            )
        legend = "> chosen  * nothing else is both faster and more often right"
        chosen = {"en": self.reasons, "zh": self.reasons_zh}[language]
        lines_of = wrap_chinese if language == "zh" else wrap
        said = [line for reason in chosen for line in lines_of(reason, WIDTH)]
        return "\n".join([head, *rows, legend, "", *said])


def wrap_chinese(text: str, columns: int) -> list[str]:
    """Break Chinese text into lines, between any two characters; each takes two columns.

    >>> wrap_chinese("最后三个里，没有被打败的 resnet18 获胜。", 14)
    ['最后三个里，没', '有被打败的', 'resnet18 获', '胜。']
    """
    lines = [""]
    for piece in CHINESE_PIECES.findall(text):
        if cell_len(lines[-1] + piece) > columns and lines[-1]:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines
