"""The race: all candidates train in turn, at a flat rate, and leave when they are beaten.

Li et al. 2018, "Hyperband", arXiv 1603.06560: successive halving. Here each rung ends after equal
time, not equal steps; the first rung of networks with published weights is a linear probe. All see
the images in the same order and are judged by their moving average on the same validation images,
so that differences are paired; the winner's training goes on where the race left it. What was
measured is written down at once, and a race that was killed goes on by it to the same end.
"""

import math
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import update_bn

from skipcat.choice.candidate import Candidate, NotTried
from skipcat.choice.candidates import spec_of
from skipcat.choice.elimination import plan_rungs, plan_seconds
from skipcat.choice.linear_probe import probe
from skipcat.choice.race_record import Answer, Race, write_race
from skipcat.engines.torch_engine import normalise, run_network
from skipcat.evaluation.calibration import fit_temperature, negative_log_likelihood
from skipcat.reporting import Reporter
from skipcat.text.numbers import join_sentences, percent
from skipcat.text.translation import Message
from skipcat.training.augmentation.random_draws import draw_order
from skipcat.training.initial_weights import begin_record
from skipcat.training.learning_curve_shares import count_steps
from skipcat.training.prepared_data import PreparedData, held_out_pixels
from skipcat.training.recipe import Recipe
from skipcat.training.request import WarmStart
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.divergence import DivergedError
from skipcat.training.trainer.trainer import Trainer

# Of the time that is left once costs are measured, the race has so much, the training the rest.
RACE_SHARE = 0.4
# Of its own plan no candidate runs more in the race: the rest is the winner's.
MOST_OF_PLAN = 0.5
# What is slower still is a machine that something else holds for the moment.
MOST_PACE = 4.0
# After fewer the order of networks says little.
LEAST_STEPS = 40
# Enough for the statistics of norms, and a small part of a rung.
REFRESH_IMAGES = 256


def keep_who_fits(
    candidates: Sequence[Candidate], seconds: float
) -> tuple[tuple[Candidate, ...], tuple[NotTried, ...]]:
    """Leave out the slowest to train while the first rung is too short to tell anything of them."""
    kept, refused = list(candidates), []
    while len(kept) > 2:
        sizes = plan_rungs(len(kept))
        [first, *_] = plan_seconds(seconds, sizes)
        slowest = max(kept, key=lambda candidate: candidate.seconds_per_step)
        needed = LEAST_STEPS * slowest.seconds_per_step
        if first >= needed:
            break
        kept.remove(slowest)
        refused.append(_too_short(slowest.network, (needed / first - 1) * seconds / RACE_SHARE))
    return tuple(kept), tuple(refused)


def _too_short(network: str, seconds: float) -> NotTried:
    more = math.ceil(seconds / 6) / 10
    reason = Message(
        "a race with it would be too short to tell; --minutes {more:.1f} more would do", more=more
    )
    return NotTried(network, reason)


def find_warm_start(
    race: Race, folder: Path, network: str, prepared: PreparedData, recipe: Recipe
) -> WarmStart | None:
    """Return where a network stands after a race, to go on from; None if it did not train."""
    rung = race.last_rung.get(network)
    if rung is None or not race.rungs[rung][network].step:
        return None
    candidate = race.find(network)
    return WarmStart(
        folder / network, _hold_rate(candidate, recipe), candidate.seconds_per_step,
        recipe.batch_size, prepared,
    )  # fmt: skip


def run_race(
    race: Race, prepared: PreparedData, folder: Path, *, recipe: Recipe, reporter: Reporter
) -> Race:
    """Let the candidates run to the last rung, or until one is left; write down each answer.

    Raises:
        RecipeError: memory ran out.
    """
    rungs = len(plan_rungs(len(race.candidates)))
    while len(race.rungs) < rungs and len(race.running) > 1:
        rung, found = len(race.rungs), dict[str, Answer]()
        seconds, started, foreseen = race.seconds_at(rung), time.monotonic(), 0.0
        for name in race.running:
            candidate = race.find(name)
            trainer = make_trainer(candidate, prepared, folder / name, recipe)
            if rung == 0 and trainer.pretrained:
                said = Message("{name}: a linear probe on its published weights.", name=name)
                reporter.tell(said)
                found[name] = judge(trainer, probe(trainer))
                continue
            trainer.resume()
            target = _count_steps(candidate, seconds, prepared, recipe)
            foreseen += max(0, target - trainer.state.step) * candidate.seconds_per_step
            try:
                label = Message(
                    "Race {rung}/{rungs}, {name}", rung=rung + 1, rungs=rungs, name=name
                )
                trainer.train(target, reporter=reporter.label(label))
            except DivergedError as error:
                race = replace(race, diverged={**race.diverged, name: rung})
                what = error.divergence.what
                reporter.tell(Message("{name} leaves the race: {what}.", name=name, what=what))
                continue
            found[name] = judge(trainer, ask_average(trainer))
        if rung == 0 and foreseen:
            pace = (time.monotonic() - started) / foreseen
            race = replace(race, pace=min(MOST_PACE, max(1.0, pace)))
        race = replace(race, rungs=(*race.rungs, found))
        write_race(folder, race)
        reporter.tell(_say_rung(race, rung, rungs, seconds))
    return race


def make_trainer(
    candidate: Candidate, prepared: PreparedData, folder: Path, recipe: Recipe
) -> Trainer:
    """Build the trainer of a candidate at a flat rate, by its own plan, before its first step."""
    spec = spec_of(candidate, prepared)
    # Where weights come from was settled before the race: they are not silently done without.
    record, net = begin_record(
        spec, recipe, prepared, network=candidate.network, pretrained=candidate.pretrained
    )
    plan = _hold_rate(candidate, recipe)
    return Trainer(record, spec, plan, prepared, folder, network=net)


def _hold_rate(candidate: Candidate, recipe: Recipe) -> Plan:
    return replace(candidate.plan, hold=recipe.warmup)


def _count_steps(
    candidate: Candidate, seconds: float, prepared: PreparedData, recipe: Recipe
) -> int:
    """Return the step at which a candidate has trained for so long, by its measured speed."""
    most = MOST_OF_PLAN * candidate.plan.length * count_steps(len(prepared.split.train), recipe)
    return max(1, int(min(most, seconds / candidate.seconds_per_step)))


def ask_average(trainer: Trainer) -> np.ndarray:
    """Compute the averaged weights' logits on the validation images. Shapes: (N, classes).

    Their norms' statistics are taken anew from training images, as Izmailov et al. 2018, arXiv
    1803.05407, do: the running ones are behind the weights, and early networks answer by chance
    with them.
    """
    look, split = trainer.preprocessing, trainer.data.split
    rows = split.train[draw_order(trainer.recipe.seed, 0, len(split.train))[:REFRESH_IMAGES]]
    pixels = torch.from_numpy(held_out_pixels(trainer.data, rows, look)).to(trainer.device)
    fresh = deepcopy(trainer.average)
    batches = [
        normalise(part, look.mean, look.std) for part in pixels.split(trainer.recipe.batch_size)
    ]
    update_bn([part for part in batches if len(part) > 1], fresh)
    return run_network(fresh.eval(), trainer.validation_pixels, look.mean, look.std)


def judge(trainer: Trainer, logits: np.ndarray) -> Answer:
    """Return which validation images were predicted correctly."""
    labels = trainer.data.dataset.labels[trainer.data.split.validation]
    right = logits.argmax(1) == labels
    loss = negative_log_likelihood(logits, labels, fit_temperature(logits, labels))
    return Answer(trainer.state.step, "".join("01"[int(one)] for one in right), float(loss))


def _say_rung(race: Race, rung: int, rungs: int, seconds: float) -> str:
    order = sorted(race.answers[rung].items(), key=lambda item: -item[1].mean())
    best = tuple(
        Message("{name} {share}", name=name, share=percent(right.mean()))
        for name, right in order[:4]
    )
    said = Message(
        "Race {rung}/{rungs}, after {seconds:.0f} s each: {best}.",
        rung=rung + 1,
        rungs=rungs,
        seconds=seconds,
        best=best,
    )
    gone = tuple(one.network for one in race.left if one.rung == rung)
    return join_sentences(said, Message("Leave: {networks}.", networks=gone) if gone else "")
