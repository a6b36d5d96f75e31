import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipcat.text.numbers import (
    duration,
    join_sentences,
    large_number,
    list_some,
    page_percent,
    page_range,
    page_sure,
    percent,
    percent_interval,
)
from skipcat.text.translation import Message, _, use_language


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0"),
        (1.0, "100"),
        (0.744, "74"),
        (0.9975, "99.8"),
        (0.99999, "99.9"),
        (0.0001, "0.1"),
        (0.95, "95"),
        (0.951, "95.1"),
    ],
)
def test_percent(share, said):
    assert page_percent(share) == f"{said}\u00a0%"


@settings(deadline=None)
@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_all_is_all(share):
    assert page_percent(share) not in ("0\u00a0%", "100\u00a0%", "100.0\u00a0%", "0.0\u00a0%")
    assert page_sure(share) != "100\u00a0%"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 second"),
        (59.4, "59 seconds"),
        (60, "1 minute"),
        (561, "9 minutes 21 seconds"),
        (3600, "1 hour"),
        (7530, "2 hours 5 minutes"),
    ],
)
def test_seconds(seconds, said):
    assert duration(seconds) == said


def test_large_numbers():
    assert large_number(11_179_077) == "11.2 million"
    assert large_number(1_820_000_000) == "1.82 billion"
    assert large_number(7850) == "7,850"


def test_in_chinese_no_space_stands_before_a_percent_sign():
    said = [percent(0.953), page_percent(0.74), page_sure(0.999), page_range((0.61, 0.71))]
    assert said == ["95.3 %", "74\u00a0%", "99\u00a0%", "between 61 and 71\u00a0%"]
    assert percent(None) == "–"
    with use_language("zh"):
        assert [_(one) for one in said] == ["95.3%", "74%", "99%", "61%～71%"]
        assert _(percent_interval((0.61, 0.714))) == "61.0%～71.4%"
        assert _(duration(561)) == "9 分钟 21 秒"


def test_lists_and_sentences_are_joined_as_the_language_does():
    names = list_some([*"abcdefg"])
    both = join_sentences("", Message("{names}", names=names), "", "Next.")
    assert names == "a, b, c, d, e and 2 more"
    assert both == "a, b, c, d, e and 2 more Next."
    with use_language("zh"):
        assert _(list_some(["a", "b"])) == "a、b"
        assert _(both) == "a、b、c、d、e等（另有 2 个）Next."
