import numpy as np

from skipcat.evaluation.abstention import abstention_curve


def test_answering_the_surest_first():
    sure = np.array([0.9, 0.8, 0.7, 0.6])
    probabilities = np.stack([sure, 1 - sure], axis=1)
    curve = abstention_curve(probabilities, np.array([0, 0, 1, 1]), (1.0, 0.75, 0.5, 0.25))
    assert [(p.probability, p.answered, p.accuracy) for p in curve] == [
        (0.6, 1.0, 0.5),
        (0.7, 0.75, 2 / 3),
        (0.8, 0.5, 1.0),
        (0.9, 0.25, 1.0),
    ]


def test_equal_probabilities_are_answered_together():
    probabilities = np.full((10, 2), 0.5)
    [point] = abstention_curve(probabilities, np.array([0] * 7 + [1] * 3))
    assert (point.answered, point.accuracy) == (1.0, 0.7)
