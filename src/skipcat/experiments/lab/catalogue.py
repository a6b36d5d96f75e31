"""Experiments by name: every file of `experiments/` that holds one."""

from importlib import import_module
from pkgutil import iter_modules

from skipcat import experiments
from skipcat.errors import RecipeError, did_you_mean
from skipcat.experiments.lab.experiment import Experiment


def list_experiments() -> tuple[Experiment, ...]:
    """Return the experiments, in the order of their names."""
    names = sorted(one.name for one in iter_modules(experiments.__path__) if not one.ispkg)
    found = (import_module(f"{experiments.__name__}.{name}").EXPERIMENT for name in names)
    return tuple(found)


def find_experiment(name: str) -> Experiment:
    """Return the experiment of a name.

    Raises:
        RecipeError: there is none.
    """
    found = {one.name: one for one in list_experiments()}
    if name not in found:
        raise RecipeError(
            f"No experiment is called '{name}'.{did_you_mean(name, found)} "
            "'skipcat experiment --list' shows all."
        )
    return found[name]
