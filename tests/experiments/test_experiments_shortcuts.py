import pytest
import torch

import skipcat
from made_up import of_shortcuts
from skipcat.blocks.residual import Residual, ScaledShortcut
from skipcat.cost.counting import measure_cost
from skipcat.experiments import shortcuts
from skipcat.experiments.shortcuts import KINDS, _describe, decide, make_variant
from skipcat.networks.catalogue import build_network


@pytest.mark.parametrize(
    ("errors", "holds"),
    [
        ({}, "yes"),
        ({"none": [0.0, 0.01]}, "no"),
        ({"A": [0.21, 0.22]}, "no"),  # projections would be essential
        ({"none": [0.0, 0.4]}, "cannot tell"),
        ({"C": [0.0, 0.3]}, "cannot tell"),
        ({"A": [0.0], "B": [0.0], "C": [0.0], "scaled": [0.5], "none": [0.5]}, "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(errors, holds):
    assert decide(of_shortcuts(**errors), 20) == holds


def test_the_sentences_hold_the_figures():
    identity, others = _describe(of_shortcuts(), 20)
    assert identity.values["error"] == "1.5 (0.0 … 7.9) %"
    assert others.values["halved"] == "+28.5 (+22.1 … +34.9) points, a real difference"
    assert others.values["none"] == "+39.5 (+33.1 … +45.9) points, a real difference"
    assert others.values["projected"] == "+0.0 (+0.0 … +0.0) points, too close to call"


def test_variants_differ_in_their_shortcuts_alone():
    costs = {option: measure_cost(make_variant(20, option), 32) for option in KINDS.values()}
    assert costs["A"].parameters == costs["scaled"].parameters == costs["none"].parameters == 269722
    # B has two 1x1 with norms, C nine: 3 of 16 to 16, one of 16 to 32, ...
    widths_of_b = [(16, 32), (32, 64)]
    widths_of_c = [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2
    for option, widths in (("B", widths_of_b), ("C", widths_of_c)):
        more = sum(a * b + 2 * b for a, b in widths)
        assert costs[option].parameters == 269722 + more


def test_a_scaled_shortcut_adds_half_to_half():
    network = build_network(make_variant(8, "scaled"), 10, 8, 1).eval()
    unit = network.get_submodule("conv2_x.0")
    assert isinstance(unit, Residual)
    assert isinstance(unit.shortcut, ScaledShortcut)
    x = torch.randn(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(unit(x), (0.5 * unit.branch(x) + 0.5 * x).relu())


def test_an_experiment_from_its_name_to_its_findings(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(shortcuts, "DEPTHS", (8, 14))
    monkeypatch.setattr(shortcuts, "EPOCHS", 1)
    result = skipcat.experiment("shortcuts", digits, seeds=1, out=tmp_path / "out")
    assert result.findings.holds == "cannot tell"
    assert len(result.findings.csv) == 10
    assert result.findings.csv[0]["trial"] == "A (identity), 8 layers"
    assert [chart.title for chart in result.findings.charts] == [
        "8 layers",
        "14 layers",
        "Training of 14 layers",
    ]
