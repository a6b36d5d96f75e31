import pytest

import skipcat
from made_up import make_up, of_single_branch
from skipcat.cost.counting import measure_cost
from skipcat.experiments import single_branch
from skipcat.experiments.lab import branch_costs
from skipcat.experiments.lab import reductions as parts_module
from skipcat.experiments.lab.trial import fit_spec
from skipcat.experiments.single_branch import KINDS, MIXED, PLAIN, WHOLE
from skipcat.report.experiment import render_experiment


@pytest.mark.parametrize(
    ("whole", "alone", "holds"),
    [
        ([0.10, 0.11, 0.10], [0.20, 0.21, 0.20], "yes"),
        ([0.20, 0.21, 0.20], [0.10, 0.11, 0.10], "no"),
        ([0.10, 0.30, 0.20], [0.20, 0.20, 0.20], "cannot tell"),
        ([0.10], [0.20], "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(whole, alone, holds):
    assert single_branch.decide(of_single_branch(whole, alone)) == holds


def test_one_branch_that_does_better_says_no():
    found = of_single_branch([0.20, 0.21, 0.20], [0.30, 0.31, 0.30])
    found["5x5 only"] = make_up("5x5 only", [0.10, 0.11, 0.10])
    assert single_branch.decide(found) == "no"


def test_the_sentences_hold_the_figures():
    found = of_single_branch([0.10, 0.12, 0.11], [0.20, 0.21, 0.22])
    errors, points, *_ = single_branch._describe({MIXED: found, PLAIN: found})
    assert errors.values["error"] == "11.0 (8.5 … 13.5) %"
    assert errors.values["errors"].startswith("1x1 only: 21.0 (18.5 … 23.5) %; 3x3 only: 21.0")
    assert points.values["points"].startswith("1x1 only: -10.0 (-12.5 … -7.5) points; 3x3 only: ")


def test_networks_of_one_branch_cost_as_much_as_whole_ones(make_lab):
    trials = single_branch.list_trials(make_lab().prepare())
    costs = {
        one.label: measure_cost(fit_spec(one.network, one.images), one.images.image_px)
        for one in trials
    }
    assert len(costs) == 10
    for name in (MIXED, PLAIN):
        whole = costs[f"{WHOLE}, {name}"].macs
        for kind in KINDS:
            assert costs[f"{kind}, {name}"].macs == pytest.approx(whole, rel=0.02)
    mixed, plain = (next(t for t in trials if t.label.endswith(n)).images for n in (MIXED, PLAIN))
    assert (mixed.image_px, plain.image_px) == (16, 8)
    assert mixed.split is plain.split


def test_the_branches_of_googlenet_add_up_to_its_modules():
    found = branch_costs.count_branches()
    modules = [r for r in measure_cost("googlenet", 224).rows if r.name.startswith("inception")]
    for what in ("macs", "parameters"):
        assert sum(one[what] for one in found.values()) == sum(getattr(r, what) for r in modules)
    assert found["branch5x5"]["channels"] == 32 + 96 + 48 + 64 + 64 + 64 + 128 + 128 + 128


def test_it_runs_goes_on_and_becomes_a_page(monkeypatch, digits, tmp_path):
    for name, value in {"EPOCHS": 1, "WIDTH": 1 / 8, "MODULES": ("inception3a",)}.items():
        monkeypatch.setattr(single_branch, name, value)
    monkeypatch.setattr(single_branch, "ROUNDS", 1)
    monkeypatch.setattr(parts_module, "BATCH", 1)
    result = skipcat.experiment("single_branch", digits, seeds=1, out=tmp_path / "s")
    assert result.findings.holds == "cannot tell"
    rows = [row for row in result.findings.csv if "trial" in row]
    assert len(rows) == 10
    assert "mixed scales" in render_experiment(result)
    again = skipcat.experiment("single_branch", digits, seeds=1, out=tmp_path / "s", resume=True)
    assert again.findings == result.findings
