"""Which parts go: step by step those that cost least loss for the work that they save."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from skipcat.classifier import Classifier
from skipcat.explanation.branches.ablation import batches
from skipcat.explanation.image_roles import Labelled
from skipcat.explanation.pruning.batch_norm_statistics import renew_norms
from skipcat.explanation.pruning.cost_model import count_work, price_channels
from skipcat.explanation.pruning.cut import cut_network, silence_network
from skipcat.explanation.pruning.importance import measure_channel_means, score_channels
from skipcat.explanation.pruning.prunable import (
    Removal,
    find_branches,
    find_sites,
    find_units,
    full_mask,
)
from skipcat.networks.network import Network
from skipcat.reporting import Progress, no_progress
from skipcat.text.numbers import percent
from skipcat.text.translation import Message

# The part of the whole work that the channels of one step save together.
STEP = 0.04
MOST_SCORED, MOST_RANKED, MOST_COMPARED = 256, 256, 8
# So many branches or units, the most promising so far, are measured again in each step.
AGAIN = 3
MOST_STEPS = 200


@dataclass(frozen=True)
class PruningStep:
    """One step of the search: what went, and how the network stood then on deciding images.

    Units: work as a share of the whole network's; `difference` is the largest of the answers of
    the silenced and the cut network, relative to the largest answer.
    """

    kind: str
    what: str
    work: float
    loss: float
    accuracy: float
    difference: float


@dataclass(frozen=True, eq=False)
class Standing:
    """A network on its way to a smaller one."""

    net: Network
    right: np.ndarray
    loss: float
    work: float = 1.0
    steps: tuple[PruningStep, ...] = ()


@dataclass(eq=False)
class Search:
    """Removes the cheapest parts, one step at a time.

    `teaching` images score channels and renew the norms of what is left, `deciding` ones judge
    each step.
    """

    classifier: Classifier
    teaching: Labelled
    deciding: Labelled
    progress: Progress = no_progress
    stale: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ranking = self.deciding.take(MOST_RANKED)
        self.scoring = self.teaching.take(MOST_SCORED)
        px = self.classifier.preprocessing.image_px
        self.whole_work = count_work(self.classifier.network, px).total

    def begin(self, net: Network) -> Standing:
        """Return where the search stands with a network; what it learnt of another is forgotten."""
        self.stale.clear()
        right, loss = self._judge(net, self.deciding)
        return Standing(net, right, loss, self._share(net))

    def steps(self, standing: Standing) -> Iterator[Standing]:
        """Return one standing after another, each of a smaller network, until nothing can go."""
        for _ in range(MOST_STEPS):
            following = self._take_step(standing)
            if following is None:
                return
            standing = following
            yield standing

    def _take_step(self, standing: Standing) -> Standing | None:
        net = standing.net
        sites, means = find_sites(net), self._measure_means(net)
        base = self._judge(net, self.ranking)[1]
        here = self._share(net)
        found: list[tuple[float, float, str, Removal]] = []

        def weigh(kind: str, removal: Removal) -> float:
            smaller = cut_network(net, removal, means)
            saved = here - self._share(smaller)
            if saved <= 0:
                return float("inf")
            renew_norms(smaller, self._batches(self.scoring))
            ratio = max(0.0, self._judge(smaller, self.ranking)[1] - base) / saved
            found.append((ratio, -saved, kind, removal))
            return ratio

        if sites and (removal := self._choose_channels(net, means)):
            weigh("channels", removal)
        whole = [("unit", name, Removal(units=frozenset({name}))) for name in find_units(net)]
        whole += [
            ("branch", ".".join(one), Removal(branches=frozenset({one})))
            for one in find_branches(net)
        ]
        promising = sorted(whole, key=lambda one: self.stale.get(one[1], -1.0))
        known = [one for one in promising if one[1] in self.stale]
        tried = known[:AGAIN] if known else promising
        for number, (kind, name, removal) in enumerate(tried, start=1):
            self.stale[name] = weigh(f"{kind} {name}", removal)
            what = Message("Weighing parts, {share} of the work", share=percent(here, 0))
            self.progress(what, number, len(tried))
        if not found:
            return None
        _, _, kind, removal = min(found, key=lambda one: one[:2])
        if removal.units:  # those behind it have other names now
            self._rename(next(iter(removal.units)))
        for row, branch in removal.branches:
            self.stale.pop(f"{row}.{branch}", None)
        return self._commit(standing, kind, removal, means)

    def _commit(
        self, standing: Standing, kind: str, removal: Removal, means: dict[str, Tensor]
    ) -> Standing:
        smaller = cut_network(standing.net, removal, means)
        difference = self._compare(silence_network(standing.net, removal, means), smaller)
        renew_norms(smaller, self._batches(self.scoring))
        right, loss = self._judge(smaller, self.deciding)
        work = self._share(smaller)
        gone = sum(int((~mask).sum()) for mask in removal.keep.values())
        what = f"{gone} channels" if gone else kind.partition(" ")[2]
        step = PruningStep(
            kind.partition(" ")[0], what, work, loss, float(right.mean()), difference
        )
        return Standing(smaller, right, loss, work, (*standing.steps, step))

    def _choose_channels(self, net: Network, means: dict[str, Tensor]) -> Removal | None:
        """Return the channels of least importance for their work, a step's worth of them."""
        sites = find_sites(net)
        px = self.classifier.preprocessing.image_px
        work = count_work(net, px)
        prices = price_channels(net, work, sites)
        scores = score_channels(net, self._batches(self.scoring), sites, means)
        groups: list[tuple[float, float, str, Tensor]] = []
        for site in sites:
            order = scores[site.name].argsort()
            for group in group_channels(order):
                saved = prices[site.name] * len(group)
                cost = float(scores[site.name][group].sum())
                if saved:
                    groups.append((cost / saved, saved, site.name, group))
        wanted = STEP * self.whole_work
        keep: dict[str, Tensor] = {}
        widths = {site.name: site.width for site in sites}
        for _, saved, name, group in sorted(groups, key=lambda one: (one[0], one[2])):
            if wanted <= 0:
                break
            mask = keep.setdefault(name, full_mask(widths[name]))
            mask[group] = False
            wanted -= saved
        return Removal(keep=keep) if keep else None

    def _measure_means(self, net: Network) -> dict[str, Tensor]:
        names = [site.read for site in find_sites(net)]
        names += [".".join(one) for one in find_branches(net)]
        return measure_channel_means(net, self._batches(self.scoring), names)

    def _rename(self, unit: str) -> None:
        row, _, gone = unit.rpartition(".")
        moved: dict[str, float] = {}
        for name, ratio in self.stale.items():
            stage, _, place = name.rpartition(".")
            behind = stage == row and int(place) > int(gone)
            if name != unit:
                moved[f"{row}.{int(place) - 1}" if behind else name] = ratio
        self.stale = moved

    def _share(self, net: Network) -> float:
        return count_work(net, self.classifier.preprocessing.image_px).total / self.whole_work

    def _batches(self, images: Labelled) -> Iterator[tuple[Tensor, Tensor]]:
        return batches(self.classifier, images)

    def _judge(self, net: Network, images: Labelled) -> tuple[np.ndarray, float]:
        """Return which images a network names rightly, and its mean loss."""
        right, losses = [], []
        with torch.inference_mode():
            for x, labels in self._batches(images):
                logits = net(x).double() / self.classifier.temperature
                right.append((logits.argmax(1) == labels).numpy())
                losses.append(functional.cross_entropy(logits, labels, reduction="none").numpy())
        return np.concatenate(right), float(np.concatenate(losses).mean())

    def _compare(self, silent: Network, smaller: Network) -> float:
        with torch.inference_mode():
            x, _ = next(iter(self._batches(self.deciding.take(MOST_COMPARED))))
            one, other = silent(x), smaller(x)
        return float((one - other).abs().max() / one.abs().max().clamp(min=1e-12))


def group_channels(order: Tensor) -> Iterator[Tensor]:
    """Divide channels, the least important first, into groups that leave round widths.

    Processors take channels eight or sixteen at a time; the last group always stays.

    >>> [len(group) for group in group_channels(torch.arange(50))]
    [2, 16, 16]
    """
    width = len(order)
    size = 16 if width > 16 else 8 if width > 8 else 1
    start, first = 0, width % size or size
    while start + first < width:
        yield order[start : start + first]
        start, first = start + first, size


def reach(
    search: Search,
    standing: Standing,
    *,
    is_enough: Callable[[Standing], bool],
    may_go_on: Callable[[Standing], bool],
) -> tuple[Standing, bool]:
    """Go step by step until it is enough; give the last standing that may be, and whether it is."""
    if is_enough(standing):
        return standing, True
    for following in search.steps(standing):
        if not may_go_on(following):
            return standing, False
        standing = following
        if is_enough(standing):
            return standing, True
    return standing, False
