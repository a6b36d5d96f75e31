"""Every exception that skipcat raises on purpose.

    SkipcatError            the user's input was wrong: one line, exit code 2
    ├── NetworkError        no such network, a size it does not accept, a spec that cannot be built
    ├── WeightsError        a weights file that is missing, broken, or of another network
    ├── DataError           images, labels, folders, CSV files, named sets
    ├── RecipeError         a recipe or budget that contradicts itself or cannot be met
    ├── RunError            a run folder: already there, not resumable, of other data
    │   └── DivergedError   a step after which a number was not finite
    ├── ClassifierError     a classifier folder that cannot be loaded, saved or used so
    └── DeviceError         a device or engine that this machine lacks

A message says what is wrong, what was given, what is allowed, and the nearest right thing, in one
line. Anything else that escapes is a bug.
"""

import difflib
from collections.abc import Iterable


class SkipcatError(Exception):
    """The user's input was wrong; the message says how to put it right."""


class NetworkError(SkipcatError):
    """A network that does not exist, or a size that it does not accept."""


class WeightsError(SkipcatError):
    """A weights file that is missing, broken, or made for another network."""


class DataError(SkipcatError):
    """Images, labels, folders, CSV files or named sets that cannot be used as they are."""


class RecipeError(SkipcatError):
    """A recipe or a budget that contradicts itself or cannot be met."""


class RunError(SkipcatError):
    """A run folder that stands in the way or cannot be continued."""


class ClassifierError(SkipcatError):
    """A classifier folder that cannot be loaded, saved or used in this way."""


class DeviceError(SkipcatError):
    """A device or an engine that this machine does not have."""


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest allowed word, or "" when none is near.

    >>> did_you_mean("resnet52", ["resnet50", "googlenet"])
    " Did you mean 'resnet50'?"
    """
    near = difflib.get_close_matches(given, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
