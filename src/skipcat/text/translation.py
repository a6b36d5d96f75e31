"""Translation: English messages, and their Simplified Chinese by gettext (`locale/zh_CN`).

The library speaks English: what it returns and records are `Message`s, English strings that carry
their template and values, so that any language can be made of them later. Commands and pages set
the language (`use_language`) and translate (`_`). English is the message id; a message without a
translation stays English, and a test lists it.
"""

import gettext as gettext_module
import locale
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self, get_args

from skipcat.errors import SkipcatError, did_you_mean

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
VARIABLE = "SKIPCAT_LANGUAGE"
_FOLDER = Path(__file__).parents[1] / "locale"
_LOCALES: Mapping[Language, str] = {"zh": "zh_CN"}
_language: ContextVar[Language] = ContextVar("language", default="en")


class Message(str):
    """A sentence in English that can be said in other languages: a template and its values.

    A value is a number, a string, another message, or a tuple of them, which is listed. With
    `plural`, the template for counts other than one, `n` is among the values.
    """

    template: str
    plural: str
    values: dict[str, Any]

    def __new__(cls, template: str, plural: str = "", **values: Any) -> Self:
        """Format the template in English."""
        found = super().__new__(cls, _fill(template, plural, values, "en"))
        found.template, found.plural, found.values = template, plural, values
        return found

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return (self.template, self.plural), self.values

    def to_dict(self) -> dict[str, Any]:
        """Return the template and its values, as JSON takes them."""
        values = {name: _plain(value) for name, value in self.values.items()}
        return {
            "message": self.template,
            **({"plural": self.plural} if self.plural else {}),
            **({"values": values} if values else {}),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Build a message from what `to_dict` returned.

        Raises:
            ValueError: it is no such thing.
        """
        try:
            values = {str(name): _lively(value) for name, value in stored.get("values", {}).items()}
            return cls(str(stored["message"]), str(stored.get("plural", "")), **values)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"no message: {stored}") from error

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        from pydantic_core import core_schema  # slow to import, and commands only print

        def read(value: object) -> Message:
            if isinstance(value, Message):
                return value
            if isinstance(value, Mapping):
                return cls.from_dict(value)
            raise ValueError("a message is a mapping with a template")

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict)
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value


def _lively(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Message.from_dict(value)
    return tuple(_lively(one) for one in value) if isinstance(value, list) else value


def _(text: str, **values: Any) -> str:
    """Return a text, template or `Message` in the language in use, its values filled in."""
    if isinstance(text, Message):
        return _fill(text.template, text.plural, {**text.values, **values}, _language.get())
    return _fill(text, "", values, _language.get())


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """Return the template for a count in the language in use, filled with `n` and the values."""
    return _fill(one, many, {"n": n, **values}, _language.get())


def _fill(template: str, plural: str, values: Mapping[str, Any], language: Language) -> str:
    if plural:
        count = values["n"]  # gettext counts in whole numbers; 0.3 is a plural
        whole = int(count) if count == int(count) else 2
        found = _catalog(language).ngettext(template, plural, whole)
    else:
        found = _catalog(language).gettext(template) if template else template
    if not values:
        return found
    return found.format(**{name: _shown(value, language) for name, value in values.items()})


def _shown(value: Any, language: Language) -> Any:
    if isinstance(value, Message):
        return _fill(value.template, value.plural, value.values, language)
    if isinstance(value, tuple | list):
        joint = _catalog(language).gettext(_JOINT)
        return joint.join(str(_shown(one, language)) for one in value)
    return value


@cache
def _catalog(language: Language) -> gettext_module.NullTranslations:
    if language not in _LOCALES:
        return gettext_module.NullTranslations()
    # Without a .mo, as in a checkout that nobody installed, everything stays English.
    return gettext_module.translation("skipcat", _FOLDER, [_LOCALES[language]], fallback=True)


_JOINT = Message(", ")


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Translate into a language, "en" or "zh", for the length of a block.

    Raises:
        SkipcatError: there is no such language here.
    """
    token = _language.set(check_language(language))
    try:
        yield
    finally:
        _language.reset(token)


def get_language() -> Language:
    """Return the language in use."""
    return _language.get()


def check_language(language: str) -> Language:
    """Return a language's code: "en", or "zh" for Chinese by any of its names.

    Raises:
        SkipcatError: there is no such language here.
    """
    code = language.replace("-", "_").split(".")[0].split("_")[0].lower()
    for known in LANGUAGES:
        if code == known:
            return known
    raise SkipcatError(
        f"skipcat speaks no '{language}'; its languages are en (English) and zh (Simplified "
        f"Chinese).{did_you_mean(language, LANGUAGES)}"
    )


def find_language(asked: str | None = None) -> tuple[Language, Message | None]:
    """Find the language: as asked, by SKIPCAT_LANGUAGE, or by the system's locale.

    The second value is a word to the user where their own is not there, None otherwise.

    Raises:
        SkipcatError: the language that was asked for, or SKIPCAT_LANGUAGE's, is not there.
    """
    given = asked or os.environ.get(VARIABLE, "")
    language = check_language(given) if given else _find_system_language()
    given = given or _system_locale()
    if language == "zh" and given.replace("-", "_").lower().startswith(("zh_tw", "zh_hk")):
        return language, Message(
            "Traditional Chinese is not available; this is Simplified Chinese."
        )
    return language, None


def _find_system_language() -> Language:
    return "zh" if _system_locale().lower().startswith("zh") else "en"


def _system_locale() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # in POSIX' order
        if os.environ.get(name):
            return os.environ[name]
    return locale.getlocale()[0] or ""
