"""What the user can afford; every field is a flag of `fit`."""

import math
from dataclasses import dataclass, fields
from typing import Annotated

from skipcat.errors import RecipeError, did_you_mean

LEAST_MINUTES = 0.1


@dataclass(frozen=True)
class Budget:
    """What the user can afford.

    Raises:
        RecipeError: a field is out of range, or no budget has it.
    """

    minutes: Annotated[float, "For the whole command; a small set needs less."] = 15.0

    def __new__(cls, *values: object, **given: object) -> "Budget":
        """Refuse a field that no budget has."""
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                near = did_you_mean(name, names) or f" It has: {', '.join(names)}."
                raise RecipeError(f"The budget has no field {name!r}.{near}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        given = self.minutes
        numeric = isinstance(given, int | float) and not isinstance(given, bool)
        if not numeric or not LEAST_MINUTES <= given < math.inf:
            raise RecipeError(
                f"The budget's minutes is {given!r}; a number of {LEAST_MINUTES:g} or more is "
                "needed."
            )
