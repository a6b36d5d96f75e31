"""Signals in the middle of a training, and checkpoints in the middle of an epoch."""

import signal
import threading

import pytest

import skipcat
from skipcat.training.run_folder.checkpoint import KEPT, list_checkpoints
from skipcat.training.trainer import interrupts
from skipcat.training.trainer import trainer as trainer_module

RECIPE = skipcat.Recipe(epochs=2, batch=32)
STEPS = 6  # of an epoch


class Ended(BaseException):
    """What a handler of the user's raises."""


class Press:
    """Send a signal to this process after some steps, so many times."""

    def __init__(self, number, *, after, times=1):
        self.number, self.left, self.times = number, after, times

    def __call__(self, what, done, total):
        if what.startswith("Epoch"):
            self.left -= 1
            if self.left == 0:
                for _ in range(self.times):
                    signal.raise_signal(self.number)


@pytest.fixture
def handle():
    """Set handlers for signals; the test's own come back at its end."""
    before = {number: signal.getsignal(number) for number in interrupts.STOPPING}
    yield signal.signal
    for number, handler in before.items():
        signal.signal(number, handler)


def train(digits, out, *, progress=None, resume=False):
    return skipcat.train(
        digits, network="resnet_cifar8", recipe=RECIPE, out=out, progress=progress, resume=resume
    )


def result(out):
    rows = [row.rsplit(",", 2)[0] for row in (out / "metrics.csv").read_text().splitlines()]
    return (out / "weights.safetensors").read_bytes(), (out / "evaluation.json").read_bytes(), rows


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    train(digits, out)
    return result(out)


def end(number, frame):
    raise Ended


@pytest.mark.parametrize("times", [1, 3])
def test_sigterm_saves_and_goes_to_the_process_own_handler(digits, tmp_path, handle, whole, times):
    handle(signal.SIGTERM, end)
    with pytest.raises(Ended):
        train(digits, tmp_path, progress=Press(signal.SIGTERM, after=STEPS + 2, times=times))
    assert signal.getsignal(signal.SIGTERM) is end
    saved = [int(path.stem[5:]) for path in list_checkpoints(tmp_path / "checkpoints")]
    assert saved == [STEPS, STEPS + 2]
    train(digits, tmp_path, resume=True)
    assert result(tmp_path) == whole


@pytest.mark.parametrize("number", interrupts.STOPPING)
def test_a_handler_that_only_takes_note_lets_the_training_go_on(
    digits, tmp_path, handle, whole, number
):
    noted = []
    handle(number, lambda number, frame: noted.append(number))
    train(digits, tmp_path, progress=Press(number, after=2))
    assert noted == [number]
    assert result(tmp_path) == whole


@pytest.mark.parametrize("number", interrupts.STOPPING)
def test_a_signal_that_the_process_ignores_is_ignored(digits, tmp_path, handle, number):
    handle(number, signal.SIG_IGN)
    train(digits, tmp_path, progress=Press(number, after=2))
    assert signal.getsignal(number) is signal.SIG_IGN


def test_who_presses_again_later_does_not_wait(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(interrupts, "SAME_WITHIN_SECONDS", -1.0)
    with pytest.raises(KeyboardInterrupt):
        train(digits, tmp_path, progress=Press(signal.SIGINT, after=2, times=2))
    assert list_checkpoints(tmp_path / "checkpoints") == []


@pytest.mark.parametrize("error", [None, RuntimeError])
def test_a_signal_that_nobody_delivered_is_not_lost(error):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupts.note_interrupts():
        signal.raise_signal(signal.SIGINT)
        if error:
            raise error
    assert signal.getsignal(signal.SIGINT) is before


def test_threads_leave_handlers_alone():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def look():
        with interrupts.note_interrupts():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


def test_a_long_epoch_is_saved_on_the_way_and_the_clock_changes_no_bit(
    digits, tmp_path, monkeypatch, whole
):
    monkeypatch.setattr(trainer_module, "SAVE_SECONDS", -1.0)  # a checkpoint after every step
    for name, after in (("early", 3), ("late", STEPS + 4)):

        def kill(what, done, total, left=[after]):  # noqa: B006
            if what.startswith("Epoch"):
                left[0] -= 1
                if left[0] == 0:
                    raise Ended  # as a kill does, it saves nothing

        with pytest.raises(Ended):
            train(digits, tmp_path / name, progress=kill)
        saved = [int(path.stem[5:]) for path in list_checkpoints(tmp_path / name / "checkpoints")]
        assert saved == [after - 2, after - 1]
        assert len(saved) == KEPT
        rows = (tmp_path / name / "metrics.csv").read_text().splitlines()
        assert len(rows) == 1 + after // STEPS
        train(digits, tmp_path / name, resume=True)
        assert result(tmp_path / name) == whole
