"""A choice as pictures: its bubble chart, and the choice as a notebook shows it."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from skipcat.plots.frontier import Bubble, draw_frontier
from skipcat.plots.notebook import figure_html, folded, notebook_html, paragraph, table
from skipcat.text.numbers import percent, percent_interval
from skipcat.text.translation import Message

if TYPE_CHECKING:
    from skipcat.choice.result import Choice, Option

CAPTION = Message(
    "Each bubble is a network, as it stood when it left the race; bars are what to expect of new "
    "pictures (95 % interval). Further up is better, further left is faster. Networks that left "
    "early trained for less time: the table says how long."
)
HEAD = ("network", "px", "parameters", "ms, median", "trained, s", "right", "95 % interval")


def draw_choice(choice: "Choice") -> Figure:
    """Draw accuracy against latency of all that ran, at least one."""
    bubbles = [
        Bubble(
            one.candidate.network,
            one.candidate.latency_p50_ms,
            one.accuracy,
            one.accuracy_interval,
            one.candidate.parameters,
            chosen=one.candidate.network == choice.network,
            on_frontier=one.candidate.network in choice.frontier,
        )
        for one in choice.options
    ]
    return draw_frontier(bubbles)


def choice_html(choice: "Choice") -> str:
    """Return a choice as HTML."""
    pieces = [paragraph(f"{choice.network} at {choice.image_px} px.")]
    pieces += [paragraph(reason) for reason in choice.reasons[:1]]
    if choice.options:  # else one network was left, and none raced
        pieces.append(figure_html(draw_choice(choice), "frontier", CAPTION))
        pieces.append(paragraph(CAPTION))
        pieces.append(table(HEAD, [_say_option(one) for one in choice.options]))
    if len(choice.reasons) > 1:
        others = "".join(map(paragraph, choice.reasons[1:]))
        pieces.append(folded("Who left, and who was not tried", others))
    return notebook_html(*pieces)


def _say_option(one: "Option") -> tuple[str, ...]:
    return (
        one.candidate.network,
        f"{one.candidate.image_px}",
        f"{one.candidate.parameters:,}",
        f"{one.candidate.latency_p50_ms:.2f}",
        f"{one.seconds:.0f}",
        percent(one.accuracy),
        percent_interval(one.accuracy_interval),
    )
