"""Explained images made ready for a page, and which of a training's answers are explained on it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skipcat.engines.torch_engine import run_network
from skipcat.errors import DataError
from skipcat.explanation import sentences as explanation_words
from skipcat.explanation.explain import Wanted, explain_image
from skipcat.explanation.heatmaps.faithfulness import RANDOM_MAPS, STEPS
from skipcat.explanation.heatmaps.result import Explanation, HeatMap
from skipcat.explanation.heatmaps.target_layer import choose_row
from skipcat.plots.heatmap import draw_legend, lay_over, tile_maps
from skipcat.report.page import Picture
from skipcat.report.thumbnails import find_source, show_input, show_photo, shows_more
from skipcat.text.numbers import join_sentences
from skipcat.text.translation import Message
from skipcat.training.result import TrainingResult

OF_EACH = 3  # surest mistakes, right answers
LEAST_SECONDS = 60.0  # of a training: in less there is no time for maps
SHARE_OF_TIME = 0.015
TIMED = 8
ASKED = 2 * (RANDOM_MAPS + 1) * (STEPS - 1) + 3  # answers for one map and its faithfulness


@dataclass(frozen=True, eq=False)
class ShownMap:
    """A map over its picture, and the words below it."""

    map: HeatMap
    picture: Picture
    words: Message


@dataclass(frozen=True)
class ShareTable:
    """The modules that have the same branches, as one table."""

    branches: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, eq=False)
class ShownImage:
    """One explained image, ready for the page; `photo` where that is not what the network saw."""

    one: Explanation
    photo: Picture | None
    seen: Picture
    maps: tuple[ShownMap, ...]
    shares: str
    tables: tuple[ShareTable, ...]
    features: Picture | None


def show_images(explanations: Iterable[Explanation]) -> list[ShownImage]:
    """Make explained images ready for a page."""
    return [_show(one) for one in explanations]


def show_legend() -> Picture:
    """Return the colours of a map, from nothing to most."""
    return Picture(draw_legend())


def explain_answers(trained: TrainingResult, seconds: float) -> tuple[tuple[Explanation, ...], str]:
    """Explain the surest mistakes and some right answers, in 1.5 % of `seconds` at most.

    Grad-CAM alone. Also gives what was not done and why, or what a coarse grid means, else "".
    """
    split, rows = trained.prepared.split, trained.held_rows
    if not len(rows):
        return (), ""
    if seconds < LEAST_SECONDS:
        return (), Message("There are no heat maps: training this short leaves no time for them.")
    if np.isin(rows, split.train).any():
        return (), Message(
            "There are no heat maps: the network that is kept learnt from all the pictures."
        )
    places = _choose_places(trained)
    affordable = int(SHARE_OF_TIME * seconds / (ASKED * _time_answer(trained)))
    if not affordable:
        return (), Message(
            "There are no heat maps: one would have taken over 1.5 % of the whole time."
        )
    classifier = trained.classifier
    row = choose_row(classifier.network, classifier.preprocessing.image_px)
    found = [
        explain_image(classifier, _want(trained, place), row, with_occlusion=False, index=number)
        for number, place in enumerate(places[:affordable])
    ]
    found.sort(key=lambda one: one.true == one.prediction.label)  # mistakes first
    cut = ""
    if len(found) < len(places):
        cut = Message(
            "{shown} of {chosen} are shown, for want of time.", shown=len(found), chosen=len(places)
        )
    return tuple(found), join_sentences(cut, row.note or "")


def _choose_places(trained: TrainingResult) -> list[int]:
    """Return mistakes, the surest first, and right answers in a chance order, in turns."""
    labels = trained.prepared.dataset.labels[trained.held_rows]
    right = trained.held_logits.argmax(1) == labels
    wrong = np.flatnonzero(~right)
    top = np.sort(trained.held_logits, axis=1)
    sure = 1 / np.exp(trained.held_logits - top[:, -1:]).sum(1)
    mistakes: list[int] = wrong[np.argsort(-sure[wrong], kind="stable")][:OF_EACH].tolist()
    order = np.random.default_rng(trained.recipe.seed).permutation(len(labels))
    rights: list[int] = order[right[order]][:OF_EACH].tolist()
    turns: list[int] = [place for pair in zip(mistakes, rights, strict=False) for place in pair]
    return turns + mistakes[len(rights) :] + rights[len(mistakes) :]


def _want(trained: TrainingResult, place: int) -> Wanted:
    dataset, row = trained.prepared.dataset, int(trained.held_rows[place])
    answer = trained.classifier.name_answer(dataset.names[row], trained.held_logits[place])
    true = dataset.classes[dataset.labels[row]]
    return Wanted(find_source(trained.prepared, row), answer, (answer.label,), true)


def _time_answer(trained: TrainingResult) -> float:
    """Return the seconds that one answer takes in a batch."""
    preprocessing, network = trained.classifier.preprocessing, trained.classifier.network
    side, channels = preprocessing.image_px, preprocessing.channels
    pixels = np.zeros((TIMED, channels, side, side), np.uint8)
    run_network(network, pixels[:1], preprocessing.mean, preprocessing.std)  # warms up
    started = time.perf_counter()
    run_network(network, pixels, preprocessing.mean, preprocessing.std)
    return (time.perf_counter() - started) / TIMED


def _show(one: Explanation) -> ShownImage:
    seen = show_input(one.pixels)
    maps = tuple(
        ShownMap(each, Picture(lay_over(seen.pixels, each.values)), explanation_words.say_map(each))
        for each in one.maps
    )
    features = Picture(tile_maps(one.features.maps)) if one.features else None
    shares = explanation_words.say_shares(one.shares)
    return ShownImage(one, _find_photo(one, seen), seen, maps, shares, _tabulate(one), features)


def _find_photo(one: Explanation, seen: Picture) -> Picture | None:
    """Read the photograph of an explained image; None where it is gone or shows nothing more."""
    if one.source is None:
        return None
    try:
        photo = show_photo(one.source)
    except DataError:
        return None
    return photo if shows_more(photo, seen) else None


def _tabulate(one: Explanation) -> tuple[ShareTable, ...]:
    tables: dict[tuple[str, ...], list[tuple[str, tuple[float, ...]]]] = {}
    for module in one.shares:
        branches = tuple(module.shares)
        tables.setdefault(branches, []).append((module.module, tuple(module.shares.values())))
    return tuple(ShareTable(branches, tuple(rows)) for branches, rows in tables.items())
