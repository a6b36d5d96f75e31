import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from skipcat.errors import DataError
from skipcat.evaluation.calibration import calibration_error, reliability_bins, softmax
from skipcat.evaluation.intervals import wilson_interval
from skipcat.evaluation.metrics import ConfusedPair, Mistake, evaluate_logits
from skipcat.evaluation.stored import read_evaluation


def draw(images=200, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, images)
    logits = rng.normal(size=(images, classes)) + 1.5 * np.eye(classes)[labels]
    return logits, labels, tuple(f"class {index}" for index in range(classes))


def test_figures_equal_scikit_learns():
    logits, labels, classes = draw()
    found = evaluate_logits(logits, labels, classes, temperature=1.3)
    answers = logits.argmax(axis=1)
    precision, recall, f1, images = precision_recall_fscore_support(labels, answers)
    assert found.confusion.tolist() == confusion_matrix(labels, answers).tolist()
    assert [one.precision for one in found.per_class.values()] == pytest.approx(list(precision))
    assert [one.recall for one in found.per_class.values()] == pytest.approx(list(recall))
    assert [one.f1 for one in found.per_class.values()] == pytest.approx(list(f1))
    assert [one.images for one in found.per_class.values()] == list(images)
    assert found.accuracy == (answers == labels).mean() == found.correct / found.images
    assert found.accuracy_interval == wilson_interval(found.correct, 200)
    for ece, temperature in ((found.ece, 1.3), (found.ece_before, 1.0)):
        bins = reliability_bins(softmax(logits, temperature), labels)
        assert ece == pytest.approx(calibration_error(bins))
    assert found.temperature == 1.3


def test_the_small_example_in_full():
    logits = np.log([[0.7, 0.2, 0.1], [0.5, 0.4, 0.1], [0.9, 0.05, 0.05]])
    found = evaluate_logits(
        logits, np.array([0, 1, 1]), ["cat", "dog", "owl"], names=["a.jpg", "b.jpg", "c.jpg"]
    )
    assert found.confusion.tolist() == [[1, 0, 0], [2, 0, 0], [0, 0, 0]]
    cat, dog, owl = found.per_class.values()
    assert (cat.precision, cat.recall, cat.f1) == (1 / 3, 1.0, 0.5)
    assert (dog.precision, dog.recall, dog.f1) == (None, 0.0, 0.0)
    assert (owl.precision, owl.recall, owl.f1, owl.recall_interval) == (None, None, None, None)
    assert found.loss == pytest.approx(-np.log(0.7 * 0.4 * 0.05) / 3)
    assert found.mistakes == (
        Mistake("c.jpg", "dog", "cat", pytest.approx(0.9)),
        Mistake("b.jpg", "dog", "cat", pytest.approx(0.5)),
    )
    assert found.confused_pairs() == (ConfusedPair("dog", "cat", 2, 1.0),)


def test_equal_logits_answer_the_first_class():
    found = evaluate_logits(np.zeros((2, 3)), np.array([0, 2]), ["a", "b", "c"])
    assert found.confusion.tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert found.mistakes[0].name == "image 1"


def test_mistakes_are_capped_at_the_hundred_most_confident():
    logits = np.zeros((150, 2))
    logits[:, 1] = np.arange(1, 151)
    found = evaluate_logits(logits / 50, np.zeros(150, dtype=int), ["a", "b"])
    assert [one.name for one in found.mistakes] == [f"image {i}" for i in range(149, 49, -1)]


def test_temperature_moves_probabilities_and_no_answer():
    logits, labels, classes = draw()
    plain = evaluate_logits(logits, labels, classes)
    cooled = evaluate_logits(logits, labels, classes, temperature=3.0)
    assert np.array_equal(plain.confusion, cooled.confusion)
    assert plain.ece == plain.ece_before == cooled.ece_before != cooled.ece
    assert cooled.mistakes[0].probability < plain.mistakes[0].probability


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 12), st.integers(1, 5), st.floats(0.05, 20))
def test_every_evaluation_survives_json(data, images, classes, temperature):
    logits = data.draw(
        arrays(np.float32, (images, classes), elements=st.floats(-1e6, 1e6, width=32))
    )
    labels = data.draw(arrays(np.int64, images, elements=st.integers(0, classes - 1)))
    names = [f"<{index}>\n" for index in range(classes)]
    found = evaluate_logits(logits, labels, names, temperature=temperature)
    found = replace(found, left_out={"broken": ("x.jpg", "图.png")})
    stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert read_evaluation(stored) == found
    assert found.confusion.sum() == images
    assert 0 <= found.ece <= 1


def test_equality_sees_the_confusion_matrix():
    logits, labels, classes = draw()
    found = evaluate_logits(logits, labels, classes)
    assert found == evaluate_logits(logits, labels, classes)
    assert found != replace(found, confusion=found.confusion[::-1])
    assert found != "an evaluation"


def test_confusion_is_read_only_before_and_after_json():
    found = evaluate_logits(*draw())
    for one in (found, read_evaluation(found.to_dict())):
        assert one.confusion.dtype == np.int64
        with pytest.raises(ValueError, match="read-only"):
            one.confusion[0, 0] = 1


BAD = [
    (np.zeros(3), [0], "ab", "Logits have the shape (images, classes); given (3,)."),
    (np.zeros((0, 2)), [], "ab", "There are no images to evaluate: the logits have 0 rows."),
    (
        np.array([[0.0, 1.0], [np.nan, 0.0], [np.inf, 0.0]]),
        [0, 0, 0],
        "ab",
        "Logits must be finite: 2 of 3 rows hold NaN or infinity, the first is row 1.",
    ),
    (np.array([["a", "b"]]), [0], "ab", "Logits are real numbers; given an array of <U1."),
    (
        np.zeros((2, 2)),
        [0],
        "ab",
        "Labels have one number for each image: shape (2,); given (1,).",
    ),
    (np.zeros((1, 2)), [0.5], "ab", "Labels are whole numbers; given an array of float64."),
    (
        np.zeros((2, 2)),
        [0, 2],
        "ab",
        "Labels of 2 classes lie in 0 to 1; label 2 at row 1 does not.",
    ),
    (np.zeros((1, 2)), [0], "abc", "The logits are of 2 classes but 3 are named."),
    (np.zeros((1, 2)), [0], "aa", "The class 'a' is named twice."),
]


@pytest.mark.parametrize(("logits", "labels", "classes", "message"), BAD)
def test_bad_input_is_named(logits, labels, classes, message):
    with pytest.raises(DataError) as caught:
        evaluate_logits(logits, np.array(labels), list(classes))
    assert str(caught.value) == message


def test_bad_names_and_temperature_are_named():
    with pytest.raises(DataError) as caught:
        evaluate_logits(np.zeros((2, 2)), np.zeros(2, dtype=int), ["a", "b"], names=["x"])
    assert str(caught.value) == "There are 2 images but 1 names for them."
    with pytest.raises(DataError) as caught:
        evaluate_logits(np.zeros((2, 2)), np.zeros(2, dtype=int), ["a", "b"], temperature=0.0)
    assert str(caught.value) == "A temperature is a number above 0, not 0.0."


def _broken(**changes):
    return {**evaluate_logits(*draw()).to_dict(), **changes}


BROKEN = [
    ({}, "A stored evaluation lacks its 'classes'."),
    ([], "A stored evaluation cannot be read: Input should be an object, but it is []."),
    (_broken(loss=float("nan")), "A stored evaluation cannot be read: it holds NaN or infinity."),
    (
        _broken(images="9"),
        "A stored evaluation cannot be read at 'images': Input should be a valid integer, but it "
        "is '9'.",
    ),
    (
        _broken(images=True),
        "A stored evaluation cannot be read at 'images': Input should be a valid integer, but it "
        "is True.",
    ),
    (
        _broken(classes=[1]),
        "A stored evaluation cannot be read at 'classes.0': Input should be a valid string, but it "
        "is 1.",
    ),
    (
        _broken(confusion=[[0.5]]),
        "A stored evaluation cannot be read at 'confusion': Value error, whole numbers are needed, "
        "but it is [[0.5]].",
    ),
    (_broken(classes=["a"]), "A stored evaluation of 1 classes holds figures of other classes."),
    (
        _broken(correct=0),
        "A stored evaluation contradicts itself: 0 of 200 images right,"
        " but its confusion matrix counts {correct} of 200.",
    ),
]


@pytest.mark.parametrize(("plain", "message"), BROKEN)
def test_broken_storage_is_named(plain, message):
    with pytest.raises(DataError) as caught:
        read_evaluation(plain)
    assert str(caught.value) == message.format(correct=evaluate_logits(*draw()).correct)


def test_what_is_no_better_than_one_answer_for_all_is_called_so():
    labels = np.repeat([0, 1], [60, 40])
    right = np.eye(2)[labels]
    always = np.eye(2)[np.zeros(100, int)]
    assert "Not shown to be better than always answering a (60.0 %)" in str(
        evaluate_logits(always, labels, ["a", "b"])
    )
    assert "Not shown" not in str(evaluate_logits(right, labels, ["a", "b"]))
    only_one = evaluate_logits(always[:60], labels[:60], ["a", "b"])
    assert "Not shown" not in str(only_one)  # there is nothing to be better than


def test_text_is_readable():
    found = evaluate_logits(
        np.log([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8], [0.9, 0.1]]),
        np.array([0, 1, 1, 0]),
        ["rose", "tulip"],
    )
    assert str(replace(found, left_out={"trained on": ("a", "b")})).splitlines() == [
        "Accuracy 75.0 % (3 of 4 images; 95 % interval 30.1 % to 95.4 %)",
        "Calibration error 0.300 at temperature 1.00 (0.300 before); loss 0.400",
        "Not shown to be better than always answering rose (50.0 %)",
        "Left out: 2 images",
        "",
        "class                     images  precision    recall   95 % interval        F1",
        "rose                           2     66.7 %   100.0 %   34 % to 100 %    80.0 %",
        "tulip                          2    100.0 %    50.0 %     9 % to 91 %    66.7 %",
    ]


@pytest.mark.parametrize("name", ["x" * 300, "花" * 40, "a\nb\x1b[31m", "naïve"])
def test_text_fits_eighty_columns(name):
    logits, labels, _ = draw(classes=30)
    found = evaluate_logits(logits, labels, [f"{index}{name}" for index in range(30)])
    lines = str(found).splitlines()
    assert len(lines) == 25
    assert lines[2] == "The 20 of 30 classes that are recognised least:"
    wide = [len(line) + sum(character == "花" for character in line) for line in lines]
    assert max(wide) <= 80
    assert "\x1b" not in str(found)


def test_unequal_classes_are_judged_alike_as_well():
    labels = np.array([0] * 10 + [1] * 2)
    logits = np.eye(3)[[0] * 10 + [0, 1]]
    found = evaluate_logits(logits, labels, ["common", "rare", "absent"])
    assert (found.accuracy, found.balanced_accuracy) == (11 / 12, 0.75)
    low, high = found.balanced_accuracy_interval
    assert str(found).splitlines()[1] == (
        f"Balanced accuracy 75.0 % (mean recall; 95 % interval {100 * low:.1f} % to "
        f"{100 * high:.1f} %)"
    )
    assert found.to_dict()["balanced_accuracy"] == 0.75
    again = read_evaluation(json.loads(json.dumps(found.to_dict())))
    assert again.balanced_accuracy_interval == (low, high)
    equal = evaluate_logits(np.eye(2)[[0, 1]], np.array([0, 1]), ["a", "b"])
    assert "Balanced" not in str(equal)
