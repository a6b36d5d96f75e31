"""Page of an experiment: the claim, the findings, and the paper's own figures."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from skipcat.experiments.lab.experiment import Result
from skipcat.plots.charts import draw_chart
from skipcat.report.render import inline_figure, render_template
from skipcat.text.translation import Message, _


def render_experiment(result: Result) -> str:
    """Render the page as one self-contained HTML file, in the language in use."""
    charts = _translate(result.findings.charts)
    plots = [
        inline_figure(draw_chart(chart), f"chart-{number}", chart.caption)
        for number, chart in enumerate(charts, start=1)
    ]
    return render_template(
        "experiment.html.j2",
        result=result,
        experiment=result.experiment,
        findings=result.findings,
        tables=_translate(result.findings.tables),
        plots=plots,
    )


def _translate(value: Any) -> Any:
    """Return charts or tables with their messages in the language in use."""
    if isinstance(value, Message):
        return _(value)
    if isinstance(value, tuple):
        return tuple(_translate(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: _translate(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **changed)
    return value
