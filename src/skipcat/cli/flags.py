"""Every field of a recipe or a budget is a flag of the same name."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer


def add_fields(kinds: Mapping[type, frozenset[str] | None]) -> Callable[[Callable], Callable]:
    """Give a command one flag per field of dataclasses; those given arrive as the dict `given`.

    `kinds` names the fields of each dataclass that become flags, None for all of them. A field is
    `Annotated[type, "what it is"]`. A flag that is not given is not in `given`, so that a default
    stays a default.
    """

    def decorate(command: Callable) -> Callable:
        options = [option for kind, only in kinds.items() for option in _options_of(kind, only)]
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "given"]

        def run(**values: Any) -> Any:
            given = {option.name: values.pop(option.name) for option in options}
            return command(**values, given={k: v for k, v in given.items() if v is not None})

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
        return run

    return decorate


def _options_of(kind: type, only: frozenset[str] | None) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        _option(field, *get_args(hints[field.name])[:2])
        for field in fields(kind)
        if only is None or field.name in only
    ]


def _option(field: Field, meant: Any, words: str) -> inspect.Parameter:
    value = f"{field.default:g}" if isinstance(field.default, float) else field.default
    shown = "" if field.default is None or meant is bool else f" [default: {value}]"
    flag = "--" + field.name.replace("_", "-")
    option = typer.Option(flag, help=words + shown, show_default=False)
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_plain(meant) | None, option],
    )


def _plain(meant: Any) -> Any:
    """Give int, float or str for what a field may be; the recipe itself refuses wrong words."""
    choices = [choice for choice in get_args(meant) if choice is not NoneType]
    if choices and isinstance(choices[0], str):
        return str
    return choices[0] if choices and get_origin(meant) is not None else meant
