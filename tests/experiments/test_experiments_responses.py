import pytest
import torch
from torch import nn

import skipcat
from made_up import of_responses
from skipcat.blocks.residual import Residual
from skipcat.experiments import responses
from skipcat.experiments.lab.layer_responses import measure_unit
from skipcat.experiments.responses import _describe, decide, look_at_responses
from skipcat.networks.catalogue import build_network


@pytest.mark.parametrize(
    ("residual", "plain", "holds"),
    [
        ([0.5, 0.6, 0.5], [0.9, 1.0, 1.0], "yes"),
        ([0.9, 1.0, 1.0], [0.5, 0.6, 0.5], "no"),
        ([0.5, 1.0, 0.5], [0.9, 0.5, 1.0], "cannot tell"),
        ([0.5], [1.0], "cannot tell"),
    ],
)
def test_the_verdict_is_of_the_twins_responses(residual, plain, holds):
    assert decide(of_responses(residual, plain)) == holds


@pytest.mark.parametrize(
    ("branch", "start"),
    [
        (1.0, "F(x) reacts more than"),
        (0.5, "F(x) reacts less than"),
        (0.79, "Too close to call: whether F(x) reacts more than"),
    ],
)
def test_the_amplifier_has_a_verdict_of_its_own(branch, start):
    said = _describe(of_responses([0.5, 0.6, 0.5], [0.9, 1.0, 1.0], branch))
    assert said[2].startswith(start)


def test_sentences_hold_the_figures():
    stds, sizes, _, changes = _describe(of_responses([0.5, 0.5], [1.0, 1.0]))
    assert stds.values["residual"] == "0.50 (0.50 … 0.50)"
    assert stds.values["plain"] == "1.00 (1.00 … 1.00)"
    assert stds.values["difference"] == "-0.50 (-0.50 … -0.50)"
    assert sizes.values["sizes"] == "50 (50 … 50) % in 20 layers"
    assert changes.values["branch"] == "1.00 (0.94 … 1.07) %"
    assert changes.values["unit"] == changes.values["twin"] == "0.80 (0.80 … 0.80) %"


def test_a_unit_that_doubles_its_input_changes_as_its_input_does():
    unit = Residual(nn.Identity(), nn.Identity(), relu=False)
    found = measure_unit(unit, torch.ones(2, 3, 4, 4) + torch.arange(4.0), seed=0)
    assert found["size_of_branch"] == pytest.approx(1)
    assert found["change_of_branch"] == pytest.approx(1)
    assert found["change_of_unit"] == pytest.approx(1)


def test_every_3x3_layer_and_unit_is_looked_at_and_left_alone(make_lab):
    lab = make_lab()
    for name in ("plain_cifar14", "resnet_cifar14"):
        network = build_network(name, 10, 8, 1)
        before = {key: value.clone() for key, value in network.state_dict().items()}
        found = look_at_responses(network, lab.prepare())
        assert len(found["stds"]) == 13
        assert {len(found[key]) for key in found if key != "stds"} == {6}
        assert all((before[key] == value).all() for key, value in network.state_dict().items())
        assert not any(module._forward_hooks for module in network.modules())


def test_an_experiment_from_its_name_to_its_findings(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(responses, "NETWORKS", (("plain", 8), ("residual", 8), ("residual", 14)))
    monkeypatch.setattr(responses, "EPOCHS", 1)
    result = skipcat.experiment("responses", digits, seeds=1, out=tmp_path / "out")
    assert result.findings.holds == "cannot tell"
    assert [row["trial"] for row in result.findings.csv] == [
        "plain, 8 layers",
        "residual, 8 layers",
        "residual, 14 layers",
    ]
    assert all(row["change_of_branch"] > 0 for row in result.findings.csv)
