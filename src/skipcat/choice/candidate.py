"""What a candidate costs, whether a budget holds it, and what to say where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from skipcat.choice.budget import Budget
from skipcat.text.translation import Message
from skipcat.training.schedule.plan import Plan


@dataclass(frozen=True)
class Candidate:
    """A network at the size that the time allows, and what it costs on this machine.

    Units: latencies and `memory_mib` are of `latency_batch` images at once; MiB of 2**20 bytes,
    float32. `latency_spread` is how far the rounds' medians lay apart, as a share of their median.
    """

    network: str
    image_px: int
    stem_reduction: int
    parameters: int
    macs: int
    file_mib: float
    memory_mib: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_spread: float
    seconds_per_step: float
    plan: Plan
    pretrained: str = "none"


@dataclass(frozen=True)
class NotTried:
    """A network that did not enter the race, and why."""

    network: str
    reason: Message


def _latency_of(candidate: Candidate, budget: Budget) -> float:
    """Return the latency that the budget means."""
    p50 = budget.latency_of == "p50"
    return candidate.latency_p50_ms if p50 else candidate.latency_p95_ms


def say_excess(candidate: Candidate, budget: Budget) -> Message | None:
    """Return what the candidate takes more of than the budget has."""
    for _field, figure, has, most in _bounds(candidate, budget):
        if most is not None and has > most:
            return Message(
                "at {image_px} px it has {figure}, and {most} is the most",
                image_px=candidate.image_px,
                figure=figure,
                most=_say_figure(most),
            )
    return None


def _bounds(
    candidate: Candidate, budget: Budget
) -> tuple[tuple[str, Message, float, float | None], ...]:
    latency = _latency_of(candidate, budget)
    parameters, macs = candidate.parameters, candidate.macs
    file_mib, memory_mib = candidate.file_mib, candidate.memory_mib
    return (
        (
            "latency_ms",
            Message(
                "a latency ({of}) of {figure} ms", of=budget.latency_of, figure=_say_figure(latency)
            ),
            latency,
            budget.latency_ms,
        ),
        (
            "parameters",
            Message("{figure} parameters", figure=_say_figure(parameters)),
            parameters,
            budget.parameters,
        ),
        ("macs", Message("{figure} multiply-adds", figure=_say_figure(macs)), macs, budget.macs),
        (
            "file_mib",
            Message("a file of {figure} MiB", figure=_say_figure(file_mib)),
            file_mib,
            budget.file_mib,
        ),
        (
            "memory_mib",
            Message("an answer in {figure} MiB of memory", figure=_say_figure(memory_mib)),
            memory_mib,
            budget.memory_mib,
        ),
    )


def _say_figure(value: float) -> str:
    """Return a figure for people: 11,689,512 or 4.23."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def say_nothing_fits(found: Sequence[Candidate], refused: list[NotTried], budget: Budget) -> str:
    """Say what no network meets, and the nearest that one reaches."""
    said = []
    for number in range(len(_bounds(found[0], budget))) if found else ():
        least, network = min((_bounds(c, budget)[number][2], c.network) for c in found)
        field, _, _, most = _bounds(found[0], budget)[number]
        if most is not None and least > most:
            said.append(
                f"{field} {_say_figure(most)} (the least is {_say_figure(least)}: {network})"
            )
    if said:
        return f"No network meets the budget: {'; '.join(said)}."
    if found:
        return (
            f"No network meets all of the budget at once; of {len(found)}, "
            f"{refused[-1].network}: {refused[-1].reason}."
        )
    return f"No network can be tried. {refused[0].network}: {refused[0].reason}."
