import numpy as np
import pytest

from skipcat.errors import DataError
from skipcat.evaluation.compare import compare_answers


def answers(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    a = [True] * both + [True] * first + [False] * second + [False] * neither
    b = [True] * both + [False] * first + [True] * second + [False] * neither
    return np.array(a), np.array(b)


def test_the_interval_is_bonett_and_prices():
    found = compare_answers(*answers(40, 5, 15, 40))
    # p12 = 6 / 102, p21 = 16 / 102; 16/102 - 6/102 -+ 1.96 sqrt((22/102 - (10/102)^2) / 102)
    assert found.interval == pytest.approx((0.009987, 0.186091), abs=2e-4)
    assert (found.first, found.second, found.difference) == (0.45, 0.55, pytest.approx(0.10))
    assert found.can_tell


def test_equal_answers_cannot_be_told_apart_and_no_number_of_images_is_named():
    found = compare_answers(*answers(50, 0, 0, 50))
    assert not found.can_tell
    assert found.images_needed is None
    assert str(found) == (
        "50.0 % and 50.0 % on the same 100 images: +0.0 points for the second (-2.7 to +2.7). "
        "They cannot be told apart."
    )


def test_a_small_difference_says_how_many_images_would_tell():
    found = compare_answers(*answers(300, 8, 10, 82))
    assert not found.can_tell
    larger = found.images_needed
    assert larger is not None and larger > 400
    scale = larger / 400
    told = compare_answers(*answers(*(round(n * scale * 1.05) for n in (300, 8, 10, 82))))
    assert told.can_tell


def test_exchanging_the_two_turns_the_sign():
    one, two = answers(30, 9, 3, 20)
    there, back = compare_answers(one, two), compare_answers(two, one)
    assert there.difference == -back.difference
    assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        kinds = rng.choice(4, size=150, p=[0.6, 0.08, 0.12, 0.2])
        found = compare_answers(kinds <= 1, (kinds == 0) | (kinds == 2))
        held += found.interval[0] <= 0.04 <= found.interval[1]
    assert 0.93 <= held / 1000 <= 0.98


def test_different_images_are_refused():
    with pytest.raises(DataError) as caught:
        compare_answers(np.ones(3, bool), np.ones(4, bool))
    assert str(caught.value) == (
        "Two classifiers are compared on the same images, one or more; given (3,) and (4,) answers."
    )
