"""A process that is killed, not asked; and photographs through every network."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import skipcat
from skipcat.cli.app import main

SOURCE = Path(skipcat.__file__).parents[1]


def command(data, out, *more):
    recipe = [
        "--network",
        "resnet_cifar20",
        "--epochs",
        "4",
        "--batch",
        "32",
        "--augment",
        "shifts",
    ]
    return [sys.executable, "-m", "skipcat", "train", str(data), "--out", str(out), *recipe, *more]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("killer", "code"), [("SIGKILL", -9), ("SIGTERM", 143), ("SIGINT", 130)])
def test_a_killed_run_goes_on_to_the_same_end(killer, code, digits, tmp_path):
    for row, (image, label) in enumerate(zip(*digits, strict=True)):
        place = tmp_path / "data" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{row}.png")
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    whole, out = tmp_path / "whole", tmp_path / "run"
    subprocess.run(
        command(tmp_path / "data", whole), env=environment, check=True, capture_output=True
    )
    process = subprocess.Popen(
        command(tmp_path / "data", out), env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list((out / "checkpoints").glob("step-*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.Signals[killer])
    assert process.wait() == code
    assert not (out / "classifier.json").exists()
    subprocess.run(
        command(tmp_path / "data", out, "--resume"), env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    for name in ("weights.safetensors", "evaluation.json"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the kills' driver forks")
def test_runs_killed_at_random_moments_end_as_if_nothing_had_happened():
    script = Path(__file__).parents[2] / "benchmarks" / "kills.py"
    subprocess.run(
        [sys.executable, script, "--kills", "6", "--no-record"],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, check=True,
    )  # fmt: skip


# Deep CIFAR networks stand for their families; the rest is every network of the catalogue.
STANDING_FOR = {"resnet_cifar": (20, 110), "plain_cifar": (20,), "preact_cifar": (110,)}


def chosen():
    for name in skipcat.list_networks():
        family, _, depth = name.partition("cifar")
        depths = STANDING_FOR.get(f"{family}cifar")
        if depths is None or (depth.isdigit() and int(depth) in depths):
            yield name


@pytest.fixture(scope="module")
def bouquet(flowers, tmp_path_factory):
    """Give 200 of the photographs, 40 of each class, as links; and one photo aside."""
    folder = tmp_path_factory.mktemp("bouquet")
    for place in sorted(path for path in flowers.iterdir() if path.is_dir()):
        (folder / "data" / place.name).mkdir(parents=True)
        for photo in sorted(place.glob("*.jpg"))[:40]:
            (folder / "data" / place.name / photo.name).symlink_to(photo)
    rose = sorted((flowers / "rose").glob("*.jpg"))[40]
    return folder / "data", rose


@pytest.mark.slow
@pytest.mark.parametrize("network", tuple(chosen()))
def test_every_network_learns_from_photographs_and_names_a_flower(
    network, bouquet, tmp_path, capsys
):
    data, photo = bouquet
    out = tmp_path / "run"
    recipe = ["--epochs", "1", "--image-px", "96", "--batch", "16"]
    code = main(["train", str(data), "--network", network, "--out", str(out), *recipe])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    assert main(["predict", str(out), str(photo)]) == 0
    flowers = {path.name for path in data.iterdir()}
    assert flowers & set(capsys.readouterr().out.split())


def test_a_few_photographs_are_seen_as_the_person_sees_them(flowers, tmp_path):
    net = skipcat.build_network("resnet_cifar8", classes=2, image_px=64)
    from skipcat.data.preprocessing import Preprocessing

    preprocessing = Preprocessing(64, 3, (0.5,) * 3, (0.2,) * 3)
    classifier = skipcat.Classifier(net, ("a", "b"), preprocessing)
    photos = sorted((flowers / "tulip").glob("*.jpg"))[:4]
    turned = []
    for photo in photos:
        with Image.open(photo) as image:
            exif = Image.Exif()
            exif[0x0112] = 6
            stored = image.convert("RGB").rotate(90, expand=True)
            stored.save(tmp_path / f"{photo.stem}.png", exif=exif)
            turned.append(tmp_path / f"{photo.stem}.png")
    upright, _ = classifier.compute_logits(photos)
    as_stored, _ = classifier.compute_logits(turned)
    assert np.array_equal(upright, as_stored)
