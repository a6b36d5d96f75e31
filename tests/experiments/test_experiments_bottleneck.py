import math

import pytest

import skipcat
from made_up import TWICE, of_bottleneck
from skipcat.cost.counting import measure_cost
from skipcat.experiments import bottleneck
from skipcat.experiments.lab import reductions as parts_module
from skipcat.experiments.lab.network_variants import branch_out, change_modules, scale_googlenet
from skipcat.experiments.lab.reductions import WITH, WITHOUT, count_part, list_parts
from skipcat.experiments.lab.statistics import Mean
from skipcat.experiments.lab.trial import fit_spec
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.report.experiment import render_experiment

UNSURE = Mean(0.0, (-0.5, 0.5), 3)
HALF = Mean(math.log(0.5), (math.log(0.4), math.log(0.6)), 3)


@pytest.mark.parametrize(
    ("ratio", "with_errors", "without_errors", "holds"),
    [
        (TWICE, [0.031, 0.030, 0.032], [0.030, 0.030, 0.030], "yes"),
        (TWICE, [0.08, 0.09, 0.085], [0.03, 0.03, 0.03], "no"),
        (HALF, [0.03, 0.03, 0.03], [0.03, 0.03, 0.03], "no"),
        (UNSURE, [0.03, 0.03, 0.03], [0.03, 0.03, 0.03], "cannot tell"),
        (TWICE, [0.03, 0.09, 0.01], [0.03, 0.03, 0.03], "cannot tell"),
        (TWICE, [0.03], [0.03], "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(ratio, with_errors, without_errors, holds):
    ratios = dict.fromkeys(bottleneck.FAMILIES, ratio)
    assert bottleneck.decide(ratios, of_bottleneck(with_errors, without_errors)) == holds


def test_the_sentence_holds_the_figures():
    found = of_bottleneck([0.08, 0.09, 0.085], [0.03, 0.03, 0.03])
    both, narrowed = bottleneck._describe_errors(found, "ResNet")
    assert both.values["ours"] == "8.5 (7.3 … 9.7) %"
    assert both.values["theirs"] == "3.0 (3.0 … 3.0) %"
    assert both.values["more"] == 3
    for one in (both, narrowed):
        assert one.values["difference"] == "+5.5 (+4.3 … +6.7) points, a real difference"


def test_parts_cost_what_the_papers_tables_say():
    counts = {part.name: count_part(part) for part in list_parts()}
    # GoogLeNet's Table 1, with and without "#3x3 reduce" and "#5x5 reduce".
    assert counts["inception3a"][WITH]["macs"] == 128_049_152
    assert counts["inception3a"][WITHOUT]["macs"] == 28 * 28 * 192 * (64 + 9 * 128 + 25 * 32 + 32)
    assert counts["inception5b"][WITH]["macs"] == 70_697_984
    # ResNet's Table 1: [1x1, 64; 3x3, 64; 1x1, 256] beside two 3x3 of 256.
    assert counts["conv2_x"][WITH]["macs"] == 56 * 56 * (2 * 256 * 64 + 9 * 64 * 64)
    assert counts["conv2_x"][WITHOUT]["macs"] == 56 * 56 * 2 * 9 * 256 * 256
    assert {name for name in counts if name.startswith("conv")} == {
        f"conv{n}_x" for n in (2, 3, 4, 5)
    }


def test_branches_are_googlenet_itself():
    spec = change_modules(GOOGLENET, "googlenet", branch_out)
    ours, own = measure_cost(spec, 224), measure_cost(GOOGLENET, 224)
    assert (ours.parameters, ours.macs) == (own.parameters, own.macs)
    small = change_modules(scale_googlenet(0.25), "googlenet", branch_out)
    own = measure_cost(scale_googlenet(0.25), 224)
    assert (measure_cost(small, 224).parameters, own.parameters) == (own.parameters,) * 2


def test_the_narrowed_network_costs_as_much_as_the_one_with_reductions(make_lab):
    trials = {one.label: one for one in bottleneck.list_trials(make_lab().prepare())}
    for family in bottleneck.FAMILIES:
        ours, theirs = (
            measure_cost(fit_spec(one.network, one.images), one.images.image_px).macs
            for one in (trials[f"{family}, {way}"] for way in (WITH, bottleneck.NARROWED))
        )
        assert theirs == pytest.approx(ours, rel=0.04)


def test_it_runs_goes_on_and_becomes_a_page(monkeypatch, digits, tmp_path):
    for name, value in {"EPOCHS": 1, "WIDTH": 1 / 16, "UNITS": 1, "NARROW": (4, 4, 4)}.items():
        monkeypatch.setattr(bottleneck, name, value)
    monkeypatch.setattr(parts_module, "ROUNDS", 1)
    monkeypatch.setattr(parts_module, "BATCH", 1)
    monkeypatch.setattr(parts_module, "RESNET_STAGES", {"conv5_x": (7, 64)})
    result = skipcat.experiment("bottleneck", digits, seeds=1, out=tmp_path / "b")
    assert result.findings.holds == "cannot tell"
    rows = [row for row in result.findings.csv if "part" in row]
    assert len(rows) == 2 * 10
    assert all(row["step_ms"] > 0 for row in rows)
    page = render_experiment(result)
    assert "10³ parameters with" in page
    again = skipcat.experiment("bottleneck", digits, seeds=1, out=tmp_path / "b", resume=True)
    assert again.findings == result.findings
