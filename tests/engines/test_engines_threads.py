"""Threads sleep soon while they wait, and are fewer where other programs have taken cores."""

import pytest
import torch

from skipcat.engines import threads
from skipcat.engines.threads import WAITING, choose_threads, set_waiting, tell_of_threads

SAID = (
    "Other programs use 1 of 4 cores: training with 3 threads (set OMP_NUM_THREADS to decide it "
    "yourself)."
)


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch):
    """Four cores, nothing set by the user; what torch is told is undone."""
    before = torch.get_num_threads()
    for name in threads.DECIDES_NUMBER:
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(4)
    yield monkeypatch
    torch.set_num_threads(before)


def use(monkeypatch: pytest.MonkeyPatch, *shares: float) -> None:
    monkeypatch.setattr(threads, "watch_cores", lambda: list(shares))


def test_waiting_is_set_unless_the_user_has() -> None:
    environment: dict[str, str] = {"HOME": "x"}
    set_waiting(environment)
    assert environment == {"HOME": "x", **WAITING}
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"):
        theirs = {name: "7"}
        set_waiting(theirs)
        assert theirs == {name: "7"}


@pytest.mark.parametrize("shares", [(0.0, 0.0, 0.0, 0.0), (0.3, 0.1, 0.1, 0.05)])
def test_a_quiet_machine_keeps_its_threads(four, shares) -> None:
    use(four, *shares)
    assert choose_threads() == ""
    assert torch.get_num_threads() == 4


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0, 0.0), (0.5, 0.4, 0.1, 0.1)])
def test_a_taken_core_is_a_thread_less_and_that_is_told_once(four, shares) -> None:
    use(four, *shares)
    told: list[str] = []
    tell_of_threads(told.append)
    assert torch.get_num_threads() == 3
    tell_of_threads(told.append)
    assert told == [SAID]
    assert torch.get_num_threads() == 3


def test_one_thread_is_always_left(four) -> None:
    use(four, 1.0, 1.0, 1.0, 1.0)
    assert choose_threads().startswith("Other programs use 4 of 4 cores: training with 1 thread (")
    assert torch.get_num_threads() == 1


def test_what_the_user_has_set_stays(four) -> None:
    use(four, 1.0, 0.0, 0.0, 0.0)
    four.setenv("OMP_NUM_THREADS", "4")
    assert choose_threads() == ""
    assert torch.get_num_threads() == 4


def test_a_run_goes_on_with_the_threads_that_it_began_with(four) -> None:
    use(four, 1.0, 0.0, 0.0, 0.0)
    assert choose_threads(begun_with=4) == ""
    assert torch.get_num_threads() == 4
    assert choose_threads(begun_with=2) == ""
    assert torch.get_num_threads() == 2
