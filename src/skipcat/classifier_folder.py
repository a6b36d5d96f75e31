"""The files of a classifier's folder: what they hold, and what is wrong with them.

Whatever they hold, nothing in them can run code, and no more memory is taken than they promise.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter, ValidationError

from skipcat.data.preprocessing import Preprocessing
from skipcat.errors import ClassifierError
from skipcat.evaluation.metrics import Evaluation
from skipcat.evaluation.stored import read_evaluation as read_stored_evaluation
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.stem import LARGEST_PX

FORMAT = 1
FILES = ("classifier.json", "weights.safetensors", "evaluation.json", "used_images.json")
# Nothing that counts in a network's table is larger, but for widths, which cost weights.
LARGEST_COUNT = 4096
_COUNTS = frozenset({"kernel", "stride", "padding", "size", "units", "multiplier", "groups"})
LEAST_STD, LARGEST_TEMPERATURE = 1e-6, 1000
# A unit has a dozen tensors at least; their names alone take more bytes.
_BYTES_PER_UNIT = 256


@dataclass(frozen=True)
class Stored:
    """The content of classifier.json; pydantic checks it at the border."""

    format: int
    spec: Spec
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    temperature: float
    weights_sha256: str
    data: str
    fingerprint: str
    versions: dict[str, str]


def read_stored(path: Path) -> Stored:
    """Read classifier.json.

    Raises:
        ClassifierError: it is damaged, or of another version.
    """
    content = _read_json(path)
    if "format" not in content:
        raise ClassifierError(f"'{path}' was not written by skipcat: it has no format.")
    if content["format"] != FORMAT:
        raise ClassifierError(
            f"'{path}' has format {content['format']!r}; this version reads format {FORMAT}. "
            "A newer skipcat may read it."
        )
    try:
        return TypeAdapter(Stored).validate_python(content)
    except (ValidationError, RecursionError) as error:
        place, why = "", str(error)
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            place, why = f" at '{'.'.join(str(s) for s in first['loc'])}'", first["msg"]
        raise ClassifierError(f"'{path}' is damaged{place}: {why}.") from error


def read_used(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hashes of the images that were trained on, and of those that decided.

    Raises:
        ClassifierError: the file is damaged.
    """
    used = _read_json(path) if path.is_file() else {}
    found = [used.get(key, []) for key in ("trained_on", "decided_on")]
    for hashes in found:
        if not isinstance(hashes, list) or not all(isinstance(one, str) for one in hashes):
            raise ClassifierError(f"'{path}' is damaged: it must hold lists of hashes.")
    return tuple(found[0]), tuple(found[1])


def read_evaluation(path: Path, classes: tuple[str, ...]) -> Evaluation | None:
    """Return the stored evaluation; None where there is none.

    Raises:
        ClassifierError: the file is damaged.
        DataError: its figures are no evaluation.
    """
    if not path.is_file():
        return None
    evaluation = read_stored_evaluation(_read_json(path))
    if evaluation.classes != classes:
        raise ClassifierError(
            "evaluation.json is of other classes; without that file the rest may load."
        )
    return evaluation


def build_stored(stored: Stored, weights: Path) -> Network:
    """Build the network of a stored spec, once the file is known to hold as many weights.

    Raises:
        ClassifierError: the spec describes no network, or one of another size.
    """
    spec, held = stored.spec, weights.stat().st_size
    try:
        _refuse_absurd(spec, held)
        with torch.device("meta"):
            network = build_network(spec)
            _check_way(network, stored.preprocessing)
        state = network.state_dict()
        needed = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
        if needed <= held:
            return build_network(spec)
    except Exception as error:  # what a changed spec makes of the builders is not foreseeable
        why = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        raise ClassifierError(f"'{weights.parent}' describes no network: {why}.") from error
    raise ClassifierError(
        f"'{weights}' holds {held:,} bytes; the network that classifier.json describes needs "
        f"{needed:,}."
    )


def check_weights(stored: Stored, weights: Path) -> None:
    """Check that the weights are the file that classifier.json was written with.

    Raises:
        ClassifierError: they are missing, changed, or no safetensors file.
    """
    if not weights.is_file():
        raise ClassifierError(
            f"'{weights.parent}' lacks weights.safetensors; copy the whole folder."
        )
    if compute_sha256(weights) != stored.weights_sha256:
        raise ClassifierError(
            f"'{weights}' is not the file that classifier.json was written with; it was changed "
            "or damaged. Copy the whole folder again."
        )
    with weights.open("rb") as file:
        # The length of a header, then JSON: torch's other formats need a pickle to be run.
        if file.read(9)[8:] != b"{":
            raise ClassifierError(f"'{weights}' is no safetensors file, and nothing else is read.")


def _refuse_absurd(spec: Spec, held: int) -> None:
    """Refuse counts that would take forever, or all memory, before the first layer is built.

    Raises:
        ValueError: there is one.
    """
    units = 0
    rows: list[object] = [spec]
    while rows:
        row = rows.pop()
        if isinstance(row, tuple):
            rows += row
        elif is_dataclass(row):
            for field in fields(row):
                value = getattr(row, field.name)
                if field.name in _COUNTS and isinstance(value, int) and value > LARGEST_COUNT:
                    raise ValueError(f"its {field.name} is {value:,}, allowed: {LARGEST_COUNT:,}")
                rows.append(value)
            units += getattr(row, "units", 1)
    if units * _BYTES_PER_UNIT > max(held, 1 << 20):
        raise ValueError(f"its table has {units:,} units, and the weights {held:,} bytes")


def _check_way(network: Network, preprocessing: Preprocessing) -> None:
    """Send an image of no memory through a network on the meta device.

    Raises:
        ValueError: the answer is not one number for each class.
    """
    side = max(network.smallest_px, min(preprocessing.image_px, LARGEST_PX))
    with torch.no_grad():
        answer = network.eval()(torch.empty(1, network.spec.channels, side, side))
    if answer.shape != (1, network.spec.classes):
        raise ValueError(f"it answers in shape {tuple(answer.shape)}")


def find_problems(
    network: Network, classes: Sequence[str], preprocessing: Preprocessing, temperature: float
) -> Iterator[str]:
    """Say what of a classifier's parts does not fit the others; the first is to be told."""
    spec, channels = network.spec, preprocessing.channels
    figures = (*preprocessing.mean, *preprocessing.std, temperature)
    if len(classes) != spec.classes:
        yield f"{len(classes)} class names were given for a network of {spec.classes}."
    if len(set(classes)) != len(classes) or not all(classes):
        yield "Each class needs a name of its own; some are empty or the same."
    if channels != spec.channels or channels not in (1, 3):
        yield f"Images are prepared in {channels} channels; the network takes {spec.channels}."
    if {len(preprocessing.mean), len(preprocessing.std)} != {channels}:
        yield f"Images of {channels} channels need a mean and a std for each of them."
    if not np.isfinite(figures).all() or min(*preprocessing.std, temperature) <= 0:
        yield "Mean, std and temperature must be finite, std and temperature above 0."
    if not network.smallest_px <= preprocessing.image_px <= LARGEST_PX:
        yield (
            f"The network takes images of {network.smallest_px} to {LARGEST_PX} px; they are "
            f"prepared in {preprocessing.image_px}."
        )
    mean, std = preprocessing.mean, preprocessing.std
    if min(mean) < 0 or max(mean) > 1 or min(std) < LEAST_STD or max(std) > 1:
        yield (
            f"Mean and std are of pixel values scaled to 0..1, std {LEAST_STD:g} or more; given: "
            f"{mean} and {std}."
        )
    if not 1 / LARGEST_TEMPERATURE <= temperature <= LARGEST_TEMPERATURE:
        yield f"The temperature is {temperature:g}, allowed: 0.001 to {LARGEST_TEMPERATURE}."
    broken = [name for name, t in network.state_dict().items() if not bool(t.isfinite().all())]
    if broken:
        yield f"The weights hold NaN or infinity, first in {broken[0]}."


def compute_sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        ClassifierError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ClassifierError(f"Cannot read '{path}': {error.strerror or error}.") from error


def _read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClassifierError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise ClassifierError(f"'{path}' is damaged: it is not JSON.") from error
    if not isinstance(value, dict):
        raise ClassifierError(f"'{path}' is damaged: it is not a JSON object.")
    return value
