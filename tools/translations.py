"""Bring the translations up to date: extract all messages, merge them into each `.po`, compile.

`make translations` runs it. What is new has an empty translation, which a test refuses; what the
source no longer says is dropped.
"""

import ast
from collections.abc import Iterator
from io import SEEK_END, BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from skipcat.cli.app import app
from skipcat.cli.language import build_commands
from skipcat.networks.listing import read_listing

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "skipcat"
# Where these are called, the first argument is a message; of two, the second is its plural.
CALLS = {"_", "ngettext", "Message"}
# Their second and third arguments are two messages.
PAIRS = {"Kind"}
CATALOGS = sorted((SOURCE / "locale").glob("*/LC_MESSAGES/skipcat.po"))


def extract_messages() -> Catalog:
    """Return every message of the source, without translations."""
    catalog = Catalog(fuzzy=False)
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]):
        read = _read_python if path.suffix == ".py" else _read_template
        for message in read(path):
            place = path.relative_to(SOURCE).as_posix()
            catalog.add(message[0] if len(message) == 1 else message, locations=[(place, None)])
    for one in read_listing().networks:  # recorded of the papers' files
        for text in (one.family_introduced, one.introduced):
            catalog.add(text, locations=[("networks/listing.json", None)])
    build_commands(app, lambda text: text and catalog.add(text, locations=[("cli", None)]) and text)
    return catalog


def _read_python(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in CALLS:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if texts and texts[0]:
                yield tuple(texts[:2])
        elif isinstance(node, ast.Call) and _name(node.func) in PAIRS:
            yield from ((one.value,) for one in node.args[1:3] if isinstance(one, ast.Constant))


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _read_template(path: Path) -> Iterator[tuple[str, ...]]:
    with path.open("rb") as file:
        for _line, _function, message, _comments in babel_extract(file, CALLS, (), {}):
            texts = (message,) if isinstance(message, str) else message
            if found := tuple(one for one in texts or () if one is not None)[:2]:
                yield found


def read_catalog(path: Path) -> Catalog:
    """Read a `.po` file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def update_catalog(path: Path, template: Catalog) -> None:
    """Give a `.po` file the messages of the template, and the translations that it had of them."""
    catalog = read_catalog(path)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    header = path.read_text(encoding="utf-8").partition("\n\n")[0]
    text = BytesIO(f"{header}\n\n".encode())
    text.seek(0, SEEK_END)
    write_po(text, catalog, width=100, include_lineno=False, omit_header=True)
    path.write_bytes(text.getvalue())


if __name__ == "__main__":
    found = extract_messages()
    for catalog in CATALOGS:
        update_catalog(catalog, found)
