"""Every name of the public face, and what it promises: tests of others call these."""

import dataclasses
import importlib
import inspect
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import skipcat

NAMES = {
    "Budget", "Classifier", "Cost", "Dataset", "Evaluation", "Latency", "Logits", "Network",
    "Prediction", "Recipe", "SkipcatError", "build_network", "explain", "fit", "list_networks",
    "load", "load_weights", "measure_cost", "measure_latency", "open_dataset", "save_weights",
    "train",
}  # fmt: skip


def test_every_name_is_there_and_a_function_stays_one():
    assert set(skipcat.__all__) >= NAMES
    assert set(dir(skipcat)) >= NAMES
    for name in skipcat.__all__:
        assert not inspect.ismodule(getattr(skipcat, name)), name
    with pytest.raises(AttributeError, match="module 'skipcat' has no attribute 'fti'"):
        skipcat.fti  # noqa: B018
    importlib.import_module("skipcat.main_job")
    importlib.import_module("skipcat.training.train")

    assert inspect.isfunction(skipcat.fit)
    assert inspect.isfunction(skipcat.train)


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert skipcat.__version__ == version("skipcat")


def test_help_and_version_import_no_torch():
    program = (
        "import sys; from skipcat.cli.app import main; code = main(['--help']);"
        "main(['--version']); import skipcat; print(skipcat.SkipcatError.__name__);"
        "sys.exit(code or 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"skipcat {skipcat.__version__}\nSkipcatError\n" in done.stdout


def test_networks_are_named_built_and_answer():
    names = skipcat.list_networks()
    assert isinstance(names, tuple)
    assert {"googlenet", "inception_v3", "resnet18", "resnet152", "resnet_cifar20"} <= set(names)
    net = skipcat.build_network("inception_v3", classes=7, image_px=96, channels=1, seed=0)
    assert isinstance(net, skipcat.Network)
    assert isinstance(net, torch.nn.Module)
    images = torch.randn(2, 1, 96, 96)
    for mode in (True, False):
        logits = net.train(mode)(images)
        assert type(logits) is torch.Tensor
        assert logits.shape == (2, 7)
    answers = net.forward_with_auxiliary(images)
    assert isinstance(answers, skipcat.Logits)
    assert answers.main.shape == (2, 7)
    assert [one.shape for one in answers.auxiliary] == [(2, 7)]
    assert "Mixed_5b" in str(net)
    plain = skipcat.build_network("resnet18", classes=2, image_px=32)
    assert plain.forward_with_auxiliary(torch.randn(2, 3, 32, 32)).auxiliary == ()


def test_equal_seeds_give_equal_weights():
    first, same, other = (
        skipcat.build_network("resnet_cifar20", seed=seed).state_dict() for seed in (3, 3, 4)
    )
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("dialect", ["skipcat", "torchvision"])
def test_weights_go_out_and_come_in(tmp_path, suffix, dialect):
    net = skipcat.build_network("resnet18", classes=3, seed=1)
    skipcat.save_weights(net, tmp_path / f"w{suffix}", dialect=dialect)
    (tmp_path / f"w{suffix}").rename(tmp_path / "w.bin")  # the suffix says nothing
    other = skipcat.build_network("resnet18", classes=3, seed=2)
    assert skipcat.load_weights(other, tmp_path / "w.bin") == dialect
    state = other.state_dict()
    assert all(torch.equal(state[key], value) for key, value in net.state_dict().items())


def test_costs_are_counted_of_names_specs_and_networks():
    cost = skipcat.measure_cost("resnet50", image_px=224)
    assert isinstance(cost, skipcat.Cost)
    assert cost.parameters == 25_557_032
    assert cost.auxiliary_parameters == 0
    assert 4.0e9 < cost.macs < 4.2e9
    assert cost.activations > 0
    assert cost.receptive_field_px > 0
    assert len(cost.rows) > 5
    net = skipcat.build_network("resnet_cifar20", classes=10)
    assert skipcat.measure_cost(net).parameters == skipcat.measure_cost(net.spec).parameters
    assert skipcat.measure_cost("googlenet").auxiliary_parameters > 0


def test_latency_is_measured():
    net = skipcat.build_network("resnet_cifar8", classes=2, image_px=16)
    found = skipcat.measure_latency(net, image_px=16, batch=1, engine="torch", seconds=0)
    assert isinstance(found, skipcat.Latency)
    assert 0 < found.p50_ms <= found.p95_ms


def test_recipe_and_budget_are_frozen_and_need_no_choices():
    for value in (skipcat.Recipe(), skipcat.Budget()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.minutes = 3
    recipe = skipcat.Recipe(epochs=20, seed=0)
    assert (recipe.epochs, recipe.seed) == (20, 0)
    assert skipcat.Budget(minutes=10).minutes == 10
    assert issubclass(skipcat.SkipcatError, Exception)
    with pytest.raises(skipcat.SkipcatError):
        skipcat.Recipe(epochs=-1)


def test_train_predict_evaluate_save_load(digits, tmp_path):
    clf = skipcat.train(
        digits, network="resnet_cifar8", recipe=skipcat.Recipe(epochs=1, seed=0),
        out=tmp_path / "runs" / "a",
    )  # fmt: skip
    assert isinstance(clf, skipcat.Classifier)
    array = digits[0][0]
    Image.fromarray(array).save(tmp_path / "a.png")
    answers = clf.predict([str(tmp_path / "a.png"), Image.fromarray(array), array])
    assert all(isinstance(one, skipcat.Prediction) for one in answers)
    assert answers[0].label in clf.classes
    assert answers[0].probability == answers[0].probabilities[answers[0].label]
    assert sum(answers[0].probabilities.values()) == pytest.approx(1)
    evaluation = clf.evaluate(digits)
    assert isinstance(evaluation, skipcat.Evaluation)
    assert evaluation.accuracy == evaluation.correct / evaluation.images
    low, high = evaluation.accuracy_interval
    assert 0 <= low <= evaluation.accuracy <= high <= 1
    assert 0 <= evaluation.ece <= 1
    assert evaluation.confusion.shape == (10, 10)
    assert set(evaluation.per_class) == set(clf.classes)
    json.dumps(evaluation.to_dict())
    clf.save(tmp_path / "flowers.skipcat")
    again = skipcat.load(tmp_path / "flowers.skipcat")
    assert np.array_equal(
        again.compute_logits(digits[0][:9])[0], clf.compute_logits(digits[0][:9])[0]
    )


def test_the_signatures_are_those_that_were_promised():
    def names(function):
        return list(inspect.signature(function).parameters)

    assert names(skipcat.fit)[0] == "data"
    assert {"budget", "out", "pretrained", "resume"} <= set(names(skipcat.fit))
    assert names(skipcat.train)[:2] == ["data", "network"]
    assert {"recipe", "out", "pretrained", "resume"} <= set(names(skipcat.train))
    assert names(skipcat.build_network)[1:4] == ["classes", "image_px", "channels"]
    assert {"seed", "pretrained"} <= set(names(skipcat.build_network))
    assert names(skipcat.measure_latency)[:4] == ["net", "image_px", "batch", "engine"]
    assert names(skipcat.load_weights) == ["net", "path"]
    assert names(skipcat.save_weights) == ["net", "path", "dialect"]
    assert inspect.signature(skipcat.fit).parameters["pretrained"].default == "torchvision"
    assert inspect.signature(skipcat.train).parameters["pretrained"].default is None


def test_a_folder_with_a_test_part_is_judged_on_it(digits, tmp_path):
    images, labels = digits
    for row in range(60):
        part = "test" if row % 4 == 0 else "train"
        place = tmp_path / "data" / part / str(labels[row] % 2)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[row]).save(place / f"{row}.png")
    clf = skipcat.train(
        tmp_path / "data", network="resnet_cifar8", recipe=skipcat.Recipe(epochs=1),
        out=tmp_path / "run",
    )  # fmt: skip
    assert clf.evaluation.images == 15
    assert clf.evaluate(tmp_path / "data").images == 15
    assert clf.evaluate(tmp_path / "data" / "test").images == 15
