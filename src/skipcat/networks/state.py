"""State dicts out of files: whatever the suffix, wrapper or prefix, and nothing that runs code."""

import io
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import safetensors.torch
import torch
from torch import Tensor

from skipcat.errors import WeightsError

State = dict[str, Tensor]

# What training scripts put around a state dict, and before each of its names.
WRAPPERS = ("state_dict", "model", "net", "model_state_dict")
PREFIXES = ("module.", "_orig_mod.", "model.")


def read_state(path: Path) -> State:
    """Read a state dict: safetensors or torch's formats, told from the content.

    Wrappers such as ``{"state_dict": …}`` and prefixes such as ``module.`` are taken off.

    Raises:
        WeightsError: the file cannot be read, or holds no state dict.
    """
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
    for wrapper in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    if not isinstance(found, Mapping) or not found:
        raise WeightsError(f"{path} holds no state dict, but {type(found).__name__}.")
    state = {str(k): t for k, t in found.items() if isinstance(t, Tensor)}
    for prefix in PREFIXES:
        if state and all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    if not state:
        raise WeightsError(f"{path} holds no tensors; a state dict is needed, names and tensors.")
    return state


def _brief(error: Exception) -> str:
    if isinstance(error, UnpicklingError):  # torch advises to run what it found
        return "only plain tensors are opened, since the rest could run code; save a state_dict()"
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
