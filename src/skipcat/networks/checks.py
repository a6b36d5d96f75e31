"""What may be asked of a network: whole figures, and rows that lead from an image to classes."""

import operator
from collections import Counter
from typing import Any

from torch import nn

from skipcat.errors import NetworkError
from skipcat.networks.rows.row import Row
from skipcat.networks.specs import Spec
from skipcat.networks.stem import possible_reductions


def as_whole(value: Any, what: str, name: str) -> int:
    """Return a figure as a plain int, numpy's too.

    Raises:
        NetworkError: it is a fraction, a truth or no number.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise NetworkError(
            f"{name} takes a whole number {what}, but was given {value!r}."
        ) from None


def check_rows(spec: Spec) -> None:
    """Check a spec that somebody wrote: names that occur once, a stem that can do as it is told.

    Raises:
        NetworkError: all that is wrong.
    """
    strange = [f"{name} is {row!r:.60}" for name, row in spec.rows if not isinstance(row, Row)]
    _refuse(spec, [f"{each}, no row of a table" for each in strange])
    names = [name for name, _ in spec.rows]
    problems = [f"{n} rows are called {name}" for name, n in Counter(names).items() if n > 1]
    if not names:
        problems.append("it has no rows")
    for name in getattr(spec, "auxiliary_rows", ()):
        if name not in names:
            problems.append(f"an auxiliary head sits on {name}, and no row is called so")
    possible = tuple(possible_reductions(spec.rows)) if names else (spec.stem_reduction,)
    if spec.stem_reduction not in possible:
        allowed = ", ".join(map(str, possible))
        problems.append(f"stem_reduction is {spec.stem_reduction}, allowed: {allowed}")
    if spec.norm_eps is not None and not 0 < spec.norm_eps < 1:  # as NaN and infinity are not
        problems.append(f"norm_eps is {spec.norm_eps!r}, allowed: above 0 and below 1")
    _refuse(spec, problems)


def check_built(net: nn.Module, spec: Spec, out_width: int) -> None:
    """Check that a network built from a spec has weights, and ends in its classes.

    Raises:
        NetworkError: it does not.
    """
    problems = []
    if out_width != spec.classes:
        problems.append(f"its last row gives {out_width} values for {spec.classes} classes")
    if any(parameter.numel() == 0 for parameter in net.parameters()):
        problems.append("a row has no channels")
    _refuse(spec, problems)


def refuse_unbuildable(spec: Spec, error: Exception) -> NetworkError:
    """Return the error for what a builder could not make of a spec."""
    why = " ".join(str(error).split()).rstrip(".")[:120] or type(error).__name__
    return NetworkError(f"The spec of {spec.name} describes no network: {why}.")


def _refuse(spec: Spec, problems: list[str]) -> None:
    if problems:
        raise NetworkError(f"The spec of {spec.name} describes no network: {'; '.join(problems)}.")
