"""What the doctor finds goes through a training: named, and nothing is replaced."""

import numpy as np
from PIL import Image

import skipcat
from skipcat.training.recipe import Recipe
from trainings import train_unsaved


def write_pets(folder, count=12):
    draw = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True)
        for i in range(count):
            pixels = draw.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i}.png")
    whole = (folder / "cat/0.png").read_bytes()
    (folder / "cat/cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "dog/zero.png").write_bytes(b"")
    (folder / "dog/page.jpg").write_bytes(b"<html>gone</html>")
    (folder / "dog/twin.png").write_bytes(whole)
    (folder / "dog/gone.png").symlink_to(folder / "nowhere.png")


def test_broken_files_are_named_left_alone_and_not_replaced(tmp_path):
    write_pets(tmp_path / "pets")
    files = [path for path in (tmp_path / "pets").rglob("*") if path.is_file()]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in files]
    told = []
    done = train_unsaved(
        skipcat.open_dataset(tmp_path / "pets", exclude=["cat/3.png"]),
        "resnet_cifar20",
        recipe=Recipe(epochs=1, batch=8),
        out=tmp_path / "run",
        resume=False,
        pretrained=None,
        tell=told.append,
    )
    prepared = done.prepared
    assert told[0] == (
        "28 images checked: 4 cannot be read, 2 equal to one of another class; "
        "'skipcat check' names them."
    )
    broken = {line.split(":")[0] for line in prepared.left_out["cannot be read"]}
    assert broken == {"cat/cut.png", "dog/zero.png", "dog/page.jpg", "dog/gone.png"}
    assert prepared.left_out["excluded by you"] == ("cat/3.png",)
    split = prepared.split
    used = {
        prepared.dataset.names[r] for p in (split.train, split.validation, split.test) for r in p
    }
    assert len(used) == 24
    assert not used & (broken | {"cat/3.png"})
    twins = {prepared.dataset.names.index(name) for name in ("cat/0.png", "dog/twin.png")}
    assert any(twins <= set(part) for part in (split.train, split.validation, split.test))
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in files] == before
    assert skipcat.check(tmp_path / "pets", exclude=["cat/3.png"]).used == len(used)
