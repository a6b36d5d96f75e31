"""What the user can afford; every field is a flag of `fit` and `choose`."""

import math
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args

from skipcat.errors import RecipeError, did_you_mean

LEAST_MINUTES = 0.1
LatencyOf = Literal["p50", "p95"]


@dataclass(frozen=True)
class Budget:
    """What the user can afford.

    Raises:
        RecipeError: fields that are out of range, all at once, or one that no budget has.
    """

    minutes: Annotated[float, "For the whole command; a small set needs less."] = 15.0
    latency_ms: Annotated[
        float | None, "At most so long may an answer take, on this machine, through torch."
    ] = None
    latency_of: Annotated[LatencyOf, "Which latency is meant: p50 or p95 of the times."] = "p50"
    latency_batch: Annotated[int, "Of so many images at once is the latency."] = 1
    parameters: Annotated[int | None, "At most so many parameters."] = None
    macs: Annotated[int | None, "At most so many multiply-adds for an image."] = None
    file_mib: Annotated[float | None, "At most so large may the weights' file be, in MiB."] = None
    memory_mib: Annotated[
        float | None, "At most so much memory may weights and tensors of an answer take, in MiB."
    ] = None

    def __new__(cls, *values: object, **given: object) -> "Budget":
        """Refuse a field that no budget has."""
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                near = did_you_mean(name, names) or f" It has: {', '.join(names)}."
                raise RecipeError(f"The budget has no field {name!r}.{near}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        problems = [
            _problem(field.name, getattr(self, field.name), field.default) for field in fields(self)
        ]
        found = [problem for problem in problems if problem]
        if found:
            raise RecipeError(f"The budget's {'; its '.join(found)}.")

    @property
    def bounds(self) -> bool:
        """Whether anything but time is bounded."""
        return any(getattr(self, name) is not None for name in _OPTIONAL)


_OPTIONAL = ("latency_ms", "parameters", "macs", "file_mib", "memory_mib")
_WHOLE = frozenset({"latency_batch", "parameters", "macs"})


def _problem(name: str, given: Any, default: object) -> str:
    """Say what is wrong with a field, "" where nothing is."""
    if name == "latency_of":
        choices = get_args(LatencyOf)
        return "" if given in choices else f"latency_of is {given!r}; it is p50 or p95"
    if given is None and default is None:
        return ""
    numeric = isinstance(given, int | float) and not isinstance(given, bool)
    least = LEAST_MINUTES if name == "minutes" else 1 if name in _WHOLE else 0
    enough = numeric and math.isfinite(given) and given >= least and given > 0
    if enough and not (name in _WHOLE and not isinstance(given, int)):
        return ""
    if name in _WHOLE:
        return f"{name} is {given!r}; a whole number of 1 or more is needed"
    bound = f"of {least:g} or more" if least else "above 0"
    return f"{name} is {given!r}; a number {bound} is needed"
