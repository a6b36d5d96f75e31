"""The page of an experiment: the claim, what was found here, and the paper's own figures."""

from skipcat.experiments.lab.experiment import Result
from skipcat.plots.charts import draw_chart
from skipcat.report.render import inline_figure, render_template

VERDICTS = {"yes": "It holds here.", "no": "It does not hold here.", "cannot tell": "Not settled."}


def render_experiment(result: Result) -> str:
    """Give the page of an experiment as one self-contained HTML file."""
    plots = [
        inline_figure(draw_chart(chart), f"chart-{number}", chart.caption)
        for number, chart in enumerate(result.findings.charts, start=1)
    ]
    return render_template(
        "experiment.html.j2",
        result=result,
        experiment=result.experiment,
        findings=result.findings,
        lead=VERDICTS[result.findings.holds],
        plots=plots,
    )
