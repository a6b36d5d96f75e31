"""A curve through what was measured at several numbers of images, and what more would bring.

The error is taken for a power law of the number of images, err(n) = a n^-b + c (Hestness et al.
2017, arXiv 1712.00409, section 3); what is not known of it is found by drawing the test images
anew (Efron 1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skipcat.errors import DataError

DRAWS = 2000
# What is left at the end, c, is tried as these shares of the smallest error that was seen.
NO_FLOOR, FLOORS = np.zeros(1), np.linspace(0.0, 0.95, 20)
# With fewer points than this a curve of three numbers would fit whatever it is given.
POINTS_FOR_FLOOR = 4
LINE_POINTS = 25
MIDDLE = (0.025, 0.5, 0.975)
# Standard errors that a point may lie from the curve before the curve is doubted.
FAR = 3.0


@dataclass(frozen=True)
class CurveLine:
    """What the fitted curve says of a number of images."""

    images: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class CurveFit:
    """The fitted curve, and what twice as many images as there are would bring.

    `a`, `b` and `c` are of the law nearest to what was measured. `gain` is the accuracy with twice
    the images less that with all of them, the median of the draws, `gain_interval` their middle
    95 %; `line` alike. `fits` is False where a point lies far from the nearest law.
    """

    a: float
    b: float
    c: float
    gain: float
    gain_interval: tuple[float, float]
    fits: bool
    line: tuple[CurveLine, ...]

    @property
    def can_tell(self) -> bool:
        """Whether the interval of the gain leaves out 0."""
        return self.gain_interval[0] > 0 or self.gain_interval[1] < 0


def fit_curve(images: Sequence[int], right: np.ndarray, *, whole: int, seed: int = 0) -> CurveFit:
    """Fit the curve to which test images were named right after training on so many images.

    Least squares, each error weighed by its binomial variance. Intervals are percentiles over
    draws of the test images, the same ones for every point since all points were judged on them,
    and of the trainings at each point where there were several. So few points cannot tell whether
    errors fall to nothing: half of the draws are fitted with c = 0, of three points or fewer all.
    `whole` is the number of training images that there are.

    Shapes: `right` (points, trainings, test images), booleans.

    Raises:
        DataError: fewer than two points, or no test image.
    """
    right = np.asarray(right, dtype=bool)
    points, trainings, tests = right.shape
    if points < 2 or len(set(images)) != points or not trainings or not tests:
        raise DataError(
            f"A learning curve needs two different numbers of images or more, and a test image; "
            f"given {list(images)} and {tests} test images."
        )
    x = np.log(np.asarray(images, dtype=np.float64))
    floors = FLOORS if points >= POINTS_FOR_FLOOR else NO_FLOOR
    seen = _smooth(1 - right.mean(axis=(1, 2))[None], tests)
    best = _fit_power_laws(x, seen, floors)
    drawn = _smooth(_draw_errors(right, np.random.default_rng(seed)), tests)
    half = DRAWS // 2
    laws = np.concatenate(
        [_fit_power_laws(x, drawn[:half], floors), _fit_power_laws(x, drawn[half:], NO_FLOOR)]
    )
    known = np.geomspace(min(images), whole, LINE_POINTS)
    ends = np.append(known, np.geomspace(whole, 2 * whole, LINE_POINTS // 4)[1:])
    line = np.quantile(1 - _errors_at(laws, np.log(ends)), MIDDLE, axis=0)
    gains = -np.diff(_errors_at(laws, np.log([whole, 2 * whole])))
    low, gain, high = (float(value) for value in np.quantile(gains, MIDDLE))
    off = np.abs(_errors_at(best, x) - seen) / np.sqrt(seen * (1 - seen) / tests)
    return CurveFit(
        a=float(np.exp(best[0, 0])),
        b=float(best[0, 1]),
        c=float(best[0, 2]),
        gain=gain,
        gain_interval=(low, high),
        fits=bool(off.max() < FAR),
        line=tuple(
            CurveLine(round(n), float(middle), (float(lowest), float(highest)))
            for n, lowest, middle, highest in zip(ends, *line, strict=True)
        ),
    )


def _draw_errors(right: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw test images, and trainings of each point, with replacement.

    Shapes: (points, trainings, tests) -> (DRAWS, points).
    """
    points, trainings, tests = right.shape
    # Images that all trainings answered alike are drawn together: few kinds, however many images.
    kinds, counts = np.unique(right.reshape(-1, tests).T, axis=0, return_counts=True)
    drawn = generator.multinomial(tests, counts / tests, size=DRAWS)
    errors = 1 - (drawn @ kinds / tests).reshape(DRAWS, points, trainings)
    chosen = generator.integers(0, trainings, size=errors.shape)
    return np.asarray(np.take_along_axis(errors, chosen, axis=2).mean(axis=2))


def _smooth(errors: np.ndarray, tests: int) -> np.ndarray:
    """Count half a wrong and half a right image more, so that no error is 0 or 1."""
    return (errors * tests + 0.5) / (tests + 1)


def _fit_power_laws(x: np.ndarray, errors: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """Fit each row of errors at the logarithms `x`; give (log a, b, c).

    `floors` are tried for c, as shares of the least error. For each the rest is a line through
    log(err - c), fitted in closed form; the c wins whose curve lies nearest to the errors.

    Shapes: (points,), (D, points) -> (D, 3).
    """
    variance = errors * (1 - errors)
    found, least = np.zeros((len(errors), 3)), np.full(len(errors), np.inf)
    for share in floors:
        c = share * errors.min(axis=1, keepdims=True)
        weights = (errors - c) ** 2 / variance
        weights /= weights.sum(axis=1, keepdims=True)
        y = np.log(errors - c)
        x_mean = (weights * x).sum(axis=1, keepdims=True)
        y_mean = (weights * y).sum(axis=1, keepdims=True)
        spread = (weights * (x - x_mean) ** 2).sum(axis=1, keepdims=True)
        slope = (weights * (x - x_mean) * (y - y_mean)).sum(axis=1, keepdims=True) / spread
        laws = np.concatenate([y_mean - slope * x_mean, -slope, c], axis=1)
        misfit = ((_errors_at(laws, x) - errors) ** 2 / variance).sum(axis=1)
        better = misfit < least - 1e-9
        found[better], least[better] = laws[better], misfit[better]
    return found


def _errors_at(laws: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the errors that laws say at the logarithms of numbers of images, (D, len(x))."""
    log_a, b, c = (laws[:, [column]] for column in range(3))
    errors: np.ndarray = np.minimum(1.0, c + np.exp(np.minimum(log_a - b * x, 0.0)))
    return errors
