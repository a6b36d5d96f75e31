"""Networks that no paper has: GoogLeNet's table with its modules built otherwise."""

from collections.abc import Callable
from dataclasses import replace

from skipcat.networks.branches import Branch, Branches, Layer, Pool
from skipcat.networks.catalogue import Spec
from skipcat.networks.googlenet import GoogLeNetSpec, Inception
from skipcat.networks.inception import InceptionRow, InceptionSpec

Change = Callable[[Inception], Branches]


def leave_heads_out(spec: Spec) -> Spec:
    """Give a spec without auxiliary heads: as it answers."""
    if isinstance(spec, GoogLeNetSpec | InceptionSpec):
        return replace(spec, auxiliary_rows=())
    return spec


def branch_out(row: Inception, *, reductions: bool = True) -> Branches:
    """Give a module of GoogLeNet's as branches, with or without its 1x1 reductions.

    Szegedy et al. 2014, arXiv 1409.4842, Fig. 2(b); without the reductions, the 3x3 and the 5x5
    read all channels, as in Fig. 2(a), whose pool has no projection either: it stays here, since
    without it the widths of one module would add up to the next one's.
    """

    def reduced(reduce: int, kernel: int, width: int) -> Branch:
        front = (Layer(1, reduce),) if reductions else ()
        return (*front, Layer(kernel, width))

    return Branches(
        "Fig. 2(b)" if reductions else "without reductions",
        (
            ("branch1x1", (Layer(1, row.conv1x1),)),
            ("branch3x3", reduced(row.reduce3x3, 3, row.conv3x3)),
            ("branch5x5", reduced(row.reduce5x5, row.large_kernel, row.conv5x5)),
            ("branch_pool", (Pool("max"), Layer(1, row.pool_project))),
        ),
    )


def change_modules(spec: GoogLeNetSpec, name: str, change: Change) -> InceptionSpec:
    """Give a GoogLeNet, without auxiliary heads, whose modules are made otherwise."""
    rows: list[tuple[str, InceptionRow]] = []
    for row_name, row in spec.rows:
        changed = change(row) if isinstance(row, Inception) else row
        if not isinstance(changed, InceptionRow):
            raise TypeError(f"{row_name} of {spec.name} is no row of an Inception")
        rows.append((row_name, changed))
    return InceptionSpec(name, spec.paper, tuple(rows), spec.smallest_px, norm_eps=1e-3)
