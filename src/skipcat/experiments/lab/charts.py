"""Lines, tables and words that experiments share: outcomes over seeds, always shown alike."""

from collections.abc import Mapping, Sequence

from skipcat.experiments.lab.experiment import Holds, Table
from skipcat.experiments.lab.sentences import Words
from skipcat.experiments.lab.statistics import average_share
from skipcat.experiments.lab.trial import Outcome
from skipcat.plots.charts import Line

HEADS: Mapping[Holds, Words] = {
    "yes": ("It is so here", "在这里确实如此"),
    "no": ("It is not so here", "在这里并非如此"),
    "cannot tell": ("These runs cannot tell", "这些训练还看不出"),
}
ONE_SEED: Words = (
    "Each network was trained once: how much of this is chance, only more seeds can tell.",
    "每个网络只训练了一次：其中多少是偶然，要更多随机种子才能知道。",
)


def train_errors(group: Sequence[Outcome]) -> list[float]:
    """Give the training error of each seed."""
    return [one.train_error for one in group]


def validation_errors(group: Sequence[Outcome]) -> list[float]:
    """Give the validation error of each seed."""
    return [one.validation_error for one in group]


def mean_line(
    name: str,
    xs: Sequence[float],
    curves: Sequence[Sequence[float]],
    *,
    dashed: bool = False,
    colour: int | None = None,
    marked: bool = False,
) -> Line:
    """Give the mean of one curve for each seed, with a band from the lowest to the highest.

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


def draw_training(name: str, group: Sequence[Outcome], colour: int | None = None) -> Line:
    """Give the training error over steps, in percent of images."""
    curves = [[100 * error for error in one.train_errors] for one in group]
    steps = max((one.steps for one in group), key=len)
    broken = ", broke off" if any(one.diverged for one in group) else ""
    return mean_line(f"{name}{broken}", steps, curves, colour=colour)


def tabulate_errors(outcomes: Mapping[str, Sequence[Outcome]], name: str = "network") -> Table:
    """Give a table of what training came to, one row for each trial."""
    rows = tuple(
        (
            label,
            group[0].parameters,
            average_share(train_errors(group)).say() + " %",
            average_share(validation_errors(group)).say() + " %",
            round(sum(one.seconds for one in group) / len(group)),
        )
        for label, group in outcomes.items()
    )
    return Table(
        (name, "parameters", "training error", "validation error", "seconds"),
        rows,
        (
            "At the end of training; means over seeds with their 95 % interval (Student).",
            "训练结束时；各随机种子的均值及其 95 % 区间（Student）。",
        ),
    )
