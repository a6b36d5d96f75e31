"""Answers without a part: every subset of a module's branches, every residual unit removed.

Veit, Wilber, Belongie 2016, "Residual networks behave like ensembles of relatively shallow
networks", arXiv 1605.06431, §4.1, removed single units and let the shortcut alone remain. Batch
normalisation keeps the statistics that it had.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from skipcat.classifier import Classifier
from skipcat.engines.device import pick_device
from skipcat.engines.torch_engine import BATCH, normalise
from skipcat.explanation.branches.chain import Link, find_links, join, run_links
from skipcat.explanation.image_roles import Labelled
from skipcat.reporting import Progress, no_progress
from skipcat.text.translation import Message

Means = dict[str, tuple[Tensor, ...]]
_Answer = tuple[np.ndarray, np.ndarray]  # right and loss, image by image


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Whether each image was named rightly, and how far off the answer was, in several variants.

    Shapes: `right` and `loss` (variants, N), float64.
    """

    right: np.ndarray
    loss: np.ndarray


def measure_means(classifier: Classifier, images: Labelled) -> Means:
    """Return each branch's mean over images and positions, channel by channel, of every module."""
    links = find_links(classifier.network)
    sums: dict[str, list[Tensor]] = {}
    counts: dict[str, int] = {}
    with torch.inference_mode():
        for images_in, _ in batches(classifier, images):
            x = images_in
            for link in links:
                if not link.is_fork:
                    x = link.module(x)
                    continue
                outputs = [branch(x) for branch in link.module.children()]
                now = [y.double().sum((0, 2, 3)) for y in outputs]
                past = sums.get(link.name)
                sums[link.name] = [a + b for a, b in zip(past, now, strict=True)] if past else now
                places = len(x) * outputs[0].shape[2] * outputs[0].shape[3]
                counts[link.name] = counts.get(link.name, 0) + places
                x = torch.cat(outputs, 1)
    return {
        name: tuple((total / counts[name]).float() for total in totals)
        for name, totals in sums.items()
    }


def answer_without(
    classifier: Classifier, images: Labelled, means: Means, *, progress: Progress = no_progress
) -> tuple[Outcomes, dict[str, Outcomes]]:
    """Return the outcomes of the whole network, and of each link without parts of it.

    A fork has a variant for every subset of its branches, the whole last; a residual unit has one,
    without its branch. The network runs up to each link once a batch; only the rest is repeated.
    """
    links = find_links(classifier.network)
    forks = [link for link in links if link.branches]
    found: dict[str, list[list[_Answer]]] = {link.name: [] for link in forks}
    wholes: list[list[_Answer]] = []
    total = len(forks) * -(-len(images) // BATCH)
    with torch.inference_mode():
        for number, (x, labels) in enumerate(batches(classifier, images)):

            def judge(logits: Tensor, truth: Tensor = labels) -> _Answer:
                return _judge(logits, truth, classifier.temperature)

            variants: dict[str, list[_Answer]] = {}
            y = x
            for place, link in enumerate(links):
                y, others = _vary(link, y, means)
                if link.branches:
                    rest = links[place + 1 :]
                    variants[link.name] = [judge(run_links(rest, other)) for other in others]
                    progress(Message("Taking apart"), number * len(forks) + len(variants), total)
            wholes.append([judge(y)])
            for link in forks:
                full = wholes[-1] if link.is_fork else []
                found[link.name].append([*variants[link.name], *full])
    return _gather(wholes), {name: _gather(batched) for name, batched in found.items()}


def batches(classifier: Classifier, images: Labelled) -> Iterator[tuple[Tensor, Tensor]]:
    """Return normalised images and their labels, batch by batch."""
    pick_device("cpu")  # flushes denormals
    mean, std = classifier.preprocessing.mean, classifier.preprocessing.std
    for start in range(0, len(images), BATCH):
        pixels = np.ascontiguousarray(images.pixels[start : start + BATCH])
        x = normalise(torch.from_numpy(pixels), mean, std)
        labels = torch.from_numpy(images.labels[start : start + BATCH])
        yield x.contiguous(memory_format=torch.channels_last), labels


def _vary(link: Link, x: Tensor, means: Means) -> tuple[Tensor, Iterator[Tensor] | tuple[()]]:
    """Return a link's answer, and its answers without parts of it, one at a time."""
    if not link.branches:
        return link.module(x), ()
    if not link.is_fork:
        return link.module(x), iter([link.module.skip(x)])  # type: ignore[operator]
    outputs = [branch(x) for branch in link.module.children()]
    full = (1 << len(outputs)) - 1
    parts = (join(outputs, means[link.name], subset) for subset in range(full))
    return torch.cat(outputs, 1), parts


def _judge(logits: Tensor, labels: Tensor, temperature: float) -> _Answer:
    right = logits.argmax(1) == labels
    loss = functional.cross_entropy(logits.double() / temperature, labels, reduction="none")
    return right.double().numpy(), loss.numpy()


def _gather(batched: Sequence[Sequence[_Answer]]) -> Outcomes:
    right = [np.stack([one[0] for one in variants]) for variants in batched]
    loss = [np.stack([one[1] for one in variants]) for variants in batched]
    return Outcomes(np.concatenate(right, 1), np.concatenate(loss, 1))
