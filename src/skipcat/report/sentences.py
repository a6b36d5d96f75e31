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

FEW_IMAGES = 100
_PERCENT = "\N{NO-BREAK SPACE}%"


def say_count(number: int, word: str) -> str:
    """Give "1 picture", "2 pictures", "12,345 pictures"."""
    if number == 1:
        return f"1 {word}"
    plural = {"class": "classes"}.get(word, f"{word}s")
    return f"{number:,} {plural}"


def say_percent(share: float) -> str:
    """Give "74 %", and one decimal near the ends; only all is 100 %, only none is 0 %."""
    return f"{_percent_digits(share)}{_PERCENT}"


def _percent_digits(share: float) -> str:
    percent = 100.0 * share
    if share in (0.0, 1.0):
        return f"{percent:.0f}"
    if 5.0 <= percent <= 95.0:
        return f"{percent:.0f}"
    return f"{min(max(percent, 0.1), 99.9):.1f}"


def say_sure(probability: float) -> str:
    """Give "97 %" of one answer, rounded down: 99.7 % is not certain."""
    percent = math.floor(100.0 * probability + 1e-9)  # 0.29 is 28.999… hundredths
    return f"{percent if probability >= 1.0 else min(percent, 99)}{_PERCENT}"


def say_range(interval: tuple[float, float]) -> str:
    """Give "between 69 and 79 %"."""
    low, high = (_percent_digits(end) for end in interval)
    return f"between {low} and {high}{_PERCENT}"


def say_seconds(seconds: float) -> str:
    """Give "42 seconds", "9 minutes 12 seconds" or "2 hours 5 minutes"."""
    whole = round(seconds)
    if whole < 60:
        return say_count(max(whole, 1), "second")
    large, small, words = whole // 60, whole % 60, ("minute", "second")
    if whole >= 3600:
        large, small, words = whole // 3600, whole % 3600 // 60, ("hour", "minute")
    rest = f" {say_count(small, words[1])}" if small else ""
    return say_count(large, words[0]) + rest


def say_large(number: float) -> str:
    """Give "11.2 million", "1.82 billion" or "7,850"."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return f"{number:,.0f}"


def say_value(value: object) -> str:
    """Give any setting as people write it: no None, no NaN, no quotes, no brackets."""
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {say_value(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(say_value(one) for one in value) or "none"
    return str(value)


def say_headline(test: Evaluation | None, validation: Evaluation | None) -> tuple[str, str]:
    """Give how good the classifier is: what was seen, and what to expect of new pictures."""
    if test is not None:
        seen = (
            f"Of {say_count(test.images, 'picture')} that it had never seen"
            f" it named {_all_or_some(test)} right: {say_percent(test.accuracy)}."
        )
        return seen, (
            f"For new pictures like these expect {say_range(test.accuracy_interval)} right."
        )
    if validation is not None:
        seen = (
            f"Of {say_count(validation.images, 'picture')} held back while it learnt"
            f" it named {_all_or_some(validation)} right: {say_percent(validation.accuracy)}."
        )
        return seen, (
            "No pictures were kept for a test. These helped to decide when to stop and which"
            " version to keep, so the figure flatters: expect somewhat less of new pictures."
        )
    return (
        "How good this classifier is, nobody knows yet.",
        "No pictures were kept to test it. Judge it on pictures that it has never seen before you"
        " trust it.",
    )


def _all_or_some(evaluation: Evaluation) -> str:
    if evaluation.correct == 0:
        return "none"
    return "every one" if evaluation.correct == evaluation.images else f"{evaluation.correct:,}"


def say_cautions(test: Evaluation | None, validation: Evaluation | None) -> list[str]:
    """Give what a reader must know to read the headline rightly."""
    judged = test or validation
    if judged is None:
        return []
    shares = judged.confusion.sum(axis=1) / judged.images
    common = int(shares.argmax())
    which = f"“{judged.classes[common]}”, the commonest class,"
    if shares.min() == shares.max():
        which = "the same"
    share = float(shares[common])
    sentences = [f"Always answering {which} would name {say_percent(share)} right."]
    images = [one.images for one in judged.per_class.values()]
    if may_be_one_answer(images, judged.accuracy_interval[0], judged.balanced_accuracy_interval[0]):
        sentences.append(
            "That it is better than that has not been shown: give it more minutes or more pictures"
            " before you read anything into its answers."
        )
    if is_unequal(images):
        sentences.append(
            f"Counting every class alike, whatever its size, it named"
            f" {say_percent(judged.balanced_accuracy)} right (balanced accuracy; expect"
            f" {say_range(judged.balanced_accuracy_interval)})."
        )
    if judged.seeds:
        sentences.append(say_spread(judged.seeds))
    if judged.images < FEW_IMAGES:
        sentences.append(
            f"{say_count(judged.images, 'picture').capitalize()} can certify little:"
            " four times as many would halve the width of the range."
        )
    missing = [name for name, one in judged.per_class.items() if one.images == 0]
    if missing:
        sentences.append(
            f"{say_count(len(missing), 'class').capitalize()} had no picture among them"
            f" and so no figure: {join_names(missing)}."
        )
    if test is not None and validation is not None:
        sentences.append(
            f"On the {say_count(validation.images, 'validation picture')}, which helped to decide"
            f" when to stop, it named {say_percent(validation.accuracy)} right."
        )
    return sentences


def say_spread(spread: SeedSpread) -> str:
    """Give how far equal trainings with other seeds differ, and how well that is known."""
    low, high = (100 * end for end in (min(spread.accuracies), max(spread.accuracies)))
    least, most = (100 * end for end in spread.deviation_interval)
    return (
        f"Trained {len(spread.seeds)} times, with nothing changed but its random numbers (seeds"
        f" {join_names([str(seed) for seed in spread.seeds])}), it named {low:.1f} to"
        f" {high:.1f}{_PERCENT} of these pictures right: {100 * spread.mean:.1f}{_PERCENT} on"
        f" average, with a standard deviation of {100 * spread.deviation:.1f} points. So few"
        f" trainings know that deviation itself only as {least:.1f} to {most:.1f}. The first"
        " was kept, not the best."
    )


def say_confused(pair: ConfusedClasses) -> str:
    """Give how often two classes were taken for each other, and what to expect."""
    surest = "" if len(pair.pictures) == pair.images else " Those of which it was surest are shown."
    share = say_percent(pair.images / pair.of)
    return (
        f"{pair.images:,} of their {say_count(pair.of, 'picture')} taken for the other class"
        f" ({share}; expect {say_range(pair.interval)}).{surest}"
    )


def say_best_and_worst(evaluation: Evaluation) -> str:
    """Give the classes recognised best and least, and whether the images can tell them apart."""
    known = [
        (one.recall, one.recall_interval, name)
        for name, one in evaluation.per_class.items()
        if one.recall is not None and one.recall_interval is not None
    ]
    if len(known) < 2:
        return ""
    worst, best = min(known), max(known)
    if worst[0] == best[0]:
        return f"It recognises every class equally often: {say_percent(best[0])} of its pictures."
    equals = sum(1 for one in known if one[0] == best[0]) - 1
    others = f" and {say_count(equals, 'other')}" if equals else ""
    sentence = (
        f"It recognises “{best[2]}”{others} best ({say_percent(best[0])} of the pictures) and"
        f" “{worst[2]}” least ({say_percent(worst[0])})."
    )
    if worst[1][1] > best[1][0]:
        sentence += " With so few pictures of each, the difference may be chance."
    return sentence


def say_calibration(evaluation: Evaluation) -> tuple[str, list[str]]:
    """Give whether probabilities can be trusted: the short answer, and its reasons."""
    gap, chance = 100.0 * evaluation.ece, 100.0 * _chance_gap(evaluation.reliability)
    if chance > 5.0 and gap <= 1.5 * chance:
        answer = "These pictures are too few to tell."
    elif gap <= chance + 1.0:
        answer = "Yes, as far as these pictures can show."
    elif gap <= 5.0:
        answer = "Yes, mostly."
    elif gap <= 12.0:
        answer = "Roughly: take them as a hint, not as odds."
    else:
        answer = "No: read them only as more sure or less sure."
    reasons = [
        f"What it says and how often it is right lie {_points(gap)} apart on average."
        f" On {say_count(evaluation.images, 'picture')} even perfect probabilities would show"
        f" about {_points(chance)}."
    ]
    before = 100.0 * evaluation.ece_before
    if evaluation.temperature == 1.0:
        reasons.append("Its probabilities are shown as they came, without calibration.")
    elif gap < before:
        reasons.append(f"Before calibration they lay {_points(before)} apart.")
    else:
        reasons.append(
            f"Calibration did not help here: before it they lay {_points(before)} apart."
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


def _say_when_sure(bins: Sequence[ReliabilityBin]) -> str:
    sure = [one for one in bins if one.low >= 0.85 and one.images and one.accuracy is not None]
    images = sum(one.images for one in sure)
    if images < 10:
        return ""
    right = round(sum(one.images * (one.accuracy or 0.0) for one in sure))
    low = min(one.low for one in bins if one.low >= 0.85)
    return (
        f"Of the {say_count(images, 'picture')} where it was more than {say_percent(low)} sure,"
        f" {right:,} were right ({say_percent(right / images)}; expect"
        f" {say_range(wilson_interval(right, images))})."
    )


def _points(gap: float) -> str:
    return (
        "1 point" if f"{gap:.0f}" == "1" else f"{gap:.0f} points" if gap >= 1 else "under 1 point"
    )


def say_training(history: Sequence[Mapping[str, float | None]]) -> str:
    """Give epochs, time and speed in one sentence."""
    if not history:
        return "No record of the training was kept."
    sentence = say_count(len(history), "epoch")
    seconds = _known(history, "seconds")
    if seconds:
        sentence += f" in {say_seconds(max(seconds))}"
    speed = _known(history, "images_per_second")
    if speed:
        sentence += f", at {float(np.median(speed)):,.0f} pictures a second"
    return f"{sentence}."


def _known(history: Sequence[Mapping[str, float | None]], key: str) -> list[float]:
    values = (epoch.get(key) for epoch in history)
    return [value for value in values if value is not None and math.isfinite(value)]


def join_names(names: Sequence[str], most: int = 5) -> str:
    """Give "a, b, c and 12 more"."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def say_abstention(judged: Evaluation) -> tuple[str, ...]:
    """Say what is gained when the least sure answers are left to a person."""
    curve = judged.abstention
    half = min(curve, key=lambda point: abs(point.answered - 0.5))
    found = [
        f"When it answers only the surer half of the pictures, {say_percent(half.accuracy)} of its"
        f" answers are right (expect {say_range(half.accuracy_interval)}); the rest it leaves"
        " to you."
    ]
    for goal in (0.99, 0.95, 0.9):
        enough = [point for point in curve if point.accuracy >= goal]
        if enough and judged.accuracy < goal:
            best = max(enough, key=lambda point: point.answered)
            found.append(
                f"Of the {say_count(round(best.answered * judged.images), 'picture')}"
                f" ({say_percent(best.answered)}) where it was at least"
                f" {say_sure(best.probability)} sure, {say_percent(best.accuracy)} were right"
                f" (expect {say_range(best.accuracy_interval)})."
            )
            break
    return tuple(found)
