import pytest
import torch

import skipcat
from made_up import of_auxiliary
from skipcat.experiments import auxiliary
from skipcat.networks.catalogue import build_network
from skipcat.report.experiment import render_experiment

BETTER = ([0.03, 0.031, 0.029], [0.05, 0.051, 0.049])
WORSE = BETTER[::-1]
UNSURE = ([0.03, 0.05, 0.04], [0.04, 0.03, 0.05])


@pytest.mark.parametrize(
    ("norm", "printed", "holds"),
    [
        (BETTER, BETTER, "yes"),
        (WORSE, BETTER, "no"),
        (BETTER, UNSURE, "cannot tell"),
        (([0.03], [0.05]), ([0.03], [0.05]), "cannot tell"),
    ],
)
def test_the_verdict_is_read_from_the_figures(norm, printed, holds):
    assert auxiliary.decide(of_auxiliary(norm, printed)) == holds


def test_the_sentences_hold_the_figures():
    said = auxiliary._describe(of_auxiliary(BETTER, UNSURE))
    assert said[0].values["two"] == "3.0 (2.8 … 3.2) %"
    assert said[0].values["difference"] == "-2.0 (-2.0 … -2.0) points, a real difference"
    assert said[1].values["ratio"] == 3
    assert said[4].values["difference"] == "+0.0 (+0.0 … +0.0) points, too close to call"


@pytest.mark.parametrize("kind", list(auxiliary.NETWORKS))
def test_trunks_begin_with_equal_weights(kind, make_lab):
    spec = auxiliary.NETWORKS[kind]
    both, none = (
        build_network(auxiliary.make_variant(spec, auxiliary.HEAD_ROWS[heads]), 10, 8, 1)
        for heads in (auxiliary.TWO, auxiliary.NONE)
    )
    assert len(both.auxiliary) == 2
    assert not len(none.auxiliary)
    theirs = both.state_dict()
    for name, value in none.state_dict().items():
        assert (theirs[name] == value).all()
    prepared = make_lab().prepare()
    norms = [auxiliary.measure_gradient(net, prepared)["gradient"] for net in (both, none)]
    assert norms == [auxiliary.measure_gradient(n, prepared)["gradient"] for n in (both, none)]
    assert norms[0] != norms[1]
    assert all(torch.isfinite(torch.tensor(norms)))


def test_it_runs_goes_on_and_becomes_a_page(monkeypatch, digits, tmp_path):
    monkeypatch.setattr(auxiliary, "EPOCHS", 1)
    monkeypatch.setattr(auxiliary, "WIDTH", 1 / 16)
    result = skipcat.experiment("auxiliary", digits, seeds=1, out=tmp_path / "a")
    assert [row["trial"] for row in result.findings.csv] == [
        "with batch norm, two heads",
        "with batch norm, one head",
        "with batch norm, no heads",
        "as printed, two heads",
        "as printed, no heads",
    ]
    assert result.findings.holds == "cannot tell"
    assert "An auxiliary head is a small classifier" in render_experiment(result)
    again = skipcat.experiment("auxiliary", digits, seeds=1, out=tmp_path / "a", resume=True)
    assert again.findings == result.findings
