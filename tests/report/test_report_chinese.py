"""Every page in Chinese: no English sentence is left, and none is in another language at once."""

import re

import pytest

from report.test_report_branches import make as make_worth
from report.test_report_explain import make as make_explanations
from report.test_report_learning_curve import make as make_curve
from report.test_report_page import check, full_page
from report.test_report_pruning import make as make_pruned
from skipcat.data.dataset import open_dataset
from skipcat.data.doctor.check import check as check_data
from skipcat.report.branches import render_branches
from skipcat.report.data_check import render_checkup
from skipcat.report.explain import render_explanations
from skipcat.report.learning_curve import render_learning_curve
from skipcat.report.pruning import render_pruning
from skipcat.report.render import render_fit_page
from skipcat.text.translation import use_language

# Words that English sentences have, and names, citations and commands have not.
ENGLISH = re.compile(r"\b(?:the|of|that|and|which|than|with|were|was|are|it|is|to|no)\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def render_data_check(photos):
    dataset = open_dataset(photos)
    return render_checkup(dataset, check_data(dataset, progress=None))


@pytest.mark.parametrize(
    ("page", "known"),
    [
        (lambda: render_fit_page(full_page()), ("Because of rose.",)),
        (lambda: render_branches(make_worth()), ()),
        (lambda: render_branches(make_worth("units")), ()),
        (lambda: render_pruning(make_pruned(met=False)), ()),
        (lambda: render_learning_curve(make_curve()), ()),
        (lambda: render_explanations(make_explanations()), ()),
    ],
)
def test_no_english_sentence_is_left(page, known):
    with use_language("zh"):
        text = check(page())
    assert CHINESE.search(text)
    for phrase in known:
        text = text.replace(phrase, "")
    assert ENGLISH.findall(text) == []
    assert not CHINESE.search(check(page()))


def test_the_data_check_is_in_one_language(photos):
    (photos / "red" / "empty.png").write_bytes(b"")
    (photos / "blue" / "00.png").write_bytes((photos / "red" / "00.png").read_bytes())
    with use_language("zh"):
        text = check(render_data_check(photos))
    assert "空文件" in text
    assert ENGLISH.findall(text) == []
    assert not CHINESE.search(check(render_data_check(photos)))
