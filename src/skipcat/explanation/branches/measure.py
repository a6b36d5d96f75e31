"""Measure what each branch of a classifier's network is worth."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from skipcat.blocks.inception import Concatenation
from skipcat.classifier import Classifier, as_classifier
from skipcat.errors import ClassifierError
from skipcat.evaluation.compare import compare_answers
from skipcat.explanation.branches.ablation import Outcomes, answer_without, measure_means
from skipcat.explanation.branches.chain import Link, find_forks, short_name
from skipcat.explanation.branches.result import Branch, Figure, Worth
from skipcat.explanation.branches.shapley import bootstrap_intervals, shapley_values
from skipcat.explanation.image_roles import count_left_out, divide_images, read_images, spread_rows
from skipcat.reporting import Auto, Progress, open_reporter
from skipcat.text.numbers import list_some
from skipcat.text.translation import Message

MOST_FOR_MEANS = 512
FEWEST_JUDGES = 20
SHARE_FOR_MEANS = 0.2


def branches(
    classifier: Classifier | str | Path, data: object, *, progress: Progress | Auto | None = "auto"
) -> Worth:
    """Measure what each branch adds, on the images of `data` that the classifier has not used.

    `classifier` may be named by its folder; `progress` is that of `train`.

    Of an Inception module: the exact Shapley value of its branches, from the answers with every
    subset of them, a missing one replaced by its mean. Of a residual unit: what is lost where its
    branch is removed and the shortcut alone remains (Veit et al. 2016, arXiv 1605.06431).

    Raises:
        DataError: there are no such data.
        ClassifierError: the network has no branches, the data hold other classes or too few images
            that may judge.
    """
    classifier = as_classifier(classifier)
    forks = find_forks(classifier.network)
    concatenates = any(fork.is_fork for fork in forks)
    division = divide_images(classifier, data, share=SHARE_FOR_MEANS if concatenates else 0)
    with open_reporter(progress) as reporter:
        judges = read_images(classifier, division, division.reporting, progress=reporter.progress)
        if len(judges) < FEWEST_JUDGES:
            raise ClassifierError(
                f"{len(judges)} images of '{division.dataset.name}' may judge the branches of this "
                f"classifier; {FEWEST_JUDGES} or more are needed to tell anything."
            )
        means, mean_images, read = {}, 0, [judges]
        if concatenates:
            others = read_images(
                classifier, division, spread_rows(division.deciding, MOST_FOR_MEANS)
            )
            means, mean_images = measure_means(classifier, others), len(others)
            read.append(others)
        whole, outcomes = answer_without(classifier, judges, means, progress=reporter.progress)
    counts = np.bincount(judges.labels, minlength=len(classifier.classes)).tolist()
    class_images = dict(zip(classifier.classes, counts, strict=True))
    return Worth(
        data=division.dataset.name,
        network=classifier.network.spec.name,
        kind="branches" if concatenates else "units",
        images=len(judges),
        accuracy=float(whole.right.mean()),
        loss=float(whole.loss.mean()),
        class_images=class_images,
        mean_images=mean_images,
        mean_are=division.deciding_are if concatenates else "",
        branches=tuple(
            branch
            for fork in forks
            for branch in _weigh(fork, whole, outcomes[fork.name], judges.labels, classifier)
        ),
        left_out=count_left_out(division, *read),
        notes=_say_empty(class_images),
    )


def _weigh(
    link: Link, whole: Outcomes, without: Outcomes, labels: np.ndarray, classifier: Classifier
) -> list[Branch]:
    """Return the branches of a link with what each is worth."""
    if link.is_fork:
        accuracy, loss = shapley_values(without.right), -shapley_values(without.loss)
        full = len(without.right) - 1
        alone = [without.right[full ^ 1 << place] for place in range(len(link.branches))]
        names = [short_name(branch) for branch in link.branches]
    else:
        accuracy, loss = whole.right - without.right, without.loss - whole.loss
        alone, names = [without.right[0]], [link.name]
    ends, loss_ends = bootstrap_intervals(_add_doubt(accuracy)), bootstrap_intervals(loss)
    by_class = _weigh_classes(accuracy, labels, classifier.classes)
    return [
        Branch(
            module=link.name,
            branch=branch,
            name=names[place],
            channels=_count_channels(link, branch),
            accuracy=_figure(accuracy[place], ends[place]),
            loss=_figure(loss[place], loss_ends[place]),
            alone=_compare(whole.right[0], alone[place]),
            per_class=by_class[place],
        )
        for place, branch in enumerate(link.branches)
    ]


def _weigh_classes(
    accuracy: np.ndarray, labels: np.ndarray, classes: Sequence[str]
) -> list[dict[str, Figure | None]]:
    found: list[dict[str, Figure | None]] = [{} for _ in accuracy]
    for number, name in enumerate(classes):
        own = accuracy[:, labels == number]
        ends = bootstrap_intervals(_add_doubt(own)) if own.shape[1] else None
        for place, figures in enumerate(found):
            figures[name] = None if ends is None else _figure(own[place], ends[place])
    return found


def _add_doubt(accuracy: np.ndarray) -> np.ndarray:
    """Add an image on which a branch decides for better, and one for worse.

    As `compare_answers` does: where no image at hand changes, one of the next may.
    """
    ones = np.ones((len(accuracy), 1))
    return np.concatenate([accuracy, ones, -ones], 1)


def _figure(values: np.ndarray, ends: np.ndarray) -> Figure:
    return Figure(float(values.mean()), (float(ends[0]), float(ends[1])))


def _compare(whole: np.ndarray, without: np.ndarray) -> Figure:
    """Return the accuracy that is lost, with the interval of paired proportions."""
    found = compare_answers(without > 0, whole > 0)
    return Figure(found.difference, found.interval)


def _count_channels(link: Link, branch: str) -> int:
    """Return the width of what a branch hands on: that of its last convolution."""
    module = link.module.get_submodule(branch)
    kinds = [m for m in module.modules() if isinstance(m, nn.Conv2d)]
    last = list(module.children())[-1] if list(module.children()) else module
    if isinstance(last, Concatenation):
        return sum(m.out_channels for m in last.modules() if isinstance(m, nn.Conv2d))
    return kinds[-1].out_channels if kinds else 0


def _say_empty(class_images: dict[str, int]) -> tuple[Message, ...]:
    empty = [name for name, count in class_images.items() if not count]
    if not empty:
        return ()
    names = list_some([repr(name) for name in empty], 1)
    return (
        Message("Nothing is said of the class {names}: no image of it may judge.", names=names),
    )
