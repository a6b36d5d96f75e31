"""Checkpoints: one safetensors file each, atomic, with nothing in it that could run.

A file holds the network, its moving average, the optimiser's momentum, the best average so far,
and, under the one metadata key `state`, a seal and the plain values as JSON. The seal is the
SHA-256 of the file with zeros in the seal's place: no flipped bit goes unnoticed. No random state:
every draw is a function of the seed and of where the run stands.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from skipcat.errors import RunError
from skipcat.files import write_with
from skipcat.reporting import Tell, no_telling
from skipcat.training.run_folder.record import start_anew

KEPT = 2
# How each file begins, after the eight bytes of the header's length.
_BEFORE_SEAL = b'{"__metadata__":{"state":"'
_NO_SEAL = b"0" * 64
_SEAL_AT = 8 + len(_BEFORE_SEAL)


def save_checkpoint(
    folder: Path, step: int, tensors: dict[str, torch.Tensor], state: dict[str, object]
) -> None:
    """Write the checkpoint of `step`, then drop all but it and the one before.

    Later ones were damaged, or the run would not have come by here again.
    """
    path = folder / f"step-{step:08d}.safetensors"
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    metadata = {"state": _NO_SEAL.decode() + json.dumps(state, allow_nan=False)}

    def write(part: Path) -> None:
        try:
            save_file(copies, part, metadata=metadata)
        except SafetensorError as error:  # its name for a full disk
            number = re.search(r"os error (\d+)", str(error))
            said = (int(number[1]), os.strerror(int(number[1]))) if number else (str(error),)
            raise OSError(*said) from error
        seal_file(part)

    _drop(folder.glob(".step-*"))  # left by a process that was killed while it wrote
    write_with(path, write)
    paths = list_checkpoints(folder)
    now = paths.index(path) + 1
    _drop([*paths[: max(0, now - KEPT)], *paths[now:]])


def seal_file(path: Path) -> None:
    """Write a checkpoint's seal into its place."""
    seal = _compute_seal(path)
    with path.open("rb+") as file:
        file.seek(_SEAL_AT)
        file.write(seal)


def _compute_seal(path: Path) -> bytes:
    with path.open("rb") as file:
        hashed = hashlib.sha256(file.read(_SEAL_AT) + _NO_SEAL)
        file.seek(len(_NO_SEAL), os.SEEK_CUR)
        return hashlib.file_digest(file, lambda: hashed).hexdigest().encode()


def _is_sealed(path: Path) -> bool:
    """Tell whether a file is, to the bit, what was written."""
    with path.open("rb") as file:
        begins = file.read(_SEAL_AT + len(_NO_SEAL))
    return begins[8:_SEAL_AT] == _BEFORE_SEAL and begins[_SEAL_AT:] == _compute_seal(path)


def _drop(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # one too many does no harm
            path.unlink()


def drop_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a finished run, and their folder."""
    _drop(list_checkpoints(folder))
    with suppress(OSError):  # not there, or not only checkpoints
        folder.rmdir()


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in `folder`, oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def load_newest(
    folder: Path, tell: Tell = no_telling
) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """Return tensors and state of the newest whole checkpoint; None where there is none.

    Raises:
        RunError: checkpoints are there and all of them are damaged.
    """
    paths = list_checkpoints(folder)
    for path in reversed(paths):
        try:
            found = _load(path) if _is_sealed(path) else None
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError):
            found = None
        if found:
            if path != paths[-1]:
                step = int(path.stem.removeprefix("step-"))
                tell(f"{_newest_of(paths, path)} damaged; going on from step {step}.")
            return found
    if paths:
        which = f"Each of the {len(paths)} checkpoints" if paths[1:] else "The only checkpoint"
        raise RunError(f"{which} in '{folder}' is damaged; {start_anew(folder.parent)}.")
    return None


def _load(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    with safe_open(path, framework="pt") as file:
        state = json.loads(file.metadata()["state"][len(_NO_SEAL) :])
        # Copies, since the tensors that it gives lie in the mapped file.
        return {name: file.get_tensor(name).clone() for name in file.keys()}, state


def _newest_of(paths: list[Path], whole: Path) -> str:
    damaged = [path for path in paths if path > whole]
    if len(damaged) == 1:
        return f"The newest checkpoint '{damaged[0].name}' is"
    return f"The newest {len(damaged)} checkpoints are"


def pack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Put a prefix before each name."""
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def unpack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors under a prefix, without it."""
    start = prefix + "/"
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}
