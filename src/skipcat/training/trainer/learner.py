"""A network with all that takes its steps: loss, optimizer, gradient scaler, moving average."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from skipcat.networks.activation_checkpointing import checkpoint_activations
from skipcat.networks.network import Network
from skipcat.networks.stochastic_depth import drop_units
from skipcat.training.precision import is_mixed
from skipcat.training.recipe import Recipe
from skipcat.training.run_folder.checkpoint import pack, unpack
from skipcat.training.trainer.checkpoint_checks import check_figures, check_momenta, check_tensors
from skipcat.training.trainer.distillation import HeadsWithLoss
from skipcat.training.trainer.gradients import compute_gradients, make_scaler
from skipcat.training.trainer.layer_rates import share_rates
from skipcat.training.trainer.loss import NetworkWithLoss
from skipcat.training.trainer.optimizer import build_optimiser, set_rate
from skipcat.training.trainer.weight_average import average_weights


class Learner:
    """A network in training; `best` are the averaged weights of its best epoch.

    Where the weights are `pretrained`, layers learn at rates of their own (`layer_rates.py`);
    `class_weights` weigh the loss of each class.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        *,
        image_px: int,
        device: torch.device,
        pretrained: bool = False,
        class_weights: np.ndarray | None = None,
    ) -> None:
        self.network = network.to(device).to(memory_format=torch.channels_last)
        if recipe.stochastic_depth:
            drop_units(network, recipe.stochastic_depth)
        if recipe.activation_memory == "sqrt":
            checkpoint_activations(network, image_px)
        self.model: HeadsWithLoss | NetworkWithLoss
        if recipe.only_auxiliary:
            self.model = HeadsWithLoss(network).to(device)
        else:
            self.model = NetworkWithLoss(network, recipe.label_smoothing, class_weights).to(device)
        if recipe.compile:
            # One size, one kernel: a run that goes on must not meet others than one that did not
            # stop. The network itself, of which copies are made, stays as it is.
            self.model.compile(dynamic=False)
        shares = share_rates(network) if pretrained else None
        self.optimizer = build_optimiser(network, recipe, shares)
        self.average: AveragedModel = average_weights(network, recipe)
        self.scaler = make_scaler(device, mixed=is_mixed(recipe, device))
        self.best: dict[str, torch.Tensor] = {}
        self._parts = recipe.parts

    def step(self, images: torch.Tensor, targets: torch.Tensor, rate: float) -> tuple[float, int]:
        """Take one step; return the batch's mean loss, and how many predictions were correct.

        Where the loss is not finite no step is taken.

        Shapes: (N, C, H, W), (N,) or (N, classes).
        """
        set_rate(self.optimizer, rate)
        loss, correct = compute_gradients(
            self.model, images, targets, parts=self._parts, scaler=self.scaler
        )
        if math.isfinite(loss):
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.average.update_parameters(self.network)
        return loss, correct

    def keep_best(self) -> None:
        """Keep the averaged weights as the best so far."""
        average = self.average.module.state_dict()
        self.best = {name: tensor.detach().clone() for name, tensor in average.items()}

    def pack(self) -> dict[str, torch.Tensor]:
        """Return all tensors that a checkpoint holds."""
        momenta = self.optimizer.state_dict()["state"]
        return {
            **pack("network", self.network.state_dict()),
            **pack("average", self.average.state_dict()),
            **pack("best", self.best),
            **{f"momentum/{i}": s["momentum_buffer"] for i, s in momenta.items() if s},
        }

    def unpack(
        self, tensors: dict[str, torch.Tensor], scaler: Mapping[str, Any], *, step: int, epoch: int
    ) -> None:
        """Take over the tensors of a checkpoint at `step`, in `epoch`, and its scaler's figures.

        Raises:
            ValueError: they are not of this network, or of other steps.
        """
        own_scaler = self.scaler.state_dict()
        if scaler and own_scaler:
            check_figures(scaler, own_scaler, "scaler")
            self.scaler.load_state_dict(dict(scaler))
        network, average, best = (unpack(part, tensors) for part in ("network", "average", "best"))
        momenta = {int(number): buffer for number, buffer in unpack("momentum", tensors).items()}
        check_tensors(network, self.network.state_dict(), "network")
        check_tensors(average, self.average.state_dict(), "average")
        check_tensors(best, self.network.state_dict() if epoch else {}, "best")
        groups = self.optimizer.param_groups
        check_momenta(momenta, [parameter for group in groups for parameter in group["params"]])
        if int(average["n_averaged"]) != step:
            raise ValueError("its average is of other steps")
        self.network.load_state_dict(network)
        self.average.load_state_dict(average)
        self.best = best
        optimizer = self.optimizer.state_dict()
        optimizer["state"] = {number: {"momentum_buffer": b} for number, b in momenta.items()}
        self.optimizer.load_state_dict(optimizer)
