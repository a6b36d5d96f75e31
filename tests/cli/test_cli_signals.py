"""A command that is stopped: in a step, elsewhere, and in the first tenths of a second."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import skipcat
from skipcat.cli import signals
from skipcat.cli.app import main
from skipcat.cli.output import say_stopped

TINY = ["--network", "resnet_cifar8", "--epochs", "1", "--batch", "64"]
BOTH = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Stopped."),
        (["predict", "a", "b"], "Stopped."),
        (
            ["fit", "my data", "--resume"],
            "Stopped. From what is saved by now this goes on: skipcat fit 'my data' --resume",
        ),
    ],
)
def test_what_is_said_after_ctrl_c(arguments, said):
    assert say_stopped(arguments) == said


@pytest.mark.parametrize(("number", "code"), BOTH)
def test_a_training_is_saved_and_says_how_to_go_on(number, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(number)

    def press(self, what, done, total):
        if what.startswith("Epoch"):
            signal.raise_signal(number)

    monkeypatch.setattr("skipcat.reporting.Display.progress", press)
    assert main(["train", "digits", *TINY, "--out", "my run"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == (
        "Stopped. From what is saved by now this goes on: skipcat train digits "
        "--network resnet_cifar8 --epochs 1 --batch 64 --out 'my run' --resume"
    )
    assert [path.name for path in Path("my run/checkpoints").iterdir()] == [
        "step-00000001.safetensors"
    ]
    assert signal.getsignal(number) is before
    monkeypatch.setattr("skipcat.reporting.Display.progress", lambda *given: None)
    assert main(["train", "digits", *TINY, "--out", "my run", "--resume"]) == 0
    assert "Classifier: my run\n" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "code"), BOTH)
@pytest.mark.parametrize("command", ["predict", "evaluate", "explain", "branches", "prune"])
def test_elsewhere_it_is_short(command, number, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(skipcat, "load", lambda folder: signal.raise_signal(number))
    pretend_classifier(tmp_path / "a")
    more = ["--speedup", "2"] if command == "prune" else []
    assert main([command, "a", "digits", *more]) == code
    said = say_stopped([command])
    assert capsys.readouterr() == ("", f"{said}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["classifier.json"]


def pretend_classifier(folder):
    folder.mkdir()
    (folder / "classifier.json").write_text("{}")


def test_a_library_that_makes_an_error_of_its_own_of_it_hides_nothing(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    pretend_classifier(tmp_path / "a")

    def load(folder):
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise ImportError("half of it") from None

    monkeypatch.setattr(skipcat, "load", load)
    assert main(["predict", "a", "b.jpg"]) == 143
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_second_signal_a_moment_later_is_the_same_and_a_later_one_ends_it(monkeypatch):
    came, more = [], []
    before = signal.signal(signal.SIGTERM, lambda *given: more.append(given))
    try:
        with signals.raise_on_signals(came):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            assert more == []
            monkeypatch.setattr(signals, "SAME_WITHIN_SECONDS", -1.0)
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (came, len(more)) == ([signal.SIGTERM], 1)


# Says when the entry point has caught the signals: what comes before is Python's own.
ENTRY = """
import signal
from skipcat import __main__ as entry
catch = signal.signal
def note(number, handler):
    catch(number, handler)
    if number == signal.SIGTERM:
        print(end=".", flush=True)
signal.signal = note
entry.main()
"""


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_in_the_first_moments_there_is_no_traceback(tmp_path):
    command = [sys.executable, "-c", ENTRY, "train", "digits", "--out", str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": str(Path(skipcat.__file__).parents[1])}
    for place, delay in enumerate((0.0, 0.02, 0.05, 0.1, 0.2, 0.5)):
        number, code = BOTH[place % 2]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
        )
        assert process.stdout.read(1) == "."
        time.sleep(delay)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert err.startswith("Stopped."), err
        assert len(err.splitlines()) == 1, err
