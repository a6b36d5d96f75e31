"""Weights in and out of files, in our names and in other libraries'.

Files are read in `files.py` and held to a network in `matching.py`; foreign names stand in
`name_maps.py`, what torchvision publishes in `torchvision.py`, and trunks for other classes in
`transfer.py`.
"""

import os
from pathlib import Path
from typing import Literal

import safetensors.torch
import torch

from skipcat.errors import WeightsError, did_you_mean
from skipcat.networks.catalogue import build_network, find_entry, list_networks
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.weights.files import as_path, read_state
from skipcat.networks.weights.matching import fill, refuse_meta, translate
from skipcat.networks.weights.name_maps import DIALECTS, has_network, name_maps

DialectName = Literal["skipcat", "torchvision", "timm", "cifar"]


def load_weights(net: Network, path: str | Path) -> str:
    """Fill a network from a file and return the name of the file's dialect.

    Reads safetensors and torch's formats, in the names of skipcat, torchvision, timm, and of the
    CIFAR ResNets that circulate ("cifar"). Every name and shape must fit; auxiliary heads that the
    file does not have keep their values.

    Raises:
        WeightsError: the file cannot be read, or its weights are not this network's.
    """
    path = as_path(path)
    dialect, state = translate(net, read_state(path), path.name)
    fill(net, state, path.name)
    return dialect


def read_class_count(spec: Spec, path: Path) -> int:
    """Return the number of classes that a network's weights in a file answer with.

    Raises:
        WeightsError: the file cannot be read, or its weights are not this network's.
    """
    with torch.device("meta"):
        net = build_network(spec)
    _, state = translate(net, read_state(path), path.name)
    last = state.get(f"{net.row_names[-1]}.bias")
    return len(net.state_dict()[f"{net.row_names[-1]}.bias"] if last is None else last)


def save_weights(net: Network, path: str | Path, dialect: DialectName = "skipcat") -> None:
    """Write a network's weights in our names or in another library's, all of them or nothing.

    ``.safetensors`` chooses that format, every other suffix torch's state dict. Equal weights give
    equal safetensors files: no metadata is written.

    Raises:
        WeightsError: the file cannot be written, or the library has no such network.
    """
    path = as_path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        write_weights(net, unfinished, dialect)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise WeightsError(f"Cannot write weights to {path}: {error.strerror}.") from error


def write_weights(net: Network, path: Path, dialect: DialectName = "skipcat") -> None:
    """Write a network's weights as `save_weights` does, but straight into the file.

    Raises:
        OSError: the file cannot be written.
        WeightsError: the library has no such network.
    """
    names = _names_to_write(net, dialect)
    refuse_meta(net)
    state = {names[k]: t.detach().cpu().contiguous() for k, t in net.state_dict().items()}
    with path.open("wb") as file:
        if path.suffix == ".safetensors":
            file.write(safetensors.torch.save(state))
        else:
            torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())


def _names_to_write(net: Network, dialect: str) -> dict[str, str]:
    """Return a dialect's names for a network that its library has, as the library has it."""
    name = net.spec.name
    if dialect not in DIALECTS:
        near = did_you_mean(str(dialect).lower(), DIALECTS)
        raise WeightsError(
            f"There is no dialect {dialect!r}, allowed: {', '.join(DIALECTS)}.{near}"
        )
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
