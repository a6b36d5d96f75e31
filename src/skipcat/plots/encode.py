"""Figures and pictures as text that can stand in a page: inline SVG, data URIs."""

import base64
import io
import re
import unicodedata
import warnings
from html import escape
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from skipcat.plots.style import FAINT, INK, MARK, PX_PER_INCH, RULE

SMALL_PX = 64  # pictures up to this size are kept exactly, as PNG
FEW_COLOURS = 1024  # a drawing has fewer, and PNG may be smaller; trying it on photographs is slow
QUALITIES = (85, 75, 65, 55, 45, 35, 25)

_THEME = {INK: "--ink", FAINT: "--faint", RULE: "--rule", MARK: "--accent"}
_SETTINGS: Any = {"svg.hashsalt": "skipcat", "svg.fonttype": "none"}  # older stubs: plain dict
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def figure_to_svg(figure: Figure, *, name: str, description: str) -> str:
    """Return a figure as an SVG element for HTML, equal bytes for equal figures.

    Text stays text: the page's font shows every script that the reader's machine knows. Ink,
    faint ink, rules and blue marks become the CSS variables --ink, --faint, --rule and --accent,
    with the plot's own colours where a page has none. `name` is put before each id, so that
    figures share a page; `description` is read aloud in the figure's place.
    """
    buffer = io.StringIO()
    with mpl.rc_context(_SETTINGS), _no_glyph_warning():
        FigureCanvasSVG(figure).print_svg(buffer, metadata=_NO_METADATA)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    for colour, variable in _THEME.items():
        text = text.replace(colour, f"var({variable}, {colour})")
    width, height = figure.get_size_inches() * PX_PER_INCH
    opening = (
        f'<svg viewBox="0 0 {width * 0.75:g} {height * 0.75:g}" width="{width:g}"'
        f' height="{height:g}" role="img" aria-label="{escape(description)}">'
    )
    # In HTML an svg element needs no namespaces.
    return re.sub(r"<svg[^>]*>", lambda _: opening, text, count=1)


def picture_to_uri(pixels: np.ndarray, *, most_px: int | None = None) -> str:
    """Encode pixels as a data URI: PNG up to 64 px or where that is smaller, else JPEG.

    Quality 85, and less where a picture full of detail would take more than a quarter of a byte
    for each pixel of the square around it, so that a page of many stays small. WebP would take
    three tenths less, and is not in every build of Pillow. Nothing but the pixels is written, and
    they are never enlarged.

    Shapes: (H, W) or (H, W, 3), uint8. The longer side is brought down to `most_px`.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if most_px is not None and max(image.size) > most_px:
        image.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    if max(image.size) <= SMALL_PX:
        return _to_uri(_encode(image, "PNG"), "png")
    most, jpeg = max(image.size) ** 2 // 4, b""
    for quality in QUALITIES:
        jpeg = _encode(image, "JPEG", quality=quality)
        if len(jpeg) <= most:
            break
    if image.getcolors(FEW_COLOURS):
        png = _encode(image, "PNG")
        if len(png) <= len(jpeg):
            return _to_uri(png, "png")
    return _to_uri(jpeg, "jpeg")


def _encode(image: Image.Image, kind: str, **settings: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, optimize=True, **settings)
    return buffer.getvalue()


def clean(words: str) -> str:
    """Make words fit for HTML; what they hold of its signs is not escaped.

    Control characters and halves of surrogate pairs, which file names can hold, would break a page
    or its encoding; marks that turn the reading direction would disturb what follows.
    """
    return "".join(_clean_character(character) for character in words)


def _clean_character(character: str) -> str:
    if character in "\n\t":
        return character
    turns = "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"
    return "\ufffd" if turns or unicodedata.category(character) in ("Cc", "Cs") else character


def _to_uri(data: bytes, kind: Literal["png", "jpeg"]) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _no_glyph_warning() -> warnings.catch_warnings:
    """Keep quiet about characters that no font here has: SVG text is drawn by the reader's."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)
