"""Repeats with other seeds, beside the network that is kept: how much of its accuracy is chance."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from skipcat.classifier import load
from skipcat.errors import RecipeError
from skipcat.evaluation.seed_spread import measure_spread
from skipcat.reporting import Reporter
from skipcat.text.translation import Message
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.result import TrainingResult, finish_training
from skipcat.training.run_folder.folder import is_finished
from skipcat.training.run_folder.logs import PlanLog
from skipcat.training.run_folder.record import RunRecord, write_record
from skipcat.training.trainer.trainer import Trainer


def check_seeds(recipe: Recipe, prepared: PreparedData) -> None:
    """Check that several seeds can be evaluated.

    Raises:
        RecipeError: they cannot, since there is no test part.
    """
    if recipe.seeds > 1 and not len(prepared.split.test):
        raise RecipeError(
            f"seeds is {recipe.seeds}, but no image is kept to judge them; give test a share."
        )


def add_spread(
    trained: TrainingResult,
    record: RunRecord,
    make_trainer: Callable[[RunRecord, Path], Trainer],
    *,
    reporter: Reporter,
) -> TrainingResult:
    """Train with the seeds that follow, and return the training with the spread over all of them.

    All share the split, the plan and so the test images. Each of the others is a run of its own
    in seed-N, and a classifier there; what is kept is the first, never the best on the test.
    """
    recipe = record.recipe
    seeds = range(recipe.seed, recipe.seed + recipe.seeds)
    evaluation = trained.classifier.evaluation
    if len(seeds) == 1 or evaluation is None:
        return trained
    accuracies = [evaluation.accuracy]
    for number, seed in enumerate(seeds[1:], start=2):
        place = trained.folder / f"seed-{seed}"
        if not is_finished(place):
            own = replace(recipe, seed=seed, split_seed=recipe.seed_of_split, seeds=1)
            other = record.change_recipe(own)
            write_record(place, other)
            _train(
                make_trainer(other, place),
                reporter.label(Message("Seed {number}/{count}", number=number, count=len(seeds))),
            )
        found = load(place).evaluation
        if found is None:
            raise RecipeError(f"'{place}' lacks its evaluation; delete it to train it again.")
        accuracies.append(found.accuracy)
    spread = measure_spread(seeds, accuracies)
    trained.classifier.evaluation = replace(evaluation, seeds=spread)
    return trained


def _train(trainer: Trainer, reporter: Reporter) -> None:
    PlanLog(trainer.folder / "plan.jsonl").begin(trainer.first_plan)
    trainer.resume(reporter.tell)
    trainer.train(reporter=reporter)
    finish_training(trainer).classifier.save(trainer.folder)
    shutil.rmtree(trainer.folder / "checkpoints")
