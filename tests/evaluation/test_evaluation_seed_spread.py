import json
from dataclasses import replace

import numpy as np
import pytest

from skipcat.errors import DataError
from skipcat.evaluation.metrics import evaluate_logits
from skipcat.evaluation.seed_spread import measure_spread
from skipcat.evaluation.stored import read_evaluation

SPREAD = measure_spread((4, 5, 6), (0.65, 0.682, 0.668))


def test_mean_and_deviation_are_those_of_the_textbook():
    assert SPREAD.mean == pytest.approx(2.0 / 3)
    assert SPREAD.deviation == pytest.approx(np.std([65, 68.2, 66.8], ddof=1) / 100)


def test_the_interval_holds_the_true_deviation_in_nineteen_of_twenty():
    draws = np.random.default_rng(0).normal(0.7, 0.02, (4000, 3))
    found = [measure_spread((0, 1, 2), list(row)).deviation_interval for row in draws]
    share = np.mean([low <= 0.02 <= high for low, high in found])
    assert share == pytest.approx(0.95, abs=0.012)


def test_three_seeds_know_little_and_twenty_more():
    widths = []
    for count in (3, 20):
        low, high = measure_spread(range(count), np.linspace(0.6, 0.7, count)).deviation_interval
        widths.append(high / low)
    assert widths == pytest.approx([12.07, 1.92], rel=0.01)


@pytest.mark.parametrize("accuracies", [(0.5,), (0.5, 0.6, 0.7)])
def test_one_accuracy_for_each_of_two_seeds_or_more_is_needed(accuracies):
    with pytest.raises(DataError) as caught:
        measure_spread((1,) if len(accuracies) == 1 else (1, 2), accuracies)
    count = 1 if len(accuracies) == 1 else 2
    assert str(caught.value) == (
        "A spread needs one accuracy for each of two seeds or more; given "
        f"{len(accuracies)} for {count}."
    )


def test_an_evaluation_keeps_it_through_json_and_says_it():
    logits = np.eye(3)[[0, 1, 2, 0]]
    found = evaluate_logits(logits, np.array([0, 1, 2, 1]), ["a", "b", "c"])
    assert found.seeds is None
    assert "seeds" not in str(found)
    found = replace(found, seeds=SPREAD)
    again = read_evaluation(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert again.seeds == SPREAD
    assert str(found).splitlines()[2:4] == [
        "Over 3 seeds, on the same images: 65.0 % to 68.2 %, mean 66.7 %,",
        "standard deviation 1.6 points (3 seeds know it as 0.8 to 10.1)",
    ]


def test_what_was_stored_before_there_were_seeds_is_read():
    found = evaluate_logits(np.eye(2), np.array([0, 1]), ["a", "b"]).to_dict()
    del found["seeds"]
    assert read_evaluation(found).seeds is None
