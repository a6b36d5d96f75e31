"""A prediction: the class and its probability."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """One answer: the most probable class, and every class's calibrated probability."""

    name: str
    label: str
    probability: float
    probabilities: dict[str, float]
