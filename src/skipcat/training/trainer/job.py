"""What all networks of one training share: the one that is kept, and those trained beside it."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from skipcat.data.preprocessing import Preprocessing
from skipcat.errors import RunError
from skipcat.networks.catalogue import Spec, build_network
from skipcat.networks.network import Network
from skipcat.networks.weights.load_save import WeightsInfo, fetch_pretrained, load_trunk
from skipcat.training.augmentation.augment import plan_augmentation
from skipcat.training.network_names import find_weights, hash_weights
from skipcat.training.prepared_data import Prepared, held_out_pixels
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.checkpoint import list_checkpoints
from skipcat.training.run_folder.folder import Start
from skipcat.training.schedule.plan import Plan
from skipcat.training.trainer.trainer import Run


@dataclass(frozen=True)
class Job:
    """The choices that were made before the first step."""

    spec: Spec
    recipe: Recipe
    start: Start
    plan: Plan
    device: torch.device

    def make_run(self, prepared: Prepared, folder: Path, net: Network | None = None) -> Run:
        """Give a run in a folder; of `net`, where it is built already."""
        plan, start, recipe = self.plan, self.start, self.recipe
        preprocessing = Preprocessing(plan.image_px, prepared.channels, start.mean, start.std)
        batch = min(start.batch or recipe.batch_size, len(prepared.split.train))
        return Run(
            network=net or rebuild_network(self.spec, recipe, start, folder),
            rebuild=lambda: _build_first(self.spec, recipe, start, folder),
            prepared=prepared,
            recipe=replace(recipe, batch=batch, weight_decay=start.weight_decay),
            plan=plan,
            preprocessing=preprocessing,
            augmentation=plan_augmentation(recipe, prepared.dataset, plan.image_px),
            validation_pixels=held_out_pixels(prepared, prepared.split.validation, preprocessing),
            device=self.device,
            folder=folder,
            learning_rate=start.learning_rate,
            pretrained=start.pretrained != "none" and not recipe.only_auxiliary,
        )


def rebuild_network(spec: Spec, recipe: Recipe, start: Start, folder: Path) -> Network:
    """Build the network of a run that goes on; a checkpoint will fill it, where there is one.

    Raises:
        RunError: none does, and the weights are others than it began with.
    """
    if list_checkpoints(folder / "checkpoints"):
        return build_beginning(spec, recipe, "none")[0]
    return _build_first(spec, recipe, start, folder)


def _build_first(spec: Spec, recipe: Recipe, start: Start, folder: Path) -> Network:
    if start.weights_sha256 and hash_weights(start.pretrained) != start.weights_sha256:
        raise RunError(
            f"The run in '{folder}' began with other weights than '{start.pretrained}' holds now; "
            "choose another --out."
        )
    return build_beginning(spec, recipe, start.pretrained)[0]


def build_beginning(
    spec: Spec, recipe: Recipe, pretrained: str
) -> tuple[Network, WeightsInfo | None, list[str]]:
    """Build the network as it is before the first step; say where its weights come from."""
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
    return net, info, [f"Training starts from the weights of {where}.", *_say_remade(net, remade)]


def _say_remade(net: Network, remade: tuple[str, ...]) -> list[str]:
    """Say which rows do not begin as the weights have them, and how they begin."""
    first, channels = net.row_names[0], net.spec.channels
    fresh = [row for row in remade if row != first]
    notes = [f"Made anew: {', '.join(fresh)}."] if fresh else []
    if first in remade:
        how = "summed over its channels" if channels == 1 else "repeated in turn, to the same sum"
        count = f"{channels} channel" + ("s" if channels > 1 else "")
        notes.append(f"{first} was adapted to {count}: its filters are {how}.")
    return notes
