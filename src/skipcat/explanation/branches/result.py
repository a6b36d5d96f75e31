"""What each branch of a network is worth: figures, and what they say in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any, Literal

WIDTH = 80
MODULE = 18  # letters of a module's name
COLUMNS = (
    "Points it adds: its Shapley value, with its 95 % interval. Without: points that are lost "
    "where it alone is missing. Loss: what it takes from the loss, in nats."
)
# A branch can go where a larger loss than this share is not to be expected.
NO_LOSS = 0.005

Kind = Literal["branches", "units"]


@dataclass(frozen=True)
class Figure:
    """A mean over images, with its 95 % interval.

    Units: accuracy as a share, 0.01 being one point; loss in nats.
    """

    value: float
    interval: tuple[float, float]

    @property
    def half(self) -> float:
        """Half the length of the interval."""
        return (self.interval[1] - self.interval[0]) / 2


@dataclass(frozen=True)
class Branch:
    """What one branch of a module, or the branch of one residual unit, is worth.

    `accuracy` and `loss` are what it adds to accuracy and takes from the loss: of a concatenation
    its exact Shapley value over all subsets of the module's branches, of a unit what is lost
    without it. `alone` is the accuracy lost where it alone is missing and all others are there.
    `per_class` is `accuracy` on the images of each class, None where it has none.
    """

    module: str
    branch: str
    name: str
    channels: int
    accuracy: Figure
    loss: Figure
    alone: Figure
    per_class: Mapping[str, Figure | None]

    @property
    def can_go(self) -> bool:
        """Whether a loss of half a point without it can be excluded."""
        return self.alone.interval[1] < NO_LOSS

    @property
    def matters(self) -> bool:
        """Whether something is lost without it, beyond chance."""
        return self.alone.interval[0] > 0

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        if self.name == self.module:
            return f"the residual branch of {self.module}"
        return f"the {self.name} branch of {self.module}"


@dataclass(frozen=True)
class Worth:
    """What the branches of a classifier's network are worth on images that it has not used.

    `kind` says whether the network has parallel branches (an Inception) or residual units.
    Where a branch is missing its channels are their means over `mean_images`, which do not judge.
    """

    data: str
    network: str
    kind: Kind
    images: int
    accuracy: float
    loss: float
    class_images: Mapping[str, int]
    mean_images: int
    mean_are: str
    branches: tuple[Branch, ...]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules or units, from the image to the answer."""
        return tuple(dict.fromkeys(one.module for one in self.branches))

    @property
    def can_go(self) -> tuple[Branch, ...]:
        """The branches without which less than half a point is lost, the cheapest first."""
        return tuple(sorted((b for b in self.branches if b.can_go), key=lambda b: b.alone.value))

    @property
    def strongest(self) -> Branch:
        """The branch that adds most."""
        return max(self.branches, key=lambda one: (one.accuracy.value, one.loss.value))

    @property
    def weakest(self) -> Branch:
        """The branch without which least is lost."""
        return min(self.branches, key=lambda one: (one.alone.value, one.loss.value))

    @property
    def all_cost(self) -> bool:
        """Whether without any of them more than half a point is lost for sure."""
        return all(one.alone.interval[0] > NO_LOSS for one in self.branches)

    @property
    def findings(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        top, low = self.strongest, self.weakest
        said = [
            f"{_capital(top.title)} adds most: {_points(top.accuracy)} points of accuracy.",
            f"{_capital(low.title)} {'can go' if low.can_go else 'adds least'}: "
            f"{_points(low.alone)} points are lost without it.",
        ]
        going = self.can_go
        if len(going) > 1:
            others = [one.title for one in going if one is not low]
            more = f", and {len(others) - 3} more" if len(others) > 3 else ""
            said.append(
                f"{len(going)} can go, one at a time, for less than half a point: also "
                f"{', '.join(others[:3])}{more}."
            )
        if not going and self.all_cost:
            said.append("None can go: without any of them more than half a point is lost.")
        elif not going:
            said.append(
                f"With {self.images:,} images no loss of less than half a point can be certified, "
                "so none is sure to be dispensable."
            )
        unclear = sum(not one.matters and not one.can_go for one in self.branches)
        if unclear:
            said.append(
                f"Of {unclear} of the {len(self.branches)} these images cannot tell whether "
                "anything is lost without it."
            )
        return (*said, *self.notes)

    @property
    def findings_zh(self) -> tuple[str, ...]:
        """What was found, in Chinese."""
        top, low = self.strongest, self.weakest
        said = [
            f"贡献最大的是 {_title_zh(top)}：准确率 {_points(top.accuracy)} 个百分点。",
            f"{_title_zh(low)}{'可以去掉' if low.can_go else '贡献最小'}："
            f"去掉它损失 {_points(low.alone)} 个百分点。",
        ]
        if len(self.can_go) > 1:
            said.append(f"共有 {len(self.can_go)} 个分支，单独去掉任何一个的损失都小于半个百分点。")
        if not self.can_go and self.all_cost:
            said.append("没有一个可以去掉：去掉任何一个的损失都超过半个百分点。")
        elif not self.can_go:
            said.append(f"只有 {self.images:,} 张图片，无法保证损失小于半个百分点。")
        unclear = sum(not one.matters and not one.can_go for one in self.branches)
        if unclear:
            said.append(f"{len(self.branches)} 个分支中有 {unclear} 个，凭这些图片无法判断。")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:
        """Give the figures as plain values that JSON can hold."""
        plain = asdict(self)
        for one, given in zip(plain["branches"], self.branches, strict=True):
            one["can_go"], one["matters"] = given.can_go, given.matters
        return {**plain, "findings": self.findings, "findings_zh": self.findings_zh}

    def __str__(self) -> str:
        title = f"{self.network} on {self.images:,} images: {100 * self.accuracy:.1f} % right"
        lines = [f"{title}, loss {self.loss:.3f}", "", self._head()]
        before = ""
        for one in self.branches:
            module = one.module if one.module != before else ""
            before = one.module
            low, high = (100 * end for end in one.accuracy.interval)
            cells = [f"{module:<{MODULE}.{MODULE}}"]
            if self.kind == "branches":
                cells += [f"{one.name if one.name != one.module else '':<13.13}"]
            cells += [f"{100 * one.accuracy.value:+7.1f}", f"({low:+.1f} to {high:+.1f})".rjust(18)]
            if self.kind == "branches":
                cells += [f"{100 * one.alone.value:+9.1f}"]
            cells += [f"{one.loss.value:+8.3f}", "  can go" if one.can_go else ""]
            lines.append("".join(cells).rstrip())
        said = [line for text in self.findings for line in wrap(text, WIDTH)]
        meant = wrap(COLUMNS, WIDTH) if self.kind == "branches" else []
        return "\n".join([*lines, *meant, "", *said])

    def _head(self) -> str:
        if self.kind == "units":
            return f"{'without':<{MODULE}}{'points lost':>25}{'loss':>8}"
        what = f"{'module':<{MODULE}}{'branch':<13}{'points it adds':>25}"
        return f"{what}{'without':>9}{'loss':>8}"


def _points(figure: Figure) -> str:
    return f"{100 * figure.value:.1f} ± {100 * figure.half:.1f}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _title_zh(one: Branch) -> str:
    name = "残差分支" if one.name == one.module else f"{one.name} 分支"
    return f"{one.module} 的 {name}" if name[0].isascii() else f"{one.module} 的{name}"
