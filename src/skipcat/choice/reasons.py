"""Why a network was chosen, in plain words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skipcat.choice.candidate import Candidate
from skipcat.choice.candidates import NOISY
from skipcat.choice.elimination import Answers, Left
from skipcat.choice.race_record import Race
from skipcat.evaluation.compare import Comparison
from skipcat.evaluation.intervals import wilson_interval
from skipcat.text.numbers import list_some, percent, percent_interval, signed_points
from skipcat.text.translation import Message


def _points(comparison: Comparison) -> Message:
    return signed_points(comparison.difference, comparison.interval)


def say_winner(
    winner: Candidate, other: Candidate, comparison: Comparison | None, *, policy: str
) -> list[Message]:
    """Say why the winner and not the one that it was compared with.

    The comparison is of the leader with the winner, or of the second best with the winner.
    """
    name, rival = winner.network, other.network
    if comparison is None:
        return [Message("{name} was the only one left, so it is chosen.", name=name)]
    if comparison.can_tell:
        return [
            Message(
                "{name} names more of the {images:,} validation images rightly than {rival} in the "
                "race: by {difference} points, so it is chosen. Further training might still turn "
                "that.",
                name=name,
                images=comparison.images,
                rival=rival,
                difference=_points(comparison),
            )
        ]
    apart, speed = _say_apart(name, rival, comparison), other.latency_p50_ms / winner.latency_p50_ms
    if speed >= 1 and policy == "simplest":
        return [
            Message(
                "{apart}; {name} answers {speed:.1f} times as fast, so it is chosen.",
                apart=apart,
                name=name,
                speed=speed,
            )
        ]
    if comparison.difference == 0:
        return [Message("{apart}; {name} answers faster, so it is chosen.", apart=apart, name=name)]
    return [
        Message("{apart}; {name} was right more often, so it is chosen.", apart=apart, name=name)
    ]


def _say_apart(name: str, rival: str, comparison: Comparison) -> Message:
    """Say, in half a sentence, that two are too close to call."""
    more = comparison.images_missing
    return Message(
        "{name} and {rival} cannot be told apart on your {images:,} validation images (difference "
        "{difference} points{needed})",
        name=name,
        rival=rival,
        images=comparison.images,
        difference=_points(comparison),
        needed=Message("; about {more:,} more would be needed", more=more) if more else "",
    )


def say_reached(accuracy: float, network: str, right: np.ndarray) -> Message:
    """Say that a network reaches the accuracy that was asked for."""
    return Message(
        "The fastest network that reaches {asked:.3g} % is {network}: {share} of {images:,} "
        "validation images in the race alone; of new images expect {expected}.",
        asked=100 * accuracy,
        network=network,
        share=percent(float(right.mean())),
        images=len(right),
        expected=percent_interval(wilson_interval(int(right.sum()), len(right))),
    )


def say_not_reached(accuracy: float, answers: Answers) -> Message:
    """Say that none reaches the accuracy that was asked for, and which came nearest."""
    best = max(answers, key=lambda one: answers[one].mean())
    return Message(
        "No network reached {asked:.3g} % in the race; {best} came nearest with {share}, and the "
        "winner's further training will add to that.",
        asked=100 * accuracy,
        best=best,
        share=percent(float(answers[best].mean())),
    )


def say_left(one: Left) -> Message:
    """Say why a network left the race."""
    values: dict[str, Any] = {
        "network": one.network,
        "rung": one.rung + 1,
        "leader": one.leader,
        "difference": _points(one.comparison),
    }
    if one.sure:
        return Message(
            "{network} left after rung {rung}: worse than {leader} by evidence ({difference} "
            "points) and not about to catch up.",
            **values,
        )
    return Message(
        "{network} left after rung {rung}, as one of the least promising, so that others have more "
        "time: {difference} points from {leader}; later it might have come nearer.",
        **values,
    )


def say_race(race: Race) -> list[Message]:
    """Say who left, who was not tried, and what is uncertain about the order of latencies."""
    said = [say_left(one) for one in race.left]
    for name, rung in race.diverged.items():
        said.append(
            Message("{name} left in rung {rung}: its training diverged.", name=name, rung=rung + 1)
        )
    for one in race.not_tried:
        said.append(Message("{name} was not tried: {reason}.", name=one.network, reason=one.reason))
    noisy = tuple(c.network for c in race.candidates if c.latency_spread > NOISY)
    if noisy:
        said.append(
            Message(
                "The latency of {names} changed by more than {noisy:.0f} % from round to round, "
                "although it was measured longer: something else was using this machine, so take "
                "the order of speed with care.",
                names=noisy,
                noisy=100 * NOISY,
            )
        )
    return said


def say_unseen(classes: Sequence[str]) -> list[Message]:
    """Say of which classes the choice knows nothing."""
    if not classes:
        return []
    return [
        Message(
            "No validation image is of {names}: the choice knows nothing of them. More images of "
            "them, or a larger --validation, would change that.",
            names=list_some(classes),
        )
    ]


def say_what_would_change(race: Race, winner: str) -> list[Message]:
    """Say at what latency another network would be chosen."""
    answers = race.answers
    last = race.last_rung
    if winner not in last:
        return []
    chosen, ahead = race.find(winner), []
    for candidate in race.candidates:
        if candidate.network == winner or candidate.network not in last:
            continue
        at = answers[min(last[winner], last[candidate.network])]
        lead = at[candidate.network].mean() - at[winner].mean()
        if lead > 0 and candidate.latency_p50_ms > chosen.latency_p50_ms:
            ahead.append((lead, candidate))
    if not ahead:
        return []
    lead, best = max(ahead, key=lambda pair: pair[0])
    return [
        Message(
            "If an answer may take {more:.2g} ms longer and every bit of accuracy counts: {best}, "
            "which was {lead:.1f} points ahead in the race.",
            more=best.latency_p50_ms - chosen.latency_p50_ms,
            best=best.network,
            lead=100 * float(lead),
        )
    ]
