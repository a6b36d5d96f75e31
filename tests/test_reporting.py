import io

import pytest
from rich.console import Console
from rich.live import Live

import skipcat
from skipcat import reporting
from skipcat.reporting import Display, Reporter, Unfailing, no_progress, no_telling, open_reporter


@pytest.fixture
def terminal(monkeypatch):
    """Give a reporter whose console believes in a terminal of 80 columns, and what it shows."""
    shown = io.StringIO()
    monkeypatch.setattr(
        "skipcat.reporting.Console",
        lambda **options: Console(
            file=shown, force_terminal=True, width=80, **{"highlight": False}
        ),
    )
    return Display(), shown


def test_in_a_log_there_are_plain_lines_on_stderr(capsys):
    with Display() as reporter:
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
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now)
    with Display() as reporter:
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
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now)
    with Display() as reporter:
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


def test_a_log_of_pieces_of_one_kind_counts_the_time_left_of_each(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now[0])
    with Display() as reporter:
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


def test_python_users_see_progress_by_default_and_none_is_silence(digits, tmp_path, capsys):
    options = {"network": "resnet_cifar8", "recipe": skipcat.Recipe(epochs=1)}
    skipcat.train(digits, **options, out=tmp_path / "shown")
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert lines[0] == "240 images checked: nothing stands in the way."
    assert "Plan: resnet_cifar8, 1 epoch at 8 px, stem reduction 1." in lines
    assert lines[-2].startswith("Epoch 1/1 8 px")
    skipcat.train(digits, **options, out=tmp_path / "silent", progress=None)
    skipcat.train(digits, **options, out=tmp_path / "own", progress=no_progress)
    assert capsys.readouterr() == ("", "")


def test_sentences_go_where_they_are_wanted(capsys):
    told = []
    with open_reporter("auto", told.append) as reporter:
        reporter.tell("one")
    with open_reporter(None, told.append) as reporter:
        reporter.tell("two")
    assert (told, reporter.progress) == (["one", "two"], no_progress)
    with open_reporter("auto", None) as reporter:
        assert reporter.tell is no_telling
    with open_reporter("auto", "auto") as reporter:
        reporter.tell("three")
    assert capsys.readouterr() == ("", "three\n")


def test_a_part_of_the_work_is_labelled():
    seen = []
    whole = Reporter(lambda *what: seen.append(what), seen.append, lambda *row: seen.append(row))
    part = whole.label("Fold 1/2")
    part.progress("Epoch 1", 1, 2)
    part.tell("Kept.")
    part.on_epoch({}, None)  # epochs of parts are not the work's
    assert seen == [("Fold 1/2: Epoch 1", 1, 2), "Fold 1/2: Kept."]


def test_below_somebodys_live_display_there_are_lines(capsys):
    shown = io.StringIO()
    with Live("theirs", console=Console(file=shown, force_terminal=True), auto_refresh=False):
        with open_reporter("auto", "auto") as reporter:
            reporter.progress("Epoch 1/2", 1, 2)
            reporter.tell("[b]Said meanwhile.")
    assert "Epoch 1/2  50 %\n" in shown.getvalue()
    assert "[b]Said meanwhile.\n" in shown.getvalue()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("widgets", [True, False])
def test_a_notebook_has_a_bar_where_it_has_widgets(monkeypatch, widgets):
    started = []
    monkeypatch.setattr(
        "skipcat.reporting.Console", lambda **options: Console(**options, force_jupyter=True)
    )
    monkeypatch.setattr(reporting, "find_spec", lambda name: name if widgets else None)
    monkeypatch.setattr(reporting.Bar, "start", lambda self: started.append("bar"))
    monkeypatch.setattr(reporting.Bar, "stop", lambda self: None)
    with Display():
        assert bool(started) == widgets


def test_words_that_cannot_be_written_end_no_training(monkeypatch):
    monkeypatch.setattr("sys.stderr", Full())
    with open_reporter("auto", "auto") as reporter:
        reporter.tell("A sentence.")
        reporter.progress("Epoch 1/1", 1, 1)


def test_a_closed_stderr_is_silence(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    with open_reporter("auto", "auto") as reporter:
        reporter.tell("A sentence.")
        reporter.progress("Epoch 1/1", 1, 1)


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text):
        raise OSError(28, "No space left on device")

    def flush(self):
        raise BrokenPipeError

    def isatty(self):
        return True


def test_words_of_progress_that_cannot_be_written_are_left_out():
    stream = Unfailing(Full())
    assert stream.write("a word") == 6
    stream.flush()
    assert stream.isatty()  # the rest is the stream's own
