"""What stands in an SVG drawing, read back: words and boxes, and which of them meet."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import combinations

from skipcat.plots.style import width_px

BOLD = 1.1


@dataclass(frozen=True)
class Area:
    """A rectangle of a drawing, and the words that fill it."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Area") -> bool:
        return (
            self.left < other.right and other.left < self.right
            and self.top < other.bottom and other.top < self.bottom
        )  # fmt: skip

    def holds(self, other: "Area") -> bool:
        return (
            self.left <= other.left and other.right <= self.right
            and self.top <= other.top and other.bottom <= self.bottom
        )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A drawing: its edge, all words, the boxes with what stands in each, the tooltips."""

    edge: Area
    texts: tuple[Area, ...]
    boxes: tuple[tuple[Area, tuple[Area, ...]], ...]
    titles: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return [text.words for text in self.texts]


def read(svg: str) -> Drawn:
    """Read a drawing; raises where it is not well-formed."""
    root = ET.fromstring(svg.replace(' xmlns="http://www.w3.org/2000/svg"', ""))
    width, height = map(float, root.get("viewBox").split()[2:])
    boxes = []
    for group in root.iter("g"):
        if group.find("title") is None:
            rect, texts = group.find("rect"), group.findall("text")
            boxes.append((_rect_area(rect), tuple(map(_text_area, texts))))
    return Drawn(
        Area("", 0, 0, width, height),
        tuple(_text_area(text) for text in root.iter("text")),
        tuple(boxes),
        tuple(title.text for title in root.iter("title")),
    )


def assert_tidy(drawn: Drawn) -> None:
    """Nothing is cut, no words meet others, words stay in their boxes, boxes apart."""
    for text in drawn.texts:
        assert drawn.edge.holds(text), text
    for box, texts in drawn.boxes:
        assert texts
        assert all(box.holds(text) for text in texts), texts
    for one, other in combinations(drawn.texts, 2):
        assert not one.meets(other), (one, other)
    for (one, _), (other, _) in combinations(drawn.boxes, 2):
        assert not one.meets(other), (one, other)


def _text_area(text: ET.Element) -> Area:
    size = float(text.get("font-size", 12))
    width = width_px([text.text]) * size / 12 * (BOLD if text.get("font-weight") else 1)
    x, y = float(text.get("x")), float(text.get("y"))
    left = x - {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "start")] * width
    return Area(text.text, left, y - 0.75 * size, left + width, y + 0.2 * size)


def _rect_area(rect: ET.Element) -> Area:
    x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
    return Area("", x, y, x + width, y + height)
