"""The gradients of one batch: in parts where memory is short, in float16 on CUDA, compiled.

Micikevicius et al. 2018, arXiv 1710.03740, §3.2: in half precision small gradients vanish, so the
loss is scaled up before the backward pass and the gradients down before the step.
"""

import torch
from torch import Tensor

from skipcat.training.trainer.distillation import HeadsWithLoss
from skipcat.training.trainer.loss import NetworkWithLoss


def make_scaler(device: torch.device, *, mixed: bool) -> torch.amp.GradScaler:
    """Return the scaler of the loss, which leaves it alone where all is computed in float32."""
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
