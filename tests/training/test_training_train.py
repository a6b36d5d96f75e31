import csv
import json
import shutil
import signal

import numpy as np
import pytest
import torch

import skipcat
from skipcat.errors import RecipeError, RunError, SkipcatError
from skipcat.networks.catalogue import find_entry
from skipcat.text.translation import Message
from skipcat.training import initial_weights as begin
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.schedule import time_budget as pace
from skipcat.training.trainer import first_plan
from trainings import train_unsaved

RECIPE = skipcat.Recipe(epochs=3, batch=32)
NETWORK = "resnet_cifar8"


class Stop:
    """Press Ctrl-C after so many steps, as a person does: by a signal."""

    def __init__(self, after):
        self.left = after

    def __call__(self, what, done, total):
        if what.startswith("Epoch"):
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)


def run(data, out, *, stop=None, resume=False, recipe=RECIPE, network=NETWORK):
    progress = Stop(stop) if stop else lambda *what: None
    return skipcat.train(
        data, network=network, recipe=recipe, out=out, resume=resume, progress=progress
    )


def interrupt(data, out, stop, **options):
    with pytest.raises(KeyboardInterrupt):
        run(data, out, stop=stop, **options)


def result(out):
    """Give what must be equal of two equal runs: weights, metrics without times, judgement."""
    with (out / "metrics.csv").open(newline="") as file:
        rows = [row[:-2] for row in csv.reader(file)]
    return (out / "weights.safetensors").read_bytes(), rows, (out / "evaluation.json").read_text()


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    run(digits, out)
    return out


def refuse(kind, data, out, **options):
    with pytest.raises(kind) as caught:
        skipcat.train(data, **{"network": NETWORK, "recipe": RECIPE, "out": out, **options})
    return str(caught.value)


def test_a_run_leaves_what_the_design_names(whole):
    assert sorted(path.name for path in whole.iterdir()) == [
        "checkpoints",
        "classifier.json",
        "evaluation.json",
        "events",
        "metrics.csv",
        "plan.jsonl",
        "recipe.json",
        "used_images.json",
        "weights.safetensors",
    ]
    assert len(list_checkpoints(whole / "checkpoints")) == 2
    assert result(whole)[1][0] == [
        "epoch", "step", "image_px", "learning_rate", "train_loss", "train_accuracy",
        "validation_loss", "validation_accuracy",
    ]  # fmt: skip
    assert [row[:3] for row in result(whole)[1][1:]] == [
        ["1", "6", "8"], ["2", "12", "8"], ["3", "18", "8"]
    ]  # fmt: skip


@pytest.mark.parametrize("stop", [1, 5, 6, 7, 13, 18])
def test_interrupted_at_any_step_a_run_goes_on_to_the_same_end(digits, whole, tmp_path, stop):
    out = tmp_path / "run"
    interrupt(digits, out, stop)
    assert not (out / "classifier.json").exists()
    run(digits, out, resume=True)
    assert result(out) == result(whole)


def test_interrupted_again_and_again_it_is_still_the_same(digits, whole, tmp_path):
    out = tmp_path / "run"
    for resume in (False, True, True):
        interrupt(digits, out, 5, resume=resume)
    run(digits, out, resume=True)
    assert result(out) == result(whole)


def test_mixed_images_and_batches_in_parts_survive_an_interruption(digits, tmp_path):
    recipe = skipcat.Recipe(epochs=2, batch=32, mixup=0.2, cutmix=1.0, erase=0.5, parts=3)
    run(digits, tmp_path / "whole", recipe=recipe)
    interrupt(digits, tmp_path / "run", 8, recipe=recipe)
    run(digits, tmp_path / "run", recipe=recipe, resume=True)
    assert result(tmp_path / "run") == result(tmp_path / "whole")
    plain = skipcat.Recipe(epochs=2, batch=32)
    run(digits, tmp_path / "plain", recipe=plain)
    assert result(tmp_path / "plain")[0] != result(tmp_path / "whole")[0]


def test_auxiliary_heads_and_dropout_survive_an_interruption(digits, tmp_path):
    images = np.kron(digits[0][:40], np.ones((4, 4), np.uint8))
    data = images, digits[1][:40] % 2
    recipe = skipcat.Recipe(epochs=1, batch=8)
    torch.manual_seed(1)
    run(data, tmp_path / "whole", recipe=recipe, network="googlenet")
    torch.manual_seed(2)  # what else a process has drawn is nothing to a run
    interrupt(data, tmp_path / "run", 2, recipe=recipe, network="googlenet")
    run(data, tmp_path / "run", recipe=recipe, network="googlenet", resume=True)
    assert result(tmp_path / "run") == result(tmp_path / "whole")


def test_without_momentum_there_is_less_to_save(digits, tmp_path):
    recipe = skipcat.Recipe(epochs=2, batch=64, momentum=0.0, ema_decay=0)
    run(digits, tmp_path / "whole", recipe=recipe)
    interrupt(digits, tmp_path / "run", 2, recipe=recipe)
    run(digits, tmp_path / "run", recipe=recipe, resume=True)
    assert result(tmp_path / "run") == result(tmp_path / "whole")


def test_the_same_seed_gives_the_same_and_another_another(digits, whole, tmp_path):
    run(digits, tmp_path / "same")
    assert result(tmp_path / "same") == result(whole)
    run(digits, tmp_path / "other", recipe=skipcat.Recipe(epochs=3, batch=32, seed=1))
    assert result(tmp_path / "other")[0] != result(whole)[0]


def test_the_callers_random_numbers_are_left_alone(digits, tmp_path):
    before = torch.get_rng_state()
    run(digits, tmp_path / "run", recipe=skipcat.Recipe(epochs=1, batch=64))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_broken_newest_checkpoint_costs_only_the_steps_after_the_one_before(
    digits, whole, tmp_path
):
    out = tmp_path / "run"
    interrupt(digits, out, 14)
    newest = list_checkpoints(out / "checkpoints")[-1]
    content = bytearray(newest.read_bytes())
    content[-100] ^= 1
    newest.write_bytes(content)
    told = []
    skipcat.train(digits, NETWORK, recipe=RECIPE, out=out, resume=True, tell=told.append)
    assert told[-3] == (
        "The newest checkpoint 'step-00000014.safetensors' is damaged; going on from step 12."
    )
    assert result(out) == result(whole)


def test_what_a_killed_process_left_unfinished_is_cleared_away(digits, whole, tmp_path):
    out = tmp_path / "run"
    interrupt(digits, out, 7)
    (out / "checkpoints" / ".step-00000009.safetensors.abc.part.safetensors").write_bytes(b"x")
    (out / "metrics.csv").unlink()
    run(digits, out, resume=True)
    assert result(out) == result(whole)
    assert all(path.name.startswith("step-") for path in (out / "checkpoints").iterdir())


def test_a_run_that_ended_while_its_metrics_were_written_writes_them(digits, whole, tmp_path):
    out = tmp_path / "run"
    interrupt(digits, out, 18)
    (out / "metrics.csv").unlink()
    run(digits, out, resume=True)
    assert result(out) == result(whole)


def test_resume_begins_where_nothing_was_saved_yet(digits, whole, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".recipe.json.x.part.json").write_text("left by a kill")
    run(digits, out, resume=True)
    assert result(out) == result(whole)
    begun = tmp_path / "begun"
    begun.mkdir()
    shutil.copy(whole / "recipe.json", begun)
    shutil.copy(whole / "plan.jsonl", begun)
    run(digits, begun, resume=True)
    assert result(begun) == result(whole)


def test_a_finished_run_is_given_as_it_is(digits, whole, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in whole.rglob("*")}
    classifier = run(digits, whole, resume=True)
    assert classifier.evaluation.to_dict() == json.loads((whole / "evaluation.json").read_text())
    assert run(digits, whole, resume=True, recipe=None).classes == tuple("0123456789")
    assert {p: p.stat().st_mtime_ns for p in whole.rglob("*")} == before


def test_what_stands_in_the_way_is_refused(digits, whole, tmp_path):
    assert refuse(RunError, digits, whole) == (
        f"'{whole}' already holds a run; continue it with --resume or choose another --out."
    )
    other = skipcat.Recipe(epochs=4, batch=32)
    assert refuse(RunError, digits, whole, recipe=other, network="resnet_cifar20", resume=True) == (
        f"The run in '{whole}' was started otherwise (network resnet_cifar8, now resnet_cifar20; "
        "epochs 3, now 4); resume it as it was, or choose another --out."
    )
    assert refuse(RunError, digits, whole, pretrained="torchvision", resume=True) == (
        f"The run in '{whole}' was started otherwise (pretrained none, now torchvision); resume it "
        "as it was, or choose another --out."
    )
    (tmp_path / "notes.txt").write_text("mine")
    assert refuse(RunError, digits, tmp_path, resume=True) == (
        f"'{tmp_path}' already holds other files; choose another --out."
    )
    assert refuse(RunError, digits, tmp_path / "notes.txt") == (
        f"'{tmp_path / 'notes.txt'}' is a file; --out needs a folder."
    )
    skipcat.load(whole).save(tmp_path / "saved")
    assert refuse(RunError, digits, tmp_path / "saved", resume=True) == (
        f"'{tmp_path / 'saved'}' already holds a classifier; choose another --out."
    )


FILES = ("metrics.csv", "plan.jsonl", "report.html", "weights.safetensors", "classifier.json")


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_refused_before_anything_is_done(name, digits, tmp_path):
    out = tmp_path / "run"
    interrupt(digits, out, stop=1)
    (out / name).unlink(missing_ok=True)
    (out / name).mkdir()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}

    def begin(what, done, total):
        raise AssertionError(f"{what} began")

    assert refuse(RunError, digits, out, resume=True, progress=begin) == (
        f"'{out / name}' is a folder, and a file is written there; move it away, or choose another "
        "--out."
    )
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_nothing_is_written_into_the_data(photos, monkeypatch):
    before = sorted(photos.rglob("*"))
    for out in (photos, photos / "run"):
        assert refuse(RunError, photos, out) == (
            f"'{out}' lies in the data '{photos}', where nothing is written; choose another --out."
        )
    monkeypatch.chdir(photos)
    assert refuse(RunError, ".", None) == (
        "'photos.skipcat' lies in the data '.', where nothing is written; choose another --out."
    )
    assert sorted(photos.rglob("*")) == before


def test_a_run_goes_on_with_its_own_data_only(digits, tmp_path):
    out = tmp_path / "run"
    interrupt(digits, out, 2)
    images = digits[0].copy()
    images[0, 0, 0] += 1
    assert refuse(RunError, (images, digits[1]), out, resume=True) == (
        f"The run in '{out}' was started on other images or labels than 'arrays' holds now; choose "
        "another --out."
    )


@pytest.mark.parametrize("harm", ["", "{", "[]", '{"network": 1, "format": 2}', '{"format": 2}'])
def test_a_damaged_recipe_is_told(digits, tmp_path, harm):
    out = tmp_path / "run"
    interrupt(digits, out, 1)
    (out / "recipe.json").write_text(harm)
    assert refuse(RunError, digits, out, resume=True) == (
        f"'{out / 'recipe.json'}' is damaged; choose another --out, or delete '{out}' to start "
        "anew."
    )


def test_a_record_with_a_name_too_many_or_too_few_is_damaged(digits, tmp_path):
    out = tmp_path / "run"
    interrupt(digits, out, 1)
    whole = json.loads((out / "recipe.json").read_text())
    less = {name: value for name, value in whole["recipe"].items() if name != "mixup"}
    for harmed in ({**whole, "foo": 1}, {**whole, "recipe": less}):
        (out / "recipe.json").write_text(json.dumps(harmed))
        assert "recipe.json' is damaged; " in refuse(RunError, digits, out, resume=True)


def test_a_run_of_the_old_format_is_refused_in_one_sentence(digits, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    old = {"network": "resnet18", "asked": "none", "start": {"pretrained": "none"}}
    (out / "recipe.json").write_text(json.dumps(old))
    assert refuse(RunError, digits, out, resume=True) == (
        f"The run in '{out}' was written by another version of skipcat; choose another --out, or "
        f"delete '{out}' to start anew."
    )


@pytest.mark.parametrize(
    "harm", ["{", '{"epochs": 0}', '{"epochs": 1, "image_px": 8, "x": 1}', "3", "[" * 9]
)
def test_a_damaged_plan_is_told(digits, tmp_path, harm):
    out = tmp_path / "run"
    interrupt(digits, out, 1)
    (out / "plan.jsonl").write_text(harm + "\n")
    assert refuse(RunError, digits, out, resume=True) == (
        f"'{out / 'plan.jsonl'}' is damaged; choose another --out, or delete '{out}' to start anew."
    )


def test_a_checkpoint_of_another_run_is_told(digits, tmp_path):
    out, other = tmp_path / "run", tmp_path / "other"
    interrupt(digits, out, 2)
    interrupt(digits, other, 2, network="resnet_cifar14")
    shutil.copytree(other / "checkpoints", out / "checkpoints", dirs_exist_ok=True)
    message = refuse(RunError, digits, out, resume=True)
    assert message == (
        f"The checkpoints in '{out}' are not of this run or version (network has or lacks "
        "conv2_x.1.branch.conv1.conv.weight); choose another --out."
    )
    for path in list_checkpoints(out / "checkpoints"):
        path.write_bytes(b"no")
    assert refuse(RunError, digits, out, resume=True) == (
        f"The only checkpoint in '{out / 'checkpoints'}' is damaged; choose another --out, or "
        f"delete '{out}' to start anew."
    )


def test_minutes_plan_a_run_and_a_resume_follows_the_log(digits, tmp_path, monkeypatch):
    out = tmp_path / "run"
    recipe = skipcat.Recipe(minutes=0.2, batch=64, patience=100)
    monkeypatch.setattr(first_plan, "measure_step_time", lambda *given: lambda *size: 1e-3)
    interrupt(digits, out, 4, recipe=recipe)
    log = (out / "plan.jsonl").read_text()
    plan = json.loads(log.splitlines()[-1])
    assert plan["reason"]

    def refuse_to_measure(*given):
        raise AssertionError("a resume follows the log")

    monkeypatch.setattr(first_plan, "measure_step_time", refuse_to_measure)
    told = []
    skipcat.train(digits, network=NETWORK, recipe=recipe, out=out, resume=True, tell=told.append)
    assert (out / "plan.jsonl").read_text() == log
    assert len(result(out)[1]) - 1 <= plan["epochs"]
    assert any(one.startswith("Going on after epoch 1: ") for one in told)


def test_the_plan_is_told_before_training(digits, tmp_path):
    told = []
    skipcat.train(
        digits, network=NETWORK, recipe=skipcat.Recipe(epochs=1, batch=64), out=tmp_path / "run",
        tell=told.append,
    )  # fmt: skip
    assert told[-2] == "Plan: resnet_cifar8, 1 epoch at 8 px, stem reduction 1."
    assert told[-1].startswith("Kept: the weights of epoch 1, ")


def test_the_folder_is_named_after_the_data(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(digits, None, recipe=skipcat.Recipe(epochs=1, batch=64))
    assert skipcat.load("arrays.skipcat").classes == tuple("0123456789")


def test_weights_of_a_file_start_a_run_and_are_not_needed_to_go_on(digits, whole, tmp_path):
    weights = shutil.copy(whole / "weights.safetensors", tmp_path / "w.safetensors")
    out = tmp_path / "run"
    told = []
    options = {"network": NETWORK, "recipe": RECIPE, "out": out, "pretrained": weights}
    with pytest.raises(KeyboardInterrupt):
        skipcat.train(digits, progress=Stop(8), tell=told.append, **options)
    assert f"Training starts from the weights of '{weights}'." in told
    begun = json.loads((out / "recipe.json").read_text())
    assert begun["resolved"]["learning_rate"] == begin.RATE_FROM_WEIGHTS
    (tmp_path / "w.safetensors").unlink()
    skipcat.train(digits, resume=True, **options)
    assert result(out)[1][1][3] != result(whole)[1][1][3]


def test_settling_for_scratch_is_remembered_by_the_run(digits, tmp_path, monkeypatch):
    """A fit that began offline must not go on as if it had begun from weights."""
    out = tmp_path / "run"
    options = {
        "network": NETWORK, "recipe": RECIPE, "out": out, "pretrained": "torchvision",
        "automatic": True,
    }  # fmt: skip
    monkeypatch.setattr(begin, "SMALLEST_PRETRAINED_PX", 8)
    with pytest.raises(KeyboardInterrupt):
        train_unsaved(digits, resume=False, progress=Stop(3), **options)
    why = json.loads((out / "recipe.json").read_text())
    assert why["weights"] == "none"
    assert why["resolved"]["learning_rate"] == begin.RATE_FROM_SCRATCH
    notes = [Message.from_dict(note) for note in why["notes"]]
    assert notes[0].startswith(
        "Training from scratch. torchvision has no weights for resnet_cifar8;"
    )
    done = train_unsaved(digits, resume=True, **options)
    assert done.notes[: len(notes)] == tuple(notes)


def test_data_that_cannot_be_trained_on_are_told(tmp_path):
    out = tmp_path / "run"
    one_class = np.zeros((6, 8, 8), np.uint8), np.zeros(6, int)
    assert refuse(SkipcatError, one_class, out) == (
        "'arrays' has one class, '0'; at least two are needed."
    )
    tiny = np.zeros((6, 3, 9), np.uint8), np.array([0, 1] * 3)
    least = find_entry(NETWORK).smallest_px
    assert refuse(SkipcatError, tiny, out) == (
        f"resnet_cifar8 takes images of {least} px or more; the images' median short side is 3. "
        f"Enlarge them with image_px={least}."
    )
    small = np.zeros((6, 12, 9), np.uint8), np.array([0, 1] * 3)
    assert refuse(SkipcatError, small, out, network="inception_v4") == (
        "inception_v4 takes images of 17 px or more; the images' median short side is 9. Enlarge "
        "them with image_px=17, or take resnet18."
    )
    assert not out.exists()


def test_five_images_of_two_classes_train_without_a_test(digits, tmp_path):
    data = digits[0][:5], np.array([0, 1, 0, 1, 0])
    classifier = run(data, tmp_path / "run", recipe=skipcat.Recipe(epochs=1))
    assert classifier.evaluation is None
    assert len(classifier.predict(digits[0][0])) == 1


def test_images_smaller_than_the_input_are_enlarged(digits, tmp_path):
    recipe = skipcat.Recipe(epochs=1, batch=64, image_px=16)
    classifier = run(digits, tmp_path / "run", recipe=recipe)
    assert classifier.preprocessing.image_px == 16
    assert classifier.predict(digits[0][0])[0].label in classifier.classes


def test_all_that_is_wrong_with_a_recipe_is_told_at_once():
    with pytest.raises(RecipeError) as caught:
        skipcat.Recipe(epochs=0, minutes=float("nan"), batch=1, augment="fotos", seed=1.5)
    assert str(caught.value) == (
        "6 fields of the recipe cannot be used: epochs is 0, allowed: 1 or more; minutes is nan, a "
        "finite number is needed; seed is 1.5, a whole number is needed; batch is 1, allowed: 2 or "
        "more; augment is 'fotos', allowed: auto, none, shifts, photo; epochs and minutes are both "
        "given, one of them plans the run."
    )


def test_a_callable_sees_every_epoch_and_its_network(digits, tmp_path):
    seen = []

    def look(row, network):
        answers = network(torch.zeros(2, 1, 8, 8))
        seen.append((row["epoch"], row["validation_accuracy"], tuple(answers.shape)))

    skipcat.train(digits, network=NETWORK, recipe=RECIPE, out=tmp_path / "run", on_epoch=look)
    rows = result(tmp_path / "run")[1][1:]
    assert [(str(epoch), str(accuracy)) for epoch, accuracy, _ in seen] == [
        (row[0], row[7]) for row in rows
    ]
    assert {shape for *_, shape in seen} == {(2, 10)}


def test_few_images_make_small_batches_unless_one_is_asked_for(digits, tmp_path):
    told = []
    made = train_unsaved(
        digits, NETWORK, recipe=skipcat.Recipe(epochs=2), out=tmp_path / "few", resume=False,
        pretrained=None, tell=told.append,
    )  # fmt: skip
    assert made.recipe.batch == 16
    assert "Batches of 16, so that 192 images make about 24 steps." in told
    assert made.history[-1]["step"] == 24
    asked = train_unsaved(
        digits, NETWORK, recipe=skipcat.Recipe(epochs=2, batch=64), out=tmp_path / "asked",
        resume=False, pretrained=None,
    )  # fmt: skip
    assert asked.history[-1]["step"] == 6


IN_ONE_EPOCH = skipcat.Recipe(minutes=0.05, batch=8)


def test_a_plan_that_hoped_for_too_much_is_mended_within_its_epoch(digits, tmp_path, monkeypatch):
    # As foreseen, the second that a plan has at least holds one epoch: 192 images to train on, 24
    # to validate. In truth the minutes are over by then.
    monkeypatch.setattr(pace, "RESERVE_AT_MOST", 2.0)
    monkeypatch.setattr(
        first_plan,
        "measure_step_time",
        lambda *given: lambda *size: 1.01 / (192 + 24 / 3),
    )
    run(digits, tmp_path / "run", recipe=IN_ONE_EPOCH)
    plans = [
        json.loads(line) for line in (tmp_path / "run" / "plan.jsonl").read_text().splitlines()
    ]
    assert plans[0]["epochs"] == plans[-1]["epochs"] == 1
    assert plans[0]["last_share"] > 0.9
    assert 0 < plans[-1]["first_epoch"] < plans[-1]["last_share"] < 0.2


def test_a_run_whose_plan_was_mended_within_an_epoch_is_resumed_to_the_same_end(
    digits, tmp_path, monkeypatch
):
    def mend(plan, spent, *given):
        at_a_quarter = spent.epochs == 0.25 and not plan.first_epoch
        return pace.bend(plan, 0.25, 1, 0.75, "mended") if at_a_quarter else None

    monkeypatch.setattr(pace, "RESERVE_AT_MOST", 2.0)
    monkeypatch.setattr(first_plan, "measure_step_time", lambda *given: lambda *size: 4e-3)
    monkeypatch.setattr(pace, "mend_plan", mend)
    run(digits, tmp_path / "whole", recipe=IN_ONE_EPOCH)
    [_, row] = result(tmp_path / "whole")[1]
    assert row[1] == "18"  # three quarters of 24 batches
    for stop in (4, 6, 12):  # before it was mended, then, and after that
        out = tmp_path / f"stopped-{stop}"
        interrupt(digits, out, stop, recipe=IN_ONE_EPOCH)
        run(digits, out, recipe=IN_ONE_EPOCH, resume=True)
        if stop > 4:  # what is stopped before knows of no mending
            assert result(out) == result(tmp_path / "whole")


def test_one_of_the_last_epochs_is_mended_on_the_way(digits, tmp_path, monkeypatch):
    def mend(plan, spent, *given):
        late = spent.epochs > 37 and not plan.first_epoch
        return pace.bend(plan, spent.epochs, 1, 0.9, "mended") if late else None

    monkeypatch.setattr(first_plan, "measure_step_time", lambda *given: lambda *size: 1e-6)
    monkeypatch.setattr(pace, "mend_plan", mend)
    told = []
    recipe = skipcat.Recipe(minutes=0.2, batch=64, patience=100)
    skipcat.train(
        digits, NETWORK, recipe=recipe, out=tmp_path / "run", progress=None, tell=told.append
    )
    plans = [
        json.loads(line) for line in (tmp_path / "run" / "plan.jsonl").read_text().splitlines()
    ]
    assert [plan["epochs"] for plan in plans] == [40, 38]
    assert 37 < plans[-1]["first_epoch"] < 38
    assert "Planned anew: 1 epoch at 8 px, the last of them 90 %; mended." in told


def test_a_run_that_was_begun_with_a_named_batch_keeps_it_where_none_is_named(digits, tmp_path):
    named = skipcat.Recipe(epochs=1, batch=64)
    run(digits, tmp_path / "run", recipe=named)
    run(digits, tmp_path / "run", recipe=skipcat.Recipe(epochs=2), resume=True)
    begun = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert (begun["recipe"]["epochs"], begun["recipe"]["batch"]) == (2, 64)


def test_a_plan_of_smaller_batches_is_timed_at_them(digits, tmp_path, monkeypatch):
    timed = []

    def measure(spec, sizes, recipe, device):
        timed.append(recipe.batch)
        return lambda side_px, reduction: 0.2 / recipe.batch

    monkeypatch.setattr(first_plan, "measure_step_time", measure)
    made = train_unsaved(
        digits, NETWORK, recipe=skipcat.Recipe(minutes=0.1), out=tmp_path / "run", resume=False,
        pretrained=None,
    )  # fmt: skip
    assert timed[-1] == made.recipe.batch == 16
    assert len(timed) <= 2
