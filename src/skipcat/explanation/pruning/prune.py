"""Cut a trained network into a smaller one that answers about as well."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skipcat.classifier import Classifier, as_classifier
from skipcat.cost.counting import measure_cost
from skipcat.data.images import hash_image
from skipcat.engines.latency import Latency, measure_latencies
from skipcat.engines.torch_engine import run_network
from skipcat.errors import ClassifierError, RecipeError
from skipcat.evaluation.calibration import calibrate
from skipcat.evaluation.compare import compare_answers
from skipcat.explanation.image_roles import (
    Division,
    Labelled,
    count_left_out,
    divide_images,
    read_images,
    spread_rows,
)
from skipcat.explanation.pruning.fine_tune import fine_tune, prepare_fine_tuning
from skipcat.explanation.pruning.prunable import check_prunable
from skipcat.explanation.pruning.request import Wish
from skipcat.explanation.pruning.result import Pruned, Size
from skipcat.explanation.pruning.search import PruningStep, Search, Standing, reach
from skipcat.networks.network import Network
from skipcat.reporting import Auto, Progress, Reporter, Tell, open_reporter
from skipcat.text.numbers import percent
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe

FEWEST_IMAGES = 20
MOST_DECIDING, MOST_TEACHING = 2000, 512
# Where only a loss is given, each round of pruning and fine-tuning leaves this share of the work.
ROUND, ROUNDS = 0.75, 6
# A search ends here whatever is asked: of less nothing is left that could learn.
LEAST_WORK = 0.02


@dataclass(frozen=True, eq=False)
class _Bench:
    """What all steps of one pruning share."""

    classifier: Classifier
    wish: Wish
    recipe: Recipe
    division: Division
    deciding: Labelled
    search: Search
    before: np.ndarray  # which deciding images the whole network names rightly
    folder: Path
    progress: Progress
    tell: Tell

    def time(self, net: Network, seconds: float = 1.0) -> tuple[Latency, Latency]:
        """Time the whole network and a smaller one in turns."""
        px = self.classifier.preprocessing.image_px
        whole, smaller = measure_latencies(
            (self.classifier.network, net), px, self.wish.batch, seconds=seconds,
            device=self.recipe.device,
        )  # fmt: skip
        return whole, smaller


def prune(  # noqa: PLR0913  the public face, by keyword
    classifier: Classifier | str | Path,
    data: object,
    *,
    lose_at_most: float | None = None,
    latency_ms: float | None = None,
    speedup: float | None = None,
    batch: int = 1,
    minutes: float | None = None,
    epochs: int | None = None,
    certain: bool = False,
    recipe: Recipe | None = None,
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
) -> Pruned:
    """Remove the branches, units and channels that are worth least; give a smaller classifier.

    `classifier` may be named by its folder. `lose_at_most` points of accuracy may go, on the images
    that decide; with `certain` a larger loss must be excluded there at 95 %. `latency_ms` or
    `speedup` say how fast it shall be, for `batch` images, as measured here. With `minutes` or
    `epochs` the smaller network is fine-tuned on the images that the classifier was trained on,
    which `data` must hold; `recipe` has all other choices of that. What is reported is of images
    that did none of this. `classifier` stays as it is. `progress` and `tell` are those of `train`.

    Raises:
        DataError: there are no such data.
        ClassifierError: the network cannot be pruned, or too few images may judge it.
        RecipeError: what is asked contradicts itself, or cannot be reached; the nearest is named.
    """
    classifier = as_classifier(classifier)
    check_prunable(classifier.network)
    wish = Wish(lose_at_most, latency_ms, speedup, batch, minutes, epochs, certain)
    chosen = replace(recipe or Recipe(), minutes=None, epochs=None)
    with open_reporter(progress, tell) as reporter:
        return _prune(classifier, data, wish, chosen, reporter)


def _prune(
    classifier: Classifier, data: object, wish: Wish, chosen: Recipe, reporter: Reporter
) -> Pruned:
    progress = reporter.progress
    division = divide_images(classifier, data, share=0.5)
    reporting = read_images(classifier, division, division.reporting, progress=progress)
    deciding = read_images(
        classifier, division, spread_rows(division.deciding, MOST_DECIDING), progress=progress
    )
    _refuse_few(division, deciding, reporting)
    wish.check_images(len(deciding), division.dataset.name)
    # Where the data hold no image that was trained on, those that decide teach as well.
    rows = spread_rows(division.training, MOST_TEACHING)
    teaching = read_images(classifier, division, rows) if rows else deciding
    search = Search(classifier, teaching, deciding, progress)
    with tempfile.TemporaryDirectory(prefix="skipcat-prune-") as folder:
        whole = search.begin(classifier.network)
        bench = _Bench(
            classifier, wish, chosen, division, deciding, search, whole.right, Path(folder),
            progress, reporter.tell,
        )  # fmt: skip
        prepared = None
        if wish.tunes:
            prepared = prepare_fine_tuning(classifier, division, chosen, progress=progress)
        if wish.has_goal or prepared is None:
            smaller, steps, met, tuned = _reach_goal(bench, whole, prepared)
        else:
            smaller, steps, met, tuned = _go_in_rounds(bench, whole, prepared)
    return _report(bench, smaller, reporting, steps, met=met, tuned=tuned)


Found = tuple[Classifier, tuple[PruningStep, ...], bool | None, int]


def _reach_goal(bench: _Bench, whole: Standing, prepared: PreparedData | None) -> Found:
    """Prune until it is fast enough, or until no more may be lost; then fine-tune."""
    wish = bench.wish
    judged = wish.lose_at_most is not None

    def may_go_on(standing: Standing) -> bool:
        return prepared is not None or wish.allows(bench.before, standing.right)

    standing, reached = reach(bench.search, whole, is_enough=_make_goal(bench), may_go_on=may_go_on)
    if wish.has_goal and not reached:
        raise _say_unreachable(bench, standing)
    name = bench.classifier.network.spec.name
    if not standing.steps and wish.has_goal:
        raise RecipeError(f"{name} is as fast as that already; nothing was removed.")
    if not standing.steps:
        raise RecipeError(
            f"Nothing can go from {name} within {wish.lose_at_most:g} points; allow a larger loss, "
            "or let the smaller network learn again (fine-tuning)."
        )
    if prepared is None:
        smaller = _settle(bench, standing.net)
        return smaller, standing.steps, True if judged else None, 0
    recipe = replace(bench.recipe, minutes=wish.minutes, epochs=wish.epochs)
    tuned = _tune(bench, standing.net, prepared, recipe)
    met = wish.allows(bench.before, _answer(tuned, bench.deciding)) if judged else None
    return tuned, standing.steps, met, 1


def _go_in_rounds(bench: _Bench, whole: Standing, prepared: PreparedData) -> Found:
    """Prune a quarter of the work and fine-tune, again and again, while the loss allows it."""
    wish = bench.wish
    minutes = None if wish.minutes is None else max(0.05, wish.minutes / ROUNDS)
    recipe = replace(bench.recipe, minutes=minutes, epochs=wish.epochs)
    kept: Found | None = None
    standing, steps = whole, whole.steps
    for number in range(1, ROUNDS + 1):
        target = standing.work * ROUND

        def is_enough(one: Standing, target: float = target) -> bool:
            return one.work <= target

        bench.tell(
            Message(
                "Round {number}: down to {share} of the work.",
                number=number,
                share=percent(target, 0),
            )
        )
        cut, _ = reach(bench.search, standing, is_enough=is_enough, may_go_on=lambda _: True)
        if not cut.steps:
            break
        tuned = _tune(bench, cut.net, prepared, recipe)
        if not wish.allows(bench.before, _answer(tuned, bench.deciding)):
            break
        steps = (*steps, *cut.steps)
        kept = tuned, steps, True, number
        standing = bench.search.begin(tuned.network)
    if kept is None:
        raise RecipeError(
            f"Pruning cannot take a quarter of the work from "
            f"{bench.classifier.network.spec.name} within {wish.lose_at_most:g} points; allow a "
            "larger loss, or longer fine-tuning."
        )
    return kept


def _make_goal(bench: _Bench) -> Callable[[Standing], bool]:
    """Return what tells whether a network is fast enough, or that none of this work is left."""
    wish = bench.wish
    if not wish.has_goal:
        return lambda standing: standing.work <= LEAST_WORK
    whole = bench.time(bench.classifier.network)[0].p50_ms
    speedup = wish.speedup or whole / (wish.latency_ms or whole)

    def is_enough(standing: Standing) -> bool:
        bench.tell(
            Message(
                "{work} of the work, loss {loss:.3f}, {right} of the deciding images",
                work=percent(standing.work, 0),
                loss=standing.loss,
                right=percent(float(standing.right.mean())),
            )
        )
        if not standing.steps:
            return speedup <= 1
        if standing.work > 1.3 / speedup:  # time never falls as fast as work
            return False
        before, after = bench.time(standing.net)
        if wish.latency_ms is not None:
            return after.p50_ms <= wish.latency_ms
        return before.p50_ms >= speedup * after.p50_ms

    return is_enough


def _tune(bench: _Bench, net: Network, prepared: PreparedData, recipe: Recipe) -> Classifier:
    return fine_tune(
        bench.classifier, net, prepared, recipe, bench.folder / "run", progress=bench.progress,
        tell=bench.tell,
    )  # fmt: skip


def _settle(bench: _Bench, net: Network) -> Classifier:
    """Return a classifier of a cut network, calibrated anew on the deciding images."""
    old = bench.classifier
    origin, dataset = old.origin, bench.division.dataset
    decided = {hash_image(dataset.images[row]) for row in bench.deciding.rows}
    origin = replace(origin, decided_on=tuple(sorted({*origin.decided_on, *decided})))
    made = Classifier(net, old.classes, old.preprocessing, origin=origin)
    logits = _logits(made, bench.deciding)
    made.temperature = calibrate(logits, bench.deciding.labels)
    return made


def _report(
    bench: _Bench,
    smaller: Classifier,
    reporting: Labelled,
    steps: tuple[PruningStep, ...],
    *,
    met: bool | None,
    tuned: int,
) -> Pruned:
    old, new = bench.classifier.network, smaller.network
    px = bench.classifier.preprocessing.image_px
    times = bench.time(new, seconds=3.0)
    sizes = []
    for net, latency in zip((old, new), times, strict=True):
        cost = measure_cost(net, image_px=px)
        sizes.append(Size(net.spec.name, cost.parameters, cost.macs, latency))
    right = [_answer(one, reporting) for one in (bench.classifier, smaller)]
    return Pruned(
        classifier=smaller,
        data=bench.division.dataset.name,
        before=sizes[0],
        after=sizes[1],
        comparison=compare_answers(*right),
        lose_at_most=bench.wish.lose_at_most,
        met=met,
        steps=steps,
        difference=max(step.difference for step in steps),
        deciding=len(bench.deciding),
        deciding_accuracy=float(_answer(smaller, bench.deciding).mean()),
        deciding_are=bench.division.deciding_are,
        tuned_rounds=tuned,
        left_out=count_left_out(bench.division, bench.deciding, reporting),
        table=tuple(
            (name, old.descriptions[name], new.descriptions[name]) for name in new.row_names
        ),
    )


def _logits(classifier: Classifier, images: Labelled) -> np.ndarray:
    preprocessing = classifier.preprocessing
    return run_network(classifier.network, images.pixels, preprocessing.mean, preprocessing.std)


def _answer(classifier: Classifier, images: Labelled) -> np.ndarray:
    right: np.ndarray = _logits(classifier, images).argmax(1) == images.labels
    return right


def _refuse_few(division: Division, deciding: Labelled, reporting: Labelled) -> None:
    for images, what in ((deciding, "decide"), (reporting, "report")):
        if len(images) < FEWEST_IMAGES:
            raise ClassifierError(
                f"{len(images)} images of '{division.dataset.name}' can {what} what pruning costs; "
                f"{FEWEST_IMAGES} or more are needed that this classifier was not trained on."
            )


def _say_unreachable(bench: _Bench, standing: Standing) -> RecipeError:
    wish, name = bench.wish, bench.classifier.network.spec.name
    before, after = bench.time(standing.net)
    goal = f"{wish.latency_ms:g} ms" if wish.latency_ms is not None else f"{wish.speedup:g} times"
    lost = 100 * (bench.before.mean() - standing.right.mean())
    within = "" if wish.lose_at_most is None else f" within {wish.lose_at_most:g} points"
    hint = (
        ""
        if wish.tunes or wish.lose_at_most is None
        else "; allow a larger loss, or let the smaller network learn again (fine-tuning)"
    )
    return RecipeError(
        f"Pruning cannot bring {name} to {goal}{within}: the nearest is {after.p50_ms:.3g} ms "
        f"instead of {before.p50_ms:.3g} ms, {before.p50_ms / after.p50_ms:.2f} times as fast, "
        f"with {lost:.1f} points lost on the deciding images{hint}."
    )
