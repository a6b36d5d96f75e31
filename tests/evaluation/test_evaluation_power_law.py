import numpy as np
import pytest

from skipcat.errors import DataError
from skipcat.evaluation.learning_curve import CurvePoint, LearningCurve
from skipcat.evaluation.power_law import fit_curve

IMAGES = (125, 250, 500, 1000)


def answer(errors, tests, generator=None):
    """Give answers of which `errors` are wrong, exactly or by chance, on other images each."""
    if generator is not None:
        return np.array([[generator.random(tests) >= error] for error in errors])
    places = np.arange(tests) / tests
    return np.array([[(places + k / len(errors)) % 1 >= e] for k, e in enumerate(errors)])


def law(images, a, b, c):
    return a * np.asarray(images, dtype=float) ** -b + c


@pytest.mark.parametrize(("a", "b", "c"), [(2.0, 0.4, 0.0), (4.0, 0.6, 0.1), (3.0, 0.5, 0.05)])
def test_the_fit_recovers_a_known_law(a, b, c):
    found = fit_curve(IMAGES, answer(law(IMAGES, a, b, c), 100_000), whole=1000)
    gain = law(1000, a, b, c) - law(2000, a, b, c)
    assert law(2000, found.a, found.b, found.c) == pytest.approx(law(2000, a, b, c), abs=2e-3)
    assert found.gain_interval[0] - 1e-3 < gain < found.gain_interval[1] + 1e-3
    assert found.fits
    assert [point.images for point in found.line][:: len(found.line) - 1] == [125, 2000]


def test_intervals_hold_the_truth_nearly_as_often_as_they_say():
    generator, law_of = np.random.default_rng(2), (3.0, 0.5, 0.0)
    errors, held = law(IMAGES, *law_of), 0
    gain = law(1000, *law_of) - law(2000, *law_of)
    for seed in range(60):
        right = answer(errors, 400, generator)
        low, high = fit_curve(IMAGES, right, whole=1000, seed=seed).gain_interval
        held += low <= gain <= high
    assert held >= 52


def test_where_nothing_was_gained_nothing_is_promised():
    found = fit_curve(IMAGES, answer([0.2, 0.21, 0.19, 0.2], 500), whole=1000)
    assert found.gain_interval[0] < 0 < found.gain_interval[1]
    assert not found.can_tell


def test_points_far_from_every_law_are_doubted():
    found = fit_curve(IMAGES, answer([0.3, 0.6, 0.1, 0.4], 2000), whole=1000)
    assert not found.fits


def test_all_right_and_all_wrong_are_answered():
    for error in (0.0, 1.0):
        found = fit_curve(IMAGES[:2], answer([error, error], 50), whole=1000)
        assert np.isfinite([found.a, found.b, found.gain, *found.gain_interval]).all()


def test_trainings_that_differ_widen_the_range():
    alike = answer(law(IMAGES, 3.0, 0.5, 0.0), 20_000)
    two = np.concatenate([alike, alike], axis=1)
    apart = np.concatenate(
        [alike, answer(law(IMAGES, 3.0, 0.5, 0.0) + np.array([0.06, -0.04, 0.05, -0.04]), 20_000)],
        axis=1,
    )
    widths = [np.ptp(fit_curve(IMAGES, one, whole=1000).gain_interval) for one in (two, apart)]
    assert widths[1] > 2 * widths[0]


def test_one_point_is_refused():
    with pytest.raises(DataError) as caught:
        fit_curve([500], np.ones((1, 1, 9)), whole=1000)
    assert str(caught.value) == (
        "A learning curve needs two different numbers of images or more, and a test image; given "
        "[500] and 9 test images."
    )


def say(errors, tests=500):
    fit = fit_curve(IMAGES, answer(errors, tests), whole=1000)
    points = tuple(
        CurvePoint(n / 1000, n, 8000 // n, 80, 1 - e, (0.5, 1.0), (1 - e,))
        for n, e in zip(IMAGES, errors, strict=True)
    )
    return fit, LearningCurve("made", "resnet18", 1000, tests, points, fit)


def test_the_expectation_is_said_in_points():
    fit, curve = say(law(IMAGES, 4.0, 0.5, 0.0))
    low, high = (f"{100 * end:.1f}" for end in fit.gain_interval)
    assert curve.expectation == (
        "Twice as many images to train on (2,000 instead of 1,000) would be expected to bring "
        f"between {low} and {high} points more accuracy."
    )
    assert max(map(len, str(curve).splitlines())) <= 80


def test_what_cannot_be_told_is_said():
    fit, curve = say([0.2, 0.21, 0.19, 0.2])
    low, high = (f"{100 * abs(end):.1f}" for end in fit.gain_interval)
    assert curve.expectation == (
        "What twice as many images to train on (2,000 instead of 1,000) would bring cannot be told "
        f"from 500 test images: anything from {low} points less accuracy to {high} points more."
    )


def test_more_images_that_harm_are_called_a_reason_to_look():
    _, curve = say([0.1, 0.2, 0.3, 0.4])
    assert curve.expectation.endswith("points of accuracy, so look at the images first.")
