"""The page of a learning curve: what was measured, and what more images would bring."""

from skipcat.evaluation.learning_curve import LearningCurve
from skipcat.plots.learning_curve import draw_learning_curve
from skipcat.report.render import inline_figure, render_template
from skipcat.text.translation import Message

CAPTION = Message(
    "Dots: measured, the bars what to expect of new pictures (95 % interval). Line: the curve "
    "through them, dashed where nothing was measured; the band is its own 95 % interval."
)


def render_learning_curve(curve: LearningCurve) -> str:
    """Return the page of a learning curve as one self-contained HTML file."""
    figure = draw_learning_curve(
        [(one.images, one.accuracy, one.interval) for one in curve.points],
        [(one.images, one.accuracy, one.interval) for one in curve.fit.line],
        whole=curve.images,
    )
    return render_template(
        "learning_curve.html.j2",
        curve=curve,
        plot_of_curve=inline_figure(figure, "learning-curve", CAPTION),
        trainings=len(curve.points[0].each),
    )
