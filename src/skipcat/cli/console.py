"""What the person at the terminal sees while work is done: all of it on stderr."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 10.0


class Reporter:
    """A progress bar with the time left, and sentences above it; plain lines in a log file."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=14),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._phase = ""
        self._last_line = 0.0

    def __enter__(self) -> "Reporter":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:  # else it would print an empty line
            self._bar.stop()

    def tell(self, sentence: str) -> None:
        """Print one sentence that stays."""
        self._console.print(sentence, markup=False, soft_wrap=not self._console.is_terminal)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far a piece of work is."""
        if self._console.is_terminal:
            self._move_bar(what, done, total)
        elif time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self.tell(f"{what}  {100 * done // max(1, total)} %")

    def _move_bar(self, what: str, done: int, total: int) -> None:
        phase = what.split(" ", maxsplit=1)[0]
        if self._task is None or phase != self._phase:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task, self._phase = self._bar.add_task(what, total=total), phase
        self._bar.update(self._task, description=what, completed=done, total=total)
