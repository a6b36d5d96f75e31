"""The gradients of one batch: in parts where memory is short, in float16 on CUDA, compiled.

Micikevicius et al. 2018, arXiv 1710.03740, §3.2: in half precision small gradients vanish, so the
loss is scaled up before the backward pass and the gradients down before the step.
"""

import os
from importlib.util import find_spec
from shutil import which

import torch
from torch import Tensor

from skipcat.errors import RecipeError
from skipcat.training.recipe import Recipe
from skipcat.training.trainer.distillation import HeadsWithLoss
from skipcat.training.trainer.loss import NetworkWithLoss


def is_mixed(recipe: Recipe, device: torch.device) -> bool:
    """Tell whether to compute in float16 where that is safe.

    Raises:
        RecipeError: it was asked for, and the device is slower with it than without.
    """
    if recipe.precision == "mixed" and device.type != "cuda":
        raise RecipeError(
            f"precision is 'mixed', which needs a CUDA device; training runs on {device.type}, "
            "where float32 is faster."
        )
    return device.type == "cuda" and recipe.precision != "float32"


def check_steps(recipe: Recipe, device: torch.device) -> None:
    """Check that steps can be computed as the recipe has it, before anything is begun.

    Raises:
        RecipeError: they cannot on this device, or there is no compiler.
    """
    is_mixed(recipe, device)
    if not recipe.compile:
        return
    if device.type == "cuda":
        found, needed = find_spec("triton") is not None, "triton"
    else:
        compilers = (os.environ.get("CXX"), "c++", "g++", "clang++", "cl")
        found, needed = any(map(which, filter(None, compilers))), "a C++ compiler such as g++"
    if not found:
        raise RecipeError(
            f"compile needs {needed}, and there is none here; install it, or leave compile out."
        )


def make_scaler(device: torch.device, *, mixed: bool) -> torch.amp.GradScaler:
    """Give the scaler of the loss, which leaves it alone where all is computed in float32."""
    return torch.amp.GradScaler(device.type, enabled=mixed)


def compute_gradients(
    model: NetworkWithLoss | HeadsWithLoss,
    images: Tensor,
    targets: Tensor,
    *,
    parts: int,
    scaler: torch.amp.GradScaler,
) -> tuple[float, int]:
    """Fill the gradients of a batch; give its mean loss, and how many answers were right.

    A batch in `parts` needs the memory of one of them. Its gradients are those of the whole but
    for rounding, and for batch norm, which sees each part by itself.

    Shapes: images (N, C, H, W), targets (N,) or (N, classes).
    """
    loss_sum, right = 0.0, 0
    model.zero_grad(set_to_none=True)
    for some, wanted in zip(_cut(images, parts), _cut(targets, parts), strict=True):
        share = len(some) / len(images)
        with torch.autocast(images.device.type, torch.float16, enabled=scaler.is_enabled()):
            loss = model(some.contiguous(memory_format=torch.channels_last), wanted)
        loss_sum += share * float(loss.detach())
        right += int(model.right)
        scaler.scale(share * loss).backward()
    return loss_sum, right


def _cut(values: Tensor, parts: int) -> tuple[Tensor, ...]:
    """Cut in nearly equal parts of two or more, since batch norm cannot learn from one image."""
    return values.tensor_split(max(1, min(parts, len(values) // 2)))
