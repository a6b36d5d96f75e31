from unicodedata import east_asian_width

import pytest

from skipcat.choice.result import wrap_chinese

TEXT = (
    "比赛中，resnet_cifar20 在 1,000 张验证图片上比 preact_resnet18 答对得更多：相差 "
    "+6.4 (+3.2 … +9.6) 个百分点，因此选它。继续训练仍可能改变这个次序。“引号”也要（好好）处理。"
)


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_chinese_breaks_between_any_two_characters_but_not_before_a_mark(columns):
    lines = wrap_chinese(TEXT, columns)
    assert "".join(lines).replace(" ", "") == TEXT.replace(" ", "")
    widths = [sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in lines]
    assert max(widths) <= columns
    # A line is short only where a number or a name did not fit into its rest.
    assert min(widths[:-1]) > columns - len("preact_resnet18") - 3
    assert not any(line[0] in "，。：）” " or line[-1] in "（“" for line in lines)


def test_what_fits_no_line_has_one_of_its_own():
    assert wrap_chinese("见 " + "x" * 30 + " 。", 10) == ["见", "x" * 30, "。"]
    assert wrap_chinese("", 10) == [""]
