import io

import pytest
from rich.console import Console

from skipcat.cli import console
from skipcat.cli.console import Reporter
from skipcat.cli.outcome import say_stopped


@pytest.fixture
def terminal(monkeypatch):
    """Give a reporter whose console believes in a terminal of 80 columns, and what it shows."""
    shown = io.StringIO()
    monkeypatch.setattr(
        "skipcat.cli.console.Console",
        lambda **options: Console(
            file=shown, force_terminal=True, width=80, **{"highlight": False}
        ),
    )
    return Reporter(), shown


def test_in_a_log_there_are_plain_lines_on_stderr(capsys):
    with Reporter() as reporter:
        reporter.tell("[red]A sentence[/red] " + "that is long " * 20)
        for done in range(50):
            reporter.progress("Reading images", done, 100)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0].startswith("[red]A sentence[/red] that is long that")
    assert lines[1:] == []


def test_a_log_has_a_line_for_each_epoch_and_for_each_minute(capsys, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(console.time, "monotonic", lambda: now)
    with Reporter() as reporter:
        for done in range(0, 100, 10):
            now += 10
            reporter.progress("Reading images", done, 100)
        for epoch in (1, 2, 3):
            for batch in (1, 2, 3):
                now += 10
                reporter.progress(f"Epoch {epoch}/3 8 px [{batch}]", 30 * epoch + 10 * batch, 130)
        reporter.tell("Well done.")
    assert capsys.readouterr().err.splitlines() == [
        "Reading images  70 %, 30 s left",
        "Epoch 1/3 8 px [3]  46 %, 70 s left",
        "Epoch 2/3 8 px [3]  69 %, 40 s left",
        "Epoch 3/3 8 px [3]  92 %, 10 s left",
        "Well done.",
    ]


def test_a_log_of_a_long_epoch_is_no_silence(capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr(console.time, "monotonic", lambda: now)
    with Reporter() as reporter:
        for done in range(1, 6):
            reporter.progress("Fold 1/2: Epoch 1/1 8 px", done, 5)
            now += 50
    assert capsys.readouterr().err.splitlines() == [
        "Fold 1/2: Epoch 1/1 8 px  60 %, 2 min left",
        "Fold 1/2: Epoch 1/1 8 px  100 %",
    ]


def test_a_terminal_sees_a_bar_and_it_ends(terminal):
    reporter, shown = terminal
    with reporter:
        reporter.progress("Reading images", 1, 2)
        reporter.progress("Epoch 1/2 [b]8 px", 1, 4)
        reporter.tell("Said meanwhile.")
        reporter.progress("Epoch 2/2 [b]8 px", 3, 4)
    text = shown.getvalue()
    assert "Said meanwhile." in text
    assert "Epoch 2/2 [b]8 px" in text
    assert "75%" in text
    assert text.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in text  # the cursor is back


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


def test_a_log_of_pieces_of_one_kind_counts_the_time_left_of_each(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    with Reporter() as reporter:
        for network in ("resnet18", "resnet34"):
            for done in range(5):
                reporter.progress(f"Race 1/3, {network}: step {done}", done, 5)
                now[0] += 25
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Race 1/3, resnet18: step 3  60 %, 50 s left",
        "Race 1/3, resnet34: step 1  20 %, 2 min left",
        "Race 1/3, resnet34: step 4  80 %, 25 s left",
    ]
