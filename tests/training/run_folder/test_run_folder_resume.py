import csv
import json
import shutil
import signal
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import skipcat
from skipcat.cli.app import main
from skipcat.errors import RunError
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.run_folder.resume import describe_environment
from skipcat.training.schedule.learning_rate import rate_at
from skipcat.training.train import say_kept

NETWORK = "resnet_cifar8"
RECIPE = skipcat.Recipe(epochs=2, batch=64)
LONGER = skipcat.Recipe(epochs=4, batch=64)
FILES = ("weights.safetensors", "evaluation.json", "classifier.json")


class Stop:
    """Press Ctrl-C after so many steps."""

    def __init__(self, after):
        self.left = after

    def __call__(self, what, done, total):
        self.left -= what.startswith("Epoch")
        if self.left == 0:
            signal.raise_signal(signal.SIGINT)


def train(data, out, *, recipe=RECIPE, resume=True, stop=-1, **options):
    options = {"network": NETWORK, "progress": Stop(stop), **options}
    return skipcat.train(data, recipe=recipe, out=out, resume=resume, **options)


def refuse(data, out, **options):
    with pytest.raises(RunError) as caught:
        train(data, out, **options)
    return str(caught.value)


def contents(out):
    return [(out / name).read_bytes() for name in FILES]


def read_rows(out):
    """Give metrics without times."""
    with (out / "metrics.csv").open(newline="") as file:
        return [row[:-2] for row in csv.reader(file)][1:]


def begun(out):
    return json.loads((out / "recipe.json").read_text())


@pytest.fixture(scope="module")
def finished(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "run"
    train(digits, out)
    return out


@pytest.fixture(scope="module")
def extended(finished, digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("extended") / "run"
    shutil.copytree(finished, out)
    train(digits, out, recipe=LONGER)
    return out


@pytest.fixture
def stopped(digits, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(digits, tmp_path / "run", stop=3)
    return tmp_path / "run"


def pretend(out, **made_with):
    content = begun(out)
    content["environment"] |= made_with
    (out / "recipe.json").write_text(json.dumps(content))


def test_a_run_records_what_it_depends_on_to_the_bit(finished):
    made_with = begun(finished)["environment"]
    assert made_with == describe_environment(torch.device("cpu"))
    assert made_with["torch"] == version("torch")
    assert made_with["threads"] == str(torch.get_num_threads())
    assert begun(finished)["images"].keys() == set("0123456789")


def test_other_versions_and_threads_are_refused_or_noted(digits, stopped):
    now = describe_environment(torch.device("cpu"))
    pretend(stopped, torch="1.0", threads="99")
    changes = f"torch 1.0, now {now['torch']}; threads 99, now {now['threads']}"
    before = begun(stopped)
    assert refuse(digits, stopped) == (
        f"The run in '{stopped}' was started otherwise ({changes}); resume it as it was, choose "
        "another --out, or pass --allow-changes, and it will be noted."
    )
    assert begun(stopped) == before
    told = []
    train(digits, stopped, allow_changes=True, tell=told.append)
    sentence = f"Changed on the way, after step 3: {changes}."
    assert sentence in told
    assert begun(stopped)["notes"] == [sentence]
    assert begun(stopped)["environment"] == now


def test_a_finished_run_loads_on_any_version(digits, finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "run")
    pretend(out, torch="1.0")
    assert train(digits, out).evaluation is not None


def test_a_run_of_a_version_that_recorded_nothing_goes_on(digits, stopped, finished):
    content = begun(stopped)
    del content["environment"]
    (stopped / "recipe.json").write_text(json.dumps(content))
    train(digits, stopped)
    assert contents(stopped) == contents(finished)


def test_another_recipe_is_refused_or_noted_where_it_does_no_harm(digits, stopped):
    other = skipcat.Recipe(epochs=2, batch=64, learning_rate=0.01, weight_decay=0.0)
    changes = "learning_rate not set, now 0.01; weight_decay not set, now 0.0"
    assert refuse(digits, stopped, recipe=other) == (
        f"The run in '{stopped}' was started otherwise ({changes}); resume it as it was, choose "
        "another --out, or pass --allow-changes, and it will be noted."
    )
    train(digits, stopped, recipe=other, allow_changes=True)
    assert begun(stopped)["notes"] == [f"Changed on the way, after step 3: {changes}."]
    assert begun(stopped)["resolved"]["learning_rate"] == 0.01
    train(digits, stopped, recipe=other)


def test_what_would_put_trained_images_among_the_judges_is_never_allowed(digits, stopped):
    other = skipcat.Recipe(epochs=2, batch=64, seed=1, weight_decay=0.0)
    assert refuse(digits, stopped, recipe=other, allow_changes=True) == (
        f"The run in '{stopped}' was started otherwise (seed 0, now 1; weight_decay not set, now "
        "0.0); resume it as it was, or choose another --out."
    )
    fewer = digits[0][:-9], digits[1][:-9]
    message = refuse(fewer, stopped, allow_changes=True)
    counts = np.bincount(digits[1]), np.bincount(fewer[1])
    first = int(np.flatnonzero(counts[0] != counts[1])[0])
    assert message.startswith(
        f"The run in '{stopped}' was started on other images or labels than 'arrays' holds now "
        f"({first} {counts[0][first]}, now {counts[1][first]}; "
    )
    assert message.endswith("; choose another --out.")


def test_what_is_not_named_is_as_the_run_began(digits, stopped, finished):
    train(digits, stopped, network=None, recipe=None)
    assert contents(stopped) == contents(finished)


def test_more_epochs_go_on_from_the_last_checkpoint(digits, finished, extended):
    rows = read_rows(extended)
    assert rows[:2] == read_rows(finished)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    per_epoch = int(rows[0][1])
    rate = rate_at((4 - 1 / per_epoch) / 4, 0.05, LONGER)
    assert float(rows[-1][3]) == pytest.approx(rate)
    plans = [json.loads(line) for line in (extended / "plan.jsonl").read_text().splitlines()]
    assert [(plan["first_epoch"], plan["progress"]) for plan in plans] == [(0, 0.0), (2, 0.5)]
    share = 100 * rate_at(0.5, 1.0, LONGER)
    assert plans[1]["reason"] == (
        "2 epochs more than the 2 that it had ended with: the rate rises again at once, to the "
        f"{share:.0f} % of its peak that a run of 4 has there, and falls to nothing"
    )
    assert begun(extended)["recipe"]["epochs"] == 4
    assert begun(extended)["extends"] == 0
    assert begun(extended)["notes"] == [
        "Extended from 2 to 4 epochs, after the classifier of 2 had been judged on the same images."
    ]


@pytest.mark.parametrize("stop", [1, 4, 6])
def test_a_stopped_extension_leaves_the_old_classifier_and_goes_on(
    digits, finished, extended, tmp_path, stop
):
    out = shutil.copytree(finished, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(digits, out, recipe=LONGER, stop=stop)
    assert contents(out) == contents(finished)
    answers = skipcat.load(finished).predict(digits[0][0])
    assert skipcat.load(out).predict(digits[0][0]) == answers
    assert refuse(digits, out).startswith(
        f"The run in '{out}' was started otherwise (epochs 4, now 2)"
    )
    train(digits, out, recipe=None)
    assert contents(out) == contents(extended)
    assert read_rows(out) == read_rows(extended)


def test_an_extension_that_was_killed_before_its_first_checkpoint_begins_again(
    digits, finished, extended, tmp_path, monkeypatch
):
    def die(*given, **options):
        raise MemoryError

    out = shutil.copytree(finished, tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr("skipcat.training.trainer.trainer.Trainer.train", die)
        with pytest.raises(MemoryError):
            train(digits, out, recipe=LONGER)
    train(digits, out, recipe=LONGER)
    assert contents(out) == contents(extended)
    assert (out / "plan.jsonl").read_text() == (extended / "plan.jsonl").read_text()


def test_an_extension_whose_checkpoints_are_damaged(digits, finished, extended, tmp_path):
    out = shutil.copytree(finished, tmp_path / "run")
    newest = list_checkpoints(out / "checkpoints")[-1]
    whole = newest.read_bytes()
    before = (out / "recipe.json").read_text(), (out / "plan.jsonl").read_text()
    newest.write_bytes(b"no")
    assert refuse(digits, out, recipe=LONGER) == (
        f"The run in '{out}' cannot be extended, since its last checkpoint is missing or damaged; "
        "choose another --out."
    )
    assert ((out / "recipe.json").read_text(), (out / "plan.jsonl").read_text()) == before
    newest.write_bytes(whole)
    with pytest.raises(KeyboardInterrupt):
        train(digits, out, recipe=LONGER, stop=1)
    for path in list_checkpoints(out / "checkpoints")[1:]:
        path.write_bytes(b"no")
    train(digits, out, recipe=LONGER)
    assert contents(out) == contents(extended)


def test_an_extension_from_before_its_beginning_comes_to_the_same(
    digits, finished, extended, tmp_path
):
    """The run's last checkpoint and all later ones are gone; the log knows where it went on."""
    out = shutil.copytree(finished, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(digits, out, recipe=LONGER, stop=1)
    for path in (out / "checkpoints").iterdir():
        path.unlink()
    early = list_checkpoints(finished / "checkpoints")[0]
    shutil.copy(early, out / "checkpoints")
    train(digits, out, recipe=LONGER)
    assert contents(out) == contents(extended)


def test_it_can_be_extended_again_and_never_shortened(digits, extended, tmp_path):
    out = shutil.copytree(extended, tmp_path / "run")
    train(digits, out, recipe=skipcat.Recipe(epochs=5, batch=64))
    assert len(read_rows(out)) == 5
    assert read_rows(out)[:4] == read_rows(extended)
    assert refuse(digits, out, recipe=LONGER) == (
        f"The run in '{out}' was started otherwise (epochs 5, now 4); resume it as it was, or "
        "choose another --out."
    )


def test_the_command_takes_what_it_is_not_told_from_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recipe = ["--network", NETWORK, "--batch", "256", "--seed", "3"]
    assert main(["train", "digits", "--epochs", "1", *recipe]) == 0
    assert main(["train", "digits", "--resume"]) == 0
    capsys.readouterr()
    assert main(["train", "digits", "--resume", "--epochs", "2"]) == 0
    told = capsys.readouterr().err
    assert "\nExtended from 1 to 2 epochs, after the classifier of 1 had been judged" in told
    assert "\nGoing on after epoch 1: resnet_cifar8, 1 epoch at 8 px, " in told
    page = (tmp_path / "digits.skipcat" / "report.html").read_text()
    assert "Extended from 1 to 2 epochs" in page
    assert "1 epoch more than the 1 that it had ended with" in page
    assert main(["train", "digits", "--resume", "--epochs", "3", "--seed", "4"]) == 2
    assert capsys.readouterr().err.endswith(
        "skipcat: The run in 'digits.skipcat' was started otherwise (epochs 2, now 3; seed 3, now "
        "4); resume it as it was, or choose another --out.\n"
    )


def test_what_is_kept_is_told_by_its_own_epoch_where_patience_began_anew():
    losses = ((1, 0.5, 0.8), (2, 0.9, 0.7), (3, 0.7, 0.75))
    history = [
        {"epoch": n, "validation_loss": loss, "validation_accuracy": a} for n, loss, a in losses
    ]
    state = SimpleNamespace(history=history, best_loss=0.5, best_epoch=1)  # as an extension sets it
    assert say_kept(SimpleNamespace(state=state)) == (
        "Kept: the weights of epoch 1, whose loss on validation was the least (80.0 % right)."
    )
