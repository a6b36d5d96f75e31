"""Seeded mutations of valid files: what bad disks, downloads and people make of them."""

import hashlib
import io
import json
import random
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import skipcat
from skipcat.errors import DataError, SkipcatError
from skipcat.training.run_folder.checkpoint import seal_file
from trainings import train_unsaved

MOST_BYTES = 1 << 30
FORMATS = {
    "JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "TIFF": ".tif", "WEBP": ".webp", "BMP": ".bmp",
}  # fmt: skip
LARGE = (255, 256, 65_535, 10**6, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64, 10**30)


def draw_images() -> dict[str, list[bytes]]:
    """Give small valid files of each format, of several modes and options."""
    rows, columns = np.mgrid[:20, :24]
    colour = np.stack([rows * 12, columns * 10, (rows * columns) % 256], 2).astype(np.uint8)
    rgb = Image.fromarray(colour)
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = rgb.copy()
    clear.putalpha(Image.fromarray(colour[:, :, 2]))
    deep = Image.fromarray(colour[:, :, 0].astype(np.uint16) * 257)
    several = {"save_all": True, "append_images": [rgb.rotate(90), rgb.rotate(180)]}
    options: dict[str, list[tuple[Image.Image, dict]]] = {
        "JPEG": [(rgb, {"exif": exif}), (rgb, {"progressive": True}), (rgb.convert("CMYK"), {})],
        "PNG": [(rgb, {"exif": exif}), (rgb.convert("P"), {"transparency": 3}), (clear, {}),
                (deep, {}), (rgb.convert("1"), {})],
        "GIF": [(rgb, several), (rgb.convert("P"), {"transparency": 1})],
        "TIFF": [(rgb, {"exif": exif}), (rgb, {"compression": "tiff_lzw"}), (deep, several),
                 (rgb, {"compression": "tiff_adobe_deflate"}), (clear, {})],
        "WEBP": [(rgb, {"exif": exif}), (clear, {"lossless": True}), (rgb, several)],
        "BMP": [(rgb, {}), (rgb.convert("P"), {}), (rgb.convert("1"), {})],
    }  # fmt: skip
    return {kind: [_save(image, kind, how) for image, how in options[kind]] for kind in FORMATS}


def _save(image: Image.Image, kind: str, how: dict) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def mutate_bytes(content: bytes, draw: random.Random) -> bytes:
    """Flip, cut, insert, zero, repeat or overwrite some of the bytes."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 16))):
        # The first bytes tell sizes, offsets and kinds.
        end = draw.choice((len(changed), min(len(changed), 64)))
        place = draw.randrange(end) if end else 0
        length = draw.choice((1, 2, 4, 8, 64, 1024))
        how = draw.randrange(8)
        if how == 0 and changed:
            changed[place] ^= 1 << draw.randrange(8)
        elif how == 1:
            del changed[place:]
        elif how == 2:
            del changed[place : place + length]
        elif how == 3:
            changed[place:place] = draw.randbytes(length)
        elif how == 4:
            changed[place : place + length] = bytes(length)
        elif how == 5:
            changed[place : place + length] = b"\xff" * length
        elif how == 6:
            changed[place:place] = changed[place : place + length]
        else:
            number = draw.choice(LARGE) & 0xFFFFFFFF
            order = draw.choice(("<I", ">I"))
            changed[place : place + 4] = struct.pack(order, number)
    return bytes(changed)


def mutate_json(text: str, draw: random.Random) -> str:
    """Replace a value or a key anywhere in it by something that does not belong there."""
    value = json.loads(text)
    for _ in range(draw.choice((1, 1, 2))):
        holder, key = _pick(value, draw)
        if holder is None:
            return draw.choice(_NOT_OBJECTS)
        how = draw.randrange(6)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, dict):
            holder[draw.choice(_NAMES)] = holder.pop(key)
        elif how == 2 and isinstance(holder, list):
            holder.extend(holder[:64] * draw.choice((1, 8)))
        else:
            holder[key] = _strange(holder[key], draw)
    return json.dumps(value).replace('"__deep__"', "[" * 3000 + "]" * 3000)


_NOT_OBJECTS = ("null", "[]", "3", '"x"', "NaN", "{}", "[[[[", "")
_NAMES = ("../../escaped", "/etc/passwd", "", "a\nb", "x" * 3000, "__class__", "花", "C:\\x", "..")


def _pick(value: object, draw: random.Random) -> tuple:
    """Give a container and a key in it, each at any depth."""
    holder = key = None
    while isinstance(value, dict | list) and value:
        holder = value
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
        value = value[key]
        if draw.random() < 0.25:
            break
    return holder, key


def _strange(old: object, draw: random.Random) -> object:
    if isinstance(old, int | float) and draw.random() < 0.6:
        return draw.choice((0, -1, -old, old + 1, old * 2, 1, 2, 3, 7, *LARGE, -(2**31), 0.5))
    return draw.choice(
        (
            None, True, False, 0, -1, 1.5, 1e300, -1e300, 1e-320, float("nan"), float("inf"), "",
            "x", [], {}, [[]], [old], {"a": old}, str(old), "__deep__", 10**400, "\ud800",
            *_NAMES, *LARGE,
        )
    )  # fmt: skip


def mutate_safetensors(content: bytes, draw: random.Random) -> bytes:
    """Change a header's length, its JSON, or the bytes of anything."""
    how = draw.randrange(4)
    length = int.from_bytes(content[:8], "little")
    if how == 0:
        told = draw.choice((*LARGE[:8], 0, 1, length - 1, length + 1))
        return struct.pack("<Q", told) + content[8:]
    if how == 1:
        header = json.loads(content[8 : 8 + length])
        name = draw.choice([name for name in header if name != "__metadata__"])
        about = header[name]
        key = draw.choice(("dtype", "shape", "data_offsets", "name"))
        if key == "dtype":
            about[key] = draw.choice(
                ("F64", "F16", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "C64", "F4", "X", 3)
            )
        elif key == "shape":
            about[key] = draw.choice(([], [-1], [2**62, 4], [0], about[key][::-1], "x", [10**30]))
        elif key == "data_offsets":
            about[key] = draw.choice(([0, 2**63], [5, 1], [-1, 3], [0, 4], [], "x"))
        else:
            header[draw.choice(_NAMES)] = header.pop(name)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + length :]
    if how == 2:
        text = mutate_json(content[8 : 8 + length].decode(), draw).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + length :]
    return mutate_bytes(content, draw)


def mutate_classifier(folder: Path, whole: Path, draw: random.Random) -> None:
    """Put a copy of a whole classifier in `folder`, with one or two of its files harmed.

    In half of the cases classifier.json gets the right hash of the harmed weights, as a person
    would do it who means harm.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    names = sorted(path.name for path in whole.iterdir() if path.is_file())
    names = [name for name in names if name in HARMED]
    for name in names:
        (folder / name).write_bytes((whole / name).read_bytes())
    for name in draw.choices(names, weights=[HARMED[name] for name in names], k=1):
        path = folder / name
        content = path.read_bytes()
        if name.endswith(".safetensors"):
            path.write_bytes(mutate_safetensors(content, draw))
        elif draw.random() < 0.75:
            text = mutate_json(content.decode(), draw)
            path.write_bytes(text.encode("utf-8", "backslashreplace"))
        else:
            path.write_bytes(mutate_bytes(content, draw))
        if draw.random() < 0.05:
            path.unlink()
            (folder / draw.choice(names)).unlink(missing_ok=True)
    if draw.random() < 0.5:
        _forge_hash(folder)


RUNS = ("ended", "ended-finished", "folded")


def few_digits() -> tuple[np.ndarray, np.ndarray]:
    """Give 60 digits of three classes, and their labels."""
    bunch = load_digits(n_class=3)
    return np.rint(bunch.images[:60] * (255 / 16)).astype(np.uint8), bunch.target[:60]


def train_runs(place: Path) -> None:
    """Train the runs on few digits that are harmed: all but finished, finished, with folds."""
    for name, folds in (("ended", 0), ("folded", 2)):
        recipe = skipcat.Recipe(epochs=2, batch=16, folds=folds)
        skipcat.train(few_digits(), "resnet_cifar8", recipe=recipe, out=place / name)
        shutil.copytree(place / name, place / f"{name}-finished")
        (place / name / "classifier.json").unlink()


class WouldTrainError(Exception):
    """The run goes on: it came as far as its first step."""


def resume_harmed(folder: Path, data: tuple[np.ndarray, np.ndarray]) -> None:
    """Resume what a folder holds, with nothing but the folder to say how, as far as a step.

    Then its out-of-fold answers are read.
    """

    def progress(what: str, done: int, total: int) -> None:
        if "Epoch" in what:
            raise WouldTrainError

    def tell(sentence: str) -> None:
        if len(sentence) > 4000:
            raise AssertionError(f"no good sentence: {sentence[:300]!r}")

    with suppress(WouldTrainError):
        train_unsaved(
            data, None, recipe=None, out=folder, resume=True, pretrained=None,
            progress=progress, tell=tell,
        )  # fmt: skip
    with suppress(DataError):
        skipcat.check(data, labels_run=folder)


def mutate_run(folder: Path, whole: Path, draw: random.Random) -> None:
    """Put a copy of a run in `folder`, with one of its files harmed.

    Half of the harmed checkpoints get the right seal, and state and tensors are harmed in turn.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("events"))
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    harmed = [path for path in paths if _run_weight(path)]
    path = draw.choices(harmed, weights=[_run_weight(path) for path in harmed])[0]
    content = path.read_bytes()
    if draw.random() < 0.05:
        path.unlink()
    elif path.suffix == ".safetensors":
        checkpoint = path.name.startswith("step-")
        mutate = _mutate_state if checkpoint and draw.random() < 0.5 else mutate_safetensors
        path.write_bytes(mutate(content, draw))
        if checkpoint and draw.random() < 0.5 and path.stat().st_size > 200:
            seal_file(path)
    elif path.suffix == ".csv" or draw.random() < 0.25:
        path.write_bytes(mutate_bytes(content, draw))
    else:
        text = mutate_json(content.splitlines()[0].decode() if path.suffix == ".jsonl" else
                           content.decode(), draw)  # fmt: skip
        path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _run_weight(path: Path) -> int:
    name = "answers" if path.stem == "answers" else path.name
    weights = {"recipe.json": 6, "plan.jsonl": 4, "answers": 3, "out_of_fold.csv": 3,
               "metrics.csv": 1}  # fmt: skip
    return 3 if name.startswith("step-") else weights.get(name, 0)


def _mutate_state(content: bytes, draw: random.Random) -> bytes:
    """Harm the plain values in a checkpoint, which JSON holds as a string."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    state = header["__metadata__"]["state"]
    header["__metadata__"]["state"] = state[:64] + mutate_json(state[64:], draw)
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


HARMED = {
    "classifier.json": 6, "weights.safetensors": 4, "evaluation.json": 3, "used_images.json": 1,
}  # fmt: skip


def _forge_hash(folder: Path) -> None:
    about, weights = folder / "classifier.json", folder / "weights.safetensors"
    try:
        content = json.loads(about.read_text())
        content["weights_sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
        about.write_text(json.dumps(content))
    except (OSError, ValueError, TypeError, RecursionError):
        pass  # it is harmed beyond that


def attempt(ask: Callable[[], object]) -> str:
    """Give "" where an answer came, and the message of a refusal; all else escapes.

    A message is one readable line, and says nothing of memory that ran out.
    """
    try:
        ask()
    except SkipcatError as error:
        message = str(error)
        if "MemoryError" in message or not message.strip() or len(message) > 4000:
            raise AssertionError(f"no good message: {message[:300]!r}") from error
        return message
    return ""


@contextmanager
def memory_bound() -> Iterator[None]:
    """Let no allocation take this process beyond one GiB more than it has, where that is known."""
    status = Path("/proc/self/status")
    if not status.is_file():
        yield
        return
    import resource

    line = next(ln for ln in status.read_text().splitlines() if ln.startswith("VmData"))
    used = int(line.split()[1]) * 1024
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (used + MOST_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
