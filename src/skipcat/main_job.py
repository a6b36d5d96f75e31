"""The main job: from a folder of images to a classifier and a page that shows how good it is."""

import time
from dataclasses import replace
from pathlib import Path

from skipcat.choice.budget import Budget
from skipcat.classifier import Classifier
from skipcat.data.cache import Progress, no_progress
from skipcat.data.exclusion import Exclude
from skipcat.errors import RecipeError
from skipcat.files import write_text
from skipcat.report.fit import describe_fit
from skipcat.report.render import render_fit_page
from skipcat.training.finish import Trained
from skipcat.training.recipe import Recipe
from skipcat.training.record import Tell, no_telling
from skipcat.training.train import keep_classifier, run_training_job

# Until networks are chosen on evidence.
NETWORK = "resnet18"
REASON = (
    "ResNet-18, with a stem that suits the images' size: a first network for most sets of up to "
    "some ten thousand images. It was not compared with others."
)


def fit(
    data: object,
    *,
    budget: Budget | None = None,
    out: str | Path | None = None,
    pretrained: str | Path | None = "torchvision",
    resume: bool = False,
    allow_changes: bool = False,
    recipe: Recipe | None = None,
    exclude: Exclude | None = None,
    progress: Progress = no_progress,
    tell: Tell = no_telling,
) -> Classifier:
    """Check, train, judge and explain; give the classifier, which also lies in `out`.

    `budget` bounds the whole command, 15 minutes where none is given. Weights come from
    torchvision where they can be had; where not, that is told and training starts from scratch.
    `exclude` names images to leave out: a list, or the file of one, as `skipcat check` writes it.
    `resume` and `allow_changes` are those of `train`.

    Raises:
        SkipcatError: data, budget, recipe or weights that cannot be used; a run in the way.
    """
    started = time.monotonic()
    asked = _plan_minutes(recipe, budget)
    tell(REASON)
    done = run_training_job(
        data,
        NETWORK,
        recipe=None if resume and recipe is None and budget is None else asked,
        usual=asked,
        out=out,
        resume=resume,
        allow_changes=allow_changes,
        pretrained=pretrained,
        or_from_scratch=True,
        folds_if_few=True,
        less_if_large=True,
        exclude=exclude,
        progress=progress,
        tell=tell,
        started=started,
    )
    if isinstance(done, Classifier):
        return done
    write_report(done, reason=REASON, seconds=time.monotonic() - started)
    # Last, since a folder with a classifier in it is a finished one.
    return keep_classifier(done)


def _plan_minutes(recipe: Recipe | None, budget: Budget | None) -> Recipe:
    """Give the recipe with the budget's minutes.

    Raises:
        RecipeError: the recipe plans its epochs or minutes itself.
    """
    if recipe and (recipe.epochs is not None or recipe.minutes is not None):
        raise RecipeError(
            "fit plans epochs from the budget's minutes; a recipe with epochs or minutes is for "
            "train."
        )
    return replace(recipe or Recipe(), minutes=(budget or Budget()).minutes)


def write_report(trained: Trained, *, reason: str, seconds: float) -> Path:
    """Write the page of a training into its folder; give its path."""
    path = trained.folder / "report.html"
    write_text(path, render_fit_page(describe_fit(trained, reason=reason, seconds=seconds)))
    return path
