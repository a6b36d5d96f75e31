"""Real divergences, by rates that no network survives."""

import json
import signal
import time

import pytest

import skipcat
from skipcat.errors import RunError
from skipcat.report.fit import describe_fit
from skipcat.training import initial_weights as begin
from skipcat.training import recipe as recipe_module
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.schedule import time_budget as pace
from skipcat.training.schedule.plan import Plan, Spent, bend
from skipcat.training.trainer import divergence as diverged
from skipcat.training.trainer import first_plan
from skipcat.training.trainer import trainer as trainer_module
from skipcat.training.trainer.divergence import Divergence, refuse_another_try
from trainings import train_unsaved

RECIPE = Recipe(epochs=3, batch=32, warmup=0)
SAID = (
    "The answers on the validation images were no longer finite at step 12 (epoch 2) at rate 5; "
    "starting again at 1."
)


def run(data, out, *, recipe=RECIPE, stop=None, resume=False, **more):
    """Train; press Ctrl-C after `stop` steps."""
    steps = []

    def progress(what, done, total):
        steps.append(what)
        if len(steps) == stop:
            signal.raise_signal(signal.SIGINT)

    return train_unsaved(
        data, "resnet_cifar8", recipe=recipe, out=out, resume=resume, pretrained=None,
        progress=lambda *what: what[0].startswith("Epoch") and progress(*what), **more,
    )  # fmt: skip


def finish(data, out, **options):
    """Train to the end; give all that must be equal of equal runs."""
    told = []
    trained = run(data, out, tell=told.append, **options)
    trained.classifier.save(out)
    history = [{**row, "seconds": 0, "images_per_second": 0} for row in trained.history]
    return (out / "weights.safetensors").read_bytes(), history, trained.notes


@pytest.fixture
def too_high_in_epoch_2(monkeypatch):
    """Let a first try at rate 5 end in its second epoch, and the next one at 1 go well."""
    usual = trainer_module.rate_at
    monkeypatch.setattr(begin, "RATE_FROM_SCRATCH", 5)
    monkeypatch.setattr(
        trainer_module, "rate_at",
        lambda done, peak, recipe: 1e9 if peak > 1 and done > 0.5 else usual(done, peak, recipe),
    )  # fmt: skip


def begin_at_20000(monkeypatch):
    monkeypatch.setattr(begin, "RATE_FROM_SCRATCH", 20000)
    monkeypatch.setitem(recipe_module._RANGES, "learning_rate", (0, 20000))


@pytest.fixture
def hopeless(monkeypatch):
    begin_at_20000(monkeypatch)


def test_training_starts_again_at_a_fifth_and_says_so(digits, tmp_path, too_high_in_epoch_2):
    told = []
    trained = run(digits, tmp_path / "run", tell=told.append)
    assert told[-2] == SAID
    assert trained.notes[0] == SAID
    assert SAID in describe_fit(trained, reason="", seconds=1).notes
    assert [row["step"] for row in trained.history] == [6, 12, 18]
    assert max(row["learning_rate"] for row in trained.history) < 1
    steps = [int(path.stem[5:]) for path in list_checkpoints(tmp_path / "run" / "checkpoints")]
    assert steps == [12, 18]


# In the first try's first and second epoch, and in the second try's first, second and last step.
@pytest.mark.parametrize("stop", [3, 9, 13, 14, 19, 30])
def test_stopped_anywhere_it_goes_on_in_the_right_try(digits, tmp_path, too_high_in_epoch_2, stop):
    whole = finish(digits, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(digits, tmp_path / "run", stop=stop)
    assert finish(digits, tmp_path / "run", resume=True) == whole


def test_killed_while_it_starts_again_it_does_so_once_more(digits, tmp_path, too_high_in_epoch_2):
    whole = finish(digits, tmp_path / "whole")

    def die(sentence):
        if sentence == SAID:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(digits, tmp_path / "run", tell=die)
    for path in list_checkpoints(tmp_path / "run" / "checkpoints"):
        path.unlink()
    assert finish(digits, tmp_path / "run", resume=True) == whole


def test_the_time_that_is_left_is_planned_anew_and_a_resume_follows_the_log(
    digits, tmp_path, too_high_in_epoch_2, monkeypatch
):
    monkeypatch.setattr(first_plan, "measure_step_time", lambda *given: lambda *size: 1e-3)
    monkeypatch.setattr(pace, "mend_plan", lambda plan, spent, *given: (
        bend(plan, 0, 2, 1.0, "why") if plan.tries and not spent.epochs else None
    ))  # fmt: skip
    out, recipe = tmp_path / "run", Recipe(minutes=0.05, batch=32, warmup=0)

    def stop(sentence):
        if "again" in sentence:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(digits, out, recipe=recipe, tell=stop)
    log = (out / "plan.jsonl").read_text()
    plans = [json.loads(line) for line in log.splitlines()]
    assert [plan["tries"] for plan in plans] == [0, 1]
    for path in list_checkpoints(out / "checkpoints"):
        path.unlink()
    trained = run(digits, out, recipe=recipe, resume=True)
    assert (len(trained.history), trained.plan.reason, trained.plan.tries) == (2, "why", 1)
    assert (out / "plan.jsonl").read_text() == log


def test_a_plan_is_mended_before_its_first_epoch_by_what_was_foreseen():
    plan = Plan(20, 8)
    mended = pace.mend_plan(plan, Spent(0, 0.0), time.monotonic() + 10.9, 2.0)
    assert (mended.epochs, mended.first_epoch, mended.progress) == (6, 0, 0)
    assert mended.last_share == pytest.approx(0.45, abs=0.02)
    assert pace.mend_plan(plan, Spent(0, 0.0), time.monotonic() + 40.1, 2.0) is None


def test_the_pace_is_that_of_epochs_in_which_all_of_the_network_learns():
    assert Spent(0, 0.0).pace(3.0) == 3.0
    assert Spent(2, 10.0).pace(3.0) == 5.0
    assert Spent(3, 14.0, quick=(2, 4.0)).pace(3.0) == 10.0
    # While only heads learn, the rest is not thought to be as quick, but it may be slower.
    assert Spent(2, 4.0, quick=(2, 4.0)).pace(3.0) == 3.0
    assert Spent(2, 10.0, quick=(2, 10.0)).pace(3.0) == 5.0


def test_without_validation_images_the_weights_are_looked_at(digits, tmp_path, monkeypatch):
    begin_at_20000(monkeypatch)
    monkeypatch.setattr(diverged, "LOWER_BY", 10000)
    recipe = Recipe(epochs=1, batch=32, warmup=0, validation=0, weight_decay=1)
    told = []
    run(digits, tmp_path / "run", recipe=recipe, tell=told.append)
    assert "at rate 20000; starting again at 2." in told[-2]


def test_when_every_try_fails_all_of_them_are_told(digits, tmp_path, hopeless):
    for resume in (False, True):
        with pytest.raises(RunError) as caught:
            run(digits, tmp_path / "run", resume=resume)
        assert str(caught.value) == (
            "Training stopped being finite at every rate that was tried: 20000 (until step 6), "
            "4000 (until step 6), 800 (until step 6). 'skipcat check' shows whether images are "
            "nearly of one colour or labels are wrong; if not, look at weight_decay (0.005) and "
            "momentum (0.9), or try learning_rate=160."
        )


def test_a_rate_that_the_user_gave_is_honoured(digits, tmp_path):
    recipe = Recipe(epochs=1, batch=32, warmup=0, learning_rate=100, momentum=0.99)
    told = []
    with pytest.raises(RunError) as caught:
        refuse_another_try((Divergence("The loss became nan", 12, 1, 100),), recipe, given=100)
    assert str(caught.value) == (
        "The loss became nan at step 12 (epoch 1); try a lower rate: learning_rate=20 instead of "
        "100."
    )
    with pytest.raises(RunError):
        skipcat.train(
            digits, "resnet_cifar20", recipe=Recipe(**{**recipe.to_dict(), "epochs": 3}),
            out=tmp_path / "run", tell=told.append,
        )  # fmt: skip
    assert not any("again" in one for one in told)
    assert not (tmp_path / "run" / "classifier.json").exists()


def test_each_fold_starts_again_for_itself(digits, tmp_path, monkeypatch):
    begin_at_20000(monkeypatch)
    monkeypatch.setattr(diverged, "LOWER_BY", 10000)
    told = []
    recipe = Recipe(epochs=1, batch=32, warmup=0, folds=2)
    run((digits[0][:100], digits[1][:100] % 2), tmp_path / "run", recipe=recipe, tell=told.append)
    assert [one[:10] for one in told if "again" in one][:2] == ["Fold 1/2: ", "Fold 2/2: "]
