"""A folder in which everything is wrong that can be, for the cases of `test_messages.py`."""

import hashlib
import json
import shutil
import signal
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import skipcat

NETWORK = "resnet_cifar8"
SHORT = {"network": NETWORK, "recipe": skipcat.Recipe(epochs=1, batch=64)}


def lay_out(place: Path, trained: Path, digits: tuple[np.ndarray, np.ndarray]) -> None:
    """Write all of it into `place`."""
    _write_folders(place)
    _write_tables(place)
    _write_images(place)
    _write_weights(place, trained)
    _write_classifiers(place, trained)
    _write_runs(place, trained, digits)
    for name, file in (("ruined.choice", "race.json"), ("ruined.experiment", "begun.json")):
        (place / name).mkdir()
        (place / name / file).write_text("{}")


def _draw(path: Path, seed: int, side: int = 16) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def _write_folders(place: Path) -> None:
    (place / "empty").mkdir()
    for label in ("cat", "dog"):
        (place / "hollow" / label).mkdir(parents=True)
        for number in range(6):
            seed = number + 10 * (label == "dog")
            _draw(place / "photos" / label / f"{number}.png", seed)
            _draw(place / "broken" / label / f"{number}.png", seed)
            _draw(place / "parts" / "train" / label / f"{number}.png", seed)
            _draw(place / "parts" / "val" / label / f"{number}.png", seed + 100)
        (place / "pages" / label).mkdir(parents=True)
        for number in range(3):
            (place / "pages" / label / f"{number}.jpg").write_text("<html>404</html>")
    _draw(place / "parts" / "val" / "emu" / "0.png", 200)
    for path in (place / "broken" / "dog").iterdir():
        path.write_bytes(path.read_bytes()[:40])
    for number in range(3):
        _draw(place / "loose" / f"{number}.png", number)
        _draw(place / "one" / "cat" / f"{number}.png", number)
        _draw(place / "five" / "cat" / f"{number}.png", number)
        _draw(place / "strangers" / ("cat", "dgo", "emu")[number] / "0.png", number)
    for number in range(2):
        _draw(place / "five" / "dog" / f"{number}.png", number + 10)
    (place / "notes.txt").write_text("mine")
    lists = {
        "other.txt": b"cat/9.png\n", "all.txt": b"", "odd.txt": b"cat\\1.png\n",
        "binary.txt": b"\xff\xfe\x00",
    }  # fmt: skip
    every = [f"{label}/{n}.png" for label in ("cat", "dog") for n in range(6)]
    lists["all.txt"] = "\n".join(every).encode()
    lists["cats.txt"] = "\n".join(every[:6]).encode()
    for name, content in lists.items():
        (place / name).write_bytes(content)


def _write_tables(place: Path) -> None:
    tables = {
        "columns.csv": "file;class\nphotos/cat/0.png;cat\n",
        "blank.csv": "",
        "header.csv": "path,label\n",
        "rows.csv": (
            "path,label,part\n,cat,\nphotos/cat/0.png,,\nphotos/cat/99.png,cat,\n"
            "photos/dog/0.png,dog,tset\nphotos/dog/1.png,dog,\n"
        ),
        "twice.csv": "path,label\nphotos/cat/0.png,cat\nphotos/cat/0.png,dog\n",
        "alone.csv": "path,label\nphotos/cat/0.png,cat\nphotos/cat/1.png,cat\n",
    }
    for name, text in tables.items():
        (place / name).write_text(text)
    (place / "latin.csv").write_bytes("path,label\nphotos/cat/0.png,Kätzchen\n".encode("latin-1"))


def _write_images(place: Path) -> None:
    _draw(place / "whole.png", 0, side=64)
    Image.open(place / "whole.png").save(place / "whole.jpg")
    (place / "nothing.jpg").write_bytes(b"")
    (place / "page.jpg").write_text("<!DOCTYPE html><html>404</html>")
    (place / "cut.png").write_bytes((place / "whole.png").read_bytes()[:3000])
    Image.new("1", (30_000, 30_000)).save(place / "bomb.png")
    Image.new("RGB", (9, 9)).save(place / "program.eps")


def _write_weights(place: Path, trained: Path) -> None:
    shutil.copy(trained / "weights.safetensors", place / "digits.safetensors")
    (place / "page.pth").write_text("<html>404</html>")
    whole = (trained / "weights.safetensors").read_bytes()
    (place / "cut.safetensors").write_bytes(whole[:1000])
    torch.save({"weights": [1, 2, 3]}, place / "list.pth")
    torch.save({"layer.weight": torch.ones(2)}, place / "alien.pth")
    torch.save(skipcat.build_network(NETWORK), place / "module.pth")
    hot = skipcat.build_network(NETWORK, classes=2, image_px=16)
    hot.get_parameter(next(name for name, _ in hot.named_parameters())).data.fill_(3e38)
    skipcat.save_weights(hot, place / "hot.safetensors")


def _write_classifiers(place: Path, trained: Path) -> None:
    def copy(name: str, **changes: object) -> Path:
        folder = place / name
        skipcat.load(trained).save(folder)
        about = folder / "classifier.json"
        about.write_text(json.dumps({**json.loads(about.read_text()), **changes}))
        return folder

    copy("digits.skipcat")
    (copy("lacking.skipcat") / "weights.safetensors").unlink()
    weights = copy("changed.skipcat") / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00")
    about = copy("cut.skipcat") / "classifier.json"
    about.write_text(about.read_text()[:100])
    (copy("list.skipcat") / "classifier.json").write_text("[]")
    (copy("foreign.skipcat") / "classifier.json").write_text('{"model": "vit"}')
    copy("newer.skipcat", format=2)
    copy("warm.skipcat", temperature="warm")
    copy("cold.skipcat", temperature=0)
    copy("renamed.skipcat", classes=["x", *"123456789"])
    copy("fewer.skipcat", classes=list("012345678"))
    (copy("used.skipcat") / "used_images.json").write_text('{"trained_on": 3}')
    (copy("judged.skipcat") / "evaluation.json").write_text("{}")
    folder = copy("huge.skipcat")
    about = folder / "classifier.json"
    content = json.loads(about.read_text())
    content["spec"]["classes"] = 10**6
    about.write_text(json.dumps(content))
    folder = copy("pickle.skipcat")
    torch.save(skipcat.load(folder).network.state_dict(), folder / "weights.safetensors")
    found = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    content = json.loads((folder / "classifier.json").read_text())
    (folder / "classifier.json").write_text(json.dumps({**content, "weights_sha256": found}))


def _write_runs(place: Path, trained: Path, digits: tuple[np.ndarray, np.ndarray]) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("Epoch"):
            signal.raise_signal(signal.SIGINT)

    try:
        skipcat.train(digits, out=place / "stopped", progress=stop, **SHORT)
    except KeyboardInterrupt:
        pass
    for name, file in (("recipe", "recipe.json"), ("plan", "plan.jsonl"), ("checkpoint", None)):
        shutil.copytree(place / "stopped", place / f"stopped-{name}")
        if file:
            (place / f"stopped-{name}" / file).write_text("{")
    for name in ("version", "endless"):
        shutil.copytree(place / "stopped", place / f"stopped-{name}")
    about = place / "stopped-version" / "recipe.json"
    content = json.loads(about.read_text())
    content["environment"] |= {"torch": "1.0"}
    about.write_text(json.dumps(content))
    log = place / "stopped-endless" / "plan.jsonl"
    plan = json.loads(log.read_text())
    log.write_text(json.dumps({**plan, "first_epoch": 10**9}))
    for name, kind in (("metrics", "metrics.csv"), ("events", "events")):
        shutil.copytree(place / "stopped", place / f"stopped-{name}")
        misplaced = place / f"stopped-{name}" / kind
        shutil.rmtree(misplaced) if misplaced.is_dir() else misplaced.unlink(missing_ok=True)
        misplaced.mkdir() if misplaced.suffix else misplaced.write_text("mine")
    for path in (place / "stopped-checkpoint" / "checkpoints").iterdir():
        path.write_bytes(b"no")
