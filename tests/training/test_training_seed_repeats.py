import json
import signal
from dataclasses import replace

import pytest

import skipcat
from skipcat.data.dataset import open_dataset
from skipcat.errors import RecipeError, RunError
from skipcat.networks.catalogue import find_entry
from skipcat.report.fit import describe_fit
from skipcat.report.sentences import say_cautions
from skipcat.training.cross_validation import count_folds
from skipcat.training.prepared_data import prepare_data
from skipcat.training.recipe import Recipe
from trainings import train_unsaved

NETWORK = "resnet_cifar8"
RECIPE = Recipe(epochs=2, batch=64, seed=4, seeds=3)


def read_all(out):
    return [
        (path / name).read_bytes()
        for path in (out, out / "seed-5", out / "seed-6")
        for name in ("weights.safetensors", "evaluation.json")
    ]


@pytest.fixture(scope="module")
def three(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("three") / "run"
    skipcat.train(digits, NETWORK, recipe=RECIPE, out=out)
    return out


def test_three_seeds_judge_the_same_images_and_the_first_is_kept(digits, three, tmp_path):
    classifier = skipcat.load(three)
    others = [skipcat.load(three / f"seed-{seed}") for seed in (5, 6)]
    accuracies = tuple(each.evaluation.accuracy for each in (classifier, *others))
    spread = classifier.evaluation.seeds
    assert (spread.seeds, spread.accuracies) == ((4, 5, 6), accuracies)
    assert all(each.origin == classifier.origin for each in others)
    alone = skipcat.train(digits, NETWORK, recipe=replace(RECIPE, seeds=1), out=tmp_path / "alone")
    assert alone.evaluation == replace(classifier.evaluation, seeds=None)
    compared = classifier.compare(others[0], digits)
    assert (compared.first, compared.second) == accuracies[:2]
    assert compared.images == classifier.evaluation.images


def test_each_seed_is_a_run_that_its_own_recipe_makes_again(digits, three, tmp_path):
    recipe = json.loads((three / "seed-6" / "recipe.json").read_text())["recipe"]
    assert (recipe["seed"], recipe["split_seed"], recipe["seeds"]) == (6, 4, 1)
    again = tmp_path / "again"
    skipcat.train(digits, NETWORK, recipe=Recipe(**recipe), out=again)
    for name in ("weights.safetensors", "evaluation.json"):
        assert (again / name).read_bytes() == (three / "seed-6" / name).read_bytes()


# Three steps an epoch: within the first seed, within the second, at its end, within the third.
@pytest.mark.parametrize("stop", [4, 8, 12, 15])
def test_stopped_in_any_seed_it_goes_on_to_the_same_end(digits, three, tmp_path, stop):
    steps = []

    def progress(what, done, total):
        if "Epoch" in what:
            steps.append(what)
            if len(steps) == stop:
                signal.raise_signal(signal.SIGINT)

    options = {"recipe": RECIPE, "out": tmp_path / "run"}
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(digits, NETWORK, progress=progress, **options)
    assert not (tmp_path / "run" / "classifier.json").exists()
    skipcat.train(digits, NETWORK, resume=True, **options)
    assert read_all(tmp_path / "run") == read_all(three)


def test_the_page_says_how_much_is_chance(digits, tmp_path):
    told = []
    trained = train_unsaved(
        digits, NETWORK, recipe=replace(RECIPE, epochs=1, seeds=2), out=tmp_path / "run",
        resume=False, pretrained=None, progress=lambda what, *_: told.append(what),
    )  # fmt: skip
    page = describe_fit(trained, reason="", seconds=1)
    found = say_cautions(page.test, page.validation)[1]
    assert found.startswith(
        "Trained 2 times, with nothing changed but its random numbers (seeds 4, 5), it named "
    )
    assert found.endswith("The first was kept, not the best.")
    assert any(what.startswith("Seed 2/2: Epoch 1/1") for what in told)


def test_without_a_test_part_there_is_nothing_to_compare(digits, tmp_path):
    with pytest.raises(RecipeError) as caught:
        skipcat.train(digits, NETWORK, recipe=replace(RECIPE, test=0), out=tmp_path / "run")
    assert str(caught.value) == (
        "seeds is 3, but no image is kept to judge them; give test a share."
    )
    assert not (tmp_path / "run").exists()


def test_the_split_can_stay_while_the_seed_changes(digits):
    def split(**recipe):
        parts = prepare_data(open_dataset(digits), find_entry(NETWORK), Recipe(**recipe)).split
        return [part.tolist() for part in (parts.train, parts.validation, parts.test)]

    assert split(seed=1, split_seed=0) == split(seed=0) != split(seed=1)


def test_several_seeds_judge_instead_of_folds(digits):
    recipe = Recipe(seeds=2)
    prepared = prepare_data(open_dataset(digits), find_entry(NETWORK), recipe)
    assert count_folds(prepared, Recipe(), if_few=True) == 5
    assert count_folds(prepared, recipe, if_few=True) == 0


def test_more_epochs_for_one_seed_alone_are_refused(digits, three):
    with pytest.raises(RunError) as caught:
        skipcat.train(digits, NETWORK, recipe=replace(RECIPE, epochs=3), out=three, resume=True)
    assert str(caught.value) == (
        f"The run in '{three}' was started otherwise (epochs 2, now 3); resume it as it was, or "
        "choose another --out."
    )
