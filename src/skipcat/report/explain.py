"""The page of explanations: pictures with their maps, and how far each can be believed."""

from skipcat.explanation import sentences as explanation_words
from skipcat.explanation.heatmaps.faithfulness import RANDOM_MAPS
from skipcat.explanation.heatmaps.result import METHODS, Explanations, Sheet
from skipcat.explanation.heatmaps.target_layer import say_grid
from skipcat.report.explained_images import show_images, show_legend
from skipcat.report.render import render_template
from skipcat.text.translation import Message


def render_explanations(found: Explanations, *, classifier: str = "") -> str:
    """Return the page of explanations as one self-contained HTML file."""
    return render_template(
        "explain.html.j2",
        found=found,
        classifier=classifier,
        sheets=[(sheet, show_images(sheet.explanations)) for sheet in found.sheets],
        means=_say_means(found),
        say_means=_say_means,
        grid=say_grid(found.row.grid),
        legend=show_legend(),
        random_maps=RANDOM_MAPS,
    )


def _say_means(of: Explanations | Sheet) -> list[Message]:
    return [explanation_words.say_mean(m, of.mean_faithfulness(m)) for m in METHODS]
