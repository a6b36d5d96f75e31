"""Weights that torchvision publishes: which, what they were made for, and how they get here.

The mean, deviation and size that weights were made for travel as a `WeightsInfo`; torchvision's
hidden ``transform_input`` is nothing but such a mean and deviation.
"""

import hashlib
import http.client
import os
import queue
import re
import shutil
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from skipcat.errors import WeightsError
from skipcat.networks.network import Network
from skipcat.networks.weights.files import State, read_state

REACH_SECONDS = 4.0  # how long a silent network connection is waited for
STALL_SECONDS = 30.0  # how long a download may stand still


@dataclass(frozen=True)
class WeightsInfo:
    """What images must be like for weights to mean what they meant in training.

    Units:
        mean and std of images scaled to 0..1, one figure per channel.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    image_px: int
    source: str
    url: str


# Which of its sets of weights is ours, by the network.
PUBLISHED = {
    **dict.fromkeys(("googlenet_3x3", "inception_v3", "resnet18", "resnet34"), "IMAGENET1K_V1"),
    **dict.fromkeys(("resnet50", "resnet101", "resnet152"), "IMAGENET1K_V2"),
    **dict.fromkeys(("wide_resnet50_2", "wide_resnet101_2"), "IMAGENET1K_V2"),
    **dict.fromkeys(("resnext50_32x4d", "resnext101_32x8d"), "IMAGENET1K_V2"),
}
HIDDEN_TRANSFORM = ("googlenet_3x3", "inception_v3")


def fetch_pretrained(network: str | Network) -> tuple[State, WeightsInfo]:
    """Return torchvision's ImageNet weights of a network, from its cache or its server.

    Raises:
        WeightsError: there are none, they cannot be fetched, or their hash is wrong.
    """
    name = network if isinstance(network, str) else network.spec.name
    weights = _find(name)
    state = read_state(_fetch(weights.url, name))
    if name == "googlenet_3x3":
        # torchvision's own word: the heads in this file were never trained.
        state = {key: tensor for key, tensor in state.items() if not key.startswith("aux")}
    seen = weights.transforms()
    hidden = (0.5, 0.5, 0.5) if name in HIDDEN_TRANSFORM else None
    mean, std = hidden or tuple(seen.mean), hidden or tuple(seen.std)
    source = f"torchvision {PUBLISHED[name]}"
    return state, WeightsInfo(mean, std, seen.crop_size[0], source, weights.url)


def list_published_classes(name: str) -> tuple[str, ...]:
    """Return the names of what torchvision's weights of a network answer.

    Raises:
        WeightsError: there are none.
    """
    return tuple(_find(name).meta["categories"])


def _find(name: str) -> Any:
    """Return torchvision's member for a network's weights."""
    if name not in PUBLISHED:
        raise WeightsError(
            f"torchvision has no weights for {name}; it has some for {', '.join(PUBLISHED)}. "
            "Pass a file instead: pretrained=FILE (--pretrained FILE)."
        )
    import torchvision

    return torchvision.models.get_model_weights(name.removesuffix("_3x3"))[PUBLISHED[name]]


def _fetch(url: str, name: str) -> Path:
    """Return the file of a URL in torch.hub's cache, after checking the hash in its name."""
    filename = url.rsplit("/", 1)[1]
    path = Path(torch.hub.get_dir()) / "checkpoints" / filename
    if not path.exists():
        hint = "pass a file instead: pretrained=FILE (--pretrained FILE)"
        if not _answers(url):
            raise WeightsError(f"Cannot fetch {name}'s weights {url}: no connection; {hint}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _download(url, path)
        except TimeoutError as error:
            raise WeightsError(
                f"Cannot fetch {name}'s weights {url}: the download stood still for "
                f"{STALL_SECONDS:g} s; {hint}."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise WeightsError(f"Cannot fetch {name}'s weights {url}: {error}; {hint}.") from error
    promised = _hash_in(filename)
    actual = _sha256(path)
    if promised and not actual.startswith(promised):
        raise WeightsError(
            f"The weights in {path} are damaged: their sha256 begins {actual[:8]}, "
            f"not {promised}. Delete the file to fetch it again."
        )
    return path


def _download(url: str, path: Path) -> None:
    """Write what a URL holds to `path`, whole or not at all; torch.hub's own has no timeout."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with urllib.request.urlopen(url, timeout=STALL_SECONDS) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
        actual = _sha256(part)
        if not actual.startswith(_hash_in(path.name) or ""):
            raise OSError(f"what came is damaged, its sha256 begins {actual[:8]}")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash_in(filename: str) -> str | None:
    match = re.search(r"-([0-9a-f]{8,})\.", filename)
    return match[1] if match else None


def _answers(url: str) -> bool:
    """Tell whether a server answers in time, even where looking its name up hangs."""
    answers: queue.Queue[bool] = queue.Queue()

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=REACH_SECONDS):
                answers.put(True)
        except (OSError, http.client.HTTPException):
            answers.put(False)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=REACH_SECONDS)
    except queue.Empty:
        return False
