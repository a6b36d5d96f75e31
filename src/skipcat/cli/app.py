"""The command line: parse, one library call, render."""

import errno
import os
import re
import shlex
import signal
import sys
import traceback
from contextlib import suppress
from typing import Annotated, Any

import typer

from skipcat.cli import (
    branches,
    check,
    choose,
    curve,
    evaluate,
    experiment,
    explain,
    fit,
    predict,
    prune,
    show,
    train,
    verify,
)
from skipcat.cli.language import LanguageOption, build_commands, read_language
from skipcat.cli.list import list_command
from skipcat.cli.output import say_stopped
from skipcat.cli.signals import raise_on_signals
from skipcat.errors import SkipcatError
from skipcat.reporting import Unfailing
from skipcat.text.translation import _, find_language, use_language

# The errors of whichever parser typer brings: its own copy of click, or click itself.
UsageError: Any = typer.BadParameter.__base__

FAULTY, WRONG_INPUT, STOPPED, TERMINATED = 1, 2, 130, 143

app = typer.Typer(
    name="skipcat",
    help="From a folder of images to the right classic network: Inception and ResNet.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("fit")(fit.fit_command)
app.command("check")(check.check_command)
app.command("choose")(choose.choose_command)
app.command("train")(train.train_command)
app.command("curve")(curve.curve_command)
app.command("evaluate")(evaluate.evaluate_command)
app.command("predict")(predict.predict_command)
app.command("experiment")(experiment.experiment_command)
app.command("explain")(explain.explain_command)
app.command("branches")(branches.branches_command)
app.command("prune")(prune.prune_command)
app.command("list")(list_command)
app.command("show")(show.show_command)
app.command("verify")(verify.verify_command)


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    language: LanguageOption = None,
) -> None:
    """From a folder of images to the right classic network: Inception and ResNet."""
    if version:
        from importlib.metadata import version as read_version

        typer.echo(f"skipcat {read_version('skipcat')}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> int:
    """Run a command and end the process.

    Its code is 0: done, 2: wrong input, 130: Ctrl-C, 143: SIGTERM, 1: a bug.
    """
    if arguments is not None:
        return run(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Names of files may hold what the terminal's encoding has no word for.
            stream.reconfigure(errors="backslashreplace")
    if sys.stderr:  # None where it was closed
        sys.stderr = Unfailing(sys.stderr)
    code = run(sys.argv[1:])
    if code in (STOPPED, TERMINATED):
        # By itself Python ends otherwise where Ctrl-C met an `exec`, as in the making of a
        # dataclass, and waits for threads.
        with suppress(OSError, AttributeError):  # a full disk; None where it was closed
            sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command in the language that it asks for; give its exit code."""
    try:
        language, word = find_language(read_language(arguments))
    except SkipcatError as error:
        return _fail(str(error))
    with use_language(language):
        if word:
            print(_(word), file=sys.stderr)
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    came: list[int] = []
    try:
        with raise_on_signals(came):
            _refuse_empty(arguments)
            commands = build_commands(app)
            code = commands(
                args=arguments or ["--help"], prog_name="skipcat", standalone_mode=False
            )
            if sys.stdout:  # None where it was closed
                sys.stdout.flush()
    except SkipcatError as error:
        return _fail(_(error.args[0]) if error.args else str(error))
    except UsageError as error:
        message = error.format_message().rstrip(".")
        end = "" if message.endswith("?") else "."
        command = error.ctx.command_path if error.ctx else "skipcat"
        more = _("'{command} --help' shows what is allowed.", command=command)
        return _fail(f"{message}{end} {more}")
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:
        return _end_quietly()
    except SystemExit as end:  # typer's answer to a broken pipe
        return _end_quietly() if isinstance(end.__context__, BrokenPipeError) else FAULTY
    except Exception as error:
        if not came:
            return _explain(error)
        code = STOPPED  # libraries turn an interrupted import into errors of their own
    if code == STOPPED:  # typer turns KeyboardInterrupt into this code
        print(say_stopped(arguments), file=sys.stderr)
        code = TERMINATED if signal.SIGTERM in came else STOPPED
    return code if isinstance(code, int) else 0


def _refuse_empty(arguments: list[str]) -> None:
    if any(re.fullmatch(r"(--[\w-]+=)?", argument) for argument in arguments):
        command = shlex.join(["skipcat", *arguments])
        raise SkipcatError(f"An argument is empty, as where a variable holds nothing: {command}")


def _explain(error: Exception) -> int:
    """Tell of a full disk behind stdout in one line; of a bug with all that is known."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
        _end_quietly()
        return _fail(
            _(
                "The result cannot be printed: {reason}; what was saved is whole.",
                reason=error.strerror,
            )
        )
    traceback.print_exception(error)
    return FAULTY


def _end_quietly() -> int:
    """End well: whoever read our output has seen enough, and nothing more can be printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
    return 0


def _fail(message: str) -> int:
    line = " ".join(message.split())
    print("skipcat: " + "".join(c if c.isprintable() else "?" for c in line), file=sys.stderr)
    return WRONG_INPUT
