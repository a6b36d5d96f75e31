import re

import numpy as np

from skipcat.evaluation.learning_curve import CurvePoint, LearningCurve
from skipcat.evaluation.power_law import fit_curve
from skipcat.plots.learning_curve import draw_learning_curve
from skipcat.report.learning_curve import render_learning_curve

IMAGES, ERRORS = (100, 200, 400, 800), (0.3, 0.22, 0.16, 0.12)


def make(data="my <flowers>"):
    right = np.array([[np.arange(500) / 500 >= error] * 2 for error in ERRORS])
    points = tuple(
        CurvePoint(n / 800, n, 1600 // n, 24, 1 - e, (0.9 - e, 1.05 - e), (1 - e, 1 - e))
        for n, e in zip(IMAGES, ERRORS, strict=True)
    )
    fit = fit_curve(IMAGES, right, whole=800)
    return LearningCurve(data, "resnet18", 800, 500, points, fit)


def test_the_page_says_what_was_measured_and_expected():
    curve = make()
    page = render_learning_curve(curve)
    assert curve.expectation in page
    assert "my &lt;flowers&gt;: would more pictures help?" in page
    assert "78.0 %, 78.0 %" in page
    assert page.count("<tr>") == 5
    assert not re.search(r"(src|href)=.https?:", page)
    assert page == render_learning_curve(curve)


def test_the_plot_names_its_axes_and_marks_what_was_measured():
    curve = make()
    line = [(one.images, one.accuracy, one.interval) for one in curve.fit.line]
    points = [(one.images, one.accuracy, one.interval) for one in curve.points]
    figure = draw_learning_curve(points, line, whole=800)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "images trained on (logarithmic)"
    assert [text.get_text() for text in figure.texts] == ["test images named right"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["100", "200", "400", "800", "1,600"]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {
        "measured", "the curve through it", "expected",
    }  # fmt: skip


def test_names_on_the_axis_do_not_run_into_each_other():
    line = [(n, 0.8, (0.7, 0.9)) for n in (1000, 2000)]
    points = [(n, 0.8, (0.7, 0.9)) for n in (1000, 1010, 1020, 2000)]
    figure = draw_learning_curve(points, line, whole=1000)
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()][:3] == ["1,000", "", ""]
