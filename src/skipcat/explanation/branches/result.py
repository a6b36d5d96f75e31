"""What each branch of a network is worth: figures, and what they say in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from skipcat.text.numbers import list_some, percent
from skipcat.text.translation import Message, _
from skipcat.text.width import pad, wrap

MODULE = 18  # letters of a module's name
COLUMNS = Message(
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
    def title(self) -> Message:
        """What it is called in a sentence."""
        if self.name == self.module:
            return Message("the residual branch of {module}", module=self.module)
        return Message("the {name} branch of {module}", name=self.name, module=self.module)

    @property
    def heading(self) -> Message:
        """What it is called where a sentence begins with it."""
        if self.name == self.module:
            return Message("The residual branch of {module}", module=self.module)
        return Message("The {name} branch of {module}", name=self.name, module=self.module)


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
    notes: tuple[Message, ...] = ()

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
    def findings(self) -> tuple[Message, ...]:
        """What was found, in sentences."""
        top, low, going = self.strongest, self.weakest, self.can_go
        said = [
            Message(
                "{Branch} adds most: {points} points of accuracy.",
                Branch=top.heading,
                points=_points(top.accuracy),
            ),
            Message(
                "{Branch} can go: {points} points are lost without it.",
                Branch=low.heading,
                points=_points(low.alone),
            )
            if low.can_go
            else Message(
                "{Branch} adds least: {points} points are lost without it.",
                Branch=low.heading,
                points=_points(low.alone),
            ),
        ]
        if len(going) > 1:
            others = [one.title for one in going if one is not low]
            said.append(
                Message(
                    "{count} can go, one at a time, for less than half a point: also {others}.",
                    count=len(going),
                    others=list_some(others, 3),
                )
            )
        if not going and self.all_cost:
            said.append(Message("None can go: without any of them more than half a point is lost."))
        elif not going:
            said.append(
                Message(
                    "With {images:,} images no loss of less than half a point can be certified, so "
                    "none is sure to be dispensable.",
                    images=self.images,
                )
            )
        unclear = sum(not one.matters and not one.can_go for one in self.branches)
        if unclear:
            said.append(
                Message(
                    "Of {unclear} of the {branches} these images cannot tell whether anything is "
                    "lost without it.",
                    unclear=unclear,
                    branches=len(self.branches),
                )
            )
        return (*said, *self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that JSON can hold."""
        plain = asdict(self)
        for one, given in zip(plain["branches"], self.branches, strict=True):
            one["can_go"], one["matters"] = given.can_go, given.matters
        messages = [finding.to_dict() for finding in self.findings]
        return {**plain, "findings": self.findings, "messages": messages}

    def __str__(self) -> str:
        title = _(
            "{network} on {images:,} images: {accuracy} right, loss {loss:.3f}",
            network=self.network,
            images=self.images,
            accuracy=percent(self.accuracy),
            loss=self.loss,
        )
        lines = [title, "", self._head()]
        before = ""
        for one in self.branches:
            module = one.module if one.module != before else ""
            before = one.module
            low, high = (100 * end for end in one.accuracy.interval)
            cells = [f"{module:<{MODULE}.{MODULE}}"]
            if self.kind == "branches":
                cells += [f"{one.name if one.name != one.module else '':<13.13}"]
            interval = _("({low:+.1f} to {high:+.1f})", low=low, high=high)
            cells += [f"{100 * one.accuracy.value:+7.1f}", pad(interval, 18, right=True)]
            if self.kind == "branches":
                cells += [f"{100 * one.alone.value:+9.1f}"]
            cells += [f"{one.loss.value:+8.3f}", "  " + _("can go") if one.can_go else ""]
            lines.append("".join(cells).rstrip())
        said = [line for text in self.findings for line in wrap(_(text))]
        meant = wrap(_(COLUMNS)) if self.kind == "branches" else []
        return "\n".join([*lines, *meant, "", *said])

    def _head(self) -> str:
        if self.kind == "units":
            lost, loss = pad(_("points lost"), 25, right=True), pad(_("loss"), 8, right=True)
            return f"{pad(_('without'), MODULE)}{lost}{loss}"
        what = pad(_("module"), MODULE) + pad(_("branch"), 13)
        what += pad(_("points it adds"), 25, right=True)
        return what + pad(_("without"), 9, right=True) + pad(_("loss"), 8, right=True)


def _points(figure: Figure) -> str:
    return f"{100 * figure.value:.1f} ± {100 * figure.half:.1f}"
