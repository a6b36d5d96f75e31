"""Charts and tables of outcomes over seeds: curves with bands, bars of errors, final figures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from skipcat.experiments.lab.experiment import ResultTable
from skipcat.experiments.lab.outcome_errors import (
    describe_training,
    describe_validation,
    train_errors,
    validation_errors,
)
from skipcat.experiments.lab.statistics import average_share
from skipcat.experiments.lab.trial import Outcome, Outcomes
from skipcat.plots.charts import Bar, BarChart, Line, LineChart
from skipcat.text.translation import Message

PERCENT = (0.0, 100.0)
LOWEST_TO_HIGHEST = Message(
    "Lines are means over seeds, bands go from the lowest to the highest seed."
)


def mean_line(
    name: str,
    xs: Sequence[float],
    curves: Sequence[Sequence[float]],
    *,
    dashed: bool = False,
    colour: int | None = None,
    marked: bool = False,
) -> Line:
    """Build the mean of one curve for each seed, with a band from the lowest to the highest.

    Where a seed's curve ends early, all end there.
    """
    shared = min(len(xs), *(len(curve) for curve in curves))
    points = [[float(curve[i]) for curve in curves] for i in range(shared)]
    several = len(curves) > 1
    return Line(
        name,
        tuple(float(x) for x in xs[:shared]),
        tuple(sum(p) / len(p) for p in points),
        tuple(min(p) for p in points) if several else (),
        tuple(max(p) for p in points) if several else (),
        dashed=dashed,
        colour=colour,
        marked=marked,
    )


def error_line(
    name: str,
    group: Sequence[Outcome],
    colour: int | None = None,
    *,
    validation: bool = False,
    dashed: bool = False,
) -> Line:
    """Build the line of training or validation error over steps, in percent of images."""
    curves = [
        [100 * error for error in (one.validation_errors if validation else one.train_errors)]
        for one in group
    ]
    steps = max((one.steps for one in group), key=len)
    if any(one.diverged for one in group):
        name = Message("{name}, diverged", name=name)
    return mean_line(name, steps, curves, dashed=dashed, colour=colour)


def draw_curves(
    title: str, lines: Sequence[Line], about: str, *, of: str = "training"
) -> LineChart:
    """Build the chart of errors over steps; `of` is training, validation or both."""
    axis = {
        "training": Message("training error (% of images)"),
        "validation": Message("validation error (% of images)"),
        "both": Message("error (% of images)"),
    }[of]
    return LineChart(
        title, Message("steps"), axis, tuple(lines),
        Message("{about} {bands}", about=about, bands=LOWEST_TO_HIGHEST),
        y_range=PERCENT,
    )  # fmt: skip


def draw_error_bars(
    outcomes: Outcomes,
    title: str,
    about: str,
    colours: Mapping[str, int],
    *,
    validation: bool = True,
) -> BarChart:
    """Build a bar for each network's error at the end, on validation or on training images."""
    bars = []
    for label, group in outcomes.items():
        mean = average_share(validation_errors(group) if validation else train_errors(group))
        ends = mean.interval and (100 * mean.interval[0], 100 * mean.interval[1])
        bars.append(Bar(label, 100 * mean.value, ends, colours.get(label, 1)))
    unit = (
        Message("validation error at the end (% of images)")
        if validation
        else Message("training error at the end (% of images)")
    )
    caption = Message("{about} Whiskers are 95 % intervals over seeds.", about=about)
    return BarChart(title, unit, tuple(bars), caption)


def list_outcomes(
    outcomes: Outcomes, more: Callable[[Outcome], dict[str, Any]] = lambda _: {}
) -> tuple[dict[str, Any], ...]:
    """Return every outcome as a row of a table, with `more` of each."""
    return tuple(one.to_row() | more(one) for group in outcomes.values() for one in group)


def tabulate_outcomes(outcomes: Outcomes, name: str = Message("network")) -> ResultTable:
    """Build the table of what training cost and came to, one row for each network."""
    rows = tuple(
        (
            label,
            Message("{side} px", side=group[0].image_px),
            group[0].parameters,
            Message("{macs:.2f} M", macs=group[0].macs / 1e6),
            describe_training(group),
            describe_validation(group),
            round(sum(one.seconds for one in group) / len(group)),
        )
        for label, group in outcomes.items()
    )
    columns = (
        name,
        Message("image"),
        Message("parameters"),
        Message("MACs"),
        Message("training error"),
        Message("validation error"),
        Message("seconds"),
    )
    caption = Message(
        "At the end of training; means over seeds with their 95 % interval (Student)."
    )
    return ResultTable(columns, rows, caption)
