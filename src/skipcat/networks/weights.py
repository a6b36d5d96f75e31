"""Weights in and out of files, in our names and in other libraries'.

Every name and shape must fit; what does not is named. Files are read in `state.py`, foreign names
stand in `dialects.py`, and what torchvision publishes in `published.py`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch
from torch import Tensor

from skipcat.errors import WeightsError
from skipcat.networks.dialects import has_network, name_maps
from skipcat.networks.network import Network
from skipcat.networks.published import WeightsInfo, fetch_pretrained
from skipcat.networks.state import State, read_state

__all__ = [
    "WeightsInfo",
    "fetch_pretrained",
    "load_trunk",
    "load_weights",
    "save_weights",
]

DialectName = Literal["skipcat", "torchvision", "timm", "cifar"]


def load_weights(net: Network, path: str | Path) -> str:
    """Fill a network from a file and give the name of the file's dialect.

    Reads safetensors and torch's formats, in the names of skipcat, torchvision, timm, and of the
    CIFAR ResNets that circulate ("cifar"). Every name and shape must fit; auxiliary heads that the
    file does not have keep their values.

    Raises:
        WeightsError: the file cannot be read, or its weights are not this network's.
    """
    path = Path(path)
    dialect, state = _translate(net, read_state(path), path.name)
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
        label, given = Path(source).name, read_state(Path(source))
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
    """Write a network's weights in our names or in another library's, all of them or nothing.

    ``.safetensors`` chooses that format, every other suffix torch's state dict. Equal weights give
    equal safetensors files: no metadata is written.

    Raises:
        WeightsError: the file cannot be written, or the library has no such network.
    """
    path = Path(path)
    names = _names_to_write(net, dialect)
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


def _names_to_write(net: Network, dialect: str) -> dict[str, str]:
    """Give a dialect's names for a network that its library has, as the library has it."""
    from skipcat.networks.catalogue import find_entry, list_networks

    name = net.spec.name
    if not has_network(dialect, name):
        known = ", ".join(other for other in list_networks() if has_network(dialect, other))
        whose = "What circulates for CIFAR" if dialect == "cifar" else dialect
        raise WeightsError(f"{whose} has no {name}; it has {known}. Save in dialect 'skipcat'.")
    if dialect != "skipcat" and net.spec.rows != find_entry(name).spec.rows:
        raise WeightsError(
            f"{dialect} has {name} with the paper's widths and depths only. "
            "Save in dialect 'skipcat'."
        )
    return next(names for known, names in name_maps(net) if known == dialect)


def _translate(net: Network, given: State, label: str) -> tuple[str, State]:
    """Find the dialect that most names agree with, and give the state in our names."""
    best, best_names, most = "", {}, 0
    for dialect, names in name_maps(net):
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
