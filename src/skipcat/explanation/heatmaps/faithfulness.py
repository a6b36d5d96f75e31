"""Whether a map can be believed: what it marks is taken away, and put back.

Petsiuk, Das, Saenko 2018, "RISE: randomized input sampling for explanation of black-box models",
arXiv 1806.07421, §3.2 and §4.1: deletion and insertion. Here: both, beside random maps of the same
granularity, since a picture with holes is no photograph and any hole costs something.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skipcat.classifier import Classifier
from skipcat.explanation.heatmaps.gradcam import enlarge
from skipcat.explanation.heatmaps.perturbation import ask, blur, paint_mean

RANDOM_MAPS = 19  # a map that beats all of them has a chance of 1 in 20 to have done so by luck
STEPS = 10
_SHARES = np.arange(1, STEPS) / STEPS


@dataclass(frozen=True)
class Faithfulness:
    """The areas under the curves of deletion and insertion, of a map and of random ones.

    Deletion: the mean probability of the class while the pixels are painted over with the mean
    colour, the most marked first; a good map makes it low. Insertion: while they are put back into
    the blurred picture; a good map makes it high. `whole`, `deleted` and `blurred` are the
    probabilities at the ends: of the picture, of the mean colour, of the blurred picture.

    Units: probabilities, 0 to 1.
    """

    deletion: float
    insertion: float
    random_deletion: tuple[float, ...]
    random_insertion: tuple[float, ...]
    whole: float
    deleted: float
    blurred: float

    @property
    def difference(self) -> float:
        """How much insertion minus deletion is above the random maps' mean; 0 is chance."""
        return self._score - float(np.mean(self._random_scores))

    @property
    def beaten(self) -> int:
        """How many of the random maps are less faithful."""
        return sum(score < self._score for score in self._random_scores)

    @property
    def random_maps(self) -> int:
        """How many random maps it was compared with."""
        return len(self.random_deletion)

    @property
    def p_value(self) -> float:
        """The share of maps at least as faithful, among the random ones and this one."""
        return (1 + self.random_maps - self.beaten) / (1 + self.random_maps)

    @property
    def explains(self) -> bool:
        """Whether it is more faithful than every random map."""
        return self.beaten == self.random_maps

    @property
    def _score(self) -> float:
        return self.insertion - self.deletion

    @property
    def _random_scores(self) -> list[float]:
        pairs = zip(self.random_insertion, self.random_deletion, strict=True)
        return [insertion - deletion for insertion, deletion in pairs]


class Judge:
    """Measures maps of one picture; the random maps' curves are those of all its classes.

    Every draw is a function of (seed, index), `index` being the picture's number.
    """

    def __init__(
        self, classifier: Classifier, picture: np.ndarray, *, seed: int, index: int
    ) -> None:
        self._classifier, self._picture = classifier, picture
        self._seed, self._index = seed, index
        self._blurred = blur(picture)
        self._mean = paint_mean(picture, classifier.preprocessing.mean)
        ends = ask(classifier, iter((picture, self._mean, self._blurred)))
        self._whole, self._deleted, self._inserted = ends
        self._random: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    def measure(self, map_: np.ndarray, grid: tuple[int, int], target: int) -> Faithfulness | None:
        """Return the figures of a map of `grid` cells for one class; None where it marks nothing.

        Shapes: (S, S).
        """
        if map_.max() <= 0:
            return None
        if grid not in self._random:
            self._random[grid] = self._areas(self._draw_maps(grid))
        random_deletion, random_insertion = self._random[grid]
        deletion, insertion = self._areas(map_[None])
        return Faithfulness(
            float(deletion[0, target]),
            float(insertion[0, target]),
            tuple(random_deletion[:, target].tolist()),
            tuple(random_insertion[:, target].tolist()),
            float(self._whole[target]),
            float(self._deleted[target]),
            float(self._inserted[target]),
        )

    def _draw_maps(self, grid: tuple[int, int]) -> np.ndarray:
        draw = np.random.default_rng([self._seed, self._index, *grid])
        return enlarge(draw.random((RANDOM_MAPS, *grid)), self._picture.shape[-1])

    def _areas(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the areas under deletion and insertion.

        Shapes: (M, S, S) -> twice (M, classes).
        """
        ranks = self._rank(maps)
        deleted = ask(self._classifier, self._replace(ranks, self._picture, self._mean))
        inserted = ask(self._classifier, self._replace(ranks, self._blurred, self._picture))
        deletion = _area(deleted, self._whole, self._deleted)
        return deletion, _area(inserted, self._inserted, self._whole)

    def _rank(self, maps: np.ndarray) -> np.ndarray:
        """Return each pixel's place, the most marked first; what is marked alike comes by chance.

        Chance as smooth as a random map: pixel by pixel it would be another way to delete.
        """
        draw = np.random.default_rng([self._seed, self._index])
        ties = enlarge(draw.random((1, 4, 4)), maps.shape[-1])
        flat = maps.reshape(len(maps), -1)
        order = np.lexsort((np.broadcast_to(ties.reshape(1, -1), flat.shape), -flat), axis=1)
        ranks = np.empty_like(order)
        np.put_along_axis(ranks, order, np.arange(flat.shape[1])[None], 1)
        return ranks.reshape(maps.shape)

    def _replace(
        self, ranks: np.ndarray, before: np.ndarray, after: np.ndarray
    ) -> Iterator[np.ndarray]:
        for rank in ranks:
            for share in _SHARES:
                yield np.where(rank < share * rank.size, after, before)


def _area(inner: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the area under curves with common ends, by trapezoids.

    Shapes: (M * inner steps, classes), (classes,), (classes,) -> (M, classes).
    """
    steps = inner.reshape(-1, len(_SHARES), inner.shape[-1])
    areas: np.ndarray = (steps.sum(1) + (first + last) / 2) / STEPS
    return areas
