"""The request of a choice: what is asked of a comparison of networks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from skipcat.choice.budget import Budget
from skipcat.choice.race_record import Race
from skipcat.errors import RecipeError, did_you_mean
from skipcat.networks.catalogue import find_entry
from skipcat.training.recipe import Recipe

Policy = Literal["simplest", "best"]
POLICIES: tuple[Policy, ...] = ("simplest", "best")


@dataclass(frozen=True)
class ChoiceRequest:
    """What is asked of a choice; None leaves it to the race that is resumed, or to the default.

    Raises:
        SkipcatError: a value that cannot be used.
    """

    budget: Budget | None = None
    networks: Sequence[str] | None = None
    accuracy: float | None = None
    policy: Policy = "simplest"
    recipe: Recipe | None = None
    pretrained: str | None = "torchvision"
    resume: bool = False

    def __post_init__(self) -> None:
        if self.pretrained not in (None, "none", "torchvision"):
            raise RecipeError(
                f"Weights of {self.pretrained!r} are of one network; candidates start from "
                "'torchvision' or 'none'."
            )
        if self.policy not in POLICIES:
            raise RecipeError(
                f"No policy is called {self.policy!r}.{did_you_mean(str(self.policy), POLICIES)} "
                f"There are: {', '.join(POLICIES)}."
            )
        if self.accuracy is not None and not 0 < self.accuracy <= 1:
            raise RecipeError(
                f"accuracy is {self.accuracy!r}; a share above 0 and at most 1 is needed."
            )
        if self.networks is not None and not self.networks:
            raise RecipeError("No network is named; leave networks out for the usual ones.")
        for name in self.networks or ():
            find_entry(name)

    def complete(self, race: Race | None) -> "ChoiceRequest":
        """Return the request in full; what is not named is as the race that is resumed began."""
        found = self
        if race:
            then = Recipe(**race.recipe)
            networks = race.asked["networks"] if self.networks is None else self.networks
            named = self.pretrained != "torchvision"
            found = replace(
                self,
                budget=self.budget or Budget(**race.asked["budget"]),
                recipe=replace(
                    self.recipe or then, batch=(self.recipe and self.recipe.batch) or then.batch
                ),
                networks=networks,
                pretrained=self.pretrained if named else race.asked["pretrained"],
            )
        budget = found.budget or Budget()
        recipe = replace(found.recipe or Recipe(), minutes=budget.minutes, epochs=None)
        return replace(found, budget=budget, recipe=recipe, pretrained=found.pretrained or "none")

    def to_dict(self) -> dict[str, Any]:
        """Return what the record keeps of it."""
        return {
            "budget": asdict(self.budget or Budget()),
            "networks": list(self.networks) if self.networks else None,
            "pretrained": self.pretrained or "none",
        }
