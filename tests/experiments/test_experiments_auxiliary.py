import pytest
import torch
from outcomes import make_up

import skipcat
from skipcat.experiments import auxiliary
from skipcat.networks.catalogue import build_network
from skipcat.report.experiment import render_experiment


def outcomes(norm, printed):
    """Give made-up outcomes from errors (two heads, none) of both kinds of network."""
    found = {}
    for kind, (two, none) in zip(auxiliary.NETWORKS, (norm, printed), strict=True):
        for heads, errors in ((auxiliary.TWO, two), (auxiliary.NONE, none)):
            label = f"{kind}, {heads}"
            gradient = 3.0 if heads == auxiliary.TWO else 1.0
            found[label] = make_up(label, errors, before={"gradient": gradient})
    label = f"{next(iter(auxiliary.NETWORKS))}, {auxiliary.ONE}"
    found[label] = make_up(label, norm[0], before={"gradient": 2.0})
    return found


BETTER = ([0.03, 0.031, 0.029], [0.05, 0.051, 0.049])
WORSE = BETTER[::-1]
UNSURE = ([0.03, 0.05, 0.04], [0.04, 0.03, 0.05])


@pytest.mark.parametrize(
    ("norm", "printed", "holds", "head"),
    [
        (BETTER, BETTER, "yes", "It is so here: "),
        (WORSE, BETTER, "no", "It is not so here: "),
        (BETTER, UNSURE, "cannot tell", "These runs cannot tell: "),
        (([0.03], [0.05]), ([0.03], [0.05]), "cannot tell", "These runs cannot tell: "),
    ],
)
def test_the_verdict_is_read_from_the_figures(norm, printed, holds, head):
    found = outcomes(norm, printed)
    assert auxiliary.judge(found) == holds
    assert auxiliary._say_head(found)[0].startswith(head)


def test_the_sentences_hold_the_figures():
    found = outcomes(BETTER, UNSURE)
    first, second = (english for english, _ in auxiliary._say(found, "with batch norm"))
    assert first == (
        "With batch norm: 3.0 (2.8 … 3.2) % of the validation images are named wrongly with heads, "
        "5.0 (4.8 … 5.2) % without: -2.0 (-2.0 … -2.0) points, which is no chance."
    )
    assert second == (
        "In the first third of its steps its training error is off by +0.0 (+0.0 … +0.0) points, "
        "which these seeds do not tell apart. Before the first step, the gradient at the first "
        "layer is 3 times as strong with heads."
    )
    assert auxiliary._say_one(found)[0] == (
        "With the deeper head alone, the network with batch norm names 3.0 (2.8 … 3.2) % wrongly, "
        "against two heads +0.0 (+0.0 … +0.0) points, which these seeds do not tell apart."
    )


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
