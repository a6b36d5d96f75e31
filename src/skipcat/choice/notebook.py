"""A choice as a notebook shows it: why, the bubbles, the figures."""

from typing import TYPE_CHECKING

from skipcat.choice.chart import CAPTION, draw_choice
from skipcat.plots.notebook import figure_html, folded, notebook_html, paragraph, table
from skipcat.text.numbers import percent, percent_interval

if TYPE_CHECKING:
    from skipcat.choice.result import Choice, Option

HEAD = ("network", "px", "parameters", "ms, median", "trained, s", "right", "95 % interval")


def choice_html(choice: "Choice") -> str:
    """Give a choice as HTML."""
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
