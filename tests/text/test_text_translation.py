import copy
import json

import pytest
from pydantic import TypeAdapter

from skipcat.errors import SkipcatError
from skipcat.text import translation
from skipcat.text.translation import Message, _, find_language, ngettext, use_language

GREET = Message("{who} has {share:.1f} % of {n} image.", "{who} has {share:.1f} % of {n} images.",
                who=("a", "b"), share=12.34, n=3)  # fmt: skip


class Chinese:
    """A catalog of two messages."""

    def gettext(self, text):
        return {"the best": "最好的", ", ": "、"}.get(text, text)

    def ngettext(self, one, many, n):
        return "{n} 张图片中，{who} 占 {share:.1f}%。"


@pytest.fixture
def chinese(monkeypatch):
    english = translation._catalog("en")
    monkeypatch.setattr(
        translation, "_catalog", lambda language: Chinese() if language == "zh" else english
    )


def test_a_message_is_an_english_string():
    assert GREET == "a, b has 12.3 % of 3 images."
    assert Message("It has {n} image.", "It has {n} images.", n=1) == "It has 1 image."
    assert _("plain {braces} without values") == "plain {braces} without values"


def test_a_message_goes_through_json_pydantic_and_copies():
    nested = Message("Chosen: {what}", what=GREET)
    stored = json.loads(json.dumps(nested.to_dict()))
    for found in (Message.from_dict(stored), TypeAdapter(Message).validate_python(stored),
                  copy.deepcopy(nested)):  # fmt: skip
        assert found == nested == "Chosen: a, b has 12.3 % of 3 images."
        assert found.values["what"].values["who"] == ("a", "b")
    with pytest.raises(ValueError, match="no message"):
        Message.from_dict({"values": {}})


def test_the_language_in_use_decides(chinese):
    assert _(GREET) == GREET
    with use_language("zh-CN"):
        assert _(GREET) == "3 张图片中，a、b 占 12.3%。"
        assert _("the best") == "最好的"
        assert _(Message("It is {what}.", what=Message("the best"))) == "It is 最好的."
        assert ngettext("one", "many", 2, who="x", share=1) == "2 张图片中，x 占 1.0%。"
    assert _("the best") == "the best"


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(SkipcatError) as refused, use_language("fr"):
        pass
    assert str(refused.value) == (
        "skipcat speaks no 'fr'; its languages are en (English) and zh (Simplified Chinese)."
    )


@pytest.mark.parametrize(
    ("environment", "language", "word"),
    [
        ({"LANG": "de_DE.UTF-8"}, "en", False),
        ({"LANG": "zh_CN.UTF-8"}, "zh", False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_HK.UTF-8"}, "zh", True),
        ({"LANG": "zh_TW"}, "zh", True),
        ({"LANG": "zh_TW", "SKIPCAT_LANGUAGE": "en"}, "en", False),
        ({"LANG": "C", "SKIPCAT_LANGUAGE": "zh-Hans"}, "zh", False),
    ],
)
def test_the_environment_decides_where_nobody_asked(monkeypatch, environment, language, word):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "SKIPCAT_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found, said = find_language()
    assert found == language
    assert (said is not None) == word
    assert find_language("en") == ("en", None)
