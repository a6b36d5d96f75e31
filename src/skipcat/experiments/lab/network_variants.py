"""Variants of networks: GoogLeNet's table with other modules, widths matched by MACs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from skipcat.cost.counting import measure_cost
from skipcat.experiments.lab.trial import fit_spec
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.inception import Branch, Branches, Layer, Pool
from skipcat.networks.scaling import scale_spec
from skipcat.networks.specs import GoogLeNetSpec, InceptionSpec, Spec
from skipcat.training.prepared_data import PreparedData

STEPS = 14  # of halving: the widths of networks this small are found long before

Change = Callable[[Inception], Branches]


def leave_heads_out(spec: Spec) -> Spec:
    """Return a spec without auxiliary heads, as it predicts."""
    if isinstance(spec, GoogLeNetSpec | InceptionSpec):
        return replace(spec, auxiliary_rows=())
    return spec


def scale_googlenet(width_multiplier: float, spec: GoogLeNetSpec = GOOGLENET) -> GoogLeNetSpec:
    """Build the spec of a narrower GoogLeNet."""
    narrow: Any = scale_spec(spec, width_multiplier)
    return replace(spec, rows=narrow.rows, auxiliary_widths=narrow.auxiliary_widths)


def branch_out(row: Inception, *, reductions: bool = True, scale: float = 1) -> Branches:
    """Build a module of GoogLeNet's as branches, with or without its 1x1 reductions.

    Szegedy et al. 2014, arXiv 1409.4842, Fig. 2(b); without the reductions, the 3x3 and the 5x5
    read all channels, as in Fig. 2(a), whose pool has no projection either: it stays here, since
    without it the widths of one module would add up to the next one's.
    """

    def reduced(reduce: int, kernel: int, width: int) -> Branch:
        front = (layer(1, reduce),) if reductions else ()
        return (*front, layer(kernel, width))

    def layer(kernel: int, width: int) -> Layer:
        return Layer(kernel, scale_width(width, scale))

    return Branches(
        "Fig. 2(b)" if reductions else "without reductions",
        (
            ("branch1x1", (layer(1, row.conv1x1),)),
            ("branch3x3", reduced(row.reduce3x3, 3, row.conv3x3)),
            ("branch5x5", reduced(row.reduce5x5, row.large_kernel, row.conv5x5)),
            ("branch_pool", (Pool("max"), layer(1, row.pool_project))),
        ),
    )


def change_modules(spec: GoogLeNetSpec, name: str, change: Change) -> InceptionSpec:
    """Build a GoogLeNet of changed modules, without auxiliary heads."""
    rows = tuple(
        (row_name, change(row) if isinstance(row, Inception) else row)
        for row_name, row in spec.rows
    )
    return InceptionSpec(name, spec.paper, rows, spec.smallest_px, norm_eps=1e-3)


def match_macs(
    make: Callable[[float], Spec], macs: int, prepared: PreparedData, *, widest: float = 4.0
) -> Spec:
    """Build the spec, of all scales of its widths, whose MACs come nearest to those asked for.

    `make` builds it at a scale; more is never cheaper. Widths are whole, so that a small network
    comes as near as its smallest width allows.
    """

    def count(scale: float) -> int:
        return measure_cost(fit_spec(make(scale), prepared), prepared.image_px).macs

    low, high = 0.0, widest
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if count(middle) < macs else (low, middle)
    return make(min((low, high), key=lambda scale: abs(count(scale) - macs)))


def scale_width(width: int, scale: float) -> int:
    """Return a width at a scale, whole, and 1 at least."""
    return max(1, round(scale * width))
