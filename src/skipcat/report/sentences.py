"""Figures as plain sentences, for people who do not know the words of the trade."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from skipcat.evaluation.calibration import ReliabilityBin
from skipcat.evaluation.intervals import wilson_interval
from skipcat.evaluation.metrics import Evaluation
from skipcat.evaluation.seed_spread import SeedSpread
from skipcat.evaluation.summary import is_unequal, may_be_one_answer
from skipcat.report.page import ConfusedClasses
from skipcat.text.numbers import (
    count_classes,
    count_epochs,
    count_pictures,
    duration,
    join_sentences,
    list_some,
    page_percent,
    page_range,
    page_sure,
)
from skipcat.text.translation import Message

FEW_IMAGES = 100


def say_value(value: object) -> Message:
    """Return any setting as people write it: no None, no NaN, no quotes, no brackets."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return Message("not set")
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    if isinstance(value, int | float):
        large = isinstance(value, int) and abs(value) >= 10_000
        return _as_is(f"{value:,}" if large else f"{value:.6g}")
    if isinstance(value, Mapping):
        pairs = tuple(
            Message("{name} {value}", name=key, value=say_value(one)) for key, one in value.items()
        )
        return _as_is(pairs) if pairs else Message("none")
    if isinstance(value, list | tuple | set | frozenset):
        ones = tuple(say_value(one) for one in value)
        return _as_is(ones) if ones else Message("none")
    return _as_is(value if isinstance(value, Message) else str(value))


def _as_is(value: object) -> Message:
    return Message("{value}", value=value)


def say_headline(test: Evaluation | None, validation: Evaluation | None) -> tuple[Message, Message]:
    """Say how good the classifier is: what was seen, and what to expect of new pictures."""
    if test is not None:
        return _say_seen(test, new=True), Message(
            "For new pictures like these expect {range} right.",
            range=page_range(test.accuracy_interval),
        )
    if validation is not None:
        return _say_seen(validation, new=False), Message(
            "No pictures were kept for a test. These helped to decide when to stop and which "
            "version to keep, so the figure flatters: expect somewhat less of new pictures."
        )
    return (
        Message("How good this classifier is, nobody knows yet."),
        Message(
            "No pictures were kept to test it. Judge it on pictures that it has never seen before "
            "you trust it."
        ),
    )


def _say_seen(judged: Evaluation, *, new: bool) -> Message:
    values = {
        "pictures": count_pictures(judged.images),
        "right": _all_or_some(judged),
        "share": page_percent(judged.accuracy),
    }
    if new:
        return Message(
            "Of {pictures} that it had never seen it named {right} right: {share}.", **values
        )
    return Message(
        "Of {pictures} held back while it learnt it named {right} right: {share}.", **values
    )


def _all_or_some(evaluation: Evaluation) -> Message:
    if evaluation.correct == 0:
        return Message("none")
    if evaluation.correct == evaluation.images:
        return Message("every one")
    return Message("{number:,}", number=evaluation.correct)


def say_cautions(test: Evaluation | None, validation: Evaluation | None) -> list[Message]:
    """Say what a reader must know to read the headline rightly."""
    judged = test or validation
    if judged is None:
        return []
    sentences = [_say_commonest(judged)]
    images = [one.images for one in judged.per_class.values()]
    if may_be_one_answer(images, judged.accuracy_interval[0], judged.balanced_accuracy_interval[0]):
        sentences.append(
            Message(
                "That it is better than that has not been shown: give it more minutes or more "
                "pictures before you read anything into its answers."
            )
        )
    if is_unequal(images):
        sentences.append(
            Message(
                "Counting every class alike, whatever its size, it named {share} right (balanced "
                "accuracy; expect {range}).",
                share=page_percent(judged.balanced_accuracy),
                range=page_range(judged.balanced_accuracy_interval),
            )
        )
    if judged.seeds:
        sentences.append(say_spread(judged.seeds))
    if judged.images < FEW_IMAGES:
        sentences.append(
            Message(
                "{pictures} can certify little: four times as many would halve the width of the "
                "range.",
                pictures=count_pictures(judged.images),
            )
        )
    missing = [name for name, one in judged.per_class.items() if one.images == 0]
    if missing:
        sentences.append(
            Message(
                "{classes} had no picture among them and so no figure: {names}.",
                classes=count_classes(len(missing)),
                names=list_some(missing),
            )
        )
    if test is not None and validation is not None:
        sentences.append(
            Message(
                "On the {n:,} validation picture, which helped to decide when to stop, it named "
                "{share} right.",
                "On the {n:,} validation pictures, which helped to decide when to stop, it named "
                "{share} right.",
                n=validation.images,
                share=page_percent(validation.accuracy),
            )
        )
    return sentences


def _say_commonest(judged: Evaluation) -> Message:
    shares = judged.confusion.sum(axis=1) / judged.images
    common = int(shares.argmax())
    share = page_percent(float(shares[common]))
    if shares.min() == shares.max():
        return Message("Always answering the same would name {share} right.", share=share)
    return Message(
        "Always answering “{name}”, the commonest class, would name {share} right.",
        name=judged.classes[common],
        share=share,
    )


def say_spread(spread: SeedSpread) -> Message:
    """Say how far equal trainings with other seeds differ, and how well that is known."""
    low, high = (100 * end for end in (min(spread.accuracies), max(spread.accuracies)))
    least, most = (100 * end for end in spread.deviation_interval)
    return Message(
        "Trained {count} times, with nothing changed but its random numbers (seeds {seeds}), it "
        "named {low:.1f} to {high:.1f}\u00a0% of these pictures right: {mean:.1f}\u00a0% on "
        "average, with a standard deviation of {deviation:.1f} points. So few trainings know that "
        "deviation itself only as {least:.1f} to {most:.1f}. The first was kept, not the best.",
        count=len(spread.seeds),
        seeds=list_some([str(seed) for seed in spread.seeds]),
        low=low,
        high=high,
        mean=100 * spread.mean,
        deviation=100 * spread.deviation,
        least=least,
        most=most,
    )


def say_confused(pair: ConfusedClasses) -> str:
    """Say how often two classes were taken for each other, and what to expect."""
    said = Message(
        "{images:,} of their {pictures} taken for the other class ({share}; expect {range}).",
        images=pair.images,
        pictures=count_pictures(pair.of),
        share=page_percent(pair.images / pair.of),
        range=page_range(pair.interval),
    )
    if len(pair.pictures) == pair.images:
        return said
    return join_sentences(said, Message("Those of which it was surest are shown."))


def say_best_and_worst(evaluation: Evaluation) -> str:
    """Say which classes are recognised best and least, and whether that may be chance."""
    known = [
        (one.recall, one.recall_interval, name)
        for name, one in evaluation.per_class.items()
        if one.recall is not None and one.recall_interval is not None
    ]
    if len(known) < 2:
        return ""
    worst, best = min(known), max(known)
    if worst[0] == best[0]:
        return Message(
            "It recognises every class equally often: {share} of its pictures.",
            share=page_percent(best[0]),
        )
    equals = sum(1 for one in known if one[0] == best[0]) - 1
    others = Message(" and {n} other", " and {n} others", n=equals) if equals else ""
    said = Message(
        "It recognises “{best}”{others} best ({most} of the pictures) and “{worst}” least "
        "({least}).",
        best=best[2],
        others=others,
        most=page_percent(best[0]),
        worst=worst[2],
        least=page_percent(worst[0]),
    )
    if worst[1][1] <= best[1][0]:
        return said
    chance = Message("With so few pictures of each, the difference may be chance.")
    return join_sentences(said, chance)


def say_calibration(evaluation: Evaluation) -> tuple[Message, list[Message]]:
    """Say whether probabilities can be trusted: the short answer, and its reasons."""
    gap, chance = 100.0 * evaluation.ece, 100.0 * _chance_gap(evaluation.reliability)
    if chance > 5.0 and gap <= 1.5 * chance:
        answer = Message("These pictures are too few to tell.")
    elif gap <= chance + 1.0:
        answer = Message("Yes, as far as these pictures can show.")
    elif gap <= 5.0:
        answer = Message("Yes, mostly.")
    elif gap <= 12.0:
        answer = Message("Roughly: take them as a hint, not as odds.")
    else:
        answer = Message("No: read them only as more sure or less sure.")
    reasons = [
        Message(
            "What it says and how often it is right lie {gap} apart on average. On {pictures} even "
            "perfect probabilities would show about {chance}.",
            gap=_points(gap),
            pictures=count_pictures(evaluation.images),
            chance=_points(chance),
        )
    ]
    before = 100.0 * evaluation.ece_before
    if evaluation.temperature == 1.0:
        reasons.append(Message("Its probabilities are shown as they came, without calibration."))
    elif gap < before:
        reasons.append(Message("Before calibration they lay {gap} apart.", gap=_points(before)))
    else:
        reasons.append(
            Message(
                "Calibration did not help here: before it they lay {gap} apart.",
                gap=_points(before),
            )
        )
    sure = _say_when_sure(evaluation.reliability)
    return answer, [*reasons, sure] if sure else reasons


def _chance_gap(bins: Sequence[ReliabilityBin]) -> float:
    """Expect the calibration error that chance alone gives to perfect probabilities.

    In a bin of n images at confidence p the share right scatters with standard deviation
    sqrt(p (1 - p) / n); the mean absolute value of a normal variable is sqrt(2 / pi) of that.
    """
    total = sum(one.images for one in bins)
    scatter = sum(
        math.sqrt(one.images * one.confidence * max(1.0 - one.confidence, 0.0))
        for one in bins
        if one.confidence is not None
    )
    return math.sqrt(2.0 / math.pi) * scatter / total if total else 0.0


def _say_when_sure(bins: Sequence[ReliabilityBin]) -> Message | None:
    sure = [one for one in bins if one.low >= 0.85 and one.images and one.accuracy is not None]
    images = sum(one.images for one in sure)
    if images < 10:
        return None
    right = round(sum(one.images * (one.accuracy or 0.0) for one in sure))
    return Message(
        "Of the {pictures} where it was more than {sure} sure, {right:,} were right ({share}; "
        "expect {range}).",
        pictures=count_pictures(images),
        sure=page_percent(min(one.low for one in bins if one.low >= 0.85)),
        right=right,
        share=page_percent(right / images),
        range=page_range(wilson_interval(right, images)),
    )


def _points(gap: float) -> Message:
    whole = round(gap)
    return Message("{n} point", "{n} points", n=whole) if whole else Message("under 1 point")


def say_training(history: Sequence[Mapping[str, float | None]]) -> Message:
    """Say epochs, time and speed in one sentence."""
    if not history:
        return Message("No record of the training was kept.")
    seconds, speed = _known(history, "seconds"), _known(history, "images_per_second")
    took = Message(" in {time}", time=duration(max(seconds))) if seconds else ""
    fast = float(np.median(speed)) if speed else 0.0
    at = Message(", at {speed:,.0f} pictures a second", speed=fast) if speed else ""
    return Message("{epochs}{took}{at}.", epochs=count_epochs(len(history)), took=took, at=at)


def _known(history: Sequence[Mapping[str, float | None]], key: str) -> list[float]:
    values = (epoch.get(key) for epoch in history)
    return [value for value in values if value is not None and math.isfinite(value)]


def say_abstention(judged: Evaluation) -> tuple[Message, ...]:
    """Say what is gained when the least sure answers are left to a person."""
    curve = judged.abstention
    half = min(curve, key=lambda point: abs(point.answered - 0.5))
    found = [
        Message(
            "When it answers only the surer half of the pictures, {share} of its answers are right "
            "(expect {range}); the rest it leaves to you.",
            share=page_percent(half.accuracy),
            range=page_range(half.accuracy_interval),
        )
    ]
    for goal in (0.99, 0.95, 0.9):
        enough = [point for point in curve if point.accuracy >= goal]
        if enough and judged.accuracy < goal:
            best = max(enough, key=lambda point: point.answered)
            found.append(
                Message(
                    "Of the {pictures} ({answered}) where it was at least {sure} sure, {share} "
                    "were right (expect {range}).",
                    pictures=count_pictures(round(best.answered * judged.images)),
                    answered=page_percent(best.answered),
                    sure=page_sure(best.probability),
                    share=page_percent(best.accuracy),
                    range=page_range(best.accuracy_interval),
                )
            )
            break
    return tuple(found)


def say_left_out(left_out: Mapping[str, int]) -> Message | str:
    """Say which images were left out, by reason; "" where none was."""
    if not left_out:
        return ""
    reasons = tuple(
        Message("{pictures} ({reason})", pictures=count_pictures(count), reason=Message(reason))
        for reason, count in left_out.items()
    )
    return Message("Left out: {reasons}.", reasons=reasons)
