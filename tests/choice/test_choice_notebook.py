import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from skipcat.choice.budget import Budget
from skipcat.choice.candidate import Candidate
from skipcat.choice.result import Choice, Option
from skipcat.text.translation import Message
from skipcat.training.recipe import Recipe
from skipcat.training.schedule.plan import Plan

HOSTILE = '<b>"photos" & \x00\u202e</b>'


def option(name, accuracy):
    candidate = Candidate(name, 64, 2, 1_234_567, 10**8, 4.7, 9.0, 12.345, 14.0, 0.1, 0.2,
                          Plan(5, 64))  # fmt: skip
    return Option(candidate, accuracy, (accuracy - 0.05, accuracy + 0.04), 200, 61.4, 2)


@pytest.fixture
def choice():
    return Choice(
        data="flowers", network="resnet18", image_px=64, stem_reduction=2, pretrained="none",
        recipe=Recipe(), budget=Budget(), folder=Path("race"),
        options=(option("resnet18", 0.8), option("googlenet", 0.75)), frontier=("resnet18",),
        reasons=(
            Message("resnet18 is better on {data}.", data=HOSTILE),
            Message("googlenet left."),
        ),
    )  # fmt: skip


def test_it_shows_reasons_bubbles_and_figures(choice):
    html = choice._repr_html_()
    root = ET.fromstring(html.replace("xlink:", ""))
    assert "resnet18 at 64 px." in html and html.count("<svg ") == 1
    cells = [cell.text for cell in root.iter("td")]
    assert cells[:7] == [
        "resnet18", "64", "1,234,567", "12.35", "61", "80.0 %", "75.0 to 84.0 %",
    ]  # fmt: skip
    assert "googlenet left." in html.split("Who left, and who was not tried")[1]


def test_names_of_users_are_escaped(choice):
    html = choice._repr_html_()
    assert "<b>" not in html and "\x00" not in html and "\u202e" not in html
    assert "&lt;b&gt;&quot;photos&quot; &amp; \ufffd\ufffd&lt;/b&gt;" in html


def test_a_choice_without_a_race_has_no_chart(choice):
    html = replace(choice, options=(), reasons=())._repr_html_()
    ET.fromstring(html)
    assert "<svg" not in html and "<table" not in html and "<details" not in html
