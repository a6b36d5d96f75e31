"""The page of a choice: which network, why, and what the others were."""

from skipcat.choice.result import Choice
from skipcat.report.render import plot_choice, render_template


def render_choice_page(choice: Choice) -> str:
    """Return the page of a choice as one self-contained HTML file."""
    return render_template("choice.html.j2", choice=choice, frontier=plot_choice(choice))
