"""Progress bars, and plain lines where there is no terminal: all of it on stderr."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Literal, TextIO

from rich.console import Console
from rich.file_proxy import FileProxy
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from skipcat.text.numbers import percent
from skipcat.text.translation import Message, _

SECONDS_BETWEEN_LINES = 60.0  # in a log
_FIGURES = re.compile(r"\d[\d.,]*")  # they change from line to line of one piece of work
_EPOCH = re.compile(r"(Fold \d+/\d+: )?Epoch \d+/\d+")

Progress = Callable[[str, int, int], None]  # what is done, how much of it, out of how much
Tell = Callable[[str], None]  # one plain sentence
OnEpoch = Callable[[Mapping[str, Any], Any], None]  # a row of metrics.csv, the averaged network
Auto = Literal["auto"]


def no_progress(what: str, done: int, total: int) -> None:
    """Report nothing."""


def no_telling(sentence: str) -> None:
    """Report nothing."""


def no_epoch(row: Mapping[str, Any], network: object) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Reporter:
    """The one way in which long work reports: progress, sentences, finished epochs."""

    progress: Progress = no_progress
    tell: Tell = no_telling
    on_epoch: OnEpoch = no_epoch

    def label(self, label: str) -> "Reporter":
        """Return a reporter of a part of the work: its label stands before all that it reports."""

        def progress(what: str, done: int, total: int) -> None:
            self.progress(Message("{label}: {what}", label=label, what=what), done, total)

        def tell(sentence: str) -> None:
            self.tell(Message("{label}: {what}", label=label, what=sentence))

        return Reporter(progress, tell)


@contextmanager
def open_reporter(
    progress: Progress | Auto | None, tell: Tell | Auto | None = None
) -> Iterator[Reporter]:
    """Open a display where progress is "auto"; None is silence, and a callable is called.

    Sentences go to `tell`; where it is "auto", to the display if there is one.
    """
    if progress == "auto":
        with Display() as display:
            told = display.tell if tell == "auto" else tell or no_telling
            yield Reporter(display.progress, told)
    else:
        yield Reporter(
            progress or no_progress, no_telling if tell == "auto" else tell or no_telling
        )


class Display:
    """A progress bar with the time left, and sentences above it.

    In a log file a plain line for each epoch, and for each minute of anything else; so too below
    somebody's live display, of which a terminal bears one, and in a notebook without ipywidgets.
    """

    def __init__(self) -> None:
        stream = Unfailing(sys.stderr) if sys.stderr else None  # None where it was closed
        self._console = Console(file=stream, stderr=True, highlight=False)  # type: ignore[arg-type]
        self._below = isinstance(sys.stderr, FileProxy)
        widgets = self._console.is_jupyter and find_spec("ipywidgets") is not None
        self._shows_bar = (self._console.is_terminal or widgets) and not self._below
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=14),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._phase = ""
        self._log = _Log(self._print)

    def __enter__(self) -> "Display":
        if self._shows_bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shows_bar:  # else it would print an empty line
            self._bar.stop()
        self._log.end()

    def tell(self, sentence: str) -> None:
        """Print one sentence that stays."""
        self._log.end()
        self._print(_(sentence))

    def _print(self, line: str) -> None:
        if self._below:
            print(line, file=sys.stderr)  # which that display shows above itself
            return
        self._console.print(line, markup=False, soft_wrap=not self._console.is_terminal)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far a piece of work is."""
        if self._shows_bar:
            self._move_bar(what, done, total)
        else:
            self._log.note(what, done, total)

    def _move_bar(self, what: str, done: int, total: int) -> None:
        phase = what.split(" ", maxsplit=1)[0]
        if self._task is None or phase != self._phase:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task, self._phase = self._bar.add_task(_(what), total=total), phase
        self._bar.update(self._task, description=_(what), completed=done, total=total)


class Unfailing:
    """A stream for words that nobody has to read: a full disk behind it does not end the work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text if that can be done."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what waits if that can be done."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Log:
    """Lines for a file: the last word of each epoch, and what takes longer than a minute."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._phase = self._last_word = ""
        self._began = self._written = (0.0, 0)  # when, and what was done then
        self._last = (0, 0)  # done, of so much

    def note(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        epoch = _EPOCH.match(what)
        phase = epoch[0] if epoch else _FIGURES.sub("", what)
        anew = done < self._last[0] or total != self._last[1]
        self._last = done, total
        if phase != self._phase:
            self.end()
            if not (epoch and _EPOCH.match(self._phase)) or anew:
                self._began = now, done
            self._phase, self._written = phase, (now, done)
        elif anew:
            self._began = now, done
        line = f"{_(what)}  {self._say_left(now, done, total)}"
        if now - self._written[0] > SECONDS_BETWEEN_LINES:
            self._write(line)
            self._written, self._last_word = (now, done), ""
        elif epoch:
            self._last_word = line

    def end(self) -> None:
        if self._last_word:
            self._write(self._last_word)
        self._last_word = ""

    def _say_left(self, now: float, done: int, total: int) -> str:
        began, before = self._began
        share = percent(done * 100 // max(1, total) / 100, 0)
        if done >= total or done <= before:
            return _(share)
        left = (now - began) * (total - done) / (done - before)
        if left >= 90:
            return _("{share}, {minutes} min left", share=share, minutes=round(left / 60))
        return _("{share}, {left:.0f} s left", share=share, left=left)
