"""Why an image cannot be read, from what lies on the disk."""

import errno
from pathlib import Path
from stat import S_ISREG

from skipcat.text.translation import Message

_HEAD = 512
_WEB = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
_LFS = Message("a Git LFS pointer: fetch the files with 'git lfs pull'")
# What people take for images, by its first bytes.
_OTHERS = (
    (0, b"%PDF", Message("a PDF document")),
    (0, b"PK\x03\x04", Message("a ZIP archive or office document")),
    (0, b"version https://git-lfs", _LFS),
    (0, b"8BPS", Message("a Photoshop document")),
    (0, b"<?xml", Message("an XML or SVG document")),
    (0, b"<svg", Message("an SVG drawing")),
    (4, b"ftyphei", Message("a HEIC photograph")),
    (4, b"ftypmif", Message("a HEIF photograph")),
    (4, b"ftyphev", Message("a HEIC photograph")),
    (4, b"ftyp", Message("a video")),
    (0, b"\x1aE\xdf\xa3", Message("a video")),
)
_ERRORS = {
    errno.ENOENT: "broken-link",
    errno.ELOOP: "link-loop",
    errno.EACCES: "no-permission",
    errno.EPERM: "no-permission",
}


def name_fault(source: object, why: str) -> tuple[str, str]:
    """Return the kind of a fault, and words for what the kind leaves open.

    `why` is what the decoder said.
    """
    if not isinstance(source, Path):
        return "damaged", why
    try:
        if not S_ISREG(source.stat().st_mode):
            return "no-file", ""
        with source.open("rb") as file:
            return _name_content(file.read(_HEAD), why)
    except OSError as error:
        return _ERRORS.get(error.errno or 0, "unreadable"), str(error.strerror or error)


def _name_content(head: bytes, why: str) -> tuple[str, str]:
    if not head:
        return "zero-bytes", ""
    if "pixels allowed" in why:
        return "too-many-pixels", ""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB):
        return "web-page", ""
    if "not an image" in why:
        return "no-image", _recognise(head)
    kind = "truncated" if _is_cut(why) else "damaged"
    return kind, why.removeprefix("it is damaged: ").rstrip(".")


def _recognise(head: bytes) -> str:
    for place, mark, words in _OTHERS:
        if head[place:].startswith(mark):
            return words
    text = all(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return Message("text") if text else ""


def _is_cut(why: str) -> bool:
    marks = ("truncated", "premature", "unexpected end", "not enough", "buffer overrun")
    return any(mark in why.lower() for mark in marks)
