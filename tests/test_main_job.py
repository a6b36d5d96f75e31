import json
import signal
import time
from importlib import import_module

import pytest

import skipcat
from skipcat import main_job
from skipcat.choice.prior import Foreseen
from skipcat.errors import RecipeError, RunError, WeightsError
from skipcat.training import initial_weights as begin
from skipcat.training.trainer import step_timing as speed

choose = import_module("skipcat.choice.choose")  # the package has a function of that name
TINY = skipcat.Budget(minutes=0.1)


@pytest.fixture(autouse=True)
def small_network(monkeypatch):
    """The job is the same with a network that trains in a second."""
    small = Foreseen("resnet_cifar8", 20, "resnet18", 5)
    monkeypatch.setattr(main_job, "foresee_network", lambda *given, **more: small)
    monkeypatch.setattr(speed, "PROBE_SECONDS", 0.05)


def press_ctrl_c(what, done, total):
    if what.startswith("Epoch"):
        signal.raise_signal(signal.SIGINT)


def test_one_call_leads_from_images_to_a_classifier_and_its_page(digits, tmp_path):
    out = tmp_path / "digits.skipcat"
    told = []
    started = time.monotonic()
    classifier = skipcat.fit(digits, budget=TINY, out=out, tell=told.append)
    assert time.monotonic() - started < 60
    assert told[0] == (
        "resnet_cifar8: in 0.1 minutes it takes about 20 steps on these images, about 192 to "
        "train on at 8 px, and resnet18 at most 5; learning curves recorded on other images put "
        "it first after so many. It was not compared with others on these images: 0.1 minutes "
        "are too few for that, 5 would do. Training from scratch: the images have 8 px, and the "
        "published weights were made for 224."
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Training from scratch" in page
    loaded = skipcat.load(out)
    assert loaded.predict(digits[0][0]) == classifier.predict(digits[0][0])
    assert 15 < classifier.evaluation.images <= 240
    plans = (out / "plan.jsonl").read_text().splitlines()
    epochs = len((out / "metrics.csv").read_text().splitlines()) - 1
    assert json.loads(plans[-1])["epochs"] >= epochs
    assert skipcat.fit(digits, out=out, resume=True).classes == classifier.classes


def test_an_interrupted_fit_goes_on_without_repeating_what_it_was_asked(digits, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        skipcat.fit(digits, budget=TINY, out=out, progress=press_ctrl_c)
    assert not (out / "report.html").exists()
    with pytest.raises(RunError) as caught:
        skipcat.fit(digits, budget=skipcat.Budget(minutes=3), out=out, resume=True)
    assert str(caught.value) == (
        f"The run in '{out}' was started otherwise (minutes 0.1, now 3); resume it as it was, or "
        "choose another --out."
    )
    skipcat.fit(digits, out=out, resume=True)
    assert (out / "report.html").is_file()
    assert json.loads((out / "recipe.json").read_text())["recipe"]["minutes"] == 0.1


def test_resume_starts_a_fit_with_a_budget_if_there_is_none(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(choose, "USUAL", ("resnet_cifar8", "resnet_cifar14"))
    with pytest.raises(KeyboardInterrupt):
        skipcat.fit(digits, out=tmp_path / "run", resume=True, progress=press_ctrl_c)
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())["recipe"]
    assert recipe["minutes"] == 15


@pytest.mark.parametrize("recipe", [{"epochs": 3}, {"minutes": 3}])
def test_a_recipe_that_plans_for_itself_is_for_train(digits, tmp_path, recipe):
    with pytest.raises(RecipeError) as caught:
        skipcat.fit(digits, recipe=skipcat.Recipe(**recipe), out=tmp_path / "run")
    assert str(caught.value) == (
        "fit plans epochs from the budget's minutes; a recipe with epochs or minutes is for train."
    )


def test_offline_it_says_so_in_one_line_and_trains_from_scratch(digits, tmp_path, monkeypatch):
    def find_no_connection(network):
        raise WeightsError(f"Cannot fetch {network}'s weights: no connection.")

    monkeypatch.setattr(choose, "fetch_pretrained", find_no_connection)
    monkeypatch.setattr(choose, "SMALLEST_PRETRAINED_PX", 8)
    told = []
    with pytest.raises(KeyboardInterrupt):
        skipcat.fit(
            digits, budget=TINY, out=tmp_path / "run", tell=told.append, progress=press_ctrl_c
        )
    assert told[0].endswith("scratch. Cannot fetch resnet18's weights: no connection.")
    start = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert start["weights"] == "none"


def test_no_weights_are_asked_for_where_they_are_forbidden(digits, tmp_path, monkeypatch):
    def refuse(*given):
        raise AssertionError("asked for weights")

    monkeypatch.setattr(begin, "fetch_pretrained", refuse)
    monkeypatch.setattr(begin, "SMALLEST_PRETRAINED_PX", 8)
    told = []
    with pytest.raises(KeyboardInterrupt):
        skipcat.fit(
            digits, budget=TINY, out=tmp_path / "run", pretrained="none", tell=told.append,
            progress=press_ctrl_c,
        )  # fmt: skip
    assert not any("scratch" in one for one in told)


def test_weights_of_a_classifier_bring_their_network(taught, tmp_path, monkeypatch):
    told = []
    budget = skipcat.Budget(minutes=0.1)
    out = tmp_path / "fit"
    made = skipcat.fit("digits", budget=budget, pretrained=taught, out=out, tell=told.append)
    assert told[0] == f"The network of '{taught}', whose weights were given."
    assert made.network.spec.name == skipcat.load(taught).network.spec.name == "resnet_cifar8"
