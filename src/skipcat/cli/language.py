"""Language of the command line: --language for every command, help in the language in use."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Annotated, Any

import typer
from typer.main import get_command

from skipcat.text.translation import _
from skipcat.text.width import count_columns, wrap

FLAG = "--language"
LanguageOption = Annotated[
    str | None,
    typer.Option(
        FLAG, metavar="CODE", help="en or zh. [default: SKIPCAT_LANGUAGE, or the system's]"
    ),
]
# What the parser leaves of 80 columns to a flag's help, and to a command's.
FLAG_COLUMNS, COMMAND_COLUMNS = 46, 76


def read_language(arguments: Sequence[str]) -> str | None:
    """Return the language that a command line asks for, wherever the flag stands; else None."""
    for place, argument in enumerate(arguments):
        flag, equals, value = argument.partition("=")
        if flag == FLAG:
            return value if equals else next(iter(arguments[place + 1 :]), None)
    return None


def build_commands(app: typer.Typer, translate: Callable[[str], str] = _) -> Any:
    """Build the commands with their help translated, each with the flag of the language."""
    group: Any = get_command(app)
    language = copy(next(one for one in group.params if FLAG in one.opts))
    language.expose_value = False  # it is read before anything is parsed
    for command in (group, *group.commands.values()):
        if not any(FLAG in one.opts for one in command.params):
            command.params.append(copy(language))
        paragraphs = [
            translate(" ".join(text.split())) for text in (command.help or "").split("\n\n")
        ]
        if any(map(_is_wide, paragraphs)):
            command.short_help = paragraphs[0].rstrip("\u3002")
            paragraphs = [_keep_lines(text, COMMAND_COLUMNS) for text in paragraphs]
        command.help = "\n\n".join(paragraphs)
        for parameter in command.params:
            if parameter.help:
                parameter.help = _translate_flag(parameter.help, translate)
    return group


def _translate_flag(text: str, translate: Callable[[str], str]) -> str:
    words, default, value = text.partition(" [default: ")
    said = translate(words)
    if default:
        value = value.removesuffix("]")
        value = translate(value) if " " in value else value
        said += " " + _("[default: {value}]", value=value)
    return _keep_lines(said, FLAG_COLUMNS) if _is_wide(said) else said


def _is_wide(text: str) -> bool:
    return count_columns(text) > len(text)


def _keep_lines(text: str, columns: int) -> str:
    """Break a text as the parser, which breaks at spaces only, cannot, and let it stay so."""
    return "\b\n" + "\n".join(wrap(text, columns))
