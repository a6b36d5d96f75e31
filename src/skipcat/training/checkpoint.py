"""Checkpoints: one safetensors file each, atomic, with nothing in it that could run.

A file holds the network, its moving average, the optimiser's momentum, the best average so far,
and, under the one metadata key `state`, the plain values as JSON. No random state: every draw is a
function of the seed and of where the run stands.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from skipcat.errors import RunError
from skipcat.files import write_with

KEPT = 2


def save_checkpoint(
    folder: Path, step: int, tensors: dict[str, torch.Tensor], state: dict[str, object]
) -> None:
    """Write the checkpoint of `step`, then drop all but the newest two."""
    path = folder / f"step-{step:08d}.safetensors"
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    metadata = {"state": json.dumps(state, allow_nan=False)}

    def write(part: Path) -> None:
        try:
            save_file(copies, part, metadata=metadata)
        except SafetensorError as error:  # its name for a full disk
            raise OSError(str(error)) from error

    _drop(folder.glob(".step-*"))  # left by a process that was killed while it wrote
    write_with(path, write)
    _drop(list_checkpoints(folder)[:-KEPT])


def _drop(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # one too many does no harm
            path.unlink()


def list_checkpoints(folder: Path) -> list[Path]:
    """Give the checkpoints in `folder`, oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def load_newest(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """Give tensors and state of the newest whole checkpoint; None where there is none.

    Raises:
        RunError: checkpoints are there and none of them is whole.
    """
    paths = list_checkpoints(folder)
    for path in reversed(paths):
        try:
            with safe_open(path, framework="pt") as file:
                state = json.loads(file.metadata()["state"])
                # Copies, since the tensors that it gives lie in the mapped file.
                return {name: file.get_tensor(name).clone() for name in file.keys()}, state
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError):
            continue  # the one before it is tried; none at all is told below
    if paths:
        raise RunError(f"None of the {len(paths)} checkpoints in '{folder}' is whole; start anew.")
    return None


def pack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Put a prefix before each name."""
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def unpack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the tensors under a prefix, without it."""
    start = prefix + "/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}
