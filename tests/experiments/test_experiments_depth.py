from dataclasses import replace

import pytest
from made_up import group

import skipcat
from skipcat.cost.memory import predict_training_memory
from skipcat.experiments import depth
from skipcat.experiments.depth import _say, _say_each, judge


def outcomes(by_depth):
    """Give made-up outcomes from (residual, plain) training errors by depth."""
    found = {}
    for layers, twins in by_depth.items():
        for kind, errors in zip(("residual", "plain"), twins, strict=True):
            found[f"{kind}, {layers} layers"] = group(errors)
    return found


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
    assert judge(outcomes(by_depth)) == holds


def test_sentences_say_what_became_of_both_twins():
    found = outcomes({20: ([0.0], [0.01]), 1202: ([0.021], [0.9])})
    first, once = (english for english, _ in _say(found))
    assert first == (
        "It is so here: with shortcuts, 1,202 layers end with 2.1 % training error after 360 steps "
        "(10.0 % on validation images). The plain twin, which began with equal weights and saw the "
        "same images in the same order, ends with 90.0 %."
    )
    assert once == (
        "Each network was trained once: how much of this is chance, only more seeds can tell."
    )
    assert _say_each(found)[0] == (
        "Below 5 % training error came, by their layers: 20 and 1,202 of the residual networks; 20 "
        "of the plain networks."
    )


def test_a_twin_that_breaks_off_is_said_to():
    found = outcomes({1202: ([0.021], [1.0])})
    [plain] = found["plain, 1202 layers"]
    why = "The loss became nan at step 2 (epoch 1); try a lower rate: learning_rate=0.1."
    found["plain, 1202 layers"] = [replace(plain, diverged=why, steps=(), train_errors=())]
    assert judge(found) == "yes"
    assert _say(found)[0][0].endswith(
        "in the same order, broke off: the loss became nan at step 2 (epoch 1)."
    )


def test_minutes_without_a_thousand_layers_say_so():
    said = [english for english, _ in _say(outcomes({434: ([0.0], [0.9])}))]
    assert said[1] == (
        "The claim is about more than 1,000 layers, which these minutes did not hold."
    )


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
