"""Compile the translations, `.po` to `.mo`, where a wheel or an editable install is built."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = Path(__file__).parent / "src" / "skipcat" / "locale"


class TranslationsHook(BuildHookInterface):
    """Compile before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write every `.mo` beside its `.po`."""
        compile_translations()


def compile_translations() -> None:
    """Write each `.mo` that is older than its `.po`; several processes may do so at once."""
    for source in LOCALES.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        part = compiled.with_suffix(f".{os.getpid()}")
        with source.open("rb") as text, part.open("wb") as file:
            write_mo(file, read_po(text))
        part.replace(compiled)
