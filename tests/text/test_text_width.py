import pytest

from skipcat.text.width import count_columns, fill, pad, shorten, wrap

TEXT = (
    "比赛中，resnet_cifar20 在 1,000 张验证图片上比 preact_resnet18 答对得更多：相差 "
    "+6.4 (+3.2 … +9.6) 个百分点，因此选它。继续训练仍可能改变这个次序。“引号”也要（好好）处理。"
)


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_chinese_breaks_between_any_two_characters_but_not_before_a_mark(columns):
    lines = wrap(TEXT, columns)
    assert "".join(lines).replace(" ", "") == TEXT.replace(" ", "")
    widths = [count_columns(line) for line in lines]
    assert max(widths) <= columns
    # A line is short only where a number or a name did not fit into its rest.
    assert min(widths[:-1]) > columns - len("preact_resnet18") - 3
    assert not any(line[0] in "，。：）” " or line[-1] in "（“" for line in lines)


def test_what_fits_no_line_has_one_of_its_own():
    assert wrap("见 " + "x" * 30 + " 。", 10) == ["见", "x" * 30, "。"]


def test_lines_are_indented_and_english_breaks_at_spaces():
    assert fill("one two three", 8, "  ") == "  one\n  two\n  three"
    assert wrap("一二三四五六", 8, "  ", first="- ") == ["- 一二三", "  四五六"]


def test_pad_and_shorten_count_columns():
    assert pad("玫瑰", 6) == "玫瑰  "
    assert pad("玫瑰", 6, right=True) == "  玫瑰"
    assert shorten("玫瑰玫瑰", 5) == "玫瑰…"
    assert shorten("abcdefgh", 5, middle=True) == "ab…gh"
    assert shorten("玫瑰", 4) == "玫瑰"
