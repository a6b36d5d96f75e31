import pytest

from skipcat.choice.budget import Budget
from skipcat.errors import RecipeError


def test_a_quarter_of_an_hour_is_given_where_nothing_is_said():
    assert Budget().minutes == 15
    assert Budget(minutes=0.1).minutes == 0.1


@pytest.mark.parametrize("given", [0, -1, 0.01, float("nan"), float("inf"), "10", None, True])
def test_minutes_that_cannot_be_kept_are_told(given):
    with pytest.raises(RecipeError) as caught:
        Budget(minutes=given)
    assert str(caught.value) == (
        f"The budget's minutes is {given!r}; a number of 0.1 or more is needed."
    )
