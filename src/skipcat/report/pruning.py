"""The page of a pruning: what was lost, what was won, and what went."""

from skipcat.explanation.pruning.result import Pruned
from skipcat.plots.pruning_path import draw_pruning
from skipcat.report.render import inline_figure, render_template
from skipcat.text.translation import Message

CAPTION = Message(
    "Each mark is one step: what it removed, the work that was left, and how many of the images "
    "that decide were then named right, before any fine-tuning."
)


def render_pruning(pruned: Pruned) -> str:
    """Return the page as one self-contained HTML file."""
    stops = [(step.work, step.accuracy, step.kind) for step in pruned.steps]
    after = None
    if pruned.tuned_rounds:
        after = pruned.steps[-1].work, pruned.deciding_accuracy
    return render_template(
        "pruning.html.j2",
        pruned=pruned,
        drawing=inline_figure(draw_pruning(stops, after=after), "pruning", CAPTION),
    )
