import re

import pytest

from skipcat.explanation.branches.result import Branch, Figure, Worth
from skipcat.plots.branch_worth import BranchBox, draw_modules, draw_units
from skipcat.report.branches import render_branches
from skipcat.text.translation import Message, _, use_language

CLASSES = {"a <b>": 30, "c": 0}


def make(kind="branches", high=0.002):
    figure = Figure(0.001, (0.0, high))
    names = ["1x1", "5x5"] if kind == "branches" else [""]
    branches = tuple(
        Branch(
            module=module,
            branch=f"branch{name}",
            name=name or module,
            channels=16,
            accuracy=Figure(0.1 if name == "1x1" else 0.02, (0.01, 0.12)),
            loss=Figure(0.3, (0.2, 0.4)),
            alone=figure,
            per_class={"a <b>": figure, "c": None},
        )
        for module in ("inception4d", "inception4e")
        for name in names
    )
    return Worth(
        data="flowers",
        network="googlenet",
        kind=kind,
        images=5000,
        accuracy=0.9,
        loss=0.3,
        class_images=CLASSES,
        mean_images=100 if kind == "branches" else 0,
        mean_are=Message("the images that chose its best epoch (validation)"),
        branches=branches,
        left_out={"trained on": 12},
    )


@pytest.mark.parametrize("kind", ["branches", "units"])
def test_the_page_says_what_was_found(kind):
    worth = make(kind)
    page = render_branches(worth)
    for sentence in worth.findings:
        assert sentence in page
    assert "a &lt;b&gt; (30)" in page
    assert "c (0)" not in page
    assert page.count('<th scope="row">') == 2 * len(worth.branches)
    assert "Left out: 12 pictures (trained on)." in page
    assert not re.search(r"(src|href)=.https?:", page)
    assert page == render_branches(worth)


def test_words_say_what_can_go_and_by_how_much():
    worth = make()
    assert worth.findings[0] == (
        "The 1x1 branch of inception4d adds most: 10.0 ± 5.5 points of accuracy."
    )
    assert worth.findings[1] == (
        "The 1x1 branch of inception4d can go: 0.1 ± 0.1 points are lost without it."
    )
    with use_language("zh"):
        assert _(worth.findings[1]) == (
            "inception4d 的 1x1 分支可以去掉：去掉后损失 0.1 ± 0.1 个百分点。"
        )
        assert _(make("units").findings[0]) == (
            "贡献最大的是 inception4d 的残差分支：准确率 2.0 ± 5.5 个百分点。"
        )


def test_words_say_what_nobody_can_tell():
    worth = make(high=0.02)
    assert worth.can_go == ()
    assert worth.findings[2:] == (
        "With 5,000 images no loss of less than half a point can be certified, so none is sure to "
        "be dispensable.",
        "Of 4 of the 4 these images cannot tell whether anything is lost without it.",
    )


def test_modules_are_drawn_as_rows_of_boxes():
    boxes = [
        BranchBox("m1", "1x1", 12.0, (10, 14)),
        BranchBox("m1", "pool", -1.0, (-2, 0), can_go=True),
    ]
    axes = draw_modules([*boxes, BranchBox("m2", "5x5", 3.0, (1, 5))]).axes[0]
    assert [text.get_text() for text in axes.texts] == [
        "1x1", "+12.0", "pool", "-1.0", "5x5", "+3.0",
    ]  # fmt: skip
    assert [label.get_text() for label in axes.get_yticklabels()] == ["m1", "m2"]
    assert "dashed" in axes.get_xlabel()


def test_units_are_drawn_as_bars_with_intervals():
    boxes = [BranchBox(f"conv2_x.{i}", f"conv2_x.{i}", i, (i - 1, i + 2)) for i in range(3)]
    axes = draw_units(boxes).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0, 1, 2]
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "conv2_x.0", "conv2_x.1", "conv2_x.2",
    ]  # fmt: skip
    assert axes.get_title(loc="left") == "points of accuracy lost"
