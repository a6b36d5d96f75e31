import re
import sys
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import AxesImage

from skipcat.plots import style
from skipcat.plots.confusion_matrix import draw_confusion
from skipcat.plots.encode import figure_to_svg
from skipcat.plots.per_class import draw_per_class
from skipcat.plots.reliability_diagram import draw_reliability
from skipcat.plots.training_history import draw_history

HOSTILE = ["$x^2$", "花朵樱桃", "a & <b>", "line\nbreak", "w" * 300, "\x00\u202e", "日本語" * 30]


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def ticks(figure, axis):
    side = getattr(figure.axes[0], f"{axis}axis")
    return [label.get_text() for label in side.get_ticklabels()]


def make_confusion(size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.poisson(0.3, (size, size)) + np.diag(rng.integers(3, 30, size))


def make_bars(names):
    return [(name, 20, index / len(names), (0.1, 0.9)) for index, name in enumerate(names)]


def make_history(epochs):
    return [
        {
            "epoch": index + 1,
            "seconds": 30.0 * (index + 1),
            "image_px": 64,
            "learning_rate": 0.1,
            "train_loss": 1.0 / (index + 1),
            "validation_loss": None if index == 0 else 1.5 / (index + 1),
            "train_accuracy": 0.5,
            "validation_accuracy": float("nan"),
        }
        for index in range(epochs)
    ]


def test_confusion_writes_counts_and_names():
    figure = draw_confusion(np.array([[3, 1], [0, 12]]), ["ok", "defect"])
    assert texts(figure) == ["3", "1", "12", "what it answered", "what they are"]
    assert ticks(figure, "x") == ticks(figure, "y") == ["ok", "defect"]


def test_wrong_cells_are_not_blue_and_grow_with_the_share():
    figure = draw_confusion(np.array([[5, 1, 4], [0, 9, 0], [0, 0, 1]]), ["a", "b", "c"])
    cells = [patch.get_facecolor() for patch in figure.axes[0].patches]
    blue, vermillion = (mpl.colors.to_rgb(c) for c in (style.BLUE, style.VERMILLION))
    assert cells[0][:3] == blue
    assert cells[1][:3] == cells[2][:3] == vermillion
    assert cells[1][3] < cells[2][3] < cells[4][3] == 1.0


def test_confusion_of_a_hundred_classes_thins_names_and_drops_counts():
    names = [f"category {index}" for index in range(100)]
    figure = draw_confusion(make_confusion(100), names)
    assert texts(figure) == ["what it answered", "what they are"]
    shown = ticks(figure, "y")
    assert shown == names[::3]
    assert any(isinstance(child, AxesImage) for child in figure.axes[0].get_children())
    width, height = figure.get_size_inches() * style.PX_PER_INCH
    assert max(width, height) < 900


def test_counts_that_do_not_fit_are_dropped():
    small = draw_confusion(make_confusion(24), [str(index) for index in range(24)])
    large = draw_confusion(make_confusion(24) * 1000, [str(index) for index in range(24)])
    assert len(texts(small)) > 24
    assert len(texts(large)) == 2


def test_classes_are_sorted_by_recall_and_unknown_ones_left_out():
    bars = [("a", 4, 1.0, (0.5, 1.0)), ("b", 0, None, None), ("c", 400, 0.9975, (0.98, 0.9999))]
    figure = draw_per_class(bars, overall=0.998)
    assert ticks(figure, "y") == ["c", "a"]
    # 0.9975 is not 100 %
    assert texts(figure) == ["all classes 99 %", "99 % of 400", "100 % of 4"]


def test_reliability_shows_filled_bins_only():
    after = [(0, None, None), (30, 0.7, 0.8), (10, 0.9, 0.85)]
    figure = draw_reliability(after, [(40, 0.95, 0.8)])
    before_dots, after_dots = figure.axes[0].collections
    assert before_dots.get_offsets().tolist() == [[95.0, 80.0]]
    assert after_dots.get_offsets().tolist() == [[70.0, 80.0], [90.0, 85.0]]
    assert after_dots.get_sizes().tolist() == [450.0, 150.0]
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["before calibration", "as it answers now"]


def test_history_draws_what_is_known():
    figures = draw_history(make_history(4))
    assert list(figures) == ["loss", "accuracy", "learning_rate", "image_px"]
    training, validation = figures["loss"].axes[0].lines
    assert list(training.get_xdata()) == [1, 2, 3, 4]
    assert list(validation.get_xdata()) == [2, 3, 4]
    assert [line.get_label() for line in figures["accuracy"].axes[0].lines] == ["training"]
    assert list(figures["accuracy"].axes[0].lines[0].get_ydata()) == [50.0] * 4
    assert figures["loss"].axes[0].get_xlabel() == "epoch (4 in 2.0 minutes)"


def test_history_of_nothing_draws_nothing():
    assert draw_history([]) == {}
    assert draw_history([{"epoch": 1, "train_loss": None}]) == {}


def test_one_epoch_is_one_tick():
    figure = draw_history([{"train_loss": 0.0}])["loss"]
    assert ticks(figure, "x") == ["1"]
    assert figure.axes[0].get_xlabel() == "epoch"


@pytest.mark.parametrize("names", [HOSTILE, ["a", "b"], [f"class {i}" for i in range(60)]])
def test_any_name_is_drawn_without_a_warning_and_with_equal_bytes(names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for draw in (
            lambda: draw_confusion(make_confusion(len(names)), names),
            lambda: draw_per_class(make_bars(names), overall=0.5),
        ):
            svg = figure_to_svg(draw(), name="it", description="words")
            assert svg == figure_to_svg(draw(), name="it", description="words")
            assert "\x00" not in svg
            assert "\u202e" not in svg


def test_dollars_start_no_formula_and_signs_are_escaped():
    svg = figure_to_svg(draw_per_class(make_bars(HOSTILE)), name="it", description="")
    written = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert "$x^2$" in written
    assert "花朵樱桃" in written
    assert "a &amp; &lt;b&gt;" in written
    assert "line break" in written
    assert "w" * 25 + "…" in written


def test_figures_touch_no_global_state(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # an import would raise
    before = mpl.rcParams.copy()
    figure_to_svg(draw_confusion(np.eye(2, dtype=int), ["a", "b"]), name="x", description="")
    figure_to_svg(draw_history(make_history(2))["loss"], name="x", description="")
    assert mpl.rcParams.copy() == before


def test_names_are_cut_to_columns():
    assert style.shorten("花" * 9, 8) == "花花花…"
    assert style.shorten("abcdefgh", 8) == "abcdefgh"
    assert style.shorten("abcdefghi", 8) == "abcdefg…"
    assert style.shorten(" \n", 9) == "(no name)"
    assert style.thin_names(list("abcde"), 6) == ["a", "", "", "d", ""]
