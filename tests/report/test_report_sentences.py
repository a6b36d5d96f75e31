from dataclasses import replace

import numpy as np
import pytest

from skipcat.evaluation.calibration import softmax
from skipcat.evaluation.metrics import evaluate_logits
from skipcat.report import sentences as words


def evaluate(right, images, classes=("rose", "tulip")):
    labels = np.arange(images) % len(classes)
    answers = np.where(np.arange(images) < right, labels, (labels + 1) % len(classes))
    return evaluate_logits(2.0 * np.eye(len(classes))[answers], labels, classes)


def test_headline_of_the_test_part():
    assert words.say_headline(evaluate(255, 343), None) == (
        "Of 343 pictures that it had never seen it named 255 right: 74\u00a0%.",
        "For new pictures like these expect between 69 and 79\u00a0% right.",
    )


def test_headline_says_none_and_every_one():
    assert words.say_headline(evaluate(0, 1), None)[0] == (
        "Of 1 picture that it had never seen it named none right: 0\u00a0%."
    )
    assert words.say_headline(evaluate(2, 2), None)[0] == (
        "Of 2 pictures that it had never seen it named every one right: 100\u00a0%."
    )


def test_cautions_name_guessing_few_images_and_classes_without_any():
    judged = evaluate(10, 12)
    assert words.say_cautions(judged, evaluate(90, 100)) == [
        "Always answering the same would name 50\u00a0% right.",
        "12 pictures can certify little: four times as many would halve the width of the range.",
        "On the 100 validation pictures, which helped to decide when to stop,"
        " it named 90\u00a0% right.",
    ]
    assert (
        "That it is better than that has not been shown: give it more minutes or more pictures"
        " before you read anything into its answers."
    ) in words.say_cautions(evaluate(55, 100), None)
    lone = evaluate_logits(np.eye(3)[[0, 1]], np.array([0, 1]), ["a", "b", "c"])
    assert "1 class had no picture among them and so no figure: c." in words.say_cautions(
        lone, None
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "not set"),
        (float("nan"), "not set"),
        ("", "not set"),
        (True, "yes"),
        (1e-4, "0.0001"),
        (11179077, "11,179,077"),
        (2026, "2026"),
        ((64, 128), "64, 128"),
        ((), "none"),
        ({"a": None, "b": 1}, "a not set, b 1"),
        ("resnet18", "resnet18"),
    ],
)
def test_values(value, said):
    assert words.say_value(value) == said


def test_best_and_worst_say_when_chance_explains_it():
    labels = np.repeat([0, 1], 200)
    clear = evaluate_logits(
        np.eye(2)[np.where(np.arange(400) < 350, labels, 0)], labels, ["a", "b"]
    )
    assert words.say_best_and_worst(clear) == (
        "It recognises “a” best (100\u00a0% of the pictures) and “b” least (75\u00a0%)."
    )
    near = evaluate(9, 10)
    assert words.say_best_and_worst(near) == (
        "It recognises “rose” best (100\u00a0% of the pictures) and “tulip” least (80\u00a0%)."
        " With so few pictures of each, the difference may be chance."
    )
    assert words.say_best_and_worst(evaluate(10, 10)) == (
        "It recognises every class equally often: 100\u00a0% of its pictures."
    )


def draw_calibrated(images, temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=2.0, size=(images, 4))
    labels = (rng.random((images, 1)) > softmax(logits).cumsum(axis=1)).sum(axis=1)
    return evaluate_logits(logits * 3, np.minimum(labels, 3), list("abcd"), temperature=temperature)


def test_true_probabilities_are_trusted_and_boasting_ones_not():
    answer, reasons = words.say_calibration(draw_calibrated(3000, 3.0))
    assert answer == "Yes, as far as these pictures can show."
    assert reasons[1].startswith("Before calibration they lay ")
    answer, reasons = words.say_calibration(draw_calibrated(3000, 1.0))
    assert answer == "No: read them only as more sure or less sure."
    assert reasons[1] == "Its probabilities are shown as they came, without calibration."


def test_calibration_that_did_harm_is_told():
    found = replace(draw_calibrated(300, 3.0), ece=0.05, ece_before=0.01)
    assert words.say_calibration(found)[1][1] == (
        "Calibration did not help here: before it they lay 1 point apart."
    )


def test_chance_gap_is_what_perfect_probabilities_show():
    found = [draw_calibrated(200, 3.0)]
    expected = words._chance_gap(found[0].reliability)
    rng = np.random.default_rng(1)
    gaps = []
    for _ in range(200):
        gap = sum(
            abs(rng.binomial(one.images, one.confidence) - one.images * one.confidence)
            for one in found[0].reliability
            if one.images
        )
        gaps.append(gap / 200)
    assert expected == pytest.approx(np.mean(gaps), rel=0.1)


def test_training_sentence():
    history = [{"seconds": 30.0, "images_per_second": 90.0}, {"seconds": 61.0}]
    assert words.say_training(history) == "2 epochs in 1 minute 1 second, at 90 pictures a second."
    assert words.say_training([{}]) == "1 epoch."
    assert words.say_training([]) == "No record of the training was kept."


def test_what_abstaining_buys_is_said_with_the_figures_of_the_curve():
    logits = np.array([[4.0, 0.0]] * 6 + [[1.0, 0.0]] * 4)
    judged = evaluate_logits(logits, np.array([0] * 8 + [1] * 2), ["cat", "dog"])
    half, sure = words.say_abstention(judged)
    assert "100\N{NO-BREAK SPACE}% of its answers are right" in half
    assert sure == (
        "Of the 6 pictures (60\N{NO-BREAK SPACE}%) where it was at least"
        " 98\N{NO-BREAK SPACE}% sure, 100\N{NO-BREAK SPACE}% were right"
        " (expect between 61 and 100\N{NO-BREAK SPACE}%)."
    )


def test_how_often_the_surest_answers_are_right_bears_an_interval():
    logits = np.array([[4.0, 0.0]] * 20)
    judged = evaluate_logits(logits, np.array([0] * 18 + [1] * 2), ["cat", "dog"])
    assert words.say_calibration(judged)[1][-1] == (
        "Of the 20 pictures where it was more than 87\u00a0% sure, 18 were right (90\u00a0%;"
        " expect between 70 and 97.2\u00a0%)."
    )


def test_cautions_count_unequal_classes_alike():
    labels = np.array([0] * 90 + [1] * 10)
    judged = evaluate_logits(np.eye(2)[[0] * 95 + [1] * 5], labels, ("rose", "tulip"))
    assert words.say_cautions(judged, None)[1] == (
        "Counting every class alike, whatever its size, it named 75\u00a0% right (balanced"
        " accuracy; expect between 62 and 88\u00a0%)."
    )
