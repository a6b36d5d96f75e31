import pytest

import skipcat
from made_up import of_depth
from skipcat.cost.memory import predict_training_memory
from skipcat.experiments import depth
from skipcat.experiments.depth import _describe, _describe_each, decide


@pytest.mark.parametrize(
    ("by_depth", "holds"),
    [
        ({1202: ([0.01], [0.9])}, "yes"),
        ({1202: ([0.01, 0.049], [0.9, 0.05])}, "yes"),
        ({1202: ([0.3], [0.9])}, "no"),
        ({1202: ([0.01], [0.02])}, "no"),
        ({1202: ([0.01, 0.3], [0.9, 0.9])}, "cannot tell"),
        ({20: ([0.0], [0.9]), 434: ([0.0], [0.9])}, "cannot tell"),
    ],
)
def test_the_verdict_is_of_the_deepest_twins(by_depth, holds):
    assert decide(of_depth(by_depth)) == holds


def test_sentences_hold_the_figures_of_both_twins():
    found = of_depth({20: ([0.0], [0.01]), 1202: ([0.021], [0.9])})
    residual, plain = _describe(found)
    assert (residual.values["depth"], residual.values["error"]) == (1202, "2.1 %")
    assert (residual.values["steps"], residual.values["validation"]) == (360, "10.0 %")
    assert plain.values["error"] == "90.0 %"
    assert _describe_each(found).values["depths"] == "residual: 20, 1,202; plain: 20"


def test_a_twin_that_diverges_is_described():
    why = "The loss became nan at step 2 (epoch 1); try a lower rate: learning_rate=0.1."
    found = of_depth({1202: ([0.021], [1.0])}, why)
    assert decide(found) == "yes"
    assert _describe(found)[1].values["why"] == "the loss became nan at step 2 (epoch 1)"


def test_minutes_without_a_thousand_layers_are_described():
    said = _describe(of_depth({434: ([0.0], [0.9])}))
    assert said[2].values == {"many": 1000}


def test_all_depths_are_trained_and_both_ways_measured(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(depth, "DEPTHS", (8,))
    monkeypatch.setattr(depth, "PREACTIVATION", (11,))
    monkeypatch.setattr(depth, "EPOCHS", 1)
    result = skipcat.experiment("depth", digits, seeds=1, out=tmp_path / "out")
    rows = {row["trial"]: row for row in result.findings.csv}
    assert list(rows) == [
        "residual, 8 layers",
        "plain, 8 layers",
        "pre-activation, 11 layers",
    ]
    assert {row["steps"] for row in rows.values()} == {6}  # 192 images, 32 at a time
    assert result.findings.holds == "cannot tell"
    residual = rows["residual, 8 layers"]
    for way in ("all", "sqrt"):
        foreseen = predict_training_memory("resnet_cifar8", batch=128, activation_memory=way)
        assert residual[f"foreseen_paper_mib_{way}"] == round(foreseen.peak_mib, 1)
        assert residual[f"step_seconds_{way}"] > 0
    assert residual["foreseen_mib_sqrt"] < residual["foreseen_mib_all"]
    assert "step_seconds_all" not in rows["plain, 8 layers"]
