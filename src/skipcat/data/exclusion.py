"""Lists of images to leave out: one name a line, as `skipcat check --out` writes them."""

from collections.abc import Iterable
from pathlib import Path

from skipcat.errors import DataError

Exclude = str | Path | Iterable[str]


def escape_name(name: str) -> str:
    r"""Return a name as one line that `unescape_name` takes back.

    >>> escape_name("rose/a\nb.jpg")
    'rose/a\\nb.jpg'
    """
    line = "".join(_escape(character) for character in name.replace("\\", "\\\\"))
    if line[:1] in ("#", " "):
        line = f"\\x{ord(line[0]):02x}{line[1:]}"
    if line.endswith(" "):
        line = f"{line[:-1]}\\x20"
    return line


def unescape_name(line: str) -> str:
    r"""Return the name that stands in a line of a list.

    Raises:
        ValueError: a backslash is followed by what no list contains.
    """
    parts, place = [], 0
    while (found := line.find("\\", place)) >= 0:
        parts.append(line[place:found])
        letter = line[found + 1 : found + 2]
        length = {"\\": 0, "n": 0, "r": 0, "t": 0, "x": 2, "u": 4, "U": 8}.get(letter)
        digits = line[found + 2 : found + 2 + (length or 0)]
        if length is None or len(digits) < length:
            raise ValueError(f"'\\{letter}' is no escape; a backslash is written '\\\\'")
        simple = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
        parts.append(simple[letter] if letter in simple else chr(int(digits, 16)))
        place = found + 2 + length
    return "".join([*parts, line[place:]])


def _escape(character: str) -> str:
    simple = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in simple:
        return simple[character]
    # Also line and paragraph separators, and halves of surrogate pairs, which UTF-8 cannot hold.
    if character == " " or character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def read_names(exclude: Exclude) -> tuple[str, list[str]]:
    """Read a list of names: a file, or the names themselves; return how to call it, and them.

    Raises:
        DataError: the file cannot be read.
    """
    if not isinstance(exclude, str | Path):
        return "The list", list(exclude)
    path = Path(exclude).expanduser()
    where = f"The list '{path}'"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where} is no text in UTF-8; one name a line is needed.") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"Cannot read the list '{path}': {why}.") from error
    names = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r").strip(" ")
        if line and not line.startswith("#"):
            try:
                names.append(unescape_name(line))
            except (ValueError, OverflowError) as error:
                raise DataError(f"{where} is wrong in line {number}: {error}.") from error
    return where, names
