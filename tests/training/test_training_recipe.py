import dataclasses
import json

import pytest

from skipcat.errors import RecipeError
from skipcat.training.recipe import Recipe


def test_the_defaults_need_no_choices_and_are_plain_values():
    recipe = Recipe()
    assert json.loads(json.dumps(recipe.to_dict())) == recipe.to_dict()
    assert Recipe(**recipe.to_dict()) == recipe


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"epochs": 10**9}, "epochs is 1,000,000,000, allowed: 1 to 100,000"),
        ({"epochs": 0}, "epochs is 0, allowed: 1 or more"),
        ({"epochs": True}, "epochs is True, a whole number is needed"),
        ({"minutes": 0.01}, "minutes is 0.01, allowed: 0.05 or more"),
        ({"seed": -1}, "seed is -1, allowed: 0 to 4,294,967,295"),
        ({"learning_rate": float("inf")}, "learning_rate is inf, a finite number is needed"),
        ({"momentum": 1}, "momentum is 1, allowed: 0 to 0.9999"),
        ({"mirror": "maybe"}, "mirror is 'maybe', allowed: auto, yes, no"),
        ({"balance": "weight"}, "balance is 'weight', allowed: none, weights, sampling"),
        (
            {"validation": 0.5, "test": 0.5},
            "validation 0.5 and test 0.5 leave nothing to train on",
        ),
        (
            {"epochs": 1, "minutes": 1},
            "epochs and minutes are both given, one of them plans the run",
        ),
    ],
)
def test_a_field_that_cannot_be_used_is_told(given, problem):
    with pytest.raises(RecipeError) as caught:
        Recipe(**given)
    assert str(caught.value) == f"A field of the recipe cannot be used: {problem}."


def test_every_field_says_what_it_is():
    for field in dataclasses.fields(Recipe):
        assert field.type.__metadata__[0].endswith(".")
