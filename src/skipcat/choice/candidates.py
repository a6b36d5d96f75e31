"""Which networks enter the race: what each costs here, and whether the budget holds it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch

from skipcat.choice.budget import Budget
from skipcat.choice.candidate import Candidate, NotTried, say_excess, say_nothing_fits
from skipcat.cost.counting import Cost, measure_cost
from skipcat.cost.memory import MIB, predict_answer_memory
from skipcat.engines.latency import Latency, measure_latency
from skipcat.errors import RecipeError
from skipcat.networks.catalogue import build_network, find_entry, make_spec
from skipcat.networks.entry import Entry
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.image_sizes import allowed_reductions, build_on_meta, smallest_size
from skipcat.training.schedule.plan import SHRUNK, SMALL_PX, Plan
from skipcat.training.schedule.time_budget import plan_time
from skipcat.training.trainer.first_plan import time_images

# One for each idea and each class of cost; `--networks` names others.
USUAL = (
    "resnet_cifar20",
    "resnet_cifar56",
    "resnet18",
    "resnet34",
    "preact_resnet18",
    "googlenet",
    "bn_inception",
    "inception_v3",
)
# Those of them, and a deeper one, of which torchvision publishes weights.
PUBLISHED_USUAL = ("resnet18", "resnet34", "resnet50", "googlenet_3x3", "inception_v3")
# Who sees the images less often than this in the time has not learnt them.
EPOCHS_AT_LEAST = 2.0
# What a step takes is foreseen from MACs and a network measured before, within this factor.
FORESEEN_WITHIN = 3.0
LATENCY_ROUNDS, MOST_ROUNDS, LATENCY_SECONDS = 3, 9, 0.25
# Rounds that lie further apart than this are too few.
NOISY = 0.15


def spec_of(candidate: Candidate, prepared: PreparedData) -> Spec:
    """Return the spec of a candidate for these data."""
    classes = len(prepared.dataset.classes)
    spec = make_spec(candidate.network, classes, candidate.image_px, prepared.channels)
    return replace(spec, stem_reduction=candidate.stem_reduction)


def gather_candidates(
    names: Sequence[str],
    prepared: PreparedData,
    recipe: Recipe,
    budget: Budget,
    *,
    seconds: float,
    device: torch.device,
    published: Collection[str] = (),
) -> tuple[tuple[Candidate, ...], tuple[NotTried, ...]]:
    """Return the networks that the budget holds, the cheapest first, and why others are not tried.

    `seconds` is the time of the winner's training, at the sizes of which all are judged. A network
    whose answers take too long or too much at that size is tried at smaller ones. Those in
    `published` start from torchvision's weights.

    Raises:
        NetworkError: there is no such network.
        RecipeError: no network meets the budget.
    """
    entries = sorted((find_entry(name) for name in dict.fromkeys(names)), key=_macs_of)
    planned, slow, refused, per_mac = list[_Planned](), list[_Planned](), list[NotTried](), 0.0
    for entry in entries:
        if prepared.image_px < entry.smallest_px:
            refused.append(_too_small(entry, prepared.image_px))
            continue
        # Images are no larger than the network was made for, as where it is trained alone.
        sized = replace(prepared, image_px=min(prepared.image_px, entry.image_px))
        classes = len(prepared.dataset.classes)
        spec = make_spec(entry.name, classes, sized.image_px, prepared.channels)
        least = _least_macs(spec, sized.image_px)
        images = len(prepared.split.train)
        if per_mac and EPOCHS_AT_LEAST * images * least * per_mac > FORESEEN_WITHIN * seconds:
            refused.append(_too_slow(entry.name, seconds))
            continue
        per_image = time_images(spec, sized, recipe, device)
        plan_at = partial(plan_time, spec, sized, recipe, seconds=seconds, per_image=per_image)
        one = _Planned(
            spec, plan_at(), plan_at, per_image, recipe.batch_size,
            "torchvision" if entry.name in published else "none",
        )  # fmt: skip
        per_mac = one.seconds_per_step / recipe.batch_size / one.cost.macs
        if one.plan.length < EPOCHS_AT_LEAST:
            slow.append(one)
        else:
            planned.append(one)
    if slow and not planned:  # better one that sees most of them than none at all
        planned = [max(slow, key=lambda one: one.plan.length)]
    refused += [_too_slow(one.spec.name, seconds) for one in slow if one not in planned]
    found = time_in_turn(planned, budget.latency_batch, device) if planned else ()
    fits = []
    for one, candidate in zip(planned, found, strict=True):
        over = say_excess(candidate, budget)
        smaller = _shrink_into(one, candidate, budget, device) if over else candidate
        if smaller:
            fits.append(smaller)
        elif over:
            refused.append(NotTried(candidate.network, over))
    if not fits:
        raise RecipeError(say_nothing_fits(found, refused, budget))
    return tuple(sorted(fits, key=lambda c: c.latency_p50_ms)), tuple(refused)


@dataclass(frozen=True)
class _Planned:
    """A network of which it is settled how it would be trained; `plan_at` plans other sizes."""

    spec: Spec
    plan: Plan
    plan_at: Callable[..., Plan]
    per_image: Callable[[int, int], float]
    batch: int
    pretrained: str

    @cached_property
    def network(self) -> Network:
        """The network on the meta device, with the stem of its plan."""
        return build_on_meta(self.spec, self.plan.stem_reduction)

    @cached_property
    def cost(self) -> Cost:
        """What it costs at the plan's size."""
        return measure_cost(self.network, self.plan.image_px)

    @property
    def seconds_per_step(self) -> float:
        """What a step takes."""
        return self.per_image(self.plan.image_px, self.plan.stem_reduction) * self.batch


def _shrink_into(
    one: _Planned, candidate: Candidate, budget: Budget, device: torch.device
) -> Candidate | None:
    """Return the network at the largest smaller size that the budget holds; None if none does."""
    if say_excess(candidate, replace(budget, latency_ms=None, macs=None, memory_mib=None)):
        return None  # no size makes its weights fewer
    for share in SHRUNK[1:]:
        side_px = round(one.plan.image_px * share / 8) * 8
        if side_px < max(SMALL_PX, smallest_size(one.spec, one.plan.stem_reduction)):
            return None
        smaller = replace(one, plan=one.plan_at(image_px=side_px))
        # Time falls more slowly than MACs do: what MACs alone forbid need not be timed.
        scale = smaller.cost.macs / candidate.macs
        hopeful = replace(
            _cost_of(smaller, budget.latency_batch),
            latency_p50_ms=scale * candidate.latency_p50_ms,
            latency_p95_ms=scale * candidate.latency_p95_ms,
        )
        if say_excess(hopeful, budget):
            continue
        [timed] = time_in_turn([smaller], budget.latency_batch, device)
        if not say_excess(timed, budget):
            return timed
    return None


def _cost_of(one: _Planned, batch: int) -> Candidate:
    """Return the candidate with all that can be counted; its latencies are 0."""
    cost = one.cost
    return Candidate(
        network=one.spec.name,
        image_px=one.plan.image_px,
        stem_reduction=one.plan.stem_reduction,
        parameters=cost.parameters,
        macs=cost.macs,
        file_mib=4 * cost.parameters / MIB,
        memory_mib=predict_answer_memory(one.network, one.plan.image_px, batch),
        latency_p50_ms=0.0,
        latency_p95_ms=0.0,
        latency_spread=0.0,
        seconds_per_step=one.seconds_per_step,
        plan=one.plan,
        pretrained=one.pretrained,
    )


def time_in_turn(
    planned: Sequence[_Planned], batch: int, device: torch.device
) -> tuple[Candidate, ...]:
    """Time the answers of all networks in turn, several rounds: what disturbs one disturbs all.

    While the rounds differ too much to order the networks, more are measured.
    """
    nets = [
        build_network(replace(one.spec, stem_reduction=one.plan.stem_reduction)) for one in planned
    ]
    rounds: list[list[Latency]] = []
    while len(rounds) < LATENCY_ROUNDS or (
        len(rounds) < MOST_ROUNDS and max(map(_spread, zip(*rounds, strict=True))) > NOISY
    ):
        rounds.append(
            [
                measure_latency(
                    net, one.plan.image_px, batch, seconds=LATENCY_SECONDS, device=device.type
                )
                for net, one in zip(nets, planned, strict=True)
            ]
        )
    return tuple(
        replace(
            _cost_of(one, batch),
            latency_p50_ms=float(np.median([each.p50_ms for each in times])),
            latency_p95_ms=float(np.median([each.p95_ms for each in times])),
            latency_spread=_spread(times),
        )
        for one, times in zip(planned, zip(*rounds, strict=True), strict=True)
    )


def _spread(times: Sequence[Latency]) -> float:
    """Return how far the middle half of the rounds' medians lies apart, as a share of their median.

    One round that something else disturbed does not count; a machine that is never quiet does.
    """
    low, middle, high = np.quantile([each.p50_ms for each in times], (0.25, 0.5, 0.75))
    return float((high - low) / middle)


def _macs_of(entry: Entry) -> int:
    return measure_cost(entry.name).macs


def _least_macs(spec: Spec, image_px: int) -> int:
    """Return the MACs at the smallest size and the strongest stem that a plan may take."""
    side_px = min(image_px, SMALL_PX)
    reduction = max(
        (r for r in allowed_reductions(spec) if smallest_size(spec, r) <= side_px),
        default=spec.stem_reduction,
    )
    side_px = max(side_px, smallest_size(spec, reduction))
    return measure_cost(build_on_meta(spec, reduction), side_px).macs


def _too_small(entry: Entry, image_px: int) -> NotTried:
    reason = Message(
        "it takes images of {least} px or more, and these have {image_px}",
        least=entry.smallest_px,
        image_px=image_px,
    )
    return NotTried(entry.name, reason)


def _too_slow(name: str, seconds: float) -> NotTried:
    reason = Message(
        "in {minutes:.2g} min of training it would see the images less than twice",
        minutes=seconds / 60,
    )
    return NotTried(name, reason)
