"""Weights in and out of files, in our names and in other libraries'.

Formats are told from the content; nothing that is read can
run code (``weights_only``). The mean, deviation and size that weights were made for travel as a
`WeightsInfo`; torchvision's hidden ``transform_input`` is nothing but such a mean and deviation.
"""

import hashlib
import http.client
import io
import os
import queue
import re
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch
from torch import Tensor

from skipcat.errors import WeightsError
from skipcat.networks.dialects import DIALECTS, dialect_names
from skipcat.networks.network import Network

State = dict[str, Tensor]
DialectName = Literal["skipcat", "torchvision"]

REACH_SECONDS = 4.0  # how long a silent network connection is waited for


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


@dataclass(frozen=True)
class _Published:
    """Where torchvision keeps the weights of one of our networks."""

    model: str
    weights: str
    hidden_transform: bool = False


_PUBLISHED = {
    "googlenet_3x3": _Published("googlenet", "IMAGENET1K_V1", hidden_transform=True),
    "inception_v3": _Published("inception_v3", "IMAGENET1K_V1", hidden_transform=True),
    "resnet18": _Published("resnet18", "IMAGENET1K_V1"),
    "resnet34": _Published("resnet34", "IMAGENET1K_V1"),
    "resnet50": _Published("resnet50", "IMAGENET1K_V2"),
    "resnet101": _Published("resnet101", "IMAGENET1K_V2"),
    "resnet152": _Published("resnet152", "IMAGENET1K_V2"),
}


def load_weights(net: Network, path: str | Path) -> str:
    """Fill a network from a file and give the name of the file's dialect.

    Reads safetensors and torch's formats, in skipcat's names and torchvision's. Every name and
    shape must fit; auxiliary heads that the file does not have keep their values.

    Raises:
        WeightsError: the file cannot be read, or its weights are not this network's.
    """
    path = Path(path)
    dialect, state = _translate(net, _read_state(path), path.name)
    _fill(net, state, path.name)
    return dialect


def load_trunk(net: Network, source: str | Path | Mapping[str, Tensor]) -> tuple[str, ...]:
    """Fill all of a network that fits another class or channel count; name the rows remade.

    Classifiers of another class count keep their fresh values. A first convolution of other
    channels takes the file's filters: summed over RGB for grey images, else repeated in turn and
    scaled to the same sum.

    Raises:
        WeightsError: the file cannot be read, or its trunk is not this network's.
    """
    if isinstance(source, Mapping):
        label, given = "the given weights", dict(source)
    else:
        label, given = Path(source).name, _read_state(Path(source))
    _, state = _translate(net, given, label)
    own = net.state_dict()
    remade = []
    for row, prefix in _classifiers(net).items():
        if any(_shapes_differ(state, own, f"{prefix}{name}") for name in ("weight", "bias")):
            state |= {name: own[name] for name in own if name.startswith(prefix)}
            remade.append(row)
    remade += [f"auxiliary.{row}" for row in _missing_heads(net, state)]
    first = next(name for name, tensor in own.items() if tensor.dim() == 4)
    if first in state and state[first].shape[1] != net.spec.channels:
        state[first] = _adapt_channels(state[first], net.spec.channels)
        remade.append(net.row_names[0])
    _fill(net, state, label)
    return tuple(remade)


def save_weights(net: Network, path: str | Path, dialect: DialectName = "skipcat") -> None:
    """Write a network's weights in our names or in torchvision's, all of them or nothing.

    ``.safetensors`` chooses that format, every other suffix torch's state dict. Equal weights give
    equal safetensors files: no metadata is written.

    Raises:
        WeightsError: the file cannot be written, or torchvision has no such network.
    """
    path = Path(path)
    names = dialect_names(net, dialect)
    if names is None or (dialect == "torchvision" and net.spec.name not in _PUBLISHED):
        raise WeightsError(
            f"torchvision has no {net.spec.name}; it has {', '.join(_PUBLISHED)}. "
            "Save in dialect 'skipcat'."
        )
    state = {names[k]: t.detach().cpu().contiguous() for k, t in net.state_dict().items()}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            if path.suffix == ".safetensors":
                file.write(safetensors.torch.save(state))
            else:
                torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise WeightsError(f"Cannot write weights to {path}: {error.strerror}.") from error


def fetch_pretrained(network: str | Network) -> tuple[State, WeightsInfo]:
    """Give torchvision's ImageNet weights of a network, from its cache or its server.

    Raises:
        WeightsError: there are none, they cannot be fetched, or their hash is wrong.
    """
    import torchvision

    name = network if isinstance(network, str) else network.spec.name
    published = _PUBLISHED.get(name)
    if published is None:
        raise WeightsError(
            f"torchvision has no weights for {name}; it has some for {', '.join(_PUBLISHED)}. "
            "Pass a file instead: pretrained=FILE (--pretrained FILE)."
        )
    weights = torchvision.models.get_model_weights(published.model)[published.weights]
    state = _read_state(_fetch(weights.url, name))
    if name == "googlenet_3x3":
        # torchvision's own word: the heads in this file were never trained.
        state = {key: tensor for key, tensor in state.items() if not key.startswith("aux")}
    seen = weights.transforms()
    half = (0.5, 0.5, 0.5)
    hidden = published.hidden_transform
    info = WeightsInfo(
        mean=half if hidden else tuple(seen.mean),
        std=half if hidden else tuple(seen.std),
        image_px=seen.crop_size[0],
        source=f"torchvision {published.weights}",
        url=weights.url,
    )
    return state, info


def _fetch(url: str, name: str) -> Path:
    """Give the file of a URL in torch.hub's cache, after checking the hash in its name."""
    filename = url.rsplit("/", 1)[1]
    path = Path(torch.hub.get_dir()) / "checkpoints" / filename
    if not path.exists():
        hint = "pass a file instead: pretrained=FILE (--pretrained FILE)"
        if not _answers(url):
            raise WeightsError(f"Cannot fetch {name}'s weights {url}: no connection; {hint}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(path), _hash_in(filename), progress=False)
        except (OSError, RuntimeError) as error:
            raise WeightsError(f"Cannot fetch {name}'s weights {url}: {error}; {hint}.") from error
    promised = _hash_in(filename)
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if promised and not actual.startswith(promised):
        raise WeightsError(
            f"The weights in {path} are damaged: their sha256 begins {actual[:8]}, "
            f"not {promised}. Delete the file to fetch it again."
        )
    return path


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


def _read_state(path: Path) -> State:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"Cannot read weights from {path}: {error.strerror}.") from error
    try:
        # safetensors begins with the length of a JSON header, then the header.
        if content[8:9] == b"{":
            found: object = safetensors.torch.load(content)
        else:
            found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or foreign file makes a parser raise
        raise WeightsError(
            f"{path} is neither a safetensors file nor a state dict of torch's ({_brief(error)})."
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    if not isinstance(found, Mapping) or not found:
        raise WeightsError(f"{path} holds no state dict, but {type(found).__name__}.")
    state = {str(k): t for k, t in found.items() if isinstance(t, Tensor)}
    if all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): tensor for key, tensor in state.items()}
    return state


def _brief(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


def _translate(net: Network, given: State, label: str) -> tuple[str, State]:
    """Find the dialect that most names agree with, and give the state in our names."""
    best, best_names, most = "", {}, 0
    for dialect in DIALECTS:
        names = dialect_names(net, dialect) or {}
        agreeing = sum(name in given for name in names.values())
        if agreeing > most:
            best, best_names, most = dialect, names, agreeing
    if not most:
        first = ", ".join(list(given)[:3])
        raise WeightsError(
            f"{label} holds no weights of {net.spec.name}: none of its names fits "
            f"(they begin {first})."
        )
    if best == "torchvision" and net.spec.name.endswith("_2015"):
        raise WeightsError(
            f"{label} has torchvision's names, whose stride is in the 3x3; in {net.spec.name} they "
            f"would load and answer wrongly. Use {net.spec.name.removesuffix('_2015')}."
        )
    ours = {theirs: our for our, theirs in best_names.items()}
    return best, {ours.get(key, key): tensor for key, tensor in given.items()}


def _fill(net: Network, state: State, label: str) -> None:
    """Copy a state in our names into a network; complain of all that does not fit."""
    own = net.state_dict()
    excused = tuple(f"auxiliary.{row}." for row in _missing_heads(net, state))
    missing = [
        key
        for key in own
        if key not in state
        and not key.startswith(excused)
        and not key.endswith("num_batches_tracked")  # files before 2018 have none
    ]
    unexpected = [key for key in state if key not in own]
    shapes = [
        f"{key} is {tuple(state[key].shape)} there, {tuple(own[key].shape)} here"
        for key in own
        if _shapes_differ(state, own, key)
    ]
    groups = (("missing", missing), ("unexpected", unexpected), ("other shapes", shapes))
    complaints = [f"{what}: {_some(found)}" for what, found in groups if found]
    if complaints:
        hint = ""
        if not missing and not unexpected and _only_classifiers(net, state, own):
            hint = " Its trunk fits: build_network(pretrained=FILE) keeps that."
        raise WeightsError(f"{label} does not fit {net.spec.name}: {'; '.join(complaints)}.{hint}")
    net.load_state_dict(state, strict=False)


def _some(found: Sequence[str]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more


def _missing_heads(net: Network, state: State) -> list[str]:
    return [
        row
        for row in net.auxiliary
        if not any(key.startswith(f"auxiliary.{row}.") for key in state)
    ]


def _classifiers(net: Network) -> dict[str, str]:
    """Give the rows whose width is the class count, and the prefix of their weights."""
    heads = {f"auxiliary.{row}": f"auxiliary.{row}.linear." for row in net.auxiliary}
    return {net.row_names[-1]: f"{net.row_names[-1]}.", **heads}


def _only_classifiers(net: Network, state: State, own: State) -> bool:
    prefixes = tuple(_classifiers(net).values())
    return all(key.startswith(prefixes) for key in own if _shapes_differ(state, own, key))


def _shapes_differ(state: State, own: State, key: str) -> bool:
    return key in state and key in own and state[key].shape != own[key].shape


def _adapt_channels(weight: Tensor, channels: int) -> Tensor:
    """Give a first convolution for other channels whose answer to a grey image is the same."""
    given = weight.shape[1]
    if channels == 1:
        return weight.sum(1, keepdim=True)
    order = [channel % given for channel in range(channels)]
    return weight[:, order] * (given / channels)
