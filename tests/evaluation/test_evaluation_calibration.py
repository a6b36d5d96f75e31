import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from skipcat.errors import DataError
from skipcat.evaluation.calibration import (
    HIGHEST_TEMPERATURE,
    LEAST_IMAGES,
    LOWEST_TEMPERATURE,
    calibrate,
    calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability_bins,
    softmax,
)


def draw_logits(images, classes, temperature=1.0, seed=0):
    """Logits whose labels are drawn from softmax(logits / temperature)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2.0, size=(images, classes)) * temperature
    chances = softmax(logits, temperature).cumsum(axis=1)
    labels = (rng.random((images, 1)) > chances).sum(axis=1)
    return logits, np.minimum(labels, classes - 1)


@pytest.mark.parametrize("true", [0.3, 1.0, 2.5, 6.0])
def test_temperature_that_drew_the_labels_is_found(true):
    logits, labels = draw_logits(20000, 5, true)
    assert fit_temperature(logits, labels) == pytest.approx(true, rel=0.04)


def test_temperature_is_the_minimum_that_scipy_finds():
    logits, labels = draw_logits(4000, 4, 1.7)

    def loss(temperature):
        return negative_log_likelihood(logits, labels, temperature)

    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9}).x
    assert fit_temperature(logits, labels) == pytest.approx(best, rel=2e-3)


def test_one_even_image_is_counted_in():
    logits, labels = draw_logits(12, 3, 1.5)
    everything = np.concatenate([logits] * 3)
    even = np.concatenate([np.full(12, label) for label in range(3)])

    def loss(temperature):
        drawn = negative_log_likelihood(logits, labels, temperature)
        spread = negative_log_likelihood(everything, even, temperature)
        return 12 / 13 * drawn + 1 / 13 * spread

    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9}).x
    assert fit_temperature(logits, labels) == pytest.approx(best, rel=1e-5)


def test_perfect_answers_stay_short_of_certainty():
    logits = np.eye(4)[np.arange(40) % 4] * 9.0
    temperature = fit_temperature(logits, np.arange(40) % 4)
    # Laplace: 40 right of 40 and one even image of 4 classes leave (40 + 1/4) / 41.
    assert softmax(logits, temperature).max() == pytest.approx((40 + 0.25) / 41, abs=1e-9)


def test_no_images_and_flat_logits_leave_the_temperature_alone():
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=int)) == 1.0
    assert fit_temperature(np.full((5, 3), 7.0), np.zeros(5, dtype=int)) == 1.0


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(0, 10**6),
    st.sampled_from([1e-6, 1.0, 30.0, 1e6, 1e30]),
)
def test_temperature_is_bounded_for_any_tiny_set(images, classes, seed, scale):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(images, classes)) * scale
    found = fit_temperature(logits, rng.integers(0, classes, images))
    assert LOWEST_TEMPERATURE <= found <= HIGHEST_TEMPERATURE + 1e-9


def test_few_images_do_not_calibrate():
    """Ten of ten right by small logits, as a network of one epoch may have them."""
    labels = np.arange(LEAST_IMAGES) % 5
    logits = np.eye(5)[labels] * 0.1
    assert fit_temperature(logits[:10], labels[:10]) == LOWEST_TEMPERATURE
    assert calibrate(logits[:10], labels[:10]) == 1.0
    assert calibrate(logits[: LEAST_IMAGES - 1], labels[: LEAST_IMAGES - 1]) == 1.0
    assert calibrate(logits, labels) == 0.1
    assert calibrate(-100 * logits, labels) == 10.0
    logits, labels = draw_logits(LEAST_IMAGES, 3, 1.5)
    assert calibrate(logits, labels) == fit_temperature(logits, labels)
    assert calibrate(np.zeros((0, 3)), np.zeros(0, dtype=int)) == 1.0


def test_likelihood_equals_scikit_learns():
    logits, labels = draw_logits(200, 5, 2.0)
    assert negative_log_likelihood(logits, labels, 1.4) == pytest.approx(
        log_loss(labels, softmax(logits, 1.4), labels=range(5))
    )


def test_calibration_error_of_the_hand_computed_example():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.35, 0.65], [0.4, 0.6]])
    labels = np.array([0, 1, 1, 1])
    # bins of two: (0.5, 1] holds all four: accuracy 3/4, confidence 2.95/4
    assert calibration_error(reliability_bins(probabilities, labels, bins=2)) == pytest.approx(
        0.0125
    )
    # bins of five: (0.6, 0.8] holds 0.8 (wrong) and 0.65 (right); 0.9 and 0.6 stand alone
    expected = 0.5 * abs(0.5 - 0.725) + 0.25 * 0.1 + 0.25 * 0.4
    fifths = reliability_bins(probabilities, labels, bins=5)
    assert calibration_error(fifths) == pytest.approx(expected)


def test_bins_equal_scikit_learns_curve():
    logits, labels = draw_logits(3000, 3)
    probabilities = softmax(logits)
    right = probabilities.argmax(axis=1) == labels
    accuracy, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=15)
    filled = [one for one in reliability_bins(probabilities, labels) if one.images]
    assert [one.accuracy for one in filled] == pytest.approx(list(accuracy))
    assert [one.confidence for one in filled] == pytest.approx(list(confidence))


def test_bins_cover_everything_and_hold_their_upper_edge():
    bins = reliability_bins(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0]), bins=4)
    assert [(one.low, one.high, one.images) for one in bins] == [
        (0.0, 0.25, 0),
        (0.25, 0.5, 1),
        (0.5, 0.75, 0),
        (0.75, 1.0, 1),
    ]
    assert bins[0].accuracy is None
    assert bins[0].confidence is None


def test_no_bins_are_refused():
    with pytest.raises(DataError) as caught:
        reliability_bins(np.ones((1, 2)), np.zeros(1, dtype=int), bins=0)
    assert str(caught.value) == "A reliability diagram needs at least 1 bin, not 0."
