"""Time to accuracy: the same images, the same minutes, different systems.

    python benchmarks/time_to_accuracy.py --data flowers/ --system skipcat --minutes 10 --seed 0

One call measures one cell and appends one row to results/time_to_accuracy.csv. Every system
trains from scratch on the same images and is judged on the same held-out ones, a fifth of each
class, drawn by content. skipcat takes its validation images out of the training images, and its
clock covers the whole of `train`, with ResNet-18 or with `--network`: reading, planning, training,
judging (the flowers' rows up to 2026-11-26 are of `fit` at commit c86848b, which did the same and
wrote the page). The others are given an epoch to measure their speed, which is not counted, then
as many epochs as fit the time, at least one; only their training is on the clock.

What they are: `torchvision`, a plain loop over its ResNet-18 and transforms (SGD with momentum
and a one-cycle rate, mixed by no hand); `fastai`, `vision_learner` with `aug_transforms` and
`fit_one_cycle`, its defaults; `ultralytics`, its smallest classifier by its own command, as a
process of its own, credited with its best epoch on the held-out images. All three see images at
their own size, 128 px at most, or at `--image-px`: smaller ones are more epochs in the same
minutes. skipcat takes its own network, size and stem: on small images its stem reduces less than
that of the others.

Nothing of skipcat was tuned on the held-out images of the rows of 2026-11-24. The weight decay
of later versions was first chosen on validation images out of all photographs, later held-out ones
among them (one seed), then confirmed by `ablation.py`, which looks at training images only. That
the flowers' rows of 2026-11-27 are of resnet_cifar20 was decided after `fine_tuning.py` had shown
what it reaches on other divisions of the same photographs, which share images with this one.

`answers` has one bit per held-out image in the order of their paths, 1 where it was named rightly,
as hexadecimal digits: for paired intervals (`benchmarks/read_time_to_accuracy.py`); ultralytics
gives none.
"""

import argparse
import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from results_file import FOLDER, append_row

RESULTS = FOLDER / "time_to_accuracy.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="a folder, or fashion-mnist")
    parser.add_argument("--system", required=True, choices=sorted(SYSTEMS))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--network", default="resnet18", help="of skipcat; the others have theirs")
    parser.add_argument("--image-px", type=int, help="of the others; skipcat plans its own")
    parser.add_argument("--note", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(arguments.data), Path(scratch) / "data"
        parts = divide(source, target) if source.is_dir() else write_out(arguments.data, target)
        if arguments.system == "skipcat":
            given = {"network": arguments.network}
        else:
            given = {"px": arguments.image_px or side_px(Path(scratch))}
        found = SYSTEMS[arguments.system](
            Path(scratch), minutes=arguments.minutes, seed=arguments.seed, **given
        )
    append(arguments, parts, found)


def divide(source: Path, target: Path) -> dict[str, int]:
    """Link a fifth of each class to test/, the rest to train/; equal images stay together."""
    from skipcat.data.dataset import open_dataset
    from skipcat.data.images import hash_image
    from skipcat.data.splits import split_dataset

    dataset = open_dataset(source)
    rows = range(len(dataset))
    hashes = [hash_image(dataset.images[row]) for row in rows]
    split = split_dataset(dataset, list(rows), hashes, validation=0.0, test=0.2, seed=2026)
    for part, chosen in (("train", split.train), ("test", split.test)):
        for row in chosen:
            path = Path(dataset.images[row])
            place = target / part / dataset.classes[dataset.labels[row]]
            place.mkdir(parents=True, exist_ok=True)
            (place / path.name).symlink_to(path.resolve())
    return {"train_images": len(split.train), "held_out": len(split.test)}


def write_out(name: str, target: Path) -> dict[str, int]:
    """Write a named set, which has a test part, as image files."""
    from PIL import Image

    from skipcat.data.dataset import open_dataset

    dataset = open_dataset(name)
    for row, label in enumerate(dataset.labels):
        part = dataset.parts[row] or "train"
        place = target / part / dataset.classes[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(dataset.images[row]).save(place / f"{row:06d}.png")
    counts = {part: dataset.parts.count(part) for part in ("train", "test")}
    return {"train_images": len(dataset) - counts["test"], "held_out": counts["test"]}


def list_held_out(scratch: Path) -> list[Path]:
    """Give the held-out images in the order of `answers`."""
    return sorted((scratch / "data" / "test").rglob("*.*"))


def pack_answers(right: list[bool]) -> str:
    """Give one bit per image as hexadecimal digits, the first image first."""
    bits = "".join("1" if each else "0" for each in right)
    return "".join(f"{int(bits[i : i + 4].ljust(4, '0'), 2):x}" for i in range(0, len(bits), 4))


def side_px(scratch: Path) -> int:
    """Give the images' own size, 128 at most."""
    from PIL import Image

    with Image.open(list_held_out(scratch)[0]) as image:
        return min(128, *image.size)


def run_skipcat(scratch: Path, *, minutes: float, seed: int, network: str) -> dict[str, object]:
    import skipcat

    start = time.perf_counter()
    classifier = skipcat.train(
        scratch / "data",
        network=network,
        out=scratch / "out",
        recipe=skipcat.Recipe(seed=seed, minutes=minutes),
        tell=lambda sentence: print(sentence, file=sys.stderr),
    )
    seconds = time.perf_counter() - start
    paths = list_held_out(scratch)
    right = [
        prediction.label == path.parent.name
        for path, prediction in zip(paths, classifier.predict(paths), strict=True)
    ]
    history = (scratch / "out" / "metrics.csv").read_text().splitlines()
    return {
        "network": classifier.network.spec.name,
        "image_px": classifier.preprocessing.image_px,
        "epochs": len(history) - 1,
        "seconds": seconds,
        "right": sum(right),
        "answers": pack_answers(right),
        "version": version("skipcat"),
    }


def run_torchvision(scratch: Path, *, minutes: float, seed: int, px: int) -> dict[str, object]:
    import torch
    import torchvision
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    torch.manual_seed(seed)
    torch.set_flush_denormal(True)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    to_tensor = [transforms.ToTensor(), transforms.Normalize(mean, std)]
    crop = [transforms.RandomResizedCrop(px), transforms.RandomHorizontalFlip()]
    fit_in = [transforms.Resize(px), transforms.CenterCrop(px)]
    train = ImageFolder(scratch / "data/train", transforms.Compose([*crop, *to_tensor]))
    test = ImageFolder(scratch / "data/test", transforms.Compose([*fit_in, *to_tensor]))
    model = torchvision.models.resnet18(num_classes=len(train.classes))
    model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    loader = torch.utils.data.DataLoader(train, 64, shuffle=True, num_workers=1, drop_last=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def run_epoch(each_step: Callable[[], object]) -> float:
        start = time.perf_counter()
        model.train()
        for images, targets in loader:
            optimiser.zero_grad()
            loss_of(model(images.contiguous(memory_format=torch.channels_last)), targets).backward()
            optimiser.step()
            each_step()
        return time.perf_counter() - start

    fresh = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    epochs = max(1, int(60 * minutes / run_epoch(lambda: None)))
    model.load_state_dict(fresh)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    steps = epochs * len(loader)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.05, total_steps=steps)
    seconds = sum(run_epoch(schedule.step) for _ in range(epochs))
    model.eval()
    right: list[bool] = []
    with torch.inference_mode():
        for images, targets in torch.utils.data.DataLoader(test, 64):
            right += (model(images).argmax(1) == targets).tolist()
    found = {"network": "resnet18", "image_px": px, "version": version("torchvision")}
    found |= {"right": sum(right), "answers": pack_answers(right)}
    return found | {"epochs": epochs, "seconds": seconds}


def run_fastai(scratch: Path, *, minutes: float, seed: int, px: int) -> dict[str, object]:
    import torch
    from fastai.vision.all import (
        ImageDataLoaders,
        Resize,
        aug_transforms,
        resnet18,
        set_seed,
        vision_learner,
    )

    torch.set_flush_denormal(True)
    set_seed(seed, reproducible=True)
    loaders = ImageDataLoaders.from_folder(
        scratch / "data", train="train", valid="test", item_tfms=Resize(px),
        batch_tfms=aug_transforms(), bs=64, num_workers=1,
    )  # fmt: skip
    probe = vision_learner(loaders, resnet18, pretrained=False)
    with probe.no_bar(), probe.no_logging():
        start = time.perf_counter()
        probe.fit_one_cycle(1)
        epoch = time.perf_counter() - start
    set_seed(seed, reproducible=True)
    learner = vision_learner(loaders, resnet18, pretrained=False)
    epochs = max(1, int(60 * minutes / epoch))
    with learner.no_bar(), learner.no_logging():
        start = time.perf_counter()
        learner.fit_one_cycle(epochs)
        seconds = time.perf_counter() - start
        scores, targets = learner.get_preds(dl=loaders.valid)
    named = dict(zip(map(str, loaders.valid.items), scores.argmax(1) == targets, strict=True))
    right = [bool(named[str(path)]) for path in list_held_out(scratch)]
    found = {"network": "resnet18", "image_px": px, "version": version("fastai")}
    found |= {"right": sum(right), "answers": pack_answers(right)}
    return found | {"epochs": epochs, "seconds": seconds}


def run_ultralytics(scratch: Path, *, minutes: float, seed: int, px: int) -> dict[str, object]:
    """Run its own command with its own time limit; it is AGPL and never imported."""
    model = "yolo11n-cls.yaml"
    command = [
        "yolo", "classify", "train", f"data={scratch / 'data'}", f"model={model}",
        f"imgsz={px}", f"time={minutes / 60}", f"seed={seed}", "pretrained=False",
        "device=cpu", "workers=1", f"project={scratch}", "name=run", "plots=False",
    ]  # fmt: skip
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=sys.stderr)
    seconds = time.perf_counter() - start
    rows = list(csv.DictReader((scratch / "run" / "results.csv").open()))
    accuracy = max(float(row["metrics/accuracy_top1"]) for row in rows)
    held_out = len(list_held_out(scratch))
    found = {"network": model, "image_px": px, "version": version("ultralytics")}
    return found | {"epochs": len(rows), "seconds": seconds, "right": round(accuracy * held_out)}


SYSTEMS: dict[str, Callable[..., dict[str, object]]] = {
    "fastai": run_fastai,
    "skipcat": run_skipcat,
    "torchvision": run_torchvision,
    "ultralytics": run_ultralytics,
}


def append(arguments: argparse.Namespace, parts: dict[str, int], found: dict) -> None:
    """Add the row to the CSV, and print it."""
    import torch

    row = {
        **parts,
        **found,
        "system": arguments.system,
        "data": Path(arguments.data).name,
        "minutes": arguments.minutes,
        "seed": arguments.seed,
        "seconds": f"{found['seconds']:.1f}",
        "accuracy": f"{found['right'] / parts['held_out']:.4f}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "note": arguments.note,
    }
    append_row(RESULTS, row)
    print(json.dumps(row))


if __name__ == "__main__":
    if shutil.which("yolo") is None and "ultralytics" in sys.argv:
        sys.exit("The command `yolo` is missing: pip install -r benchmarks/requirements.txt")
    main()
