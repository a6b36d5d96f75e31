"""Initial weights: random or pretrained; a new run's record of what it begins from."""

from pathlib import Path

import numpy as np

from skipcat.engines.device import pick_device
from skipcat.errors import RunError, WeightsError
from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.weights.torchvision import WeightsInfo, fetch_pretrained
from skipcat.networks.weights.transfer import load_trunk
from skipcat.text.translation import Message
from skipcat.training.network_names import find_weights, hash_weights
from skipcat.training.prepared_data import PreparedData
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.run_folder.folder import count_images
from skipcat.training.run_folder.record import RunRecord, resolve_recipe
from skipcat.training.run_folder.resume import describe_environment

RATE_FROM_SCRATCH, RATE_FROM_WEIGHTS = 0.05, 0.01
# A run of minutes is a thousand steps or a few, in which decay as weak as that of long schedules
# does nothing; `benchmarks/ablation.py` measures it. Weights learnt elsewhere are to stay.
DECAY_FROM_SCRATCH, DECAY_FROM_WEIGHTS = 5e-3, 5e-4
# Below this nothing that was learnt at 224 px is still there to be seen.
SMALLEST_PRETRAINED_PX = 32


def begin_record(
    spec: Spec,
    recipe: Recipe,
    data: PreparedData,
    *,
    network: str,
    pretrained: str,
    or_from_scratch: bool = False,
    reason: str = "",
) -> tuple[RunRecord, Network]:
    """Build the network of a new run, and the record of what it begins from.

    `network` and `pretrained` are as asked; with `or_from_scratch` published weights that cannot be
    had are done without. Its environment is this process'.

    Raises:
        WeightsError: the weights cannot be had or read, or are not this network's.
    """
    weights, notes = _settle(spec, pretrained, data.image_px, or_from_scratch=or_from_scratch)
    net, info, more = build_initial_network(spec, recipe, weights)
    rate, decay = RATE_FROM_SCRATCH, DECAY_FROM_SCRATCH
    if more and not recipe.only_auxiliary:
        rate, decay = RATE_FROM_WEIGHTS, DECAY_FROM_WEIGHTS
    record = RunRecord(
        network=network,
        recipe=recipe,
        resolved=resolve_recipe(
            recipe, learning_rate=rate, weight_decay=decay, image_px=data.image_px
        ),
        mean=_channel_means(info.mean, data.channels) if info else data.mean,
        std=_channel_means(info.std, data.channels) if info else data.std,
        pretrained=pretrained,
        weights=weights,
        weights_sha256=hash_weights(weights),
        data=data.dataset.name,
        fingerprint=data.fingerprint,
        images=count_images(data),
        environment=describe_environment(pick_device(recipe.device)),
        notes=(*notes, *more),
        reason=reason,
        spec=spec if Path(network).is_absolute() else None,
    )
    return record, net


def rebuild_network(spec: Spec, record: RunRecord, folder: Path) -> Network:
    """Build the network of a run that is resumed; a checkpoint will fill it, where there is one.

    Raises:
        RunError: there is none, and the weights are others than it began with.
    """
    if list_checkpoints(folder / "checkpoints"):
        return build_initial_network(spec, record.resolved, "none")[0]
    return build_first_network(spec, record, folder)


def build_first_network(spec: Spec, record: RunRecord, folder: Path) -> Network:
    """Build the network as it was before a run's first step.

    Raises:
        RunError: the weights are others than it began with.
    """
    if record.weights_sha256 and hash_weights(record.weights) != record.weights_sha256:
        raise RunError(
            f"The run in '{folder}' began with other weights than '{record.weights}' holds now; "
            "choose another --out."
        )
    return build_initial_network(spec, record.resolved, record.weights)[0]


def _settle(
    spec: Spec, asked: str, image_px: int, *, or_from_scratch: bool
) -> tuple[str, list[str]]:
    """Return where the weights come from; "none" with the reason where they are done without."""
    if not or_from_scratch or asked != "torchvision":
        return asked, []
    if image_px < SMALLEST_PRETRAINED_PX:
        return "none", [say_too_small_for_weights(image_px)]
    try:
        fetch_pretrained(spec.name)
    except WeightsError as error:
        return "none", [Message("Training from scratch. {error}", error=str(error))]
    return asked, []


def say_too_small_for_weights(image_px: int) -> str:
    """Return why published weights are done without."""
    return Message(
        "Training from scratch: the images have {image_px} px, and the published weights were made "
        "for 224.",
        image_px=image_px,
    )


def _channel_means(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values if channels == len(values) else (float(np.mean(values)),) * channels


def build_initial_network(
    spec: Spec, recipe: Recipe, pretrained: str
) -> tuple[Network, WeightsInfo | None, list[str]]:
    """Build the network as it is before the first step; return also where its weights come from."""
    net = build_network(spec, seed=recipe.seed)
    if pretrained == "none":
        return net, None, []
    info = None
    if pretrained == "torchvision":
        state, info = fetch_pretrained(net)
        where = info.source
        remade = load_trunk(net, state)
    else:
        where = f"'{pretrained}'"
        file, info = find_weights(pretrained)
        remade = load_trunk(net, file)
    return (
        net,
        info,
        [
            Message("Training starts from the weights of {where}.", where=where),
            *_say_remade(net, remade),
        ],
    )


def _say_remade(net: Network, remade: tuple[str, ...]) -> list[str]:
    """Describe which rows do not begin as the weights have them, and how they begin."""
    first, channels = net.row_names[0], net.spec.channels
    fresh = [row for row in remade if row != first]
    notes: list[str] = [Message("Made anew: {rows}.", rows=tuple(fresh))] if fresh else []
    if first in remade:
        summed = Message("summed over its channels")
        how = summed if channels == 1 else Message("repeated in turn, to the same sum")
        notes.append(
            Message(
                "{row} was adapted to {n} channel: its filters are {how}.",
                "{row} was adapted to {n} channels: its filters are {how}.",
                n=channels,
                row=first,
                how=how,
            )
        )
    return notes
