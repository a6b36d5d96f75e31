import csv
import json
import re
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import skipcat
from skipcat import experiments
from skipcat.data.dataset import open_dataset
from skipcat.errors import RecipeError, RunError
from skipcat.experiments import degradation
from skipcat.experiments.lab import bench as lab_module
from skipcat.experiments.lab import run as run_module
from skipcat.experiments.lab.bench import Lab
from skipcat.experiments.lab.catalogue import find_experiment, list_experiments
from skipcat.experiments.lab.trial import BARE, Trial
from skipcat.report.experiment import render_experiment
from skipcat.text.translation import Message, _, use_language
from skipcat.training.trainer.trainer import Trainer

SMALL = (Trial("plain, 8", "plain_cifar8"), Trial("residual, 8", "resnet_cifar8"))


@pytest.fixture
def make_lab(digits, tmp_path):
    def make(folder="lab", seeds=1, minutes=None, tell=lambda sentence: None):
        return Lab(
            open_dataset(digits), tmp_path / folder, tuple(range(seeds)), minutes,
            torch.device("cpu"), lambda *work: None, tell,
        )  # fmt: skip

    return make


def untimed(found):
    return {label: [(o.train_errors, o.train_losses, o.before, o.after) for o in group]
            for label, group in found.items()}  # fmt: skip


def test_every_network_is_trained_with_every_seed_on_the_same_images(make_lab):
    found = make_lab(seeds=2).train(SMALL, epochs=2)
    assert list(found) == ["plain, 8", "residual, 8"]
    for group in found.values():
        assert [one.seed for one in group] == [0, 1]
        assert [len(one.train_errors) for one in group] == [2, 2]
        assert [one.steps for one in group] == [(2, 4), (2, 4)]  # 192 images: 128 and 64
        assert group[0].train_losses != group[1].train_losses
    assert found["plain, 8"][0].parameters == found["residual, 8"][0].parameters


def test_what_is_measured_is_not_measured_again(make_lab):
    first = make_lab().train(SMALL, epochs=1)
    lab = make_lab()
    assert untimed(lab.train(SMALL, epochs=1)) == untimed(first)
    assert lab.seconds > 0
    assert lab.measure("x", lambda: {"value": 1}) == {"value": 1}
    assert lab.measure("x", lambda: {"value": 2}) == {"value": 1}


def test_a_trial_that_is_stopped_goes_on_to_the_same_end(make_lab):
    whole = make_lab("whole").train(SMALL[1:], epochs=3, least=1)

    def stop(sentence):
        raise KeyboardInterrupt

    lab = make_lab("cut")
    epochs = []

    def note(work, done, total):
        epochs.append(work)
        if "Epoch 2/3" in work:
            signal.raise_signal(signal.SIGINT)

    lab.progress = note
    with pytest.raises(KeyboardInterrupt):
        lab.train(SMALL[1:], epochs=3, least=1)
    assert list((lab.folder / "runs" / "residual-8-seed0" / "checkpoints").iterdir())
    assert untimed(make_lab("cut").train(SMALL[1:], epochs=3, least=1)) == untimed(whole)
    assert not (lab.folder / "runs" / "residual-8-seed0").exists()


def test_a_network_that_diverges_is_a_finding(make_lab, monkeypatch):
    def diverge(run, **given):
        raise RunError("The loss became nan at step 3 (epoch 1); try a lower rate.")

    monkeypatch.setattr(Trainer, "train", diverge)
    [outcome] = make_lab().train(SMALL[:1], epochs=1, least=1)["plain, 8"]
    assert outcome.diverged == "The loss became nan at step 3 (epoch 1); try a lower rate."
    assert outcome.train_error == 1.0


@pytest.mark.parametrize(
    ("minutes", "epochs", "seeds", "left_out"),
    [
        (100, 50, 3, []),
        (0.4, 50, 2, []),
        (0.1, 26, 1, []),  # 50 take 10.4 s
        (0.05, 26, 1, ["large"]),  # a third of 50 takes 3.5 s, 1.7 s without the large one
    ],
)
def test_minutes_take_seeds_then_epochs_then_the_dearest(
    make_lab, monkeypatch, minutes, epochs, seeds, left_out
):
    seconds = {"plain_cifar8": 0.25e-3, "resnet_cifar8": 0.25e-3, "resnet_cifar14": 0.5e-3}
    monkeypatch.setattr(
        lab_module, "time_images", lambda spec, *given: lambda px, reduction: seconds[spec.name]
    )
    trials = (*SMALL, Trial("large", "resnet_cifar14"))
    lab = make_lab(seeds=3, minutes=minutes)
    prepared = lab.prepare()
    lab.started = 0.0
    monkeypatch.setattr(lab_module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    found = lab._fit_time(trials, 50, 2, prepared)
    assert found == {"epochs": epochs, "seeds": seeds, "left_out": left_out}


def test_minutes_that_hold_too_little_are_refused(make_lab, monkeypatch):
    monkeypatch.setattr(lab_module, "time_images", lambda *given: lambda px, reduction: 0.1)
    with pytest.raises(RecipeError) as error:
        make_lab(minutes=0.5).train(SMALL, epochs=30)
    assert str(error.value) == (
        "minutes is 0.5, which hold too little of this experiment; 9 would do, and without "
        "--minutes it does all."
    )


def test_bare_trainings_change_nothing_in_the_images():
    assert (BARE.augment, BARE.mirror, BARE.ema_decay, BARE.label_smoothing) == ("none", "no", 0, 0)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(degradation, "DEPTHS", (8, 14))
    monkeypatch.setattr(degradation, "EPOCHS", 1)


def test_an_experiment_goes_from_its_name_to_its_page(small, digits, tmp_path):
    out = tmp_path / "deg"
    result = skipcat.experiment("degradation", digits, seeds=2, out=out)
    saved = json.loads((out / "experiment.json").read_text())
    assert saved["holds"] in ("yes", "no", "cannot tell")
    assert [row["trial"] for row in saved["measurements"]] == [
        *["plain, 8 layers"] * 2,
        *["residual, 8 layers"] * 2,
        *["plain, 14 layers"] * 2,
        *["residual, 14 layers"] * 2,
    ]
    assert saved["command"] == "skipcat experiment degradation --data arrays --seeds 2"
    with (out / "measurements.csv").open(newline="") as file:
        assert [row["trial"] for row in csv.DictReader(file)] == [
            row["trial"] for row in saved["measurements"]
        ]
    assert [Message.from_dict(one) for one in saved["messages"]["verdict"]] == saved["verdict"]
    page = render_experiment(result)
    for sentence in (*result.findings.verdict, result.headline, result.experiment.claim):
        assert sentence.replace("'", "&#39;") in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert not re.search("[\u4e00-\u9fff]", page)
    with use_language("zh"):
        page = render_experiment(result)
        for sentence in (*result.findings.verdict, result.headline, result.experiment.claim):
            assert _(sentence) in page
            assert sentence not in page
    assert '<html lang="zh-Hans">' in page
    assert ">普通网络，14 层</text>" in page

    with pytest.raises(RunError) as error:
        skipcat.experiment("degradation", digits, seeds=2, out=out)
    assert str(error.value) == (
        f"'{out}' already holds an experiment; continue it with --resume or choose another --out."
    )
    with pytest.raises(RunError) as error:
        skipcat.experiment("degradation", digits, seeds=3, out=out, resume=True)
    assert str(error.value) == (
        f"'{out}' holds another experiment (seeds 2, now 3); choose another --out."
    )
    again = skipcat.experiment("degradation", digits, seeds=2, out=out, resume=True)
    assert again.findings == result.findings
    path = out / "measured" / "plain-8-layers-seed1.json"
    record = json.loads(path.read_text())
    del record["found"]["recipe"]["compile"]  # a field that recipes did not have then
    path.write_text(json.dumps(record))
    assert skipcat.experiment("degradation", digits, seeds=2, out=out, resume=True).findings
    record["found"]["recipe"]["momentum"] = 0.8
    path.write_text(json.dumps(record))
    with pytest.raises(RunError) as error:
        skipcat.experiment("degradation", digits, seeds=2, out=out, resume=True)
    assert str(error.value) == (
        f"'{path}' is of another recipe (momentum 0.8, now 0.9); choose another --out."
    )
    path.write_text("{}")
    with pytest.raises(RunError) as error:
        skipcat.experiment("degradation", digits, seeds=2, out=out, resume=True)
    assert str(error.value) == (
        f"'{path}' is damaged; choose another --out, or delete '{out}' to start anew."
    )


def test_experiments_are_found_by_their_files():
    names = [one.name for one in list_experiments()]
    assert "degradation" in names
    assert names == sorted(names)
    for one in list_experiments():
        assert one.claim
        assert one.published
        assert one.source
    with pytest.raises(RecipeError) as error:
        find_experiment("degradatoin")
    assert str(error.value) == (
        "No experiment is called 'degradatoin'. Did you mean 'degradation'? 'skipcat experiment "
        "--list' shows all."
    )


def test_the_file_that_contributing_shows_is_an_experiment(digits, tmp_path, monkeypatch):
    page = Path(__file__).parents[3] / "CONTRIBUTING.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    [source] = [block for block in blocks if "EXPERIMENT = " in block]
    (tmp_path / "width.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    assert "width" in [one.name for one in list_experiments()]
    result = skipcat.experiment("width", digits, seeds=1, out=tmp_path / "out")
    assert result.findings.holds == "cannot tell"
    assert [row["trial"] for row in result.findings.csv] == ["narrow", "twice as wide"]
    assert not (tmp_path / "out" / "runs").exists()


def test_figures_that_no_experiment_can_have_are_named_at_once(digits, tmp_path):
    with pytest.raises(RecipeError) as error:
        skipcat.experiment("degradation", digits, seeds=0, minutes=-1, out=tmp_path / "x")
    assert str(error.value) == (
        "The experiment cannot be run so: seeds is 0, allowed: 1 to 20; minutes is -1, allowed: "
        "above 0."
    )
    assert not (tmp_path / "x").exists()


def test_an_experiment_goes_on_with_the_images_that_it_began_with(make_lab, digits):
    lab = make_lab()
    lab.train(SMALL, epochs=1)
    pixels, labels = digits
    changed = pixels.copy()
    changed[0, 0, 0] ^= 1
    again = make_lab()
    again.dataset = open_dataset((changed, labels))
    with pytest.raises(RunError, match="begun on other images or labels than 'arrays' holds now"):
        again.train(SMALL, epochs=1)


def test_what_is_refused_before_anything_was_measured_leaves_nothing(tmp_path):
    out = tmp_path / "short"
    with pytest.raises(RecipeError, match="minutes is 1e-05, which hold too little"):
        skipcat.experiment("degradation", minutes=1e-5, out=out)
    assert not out.exists()
    out.mkdir()
    (out / ".DS_Store").write_text("mine")
    with pytest.raises(RecipeError, match="too little"):
        skipcat.experiment("degradation", minutes=1e-5, out=out)
    assert [one.name for one in out.iterdir()] == [".DS_Store"]


def test_minutes_by_which_nothing_was_planned_may_be_others(tmp_path, monkeypatch):
    out = tmp_path / "out"

    def stop(lab):
        lab.measure("costs", lambda: {"macs": 1})
        raise RecipeError("minutes are too few")

    found = find_experiment("bottleneck")
    monkeypatch.setattr(run_module, "find_experiment", lambda name: replace(found, run=stop))
    for minutes in (1, 2):
        with pytest.raises(RecipeError, match="too few"):
            skipcat.experiment("bottleneck", minutes=minutes, out=out, resume=minutes == 2)
    assert (out / "measured" / "costs.json").is_file()
    (out / "measured" / "programme.json").write_text("{}")
    with pytest.raises(RunError, match=r"holds another experiment \(minutes 2, now 3\)"):
        skipcat.experiment("bottleneck", minutes=3, out=out, resume=True)


def test_a_damaged_programme_is_told(make_lab):
    lab = make_lab()
    lab.train(SMALL, epochs=1)
    path = lab.folder / "measured" / "programme.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "found": {**content["found"], "seeds": -1}}))
    with pytest.raises(RunError, match="is damaged"):
        make_lab().train(SMALL, epochs=1)
