"""From a FitPage to HTML: plots, pictures and sentences are put in place by the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from skipcat.choice.chart import CAPTION, draw_choice
from skipcat.choice.result import Choice
from skipcat.evaluation.metrics import Evaluation
from skipcat.explanation.heatmaps.faithfulness import RANDOM_MAPS
from skipcat.plots.abstention import draw_abstention
from skipcat.plots.confusion_matrix import draw_confusion
from skipcat.plots.encode import SMALL_PX, clean, figure_to_svg, picture_to_uri
from skipcat.plots.per_class import draw_per_class
from skipcat.plots.reliability_diagram import draw_reliability
from skipcat.plots.style import PX_PER_INCH
from skipcat.plots.training_history import draw_history
from skipcat.report import sentences as words
from skipcat.report.explained_images import show_images, show_legend
from skipcat.report.page import FitPage, Picture
from skipcat.text import numbers
from skipcat.text.numbers import large_number
from skipcat.text.translation import Message, _, get_language, ngettext

TEMPLATES = Path(__file__).parent / "templates"
MOST_THUMBNAIL_PX = 288  # twice the width a thumbnail has on the page
_HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
MOST_NAMES = 200  # of one reason, listed before "and so many more"


@dataclass(frozen=True)
class Plot:
    """One drawing, ready for the page."""

    svg: Markup
    caption: str
    width_px: int


def render_fit_page(page: FitPage) -> str:
    """Return the page as one self-contained HTML file, the same for the same content."""
    return render_template(
        "fit.html.j2",
        page=page,
        frontier=plot_choice(page.choice) if page.choice else None,
        judged=page.test or page.validation,
        headline=words.say_headline(page.test, page.validation),
        cautions=words.say_cautions(page.test, page.validation),
        network_facts=_network_facts(page.cost),
        training=words.say_training(page.history),
        plots=_draw_plots(page),
        explained=show_images(page.explained),
        legend=show_legend(),
        random_maps=RANDOM_MAPS,
        totals=[sum(counts) for counts in zip(*page.data.values(), strict=True)] or [0, 0, 0],
    )


def render_template(name: str, **values: object) -> str:
    """Render one template as HTML, in the language in use."""
    return (
        _environment()
        .get_template(name)
        .render(
            style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
            most_names=MOST_NAMES,
            language=_HTML_LANGUAGES[get_language()],
            words=words,
            numbers=numbers,
            uri=_uri,
            is_tiny=_is_tiny,
            **values,
        )
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_clean,
    )
    environment.filters |= {"value": words.say_value, "sure": numbers.page_sure}
    environment.filters |= {"percent": numbers.page_percent, "percent1": numbers.percent}
    environment.globals |= {"_": _, "ngettext": ngettext, "Message": Message}
    environment.globals["join"] = numbers.join_sentences
    return environment


def _clean(value: object) -> object:
    """Make what stands in double braces fit for HTML."""
    if isinstance(value, Message):
        value = _(value)
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def _uri(picture: Picture) -> Markup:
    return Markup(picture_to_uri(picture.pixels, most_px=MOST_THUMBNAIL_PX))  # base64: safe


def _is_tiny(picture: Picture) -> bool:
    return bool(max(picture.pixels.shape[:2]) <= SMALL_PX)


def _network_facts(cost: Mapping[str, Any]) -> dict[str, Message]:
    facts: dict[str, Message] = {}
    if cost.get("parameters") is not None:
        facts[Message("Parameters")] = large_number(cost["parameters"])
    if cost.get("macs") is not None:
        facts[Message("Multiply-adds for one picture")] = large_number(cost["macs"])
    if cost.get("receptive_field_px") is not None:
        field = words.say_value(cost["receptive_field_px"])
        facts[Message("Receptive field")] = Message("{field} px", field=field)
    return facts


_CAPTIONS = {
    "loss": Message("How far the probabilities were from the truth; lower is better."),
    "accuracy": Message("The share of pictures named right while it learnt."),
    "learning_rate": Message("How large the steps were."),
    "image_px": Message("How large the pictures were that it learnt from."),
    "confusion": Message(
        "Each row is what the pictures are, each column what it answered. Blue is right, orange "
        "wrong; the stronger, the larger the share of the row."
    ),
    "per_class": Message(
        "The dot is what was seen, the band what to expect of new pictures (95 % interval), the "
        "dashed line all classes together."
    ),
    "reliability": Message(
        "On the dashed line it is right as often as it says. The larger a dot, the more pictures "
        "it stands for."
    ),
    "abstention": Message(
        "From the right: all pictures answered, then only the surest. The band is what to expect "
        "of new pictures (95 % interval)."
    ),
}


def _draw_plots(page: FitPage) -> dict[str, Plot]:
    judged = page.test or page.validation
    plots = _draw_evaluation(judged) if judged else {}
    for name, figure in draw_history(page.history).items():
        plots[name] = inline_figure(figure, f"history-{name}", _CAPTIONS[name])
    return plots


def inline_figure(figure: Figure, name: str, caption: str) -> Plot:
    """Return a figure as a plot for a page."""
    told = _(caption)
    svg = figure_to_svg(figure, name=name, description=told)  # it escapes what it holds
    return Plot(Markup(svg), told, round(figure.get_figwidth() * PX_PER_INCH))


def plot_choice(choice: Choice) -> Plot | None:
    """Return the bubble chart of a choice; None where nothing ran."""
    return inline_figure(draw_choice(choice), "frontier", CAPTION) if choice.options else None


def _draw_evaluation(judged: Evaluation) -> dict[str, Plot]:
    after, before = (
        [(one.images, one.confidence, one.accuracy) for one in bins]
        for bins in (judged.reliability, judged.reliability_before)
    )
    classes = [
        (name, one.images, one.recall, one.recall_interval)
        for name, one in judged.per_class.items()
    ]
    figures = {
        "confusion": draw_confusion(judged.confusion, judged.classes),
        "per_class": draw_per_class(classes, overall=judged.accuracy),
        "reliability": draw_reliability(after, before if judged.temperature != 1.0 else None),
    }
    if judged.abstention:
        points = [(one.answered, one.accuracy, one.accuracy_interval) for one in judged.abstention]
        figures["abstention"] = draw_abstention(points)
    return {name: inline_figure(figure, name, _CAPTIONS[name]) for name, figure in figures.items()}
