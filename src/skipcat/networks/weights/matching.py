"""A foreign state dict onto a network: whose names it has, and what of it does not fit."""

from collections.abc import Sequence

import torch
from torch import Tensor

from skipcat.errors import WeightsError
from skipcat.networks.network import Network
from skipcat.networks.weights.files import State
from skipcat.networks.weights.name_maps import name_maps


def translate(net: Network, given: State, label: str) -> tuple[str, State]:
    """Find the dialect that most names agree with, and give the state in our names."""
    best, best_names, most = "", {}, 0
    for dialect, names in name_maps(net):
        agreeing = sum(name in given for name in names.values())
        if agreeing > most:
            best, best_names, most = dialect, names, agreeing
    if not most:
        first = ", ".join(list(given)[:3]) or "nowhere"
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


def fill(net: Network, state: State, label: str) -> None:
    """Copy a state in our names into a network; complain of all that does not fit."""
    own = net.state_dict()
    refuse_meta(net)
    excused = tuple(f"auxiliary.{row}." for row in missing_heads(net, state))
    missing = [key for key in own if key not in state and not key.startswith(excused)]
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]  # before 2018
    unexpected = [key for key in state if key not in own]
    shapes = [
        f"{key} is {tuple(state[key].shape)} there, {tuple(own[key].shape)} here"
        for key in own
        if shapes_differ(state, own, key)
    ]
    floats = [key for key in state if key in own and own[key].is_floating_point()]
    kinds = [f"{key} is {kind} there" for key in floats if (kind := _kind(state[key]))]
    groups = {"missing": missing, "unexpected": unexpected}
    groups |= {"other shapes": shapes, "no plain floats": kinds}
    complaints = [f"{what}: {_some(found)}" for what, found in groups.items() if found]
    if complaints:
        hint = ""
        if not missing and not unexpected and not kinds and _only_classifiers(net, state, own):
            hint = " Its trunk fits: build_network(pretrained=FILE) keeps that."
        raise WeightsError(f"{label} does not fit {net.spec.name}: {'; '.join(complaints)}.{hint}")
    net.load_state_dict(state, strict=False)


def refuse_meta(net: Network) -> None:
    """Refuse a network that has shapes only."""
    if any(parameter.is_meta for parameter in net.parameters()):
        raise WeightsError(
            f"This {net.spec.name} was built on the meta device and has no weights; build it there "
            "to count it, elsewhere to use it."
        )


def missing_heads(net: Network, state: State) -> list[str]:
    """Return the rows whose auxiliary heads a state lacks altogether."""
    return [
        row
        for row in net.auxiliary
        if not any(key.startswith(f"auxiliary.{row}.") for key in state)
    ]


def classifiers(net: Network) -> dict[str, str]:
    """Return the rows whose width is the class count, and the prefix of their weights."""
    heads = {f"auxiliary.{row}": f"auxiliary.{row}.linear." for row in net.auxiliary}
    return {net.row_names[-1]: f"{net.row_names[-1]}.", **heads}


def shapes_differ(state: State, own: State, key: str) -> bool:
    """Tell whether both have a tensor, of different shapes."""
    return key in state and key in own and state[key].shape != own[key].shape


def _kind(tensor: Tensor) -> str:
    """Say what a tensor is that holds no plain floats, "" of one that does."""
    if tensor.is_meta or tensor.layout != torch.strided:
        return "without values" if tensor.is_meta else "sparse"
    return "" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch.")


def _only_classifiers(net: Network, state: State, own: State) -> bool:
    prefixes = tuple(classifiers(net).values())
    return all(key.startswith(prefixes) for key in own if shapes_differ(state, own, key))


def _some(found: Sequence[str]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more
