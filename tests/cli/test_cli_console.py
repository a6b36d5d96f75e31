import io

import pytest
from rich.console import Console

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
            reporter.progress("Epoch 1/2", done, 100)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0].startswith("[red]A sentence[/red] that is long that")
    assert lines[1:] in (["Epoch 1/2  0 %"], [])


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
            "Stopped. What is done is saved; go on with: skipcat fit 'my data' --resume",
        ),
    ],
)
def test_what_is_said_after_ctrl_c(arguments, said):
    assert say_stopped(arguments) == said
