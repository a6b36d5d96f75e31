"""Held-out pictures with what was answered: some of all, the surest mistakes, confused classes."""

import numpy as np

from skipcat.evaluation.calibration import softmax
from skipcat.evaluation.intervals import wilson_interval
from skipcat.evaluation.metrics import count_confusion
from skipcat.explanation import sampling
from skipcat.report.page import AnsweredPicture, ConfusedClasses, Picture, TakenFor
from skipcat.report.thumbnails import PHOTO_PX, SMALL_PHOTO_PX, show_prepared, show_seen, shows_more
from skipcat.training.result import TrainingResult

ANSWERED, MISTAKES = 18, 18
PAIRS, OF_EACH_WAY = 5, 6


def take_answered(trained: TrainingResult) -> tuple[AnsweredPicture, ...]:
    """Return held-out images in an order that owes nothing to how they were answered."""
    order = np.random.default_rng(trained.recipe.seed).permutation(len(trained.held_rows))
    return tuple(_answer_picture(trained, int(place)) for place in order[:ANSWERED])


def take_mistakes(trained: TrainingResult) -> tuple[AnsweredPicture, ...]:
    """Return the mistakes that it was most sure of, and what reached the network of each."""
    probabilities, true = _held_answers(trained)
    places = sampling.take_mistakes(probabilities, true, MISTAKES)
    return tuple(_answer_picture(trained, place, with_seen=True) for place in places)


def take_confused(trained: TrainingResult) -> tuple[ConfusedClasses, ...]:
    """Return the classes most often taken for each other, by images and then by share."""
    probabilities, true = _held_answers(trained)
    classes = trained.prepared.dataset.classes
    confusion = count_confusion(true, probabilities.argmax(1), len(classes))
    both, totals = confusion + confusion.T, confusion.sum(1)
    found = []
    for one, other in np.argwhere(np.triu(both, 1)):
        images, of = int(both[one, other]), int(totals[one] + totals[other])
        found.append((images, of, int(one), int(other)))
    found.sort(key=lambda pair: (-pair[0], -pair[0] / pair[1]))
    confused = []
    for images, of, one, other in found[:PAIRS]:
        both_ways = (_take_way(trained, one, other), _take_way(trained, other, one))
        names, ways = (classes[one], classes[other]), tuple(way for way in both_ways if way.images)
        confused.append(ConfusedClasses(names, images, of, wilson_interval(images, of), ways))
    return tuple(confused)


def _take_way(trained: TrainingResult, true: int, predicted: int) -> TakenFor:
    """Return the pictures of one class that were taken for another, the surest first."""
    probabilities, labels = _held_answers(trained)
    places = np.flatnonzero((labels == true) & (probabilities.argmax(1) == predicted))
    order = places[np.argsort(-probabilities[places, predicted], kind="stable")]
    classes = trained.prepared.dataset.classes
    shown = order[:OF_EACH_WAY]
    pictures = tuple(_answer_picture(trained, int(place), px=SMALL_PHOTO_PX) for place in shown)
    return TakenFor(classes[true], classes[predicted], len(places), pictures)


def _held_answers(trained: TrainingResult) -> tuple[np.ndarray, np.ndarray]:
    probabilities = softmax(trained.held_logits / trained.classifier.temperature)
    return probabilities, trained.prepared.dataset.labels[trained.held_rows]


def _answer_picture(
    trained: TrainingResult, place: int, *, px: int = PHOTO_PX, with_seen: bool = False
) -> AnsweredPicture:
    dataset = trained.prepared.dataset
    row = int(trained.held_rows[place])
    logits = trained.held_logits[place : place + 1]
    probabilities = softmax(logits / trained.classifier.temperature)[0]
    best = int(probabilities.argmax())
    picture = show_prepared(trained.prepared, row, dataset.names[row], px=px)
    return AnsweredPicture(
        picture,
        true=dataset.classes[dataset.labels[row]],
        predicted=dataset.classes[best],
        probability=float(probabilities[best]),
        seen=_find_seen(trained, row, picture) if with_seen else None,
    )


def _find_seen(trained: TrainingResult, row: int, picture: Picture) -> Picture | None:
    """Take what reached the network; None where the picture shows that already."""
    if picture.recalled:
        return None
    seen = show_seen(trained.prepared, row, trained.classifier.preprocessing)
    return seen if shows_more(picture, seen) else None
