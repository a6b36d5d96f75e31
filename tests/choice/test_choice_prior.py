"""Without a race the network follows from recorded learning curves and the speed here."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from skipcat.choice.prior import PROSPECTS, count_steps, foresee_network, say_foreseen

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@dataclass
class Fake:
    """Speeds as they are given; what was timed is noted."""

    per_image: dict[str, float]
    per_mac: float = 1e-10
    timed: list[str] = field(default_factory=list)

    def macs(self, network: str) -> int:
        return round(self.per_image[network] / self.per_mac)

    def seconds(self, network: str) -> float:
        self.timed.append(network)
        return self.per_image[network]


SMALL = {
    **dict.fromkeys((one.network for one in PROSPECTS), 40e-4),
    "resnet_cifar20": 4e-4,
    "resnet18": 44e-4,
}


def test_the_table_is_what_the_recorded_curves_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import prior

    table, spread = prior.fit(prior.read_points())
    assert {one.network: one for one in PROSPECTS} == table
    assert spread < 0.6  # log-odds
    for name in ("prior", "choice_replay", "results_file"):
        sys.modules.pop(name, None)


def test_half_a_minute_of_digits_is_for_the_small_network_and_no_other_is_timed() -> None:
    speed = Fake(SMALL)
    found = foresee_network(1437, 30, speed, batch=64)  # type: ignore[arg-type]
    assert found.network == "resnet_cifar20"
    assert speed.timed == ["resnet_cifar20"]
    assert found.steps == 898  # forty epochs, the most that a plan has


def test_at_equal_speed_few_steps_are_for_the_network_that_learns_faster() -> None:
    speed = Fake(dict.fromkeys(SMALL, 0.01))
    found = foresee_network(2000, 10, speed, batch=64)  # type: ignore[arg-type]
    assert (found.network, found.next_network) == ("resnet18", "preact_resnet18")
    assert "resnet18" in speed.timed


def test_more_time_turns_the_order_and_time_enough_takes_the_cheapest_of_equals() -> None:
    speed = Fake(dict.fromkeys(SMALL, 0.01))
    found = foresee_network(2000, 500, speed, batch=64)  # type: ignore[arg-type]
    assert (found.network, found.has_time) == ("resnet_cifar56", False)
    found = foresee_network(2000, 1000, speed, batch=64)  # type: ignore[arg-type]
    assert (found.network, found.has_time) == ("resnet_cifar20", True)


def test_steps_are_those_of_a_plan() -> None:
    assert count_steps(640, 10, 1 / 640, 64) == 200  # twenty epochs of ten
    assert count_steps(640, 5, 1 / 640, 64) == 200  # ten epochs in batches of 32
    assert count_steps(640, 1e9, 1 / 640, 64) == 400


def test_the_reason_names_steps_and_the_network_that_comes_next() -> None:
    found = foresee_network(1437, 30, Fake(SMALL), batch=64)  # type: ignore[arg-type]
    assert say_foreseen(found, 1437, 8, 0.5) == (
        "resnet_cifar20: in 0.5 minutes it takes about 898 steps on these images, about 1,437 to "
        "train on at 8 px, and resnet_cifar56 at most 234; learning curves recorded on other "
        "images put none clearly before it, the cheapest of them."
    )
