"""State dicts out of files: whatever the suffix, wrapper or prefix, and nothing that runs code."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import safetensors.torch
import torch
from torch import Tensor

from skipcat.errors import WeightsError, did_you_mean

State = dict[str, Tensor]

# What training scripts put around a state dict, and before each of its names.
WRAPPERS = ("state_dict", "model", "net", "model_state_dict")
COUNTERS = ("n_averaged",)  # what torch's AveragedModel keeps beside the weights


def read_state(path: Path) -> State:
    """Read a state dict: safetensors or torch's formats, told from the content.

    Wrappers such as ``{"state_dict": …}`` and prefixes that all names share, such as ``module.``,
    are taken off.

    Raises:
        WeightsError: the file cannot be read, or holds no state dict.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        near = "" if path.suffix else did_you_mean(str(path), ("torchvision", "none"))
        raise WeightsError(f"Cannot read weights from {path}: {why}.{near}") from error
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
    found = _unwrap(found)
    if not isinstance(found, Mapping) or not found:
        raise WeightsError(f"{path} holds no state dict, but {type(found).__name__}.")
    state = {str(k): t for k, t in found.items() if isinstance(t, Tensor)}
    state = _without_prefixes({k: t for k, t in state.items() if k not in COUNTERS})
    if not state:
        raise WeightsError(f"{path} holds no tensors; a state dict is needed, names and tensors.")
    return state


def as_path(path: object) -> Path:
    """Return a path.

    Raises:
        WeightsError: it is none.
    """
    if not isinstance(path, str | Path):
        raise WeightsError(f"Weights lie in a file, whose path is needed, not {path!r:.60}.")
    return Path(path)


def _unwrap(found: object) -> object:
    """Take off known wrappers, or the only one that there is."""
    for wrapper in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    if not isinstance(found, Mapping) or _has_tensors(found):
        return found
    inner = [one for one in found.values() if isinstance(one, Mapping) and _has_tensors(one)]
    return inner[0] if len(inner) == 1 else found


def _has_tensors(found: Mapping) -> bool:
    return any(isinstance(value, Tensor) for value in found.values())


def _without_prefixes(state: State) -> State:
    """Take off the words that all names begin with; no network here has such a word of its own."""
    while len(state) > 1:
        words = {key.partition(".")[0] for key in state if "." in key} or {""}
        if len(words) > 1 or not all("." in key for key in state):
            break
        state = {key.partition(".")[2]: tensor for key, tensor in state.items()}
    return state


def _brief(error: Exception) -> str:
    if isinstance(error, UnpicklingError):  # torch advises to run what it found
        return "only plain tensors are opened, since the rest could run code; save a state_dict()"
    lines = re.sub(r"\[enforce fail at [^]]*\] *\. *", "", str(error)).strip().splitlines()
    return lines[0].partition(". ")[0][:120] if lines else type(error).__name__
