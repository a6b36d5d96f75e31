"""Numbers for people: percentages, points, intervals, counts, durations; each a `Message`.

In English a space stands before "%", in Chinese none; pages take one that no line breaks at.
"""

import math
from collections.abc import Sequence

from skipcat.text.translation import Message


def percent(share: float | None, digits: int = 1) -> Message:
    """Return a share as "97.3 %", with one digit or none; an unknown one as a dash."""
    if share is None:
        return Message("–")
    value = 100 * share
    return (
        Message("{value:.1f} %", value=value) if digits else Message("{value:.0f} %", value=value)
    )


def floor_percent(probability: float) -> Message:
    """Return a probability as "97.3 %", rounded down: only certainty is 100 %."""
    return percent(math.floor(1000 * probability + 1e-9) / 1000)


def percent_interval(interval: tuple[float, float]) -> Message:
    """Return an interval of shares: "61.0 to 71.4 %"."""
    low, high = interval
    return Message("{low:.1f} to {high:.1f} %", low=100 * low, high=100 * high)


def signed_points(difference: float, interval: tuple[float, float]) -> Message:
    """Return a difference of shares and its interval in points: "+0.4 (-1.2 … +2.0)"."""
    low, high = interval
    return Message(
        "{difference:+.1f} ({low:+.1f} … {high:+.1f})",
        difference=100 * difference,
        low=100 * low,
        high=100 * high,
    )


def page_percent(share: float) -> Message:
    """Return "74 %", and one decimal near the ends; only all is 100 %, only none is 0 %."""
    return Message("{digits}\N{NO-BREAK SPACE}%", digits=_percent_digits(share))


def page_sure(probability: float) -> Message:
    """Return "97 %" of one prediction, rounded down: 99.7 % is not certain."""
    whole = math.floor(100.0 * probability + 1e-9)  # 0.29 is 28.999… hundredths
    digits = whole if probability >= 1.0 else min(whole, 99)
    return Message("{digits}\N{NO-BREAK SPACE}%", digits=digits)


def page_range(interval: tuple[float, float]) -> Message:
    """Return "between 69 and 79 %"."""
    low, high = (_percent_digits(end) for end in interval)
    return Message("between {low} and {high}\N{NO-BREAK SPACE}%", low=low, high=high)


def _percent_digits(share: float) -> str:
    value = 100.0 * share
    if share in (0.0, 1.0) or 5.0 <= value <= 95.0:
        return f"{value:.0f}"
    return f"{min(max(value, 0.1), 99.9):.1f}"


def count_images(n: int) -> Message:
    """Return "1 image", "12,345 images"."""
    return Message("{n:,} image", "{n:,} images", n=n)


def count_pictures(n: int) -> Message:
    """Return "1 picture", "12,345 pictures", as pages call images."""
    return Message("{n:,} picture", "{n:,} pictures", n=n)


def count_classes(n: int) -> Message:
    """Return "1 class", "12 classes"."""
    return Message("{n:,} class", "{n:,} classes", n=n)


def count_files(n: int) -> Message:
    """Return "1 file", "12 files"."""
    return Message("{n:,} file", "{n:,} files", n=n)


def count_epochs(n: int) -> Message:
    """Return "1 epoch", "12 epochs"."""
    return Message("{n:,} epoch", "{n:,} epochs", n=n)


def duration(seconds: float) -> Message:
    """Return "42 seconds", "9 minutes 12 seconds" or "2 hours 5 minutes"."""
    whole = round(seconds)
    if whole < 60:
        return _seconds(max(whole, 1))
    if whole < 3600:
        large, small = _minutes(whole // 60), whole % 60 and _seconds(whole % 60)
    else:
        large = Message("{n} hour", "{n} hours", n=whole // 3600)
        small = whole % 3600 // 60 and _minutes(whole % 3600 // 60)
    return Message("{large} {small}", large=large, small=small) if small else large


def _seconds(n: int) -> Message:
    return Message("{n} second", "{n} seconds", n=n)


def _minutes(n: int) -> Message:
    return Message("{n} minute", "{n} minutes", n=n)


def large_number(number: float) -> Message:
    """Return "11.2 million", "1.82 billion" or "7,850"."""
    if number >= 1e9:
        return Message("{billions:.3g} billion", billions=number / 1e9)
    if number >= 1e6:
        return Message("{millions:.3g} million", millions=number / 1e6)
    return Message("{number:,.0f}", number=number)


def list_some(names: Sequence[str], most: int = 5) -> Message:
    """Return "a, b, c", or of more than `most` "a, b, c and 12 more"."""
    shown, more = tuple(names[:most]), len(names) - most
    if more <= 0:
        return Message("{names}", names=shown)
    return Message("{names} and {more:,} more", names=shown, more=more)


def join_sentences(first: str, *others: str) -> str:
    """Return one message of several sentences; empty ones are left out."""
    for other in others:
        both = first and other
        first = Message("{first} {next}", first=first, next=other) if both else first or other
    return first
