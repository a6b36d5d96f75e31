import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from PIL import Image

import skipcat
from skipcat.cli import app as cli
from skipcat.cli.app import app, main
from skipcat.networks.catalogue import find_entry
from skipcat.text.numbers import floor_percent

TINY = ["--network", "resnet_cifar8", "--epochs", "1", "--batch", "64"]


@pytest.fixture
def run(capsys):
    """Run a command in this process; give exit code, stdout, stderr."""

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def small(digits, tmp_path, monkeypatch):
    """Stand in a folder with sixty digits of two classes, as files."""
    images, labels = digits
    for row in range(60):
        place = tmp_path / "data" / ("even", "odd")[labels[row] % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[row]).save(place / f"{row:02d}.png")
    monkeypatch.chdir(tmp_path)
    return "data"


def flags(command):
    parameters = typer.main.get_command(app).commands[command].params
    return {option for one in parameters for option in one.opts if option.startswith("--")}


def as_flags(kind):
    return {"--" + field.name.replace("_", "-") for field in dataclasses.fields(kind)}


def test_every_field_is_a_flag():
    assert as_flags(skipcat.Recipe) <= flags("train")
    assert as_flags(skipcat.Budget) <= flags("fit")
    common = {"--out", "--resume", "--json", "--pretrained"}
    assert common <= flags("train")
    assert common <= flags("fit")


def test_flags_reach_the_recipe(small, run):
    code, _, _ = run(
        "train", small, *TINY, "--learning-rate", "0.02", "--mirror", "no", "--seed", "7",
        "--validation", "0.2", "--out", "a",
    )  # fmt: skip
    assert code == 0
    recipe = json.loads(Path("a/recipe.json").read_text())["recipe"]
    assert skipcat.Recipe(**recipe) == skipcat.Recipe(
        epochs=1, batch=64, learning_rate=0.02, mirror="no", seed=7, validation=0.2
    )


def test_train_ends_in_a_folder_named_after_the_data(small, run, tmp_path):
    code, out, err = run("train", small, *TINY)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "On images it never saw:"
    assert lines[-2:] == ["Classifier: data.skipcat", "Report:     data.skipcat/report.html"]
    assert "Plan: resnet_cifar8, 1 epoch at 8 px, stem reduction 1." in err
    assert (tmp_path / "data.skipcat" / "report.html").is_file()
    assert "resnet_cifar8, as you asked." in (tmp_path / "data.skipcat/report.html").read_text()
    code, out, _ = run("train", small, *TINY, "--resume")
    assert code == 0
    assert out.splitlines()[-2] == "Classifier: data.skipcat"


def test_json_is_alone_on_stdout(small, run):
    code, out, _ = run("train", small, *TINY, "--json", "--out", "a")
    told = json.loads(out)
    assert code == 0
    assert (told["classifier"], told["report"]) == ("a", "a/report.html")
    assert told["classes"] == ["even", "odd"]
    assert told["evaluation"]["images"] == sum(map(sum, told["evaluation"]["confusion"]))
    code, out, _ = run("predict", "a", "data/even", "--json")
    assert code == 2
    assert out == ""
    image = min(Path("data/even").iterdir())
    code, out, _ = run("predict", "a", image, "--json")
    answer = json.loads(out)[0]
    assert (code, answer["name"]) == (0, str(image))
    assert answer["label"] in ("even", "odd")
    code, out, _ = run("evaluate", "a", "data", "--json")
    assert (code, json.loads(out)["images"]) == (0, told["evaluation"]["images"])
    code, out, _ = run("list", "--json")
    assert (code, [one["name"] for one in json.loads(out)]) == (0, list(skipcat.list_networks()))
    code, out, _ = run("show", "resnet18", "--json")
    assert (code, json.loads(out)["parameters"]) == (0, 11_689_512)


def test_what_people_read(small, run, monkeypatch):
    run("train", small, *TINY, "--out", "a")
    code, out, _ = run("evaluate", "a", "data")
    assert code == 0
    assert out.startswith("Accuracy ")
    assert re.search(r"^Left out, trained on: 4\d \(even/\d\d\.png, .* and \d+ more\)$", out, re.M)
    code, out, _ = run("predict", "a", min(Path("data/odd").iterdir()))
    assert code == 0
    assert out.splitlines()[0].split() == ["image", "shows", "sure", "or", "else"]
    few = [find_entry(name) for name in ("googlenet", "resnet18")]
    monkeypatch.setattr("skipcat.networks.catalogue.list_entries", lambda: few)
    code, out, _ = run("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[:1]] == ["network"]
    assert "googlenet" in out
    assert "11.69" in out
    code, out, _ = run("show", "googlenet", "--image-px", "64", "--classes", "5")
    assert code == 0
    assert "inception3a" in out
    assert "64 px, 3 channels, 5 classes" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["train", "nowhere"],
            "There is no folder or file 'nowhere', and no set is called so. Named sets: digits, "
            "fashion-mnist, cifar10.",
        ),
        (
            ["train", "digits", "--network", "resnet52"],
            "No network is called 'resnet52'. Did you mean 'resnet50'? 'skipcat list' shows all.",
        ),
        (
            ["train", "digits", "--epochs", "0", "--batch", "1"],
            "2 fields of the recipe cannot be used: epochs is 0, allowed: 1 or more; batch is 1, "
            "allowed: 2 or more.",
        ),
        (
            ["fit", "digits", "--minutes", "0"],
            "The budget's minutes is 0.0; a number of 0.1 or more is needed.",
        ),
        (["predict", "nowhere", "a.jpg"], "'nowhere' does not exist."),
        (["show", "vgg"], "No network is called 'vgg'. 'skipcat list' shows all."),
        (
            ["train", "digits", "--device", "tpu"],
            "No device is called 'tpu'; allowed: auto, cpu, cuda, mps.",
        ),
        (
            ["train", "digits", "--out", "file"],
            "'file' is a file; --out needs a folder.",
        ),
        (["predict", "a\x1b[31m b"], None),
        (
            ["train", "", "--out", "new"],
            "An argument is empty, as where a variable holds nothing: skipcat train '' --out new",
        ),
        (
            ["train", "digits", "--network="],
            "An argument is empty, as where a variable holds nothing: skipcat train digits "
            "--network=",
        ),
    ],
)
def test_wrong_input_is_told_in_one_line(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "\x1b" not in err
    if message is not None:
        assert err == f"skipcat: {message}\n"


@pytest.mark.parametrize(
    "arguments",
    [["fti"], ["train"], ["train", "digits", "--epoch", "3"], ["fit", "--minutes", "x"]],
)
def test_wrong_commands_are_told_in_one_line(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("skipcat: ")
    command = "skipcat" if arguments == ["fti"] else f"skipcat {arguments[0]}"
    assert err.endswith(f" '{command} --help' shows what is allowed.\n")
    assert err.count("\n") == 1


def test_escape_sequences_in_names_do_not_reach_the_terminal(run):
    code, _, err = run("evaluate", "a\x1b[31m", "digits")
    assert (code, err) == (2, "skipcat: 'a?[31m' does not exist.\n")


def pretend_classifier(folder: Path) -> str:
    folder.mkdir()
    (folder / "classifier.json").write_text("{}")
    return str(folder)


def test_a_bug_keeps_its_traceback(run, monkeypatch, tmp_path):
    def fail(*given, **options):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(skipcat, "load", fail)
    code, out, err = run("predict", pretend_classifier(tmp_path / "a"), "b.jpg")
    assert (code, out) == (1, "")
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("ZeroDivisionError: a bug\n")


def test_who_has_read_enough_is_not_told_off(run, monkeypatch):
    def close(*given, **options):
        raise BrokenPipeError

    monkeypatch.setattr(cli, "build_commands", lambda app: close)
    monkeypatch.setattr(cli, "_end_quietly", lambda: 0)
    assert run("list") == (0, "", "")


def test_an_existing_run_is_refused(small, run):
    assert run("train", small, *TINY, "--out", "a")[0] == 0
    code, _, err = run("train", small, *TINY, "--out", "a")
    assert (code, err) == (
        2,
        "skipcat: 'a' already holds a run; continue it with --resume or choose another --out.\n",
    )


def test_version_and_help(run):
    assert run("--version") == (0, f"skipcat {skipcat.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for name in ("fit", "train", "evaluate", "predict", "list", "show"):
        assert f"  {name} " in out
    assert run() == (code, out, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_the_output_is_told_in_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "skipcat", "list"], stdout=full, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(skipcat.__file__).parents[1])},
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "skipcat: The result cannot be printed: No space left on device; what was saved is whole.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(("command", "code"), [(["list"], 0), (["predict", "nowhere", "a.png"], 2)])
def test_a_full_disk_behind_the_messages_changes_nothing(command, code):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "skipcat", *command], stdout=subprocess.PIPE, stderr=full,
            env={**os.environ, "PYTHONPATH": str(Path(skipcat.__file__).parents[1])},
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == code


@pytest.mark.parametrize(
    ("probability", "said"),
    [(1.0, "100.0 %"), (0.99996, "99.9 %"), (0.29, "29.0 %"), (0.0, "0.0 %")],
)
def test_what_is_not_certain_is_not_called_so(probability, said):
    assert floor_percent(probability) == said
