"""The same training with other seeds, beside the one that is kept: how much of it is chance."""

import shutil
from dataclasses import replace
from pathlib import Path

from skipcat.classifier import load
from skipcat.errors import RecipeError
from skipcat.evaluation.seed_spread import measure_spread
from skipcat.reporting import Progress, Tell
from skipcat.training.cross_validation import label_fold
from skipcat.training.prepared_data import Prepared
from skipcat.training.recipe import Recipe
from skipcat.training.result import Trained, finish_run
from skipcat.training.run_folder.folder import Begun, is_finished, write_begun
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.trainer.job import Job
from skipcat.training.trainer.loop import run_training
from skipcat.training.trainer.trainer import resume_run


def check_seeds(recipe: Recipe, prepared: Prepared) -> None:
    """Check that several seeds can be judged.

    Raises:
        RecipeError: they cannot, since there is no test part.
    """
    if recipe.seeds > 1 and not len(prepared.split.test):
        raise RecipeError(
            f"seeds is {recipe.seeds}, but no image is kept to judge them; give test a share."
        )


def add_spread(
    trained: Trained, job: Job, begun: Begun, *, progress: Progress, tell: Tell
) -> Trained:
    """Train with the seeds that follow, and give the training with the spread over all of them.

    All share the split, the plan and so the test images. Each of the others is a run of its own
    in seed-N, and a classifier there; what is kept is the first, never the best on the test.
    """
    recipe = job.recipe
    seeds = range(recipe.seed, recipe.seed + recipe.seeds)
    evaluation = trained.classifier.evaluation
    if len(seeds) == 1 or evaluation is None:
        return trained
    accuracies = [evaluation.accuracy]
    for number, seed in enumerate(seeds[1:], start=2):
        place = trained.folder / f"seed-{seed}"
        own = replace(recipe, seed=seed, split_seed=recipe.seed_of_split, seeds=1)
        if not is_finished(place):
            label = label_fold(f"Seed {number}/{len(seeds)}", progress, tell)
            write_begun(place, replace(begun, recipe=own))
            _train(replace(job, recipe=own), trained.prepared, place, *label)
        found = load(place).evaluation
        if found is None:
            raise RecipeError(f"'{place}' lacks its evaluation; delete it to train it again.")
        accuracies.append(found.accuracy)
    spread = measure_spread(seeds, accuracies)
    trained.classifier.evaluation = replace(evaluation, seeds=spread)
    return trained


def _train(job: Job, prepared: Prepared, place: Path, progress: Progress, tell: Tell) -> None:
    PlanLog(place / "plan.jsonl").begin(job.plan)
    run = job.make_run(prepared, place)
    resume_run(run, tell)
    run_training(run, replan=None, progress=progress, tell=tell)
    finish_run(run, job.start.notes).classifier.save(place)
    shutil.rmtree(place / "checkpoints")
