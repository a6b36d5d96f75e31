"""The page of what each branch of a network is worth."""

from skipcat.explanation.branches.result import Worth
from skipcat.plots.branch_worth import BranchBox, draw_modules, draw_units
from skipcat.report.render import inline_figure, render_template
from skipcat.text.translation import Message

MOST_CLASSES = 30
CAPTIONS = {
    "branches": Message(
        "The network from the picture, above, to the answer, below; in each row the branches of "
        "one module. The stronger the blue, the more a branch adds; one with a dashed edge can go."
    ),
    "units": Message(
        "The units from the picture, left, to the answer, right: how many points are lost where "
        "the branch of one is removed and its shortcut alone remains. The bars' ends are 95 % "
        "intervals; light blue: can go."
    ),
}


def render_branches(worth: Worth) -> str:
    """Return the page as one self-contained HTML file, the same for the same figures."""
    boxes = []
    for one in worth.branches:
        points, (low, high) = 100 * one.accuracy.value, one.accuracy.interval
        boxes.append(BranchBox(one.module, one.name, points, (100 * low, 100 * high), one.can_go))
    figure = draw_modules(boxes) if worth.kind == "branches" else draw_units(boxes)
    counts = worth.class_images.items()
    classes = [name for name, count in counts if count][:MOST_CLASSES]
    return render_template(
        "branches.html.j2",
        worth=worth,
        drawing=inline_figure(figure, "branches", CAPTIONS[worth.kind]),
        classes=classes,
        left_out=worth.left_out,
    )
