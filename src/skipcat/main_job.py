"""The main job: from a folder of images to a classifier and a page that shows how good it is."""

import time
from dataclasses import replace
from pathlib import Path

from skipcat.choice.budget import Budget
from skipcat.choice.choose import choose_with_warm_start, find_published
from skipcat.choice.prior import Speedometer, foresee_network, say_foreseen
from skipcat.choice.race_record import drop_networks, is_race
from skipcat.choice.request import ChoiceRequest
from skipcat.choice.result import Choice
from skipcat.classifier import Classifier
from skipcat.data.exclusion import Exclude
from skipcat.engines.device import pick_device
from skipcat.engines.threads import tell_of_threads
from skipcat.errors import RecipeError
from skipcat.files import write_json, write_text
from skipcat.report.fit import describe_fit
from skipcat.report.render import render_fit_page
from skipcat.reporting import Auto, Progress, Reporter, Tell, open_reporter
from skipcat.text.numbers import join_sentences
from skipcat.text.translation import Message
from skipcat.training.cross_validation import FEW_IMAGES, USUAL_FOLDS
from skipcat.training.network_names import is_classifier
from skipcat.training.prepared_data import peek_images
from skipcat.training.recipe import Recipe
from skipcat.training.request import TrainingRequest
from skipcat.training.result import TrainingResult
from skipcat.training.run_folder.folder import RACE_FOLDER, is_finished
from skipcat.training.run_folder.lock import hold_run
from skipcat.training.run_folder.record import RECIPE_FILE, read_record
from skipcat.training.train import keep_classifier, run_training

# Taken with its published weights where these can be had and networks are not compared, and for a
# file of weights, which are most often its.
WITH_WEIGHTS = "resnet18"
# Before training: reading and checking the images, what a short budget spends on them at least.
SECONDS_BEFORE = 3.0
# In less time a race would take what the training needs.
RACE_FROM_MINUTES = 5.0


def fit(  # noqa: PLR0913  the public face, by keyword
    data: object,
    *,
    budget: Budget | None = None,
    out: str | Path | None = None,
    pretrained: str | Path | None = "torchvision",
    resume: bool = False,
    allow_changes: bool = False,
    recipe: Recipe | None = None,
    exclude: Exclude | None = None,
    progress: Progress | Auto | None = "auto",
    tell: Tell | Auto | None = "auto",
) -> Classifier:
    """Check, choose, train, judge and explain; give the classifier, which also lies in `out`.

    `budget` bounds the whole command, 15 minutes where none is given. Networks race for two fifths
    of it (`skipcat.choose`), and the winner goes on; in less than 5 minutes, or on few images, the
    network is the one of which recorded learning curves promise most (`skipcat.choice.prior`), or
    ResNet-18 where its published weights can be had. Weights come from torchvision where they can
    be had; where not, that is told and training starts from scratch.
    `exclude` names images to leave out: a list, or the file of one, as `skipcat check` writes it.
    `resume`, `allow_changes`, `progress` and `tell` are those of `train`.

    Raises:
        SkipcatError: data, budget, recipe or weights that cannot be used; a run in the way.
    """
    started = time.monotonic()
    asked = _plan_minutes(recipe, budget)
    with (
        open_reporter(progress, tell) as reporter,
        hold_run(data, out, exclude, reporter.tell) as (dataset, folder),
    ):
        # What is not named is as in the run that is resumed.
        named = None if resume and recipe is None and budget is None else asked
        request = TrainingRequest(
            dataset, folder, None, pretrained, named, asked, resume=resume,
            allow_changes=allow_changes, automatic=True, started=started,
        )  # fmt: skip
        return _fit(request, budget, recipe, reporter)


def _fit(
    request: TrainingRequest, budget: Budget | None, recipe: Recipe | None, reporter: Reporter
) -> Classifier:
    """Choose a network where none stands in the folder, train, and write the page."""
    folder = request.out
    choice = None
    race = folder / RACE_FOLDER
    why_not = _why_no_race(request, budget)
    if why_not and budget and budget.bounds:
        raise RecipeError(
            f"A budget of more than minutes is kept by comparing networks, which is not done here: "
            f"{why_not}."
        )
    if not is_finished(folder) and (is_race(race) or (not why_not and _is_new(folder))):
        asked = ChoiceRequest(
            budget, recipe=recipe, pretrained=str(request.pretrained or "none"),
            resume=request.resume,
        )  # fmt: skip
        choice, warm_start = choose_with_warm_start(request.data, race, asked, reporter)
        request = replace(
            request, network=choice.network, pretrained=choice.pretrained, warm_start=warm_start,
            reason=choice.reasons[0],
        )  # fmt: skip
    elif _is_new(folder):
        network, pretrained, reason = _name_network(request, why_not, reporter.tell)
        request = replace(request, network=network, pretrained=pretrained, reason=reason)
    elif request.pretrained == "torchvision":
        request = replace(request, pretrained=None)  # not named: as the run began
    if request.reason:
        reporter.tell(request.reason)
    done = run_training(request, reporter)
    if isinstance(done, Classifier):
        return done
    seconds = time.monotonic() - request.started
    # A resumed run has its reason in English alone.
    reason = request.reason or read_record(folder / RECIPE_FILE).reason
    write_report(done, reason=reason, seconds=seconds, choice=choice)
    if choice:
        write_json(folder / "choice.json", choice.to_dict())
    # Last, since a folder with a classifier in it is a finished one.
    classifier = keep_classifier(done)
    if choice:
        drop_networks(race)
    return classifier


def _is_new(folder: Path) -> bool:
    return not (folder / RECIPE_FILE).exists()


def _name_network(
    request: TrainingRequest, why_not: str, tell: Tell
) -> tuple[str | None, str | Path | None, str]:
    """Return the network of a new run that follows no race, its weights, and why it is that one."""
    dataset, asked, pretrained = request.data, request.usual, request.pretrained
    given = str(pretrained or "none")
    if is_classifier(given):
        said = Message("The network of '{weights}', whose weights were given.", weights=given)
        return None, pretrained, said
    if given not in ("none", "torchvision"):
        said = Message(
            "{network}, for the weights of '{weights}'.", network=WITH_WEIGHTS, weights=given
        )
        return WITH_WEIGHTS, pretrained, said
    image_px, grey = peek_images(dataset)
    image_px = asked.image_px or image_px
    notes: list[str] = [
        Message("It was not compared with others on these images: {why_not}.", why_not=why_not)
    ]
    if find_published(given, [WITH_WEIGHTS], image_px, notes.append):
        taken = Message("{network}, from torchvision's weights.", network=WITH_WEIGHTS)
        return WITH_WEIGHTS, pretrained, join_sentences(taken, notes[0])
    tell_of_threads(tell)
    images = max(2, round(len(dataset) * (1 - asked.validation - asked.test)))
    networks = asked.seeds + (asked.folds or (USUAL_FOLDS if len(dataset) < FEW_IMAGES else 0))
    seconds = 60 * (asked.minutes or 0) - (time.monotonic() - request.started) - SECONDS_BEFORE
    speed = Speedometer(
        len(dataset.classes), 1 if grey else 3, image_px, asked, pick_device(asked.device)
    )
    foreseen = foresee_network(images, max(1.0, seconds) / networks, speed, batch=asked.batch_size)
    reason = say_foreseen(foreseen, images, speed.size_of(foreseen.network), asked.minutes or 0)
    return foreseen.network, "none", join_sentences(reason, *notes)


def _why_no_race(request: TrainingRequest, budget: Budget | None) -> str:
    """Return why networks are not compared first; "" where they are."""
    dataset, asked, pretrained = request.data, request.usual, request.pretrained
    minutes = asked.minutes or 0
    if minutes < RACE_FROM_MINUTES and not (budget and budget.bounds):
        return Message(
            "{n:g} minute is too few for that, {enough:g} would do",
            "{n:g} minutes are too few for that, {enough:g} would do",
            n=minutes,
            enough=RACE_FROM_MINUTES,
        )
    if len(dataset) < FEW_IMAGES:
        return Message(
            "{n} image is too few for that, {enough} would do",
            "{n} images are too few for that, {enough} would do",
            n=len(dataset),
            enough=FEW_IMAGES,
        )
    if asked.folds or asked.seeds > 1:
        return Message("folds and seeds are of one network")
    if pretrained is not None and str(pretrained) not in ("none", "torchvision"):
        return Message("the weights are of one network")
    return ""


def _plan_minutes(recipe: Recipe | None, budget: Budget | None) -> Recipe:
    """Return the recipe with the budget's minutes.

    Raises:
        RecipeError: the recipe plans its epochs or minutes itself.
    """
    if recipe and (recipe.epochs is not None or recipe.minutes is not None):
        raise RecipeError(
            "fit plans epochs from the budget's minutes; a recipe with epochs or minutes is for "
            "train."
        )
    return replace(recipe or Recipe(), minutes=(budget or Budget()).minutes)


def write_report(
    trained: TrainingResult, *, reason: str, seconds: float, choice: Choice | None = None
) -> Path:
    """Write the page of a training into its folder; give its path."""
    path = trained.folder / "report.html"
    write_text(
        path, render_fit_page(describe_fit(trained, reason=reason, seconds=seconds, choice=choice))
    )
    return path
