"""Validation errors of trained networks: bars, lines, a table, and what their difference says."""

from collections.abc import Mapping, Sequence

from skipcat.experiments.lab.charts import mean_line, train_errors, validation_errors
from skipcat.experiments.lab.experiment import Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import Mean, average_share, compare
from skipcat.experiments.lab.trial import Outcome
from skipcat.plots.charts import Bar, BarChart, LineChart

Outcomes = Mapping[str, Sequence[Outcome]]


def compare_errors(outcomes: Outcomes, ours: str, theirs: str) -> Mean:
    """Give the validation error of one network minus that of another, paired by seed."""
    return compare(validation_errors(outcomes[ours]), validation_errors(outcomes[theirs]))


def say_error(outcomes: Outcomes, label: str) -> str:
    """Give the validation error of a network in percent, with its interval."""
    return average_share(validation_errors(outcomes[label])).say()


def say_difference(difference: Mean) -> Words:
    """Give a difference in points, and whether it is more than chance."""
    points = difference.say(sign=True)
    if difference.interval is None:
        tail = ("which one seed cannot tell from chance", "一个随机种子无法判断是否偶然")
    elif difference.above_zero or difference.below_zero:
        tail = ("which is no chance", "并非偶然")
    else:
        tail = ("which these seeds do not tell apart", "这些随机种子无法区分")
    return f"{points} points, {tail[0]}", f"{points} 个百分点，{tail[1]}"


def draw_error_bars(
    outcomes: Outcomes, title: str, caption: str, colours: Mapping[str, int] | None = None
) -> BarChart:
    """Give a bar for each network's validation error at the end."""
    bars = []
    for label, group in outcomes.items():
        mean = average_share(validation_errors(group))
        ends = mean.interval and (100 * mean.interval[0], 100 * mean.interval[1])
        bars.append(Bar(label, 100 * mean.value, ends, (colours or {}).get(label, 1)))
    unit = "validation error at the end (% of images)"
    return BarChart(title, unit, tuple(bars), f"{caption} Whiskers are 95 % intervals over seeds.")


def draw_validation(
    outcomes: Outcomes, title: str, caption: str, colours: Mapping[str, int] | None = None
) -> LineChart:
    """Give a line for each network's validation error while it learns."""
    lines = []
    for number, (label, group) in enumerate(outcomes.items()):
        curves = [[100 * error for error in one.validation_errors] for one in group]
        steps = max((one.steps for one in group), key=len)
        lines.append(mean_line(label, steps, curves, colour=(colours or {}).get(label, number)))
    return LineChart(
        title,
        "steps",
        "validation error (% of images)",
        tuple(lines),
        f"{caption} Lines are means over seeds, bands go from the lowest to the highest.",
        y_range=(0.0, 100.0),
    )


def tabulate_trained(outcomes: Outcomes, name: str = "network") -> Table:
    """Give a table of what training cost and came to, one row for each network."""
    rows = tuple(
        (
            label,
            f"{group[0].image_px} px",
            group[0].parameters,
            f"{group[0].macs / 1e6:.2f} M",
            average_share(train_errors(group)).say() + " %",
            average_share(validation_errors(group)).say() + " %",
            round(sum(one.seconds for one in group) / len(group)),
        )
        for label, group in outcomes.items()
    )
    return Table(
        (name, "image", "parameters", "MACs", "training error", "validation error", "seconds"),
        rows,
        (
            "At the end of training; means over seeds with their 95 % interval (Student).",
            "训练结束时；各随机种子的均值及其 95 % 区间（Student）。",
        ),
    )
