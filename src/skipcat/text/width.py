"""Widths of text in columns: wrap, shorten, pad; Chinese, Japanese, Korean characters take two."""

import re
from textwrap import wrap as wrap_words

from rich.cells import cell_len

WIDTH = 80
_WIDE = "\u2e80-\uffef"
# A word of other scripts, or a Chinese character, with the marks that no line begins with or ends:
# opening brackets and quotes; comma, stop, semicolon, colon, list comma, !, ?, closing ones.
_PIECES = re.compile(
    rf"\s*[\uff08\u201c\u300a]*(?:[^\s{_WIDE}\u201c\u201d]+|[{_WIDE}])"
    r"[\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u201d\u300b]*"
)


def count_columns(text: str) -> int:
    """Count the columns that a text takes on a terminal."""
    return cell_len(text)


def wrap(text: str, width: int = WIDTH, indent: str = "", first: str | None = None) -> list[str]:
    """Break a text into lines: at spaces, in Chinese between any two characters.

    Every line begins with `indent`, the first with `first` where that is given.
    """
    first = indent if first is None else first
    if not re.search(f"[{_WIDE}]", text):
        return wrap_words(text, width, initial_indent=first, subsequent_indent=indent)
    lines = [first]
    for piece in _PIECES.findall(text):
        filled = lines[-1] not in (first, indent)
        if filled and count_columns(lines[-1] + piece) > width:
            lines.append(indent)
            filled = False
        lines[-1] += piece if filled else piece.lstrip()
    return lines


def fill(text: str, width: int = WIDTH, indent: str = "", first: str | None = None) -> str:
    """Break a text into lines, as `wrap` does, and join them."""
    return "\n".join(wrap(text, width, indent, first))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill a text up to its columns with spaces behind it, or before it to the right."""
    spaces = " " * max(0, columns - count_columns(text))
    return spaces + text if right else text + spaces


def shorten(text: str, columns: int, *, middle: bool = False) -> str:
    """Cut a text to at most so many columns, its end or its middle replaced by one "…"."""
    if count_columns(text) <= columns:
        return text
    tail_room = (columns - 1) // 2 if middle else 0
    head, tail = "", ""
    for character in text:
        if count_columns(head + character) > columns - 1 - tail_room:
            break
        head += character
    for character in reversed(text):
        if count_columns(character + tail) > tail_room:
            break
        tail = character + tail
    return f"{head.rstrip()}…{tail}"
