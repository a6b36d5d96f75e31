"""The Chinese translations, compiled from their sources: tests need no built `.mo`."""

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from unittest.mock import patch

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from skipcat.text import translation


def read_sources() -> list[Catalog]:
    """Return the catalogs of every `.po` of Chinese."""
    folder = files("skipcat").joinpath("locale", "zh_CN", "LC_MESSAGES")
    found = []
    for source in sorted(folder.iterdir(), key=str):
        if source.name.endswith(".po"):
            with source.open("rb") as file:
                found.append(read_po(file))
    return found


@contextmanager
def use_compiled_chinese() -> Iterator[None]:
    """Translate into Chinese by the sources."""
    english, compiled = translation._catalog("en"), gettext.NullTranslations()
    for catalog in read_sources():
        buffer = io.BytesIO()
        write_mo(buffer, catalog)
        buffer.seek(0)
        compiled.add_fallback(gettext.GNUTranslations(buffer))
    with patch.object(
        translation, "_catalog", lambda language: compiled if language == "zh" else english
    ):
        yield
