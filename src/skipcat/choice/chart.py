"""The bubble chart of a choice."""

from matplotlib.figure import Figure

from skipcat.choice.result import Choice
from skipcat.plots.frontier import Bubble, draw_frontier
from skipcat.text.translation import Message

CAPTION = Message(
    "Each bubble is a network, as it stood when it left the race; bars are what to expect of new "
    "pictures (95 % interval). Further up is better, further left is faster. Networks that left "
    "early trained for less time: the table says how long."
)


def draw_choice(choice: Choice) -> Figure:
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
