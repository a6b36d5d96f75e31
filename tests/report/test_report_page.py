import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from skipcat.errors import DataError
from skipcat.evaluation.metrics import evaluate_logits
from skipcat.report.page import AnsweredPicture, ConfusedClasses, FitPage, Picture, TakenFor
from skipcat.report.render import render_fit_page
from skipcat.text.translation import get_language

VOID = {"meta", "img", "br", "hr", "input", "link"}
HOSTILE = [
    "<script>alert(1)</script>",
    '" onerror="alert(1)',
    "' onload='x",
    "a\nb\x00\x1b[31m",
    "\udc80broken",
    "花{{ 7 * 7 }}$x$",
    "\u202egpj.exe",
    "</style></title>",
]


class Checker(HTMLParser):
    """Notes the tags that do not nest, the text that is seen, ids, headings and links."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.text = [], [], []
        self.tags, self.ids, self.headings, self.loads, self.links = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.loads += [
            attributes[name] for name in ("src", "srcset", "action") if name in attributes
        ]
        self.links += [attributes[name] for name in ("href", "xlink:href") if name in attributes]
        for name in attributes:
            if name.startswith("on"):
                self.problems.append(f"{tag} has {name}")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        if "style" not in self.open and "script" not in self.open:
            self.text.append(data)


def check(html):
    """Read the page as a browser would and hold it to what every page must keep."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.problems == []
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert all(load.startswith("data:image/") for load in checker.loads)
    assert all(link.startswith(("#", "data:image/png")) for link in checker.links)
    assert {link[1:] for link in checker.links if link[0] == "#"} <= set(checker.ids)
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    assert not [tag for tag, _ in checker.tags if tag in ("script", "link", "iframe", "object")]
    assert all(attributes.get("alt") for tag, attributes in checker.tags if tag == "img")
    # What is loaded late is missing on paper.
    assert not any("loading" in attributes for _, attributes in checker.tags)
    language = {"en": "en", "zh": "zh-Hans"}[get_language()]
    assert ("html", {"lang": language}) in checker.tags
    steps = [b - a for a, b in zip(checker.headings, checker.headings[1:], strict=False)]
    assert checker.headings[0] == 1
    assert checker.headings.count(1) == 1
    assert max(steps, default=0) <= 1
    text = " ".join(" ".join(checker.text).split())
    assert not re.search(r"\b(None|nan|NaN|Undefined)\b", text)
    html.encode("utf-8")
    return text


def evaluate(classes=("rose", "tulip"), images=343, seed=0, lift=2.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(classes), images)
    logits = rng.normal(size=(images, len(classes)))
    logits[np.arange(images), labels] += lift
    return evaluate_logits(logits, labels, classes, temperature=1.2)


def picture(px=8, caption="a picture"):
    return Picture(np.full((px, px, 3), 128, dtype=np.uint8), caption)


def full_page(names=("rose", "tulip")):
    answered = tuple(
        AnsweredPicture(picture(caption=name), name, other, 0.997)
        for name in names
        for other in names[:2]
    )
    return FitPage(
        title=names[0],
        network="ResNet-18",
        reason=f"Because of {names[0]}.",
        seconds=561.2,
        data={name: (80, 10, 10) for name in names},
        test=evaluate(names),
        validation=evaluate(names, seed=1),
        notes=(f"Offline: {names[0]}",),
        plan=(f"Plan {names[1]}",),
        left_out={name: (name, "b.jpg") for name in names},
        history=(
            {"epoch": 1, "train_loss": 1.0, "validation_loss": None, "seconds": 30.0},
            {"epoch": 2, "train_loss": float("nan"), "images_per_second": None},
        ),
        cost={
            "parameters": 11_179_077,
            "macs": 592_000_000,
            "receptive_field_px": None,
            "columns": ("row", "parameters"),
            "rows": ((names[0], 9408), ("fc", None)),
        },
        recipe={"seed": 0, "pretrained": None, "rate": float("nan"), "name": names[0]},
        machine={"torch": names[0]},
        samples={name: (picture(), picture(100)) for name in names},
        augmentation=(picture(), picture(caption="")),
        preprocessing=((picture(100, names[0]), picture(64, names[1])),),
        preprocessing_note="Fitted.",
        answered=answered,
        mistakes=tuple(one for one in answered if not one.right),
        confused=(
            ConfusedClasses(
                (names[0], names[1]),
                9,
                80,
                (0.06, 0.2),
                (
                    TakenFor(names[0], names[1], 8, answered[1:2]),
                    TakenFor(names[1], names[0], 1, answered[2:3]),
                ),
            ),
        ),
        commands=((f"Ask {names[0]}", f"skipcat predict {names[1]}"),),
    )


def test_full_page_shows_everything():
    page = full_page()
    text = check(render_fit_page(page))
    right, images = page.test.correct, page.test.images
    assert f"Of 343 pictures that it had never seen it named {right} right: " in text
    assert images == 343
    for expected in (
        "For new pictures like these expect between ",
        "Always answering “",
        "ResNet-18",
        "9 minutes 21 seconds",
        "Because of rose.",
        "Offline: rose",
        "Plan tulip",
        "✓ rose 99 %",
        "✗ tulip 99 % is rose",
        "11.2 million",
        "592 million",
        "fc –",
        "pretrained not set",
        "rate not set",
        "rose: 2 files",
        "skipcat predict tulip",
        "2 epochs in 30 seconds.",
        "all 160 20 20",
        "“rose” and “tulip” 9 of their 80 pictures taken for the other class (11 %; expect between"
        " 6 and 20 %). Those of which it was surest are shown.",
        "“rose” taken for “tulip”: 8 99 % sure rose",
        "“tulip” taken for “rose”: 1 99 % sure tulip",
    ):
        assert expected in text


def test_hostile_names_stay_text():
    html = render_fit_page(full_page(HOSTILE))
    text = check(html)
    assert "<script" not in html
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}$x$" in text
    for absent in ("\x00", "\x1b", "\udc80", "\u202e"):
        assert absent not in html


@pytest.mark.parametrize(
    "page",
    [
        FitPage(title="x", network="resnet18"),
        FitPage(title="x", network="resnet18", test=evaluate(images=1)),
        FitPage(title="x", network="resnet18", validation=evaluate(images=4)),
        FitPage(title="x", network="resnet18", data={"a": (1, 0, 0), "b": (0, 0, 0)}),
        FitPage(title="x", network="resnet18", test=evaluate(["only"])),
    ],
    ids=["nothing", "one test image", "validation only", "data only", "one class"],
)
def test_minimal_pages_are_whole(page):
    check(render_fit_page(page))


def test_a_hundred_classes_fold_their_table():
    names = [f"category {index}" for index in range(100)]
    page = FitPage(
        title="many",
        network="resnet18",
        data={name: (5, 1, 1) for name in names},
        test=evaluate(names, images=900),
    )
    html = render_fit_page(page)
    text = check(html)
    assert "100 classes, 700 pictures" in text
    assert len(html) < 400_000


def test_equal_pages_are_equal_bytes():
    assert render_fit_page(full_page()) == render_fit_page(full_page())


def test_without_a_test_part_the_page_says_that_it_flatters():
    text = check(render_fit_page(replace(full_page(), test=None)))
    assert "right: " in text
    assert "No pictures were kept for a test." in text
    assert "the figure flatters" in text
    assert "The test pictures gave" not in text


def test_without_any_judged_pictures_the_page_says_so():
    text = check(render_fit_page(replace(full_page(), test=None, validation=None, answered=())))
    assert "How good this classifier is, nobody knows yet." in text
    assert "Can its probabilities" not in text


def test_no_mistake_is_said_and_not_called_perfect():
    perfect = evaluate(images=40, lift=90.0)
    text = check(render_fit_page(replace(full_page(), test=perfect, mistakes=())))
    assert "it named every one right: 100 %." in text
    assert "There are none: it named every one of the 40 pictures right." in text
    assert "between 91 and 100 % is what so many pictures can certify." in text
    assert "40 pictures can certify little" in text


def test_mistakes_without_pictures_are_named():
    page = replace(full_page(), mistakes=())
    text = check(render_fit_page(page))
    first = page.test.mistakes[0]
    assert f"{first.name} {first.true} {first.predicted}" in text


def test_tiny_pictures_are_pixelated_and_large_ones_not():
    html = render_fit_page(FitPage(title="x", network="y", augmentation=(picture(8), picture(65))))
    assert html.count('class="thumb tiny"') == 1
    assert html.count('class="thumb"') == 1


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((4, 4)), "float64 of (4, 4)"),
        (np.zeros((4, 4, 4), dtype=np.uint8), "uint8 of (4, 4, 4)"),
        (np.zeros((0, 4), dtype=np.uint8), "uint8 of (0, 4)"),
        ([[1]], "None of (1, 1)"),
    ],
)
def test_odd_pixels_are_refused(pixels, message):
    with pytest.raises(DataError) as caught:
        Picture(pixels)
    assert str(caught.value) == (
        f"A picture is uint8 of shape (H, W) or (H, W, 3); given {message}."
    )
