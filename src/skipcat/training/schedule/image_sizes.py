"""Image sizes and stem reductions that a plan may take."""

from dataclasses import replace

import torch

from skipcat.networks.catalogue import build_network
from skipcat.networks.network import Network
from skipcat.networks.specs import Spec
from skipcat.networks.stem import paper_reduction, possible_reductions


def allowed_reductions(spec: Spec) -> tuple[int, ...]:
    """Return the stem reductions that a plan may take: the spec's own, then larger ones."""
    return tuple(r for r in possible_reductions(spec.rows) if r >= spec.stem_reduction) or (
        paper_reduction(spec.rows),
    )


def smallest_size(spec: Spec, reduction: int) -> int:
    """Return the smallest image that the network accepts with this stem."""
    return build_on_meta(spec, reduction).smallest_px


def build_on_meta(spec: Spec, reduction: int) -> Network:
    """Build a network without weights, with this reduction of its stem, to count what it costs."""
    with torch.device("meta"):
        return build_network(replace(spec, stem_reduction=reduction))
