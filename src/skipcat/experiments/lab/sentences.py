"""Sentences that experiments share: labels, differences, how networks were trained."""

from collections.abc import Sequence
from functools import reduce

from skipcat.experiments.lab.statistics import Mean
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.learning_rate import BATCH_OF_RATE

PLAIN: str = Message("plain")
RESIDUAL: str = Message("residual")
ONE_SEED = Message(
    "Each network was trained once, so the spread between seeds is unknown; more seeds show it."
)


def label_depth(kind: str, depth: int) -> Message:
    """Return the label of a network of a kind and a depth."""
    return Message("{kind}, {depth} layers", kind=kind, depth=depth)


def join_label(first: str, second: str) -> Message:
    """Return a label of two parts."""
    return Message("{first}, {second}", first=first, second=second)


def join_clauses(clauses: Sequence[str]) -> str:
    """Return one message of several, with semicolons between them."""
    return reduce(lambda first, rest: Message("{first}; {rest}", first=first, rest=rest), clauses)


def describe_difference(difference: Mean) -> Message:
    """Return a difference in points, and whether it is real or too close to call."""
    points = difference.points()
    if difference.interval is None:
        return Message("{points} (one seed, so perhaps chance)", points=points)
    if difference.above_zero or difference.below_zero:
        return Message("{points}, a real difference", points=points)
    return Message("{points}, too close to call", points=points)


def describe_recipe(
    recipe: Recipe, epochs: int, prepared: PreparedData, sides_px: Sequence[int]
) -> Message:
    """Return how the networks were trained and evaluated, on images of which sizes."""
    return Message(
        "Every network saw the same {train:,} training images in the same order for {epochs} "
        "epochs, {batch} in a step; sides in px: {sides}; no augmentation. SGD with momentum "
        "{momentum:g}; a learning rate that rises to {rate:g} over {warmup:.0f} % of the steps and "
        "falls along a cosine; weight decay {decay:g}. {validation:,} other images validate. "
        "Intervals are over seeds (95 %, Student): another seed, these images.",
        train=len(prepared.split.train),
        validation=len(prepared.split.validation),
        sides=tuple(sides_px),
        epochs=epochs,
        batch=recipe.batch_size,
        momentum=recipe.momentum,
        rate=(recipe.learning_rate or 0) * recipe.batch_size / BATCH_OF_RATE,
        warmup=100 * recipe.warmup,
        decay=recipe.weight_decay,
    )


def describe_shortfall(
    seeds: tuple[int, int], epochs: tuple[int, int], left_out: Sequence[str]
) -> list[Message]:
    """Return what the minutes did not hold, of (kept, wanted) seeds and epochs, and networks."""
    found = []
    if seeds[0] < seeds[1]:
        found.append(
            Message(
                "The minutes hold {n} seed of {wanted}; more minutes would show the spread.",
                "The minutes hold {n} seeds of {wanted}; more minutes would show the spread.",
                n=seeds[0],
                wanted=seeds[1],
            )
        )
    if epochs[0] < epochs[1]:
        found.append(
            Message(
                "The minutes hold {n} epoch of {wanted}.",
                "The minutes hold {n} epochs of {wanted}.",
                n=epochs[0],
                wanted=epochs[1],
            )
        )
    if left_out:
        found.append(
            Message(
                "Left out, since the minutes do not hold it: {networks}.",
                networks=join_clauses(left_out),
            )
        )
    return found
