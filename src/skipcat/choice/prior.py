"""Prior: the network to train where there is no time for a race, from recorded learning curves.

How well a network does after a number of steps was recorded for eight networks on five tasks
(`benchmarks/results/choice_curves.csv`). The log-odds of its validation accuracy are fitted by

    log(p / (1 - p)) = skill + gain * log2(steps / 100) - difficulty of the task

so that networks can be compared on a task whose difficulty nobody knows: the steps that each takes
in the time, measured here, decide. `python benchmarks/prior.py` fits the table anew and says how
far the fit is off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import torch

from skipcat.cost.counting import measure_cost
from skipcat.networks.catalogue import find_entry, make_spec
from skipcat.networks.specs import Spec
from skipcat.text.translation import Message
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.image_sizes import build_on_meta
from skipcat.training.schedule.plan import EPOCHS_AT_MOST, choose_batch
from skipcat.training.trainer.step_timing import time_steps

STEPS_OF_SKILL = 100


@dataclass(frozen=True)
class Prospect:
    """A network's learning curve: log-odds at 100 steps, and what each doubling of them adds."""

    network: str
    skill: float
    gain: float

    def foresee(self, steps: float) -> float:
        """Return the log-odds of accuracy after so many steps, up to the task's difficulty."""
        return self.skill + self.gain * log2(max(1.0, steps) / STEPS_OF_SKILL)


# Cheapest first: of equals the first is taken. The smallest recorded steps are 3, the most 1,863.
# fmt: off
PROSPECTS = (
    #       network           skill   gain
    Prospect("resnet_cifar20",  0.31,  0.45),
    Prospect("resnet_cifar56",  0.38,  0.49),
    Prospect("resnet18",        0.56,  0.29),
    Prospect("preact_resnet18", 0.55,  0.34),
    Prospect("bn_inception",   -0.04,  0.39),
    Prospect("googlenet",      -0.11,  0.34),
    Prospect("resnet34",        0.16,  0.42),
    Prospect("inception_v3",   -0.35,  0.32),
)
# fmt: on
# By so much, in log-odds, the table is off (standard deviation).
SPREAD = 0.51
# A step of another network takes at least this share of what its multiply-adds make of the
# reference's: recorded are 0.9 to 3.7 times.
LEAST_SHARE_OF_MACS = 0.5
PROBE = 0.5  # seconds for which a network is timed


@dataclass(frozen=True)
class Speedometer:
    """The training speed of networks here: multiply-adds and measured seconds of one image."""

    classes: int
    channels: int
    image_px: int
    recipe: Recipe
    device: torch.device

    def size_of(self, network: str) -> int:
        """Return the side that the network would be given: its own at most."""
        entry = find_entry(network)
        return max(entry.smallest_px, min(self.image_px, entry.image_px))

    def macs(self, network: str) -> int:
        """Count the multiply-adds of one image."""
        spec = self._spec(network)
        return measure_cost(build_on_meta(spec, spec.stem_reduction), self.size_of(network)).macs

    def seconds(self, network: str) -> float:
        """Measure the training of one image."""
        return time_steps(
            self._spec(network), self.size_of(network), self.recipe, self.device, seconds=PROBE
        )

    def _spec(self, network: str) -> Spec:
        return make_spec(network, self.classes, self.size_of(network), self.channels)


@dataclass(frozen=True)
class Foreseen:
    """The network to take, and its steps beside those of the network that comes next.

    With `has_time` it sees the images as often as any plan lets it, and no other network is clearly
    better.
    """

    network: str
    steps: int
    next_network: str
    next_steps: int
    has_time: bool = False


def foresee_network(
    images: int,
    seconds: float,
    speed: Speedometer,
    *,
    batch: int,
    prospects: Sequence[Prospect] = PROSPECTS,
) -> Foreseen:
    """Choose the network of which most is to be expected after `seconds` on so many images.

    The first, cheapest network is timed. Another one is timed only where it would win if it ran
    as fast as its multiply-adds allow. Where time is no bound to cheap ones, the cheapest is taken
    that is foreseen within the table's error of the best.
    """
    first, *others = prospects
    per_image = speed.seconds(first.network)
    steps = {first.network: count_steps(images, seconds, per_image, batch)}
    worth = {first.network: first.foresee(steps[first.network])}
    most = count_steps(images, seconds, 0.0, batch)
    per_mac = per_image / speed.macs(first.network)
    for learner in others:
        best = max(worth.values())
        if learner.foresee(most) <= best:
            continue  # not even with the steps of an endless time
        least = LEAST_SHARE_OF_MACS * per_mac * speed.macs(learner.network)
        found = count_steps(images, seconds, least, batch)
        if learner.foresee(found) > best:
            found = count_steps(images, seconds, speed.seconds(learner.network), batch)
        steps[learner.network], worth[learner.network] = found, learner.foresee(found)
    best = max(worth.values())
    ready = [name for name in worth if steps[name] >= most and worth[name] >= best - SPREAD]
    network = ready[0] if ready else max(worth, key=worth.__getitem__)
    rivals = [name for name in worth if name != network]
    rival = max(rivals, key=worth.__getitem__) if rivals else ""
    rival_steps = round(steps.get(rival, 0))
    return Foreseen(network, round(steps[network]), rival, rival_steps, has_time=bool(ready))


def count_steps(images: int, seconds: float, per_image: float, batch: int) -> float:
    """Return the steps that a run of `seconds` takes, which has no more epochs than a plan has."""
    epochs = float(EPOCHS_AT_MOST)
    if per_image:
        epochs = min(epochs, seconds / (per_image * images))
    return epochs * images / choose_batch(epochs, images, batch)


def say_foreseen(foreseen: Foreseen, images: int, image_px: int, minutes: float) -> Message:
    """Return the reason in words."""
    said = Message(
        "{network}: in {n:g} minute it takes about {steps:,} steps on these images, about "
        "{images:,} to train on at {image_px} px",
        "{network}: in {n:g} minutes it takes about {steps:,} steps on these images, about "
        "{images:,} to train on at {image_px} px",
        n=minutes,
        network=foreseen.network,
        steps=foreseen.steps,
        images=images,
        image_px=image_px,
    )
    if not foreseen.next_network:
        return Message("{steps}.", steps=said)
    values: dict[str, Any] = {
        "steps": said,
        "rival": foreseen.next_network,
        "most": foreseen.next_steps,
    }
    if foreseen.has_time:
        return Message(
            "{steps}, and {rival} at most {most:,}; learning curves recorded on other images put "
            "none clearly before it, the cheapest of them.",
            **values,
        )
    return Message(
        "{steps}, and {rival} at most {most:,}; learning curves recorded on other images put it "
        "first after so many.",
        **values,
    )
