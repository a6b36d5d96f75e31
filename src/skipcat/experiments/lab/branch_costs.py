"""Cost of each branch of GoogLeNet's nine modules at its own size: counted, and timed.

Szegedy et al. 2014, arXiv 1409.4842, Table 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import nn

from skipcat.cost.counting import count_module
from skipcat.experiments.lab.microbenchmarks import average_times
from skipcat.experiments.lab.network_variants import branch_out
from skipcat.experiments.lab.reductions import draw_maps, find_places, lay_out, take_step
from skipcat.experiments.lab.statistics import Mean
from skipcat.networks.papers.googlenet import GOOGLENET
from skipcat.networks.rows.googlenet import Inception
from skipcat.networks.rows.inception import Branches
from skipcat.plots.charts import Bar, BarChart
from skipcat.text.translation import Message

NAMES: dict[str, str] = {
    "branch1x1": "1x1",
    "branch3x3": "3x3",
    "branch5x5": "5x5",
    "branch_pool": Message("pool"),
}
BRANCHES = tuple(NAMES)
ROUNDS = 3

Counts = Mapping[str, Mapping[str, int]]
Times = Sequence[Mapping[str, float]]  # by repetition


def count_branches() -> dict[str, dict[str, int]]:
    """Count what each branch of GoogLeNet's nine modules costs at its own size, added up."""
    found = {kind: {"macs": 0, "parameters": 0, "channels": 0} for kind in BRANCHES}
    for name, shape in find_places().items():
        for kind, branch in _split(name).items():
            with torch.device("meta"):
                module, width = branch.build(shape[0], GOOGLENET)
                cost = count_module(module, shape)
            found[kind]["macs"] += cost.macs
            found[kind]["parameters"] += cost.parameters
            found[kind]["channels"] += width
    return found


def _split(name: str) -> dict[str, Branches]:
    """Return a module's branches, each as a module of its own."""
    row = dict(GOOGLENET.rows)[name]
    assert isinstance(row, Inception)
    whole = branch_out(row)
    return {one[0]: replace(whole, branches=(one,)) for one in whole.branches}


def build_branch_steps(device: torch.device) -> dict[str, Callable[[], object]]:
    """Build the training step of each kind of branch, in all nine modules."""
    generator = torch.Generator().manual_seed(0)
    pairs: dict[str, list[tuple[nn.Module, torch.Tensor]]] = {kind: [] for kind in BRANCHES}
    for name, shape in find_places().items():
        maps = draw_maps(shape, generator, device)
        for kind, branch in _split(name).items():
            pairs[kind].append((lay_out(branch.build(shape[0], GOOGLENET)[0], device), maps))
    return {kind: partial(take_step, some) for kind, some in pairs.items()}


def share_out(share: Counts, what: str) -> dict[str, float]:
    """Compute each branch's part of a count of all four, in percent."""
    total = sum(one[what] for one in share.values())
    return {kind: 100 * share[kind][what] / total for kind in BRANCHES}


def share_times(times: Times) -> dict[str, Mean]:
    """Compute each branch's part of the time of all four, in percent."""
    return {
        kind: average_times([100 * one[kind] / sum(one.values()) for one in times])
        for kind in BRANCHES
    }


def draw_costs(share: Counts, times: Times) -> BarChart:
    """Draw each branch's part of the multiply-adds and of the time."""
    bars = []
    macs, taken = share_out(share, "macs"), share_times(times)
    for kind in BRANCHES:
        name = NAMES[kind]
        bars.append(Bar(Message("{name}: MACs", name=name), macs[kind], None, 1))
        bars.append(Bar(Message("time"), taken[kind].value, taken[kind].interval, 0))
    return BarChart(
        Message("Cost of GoogLeNet's branches"),
        Message("% of all four branches"),
        tuple(bars),
        Message(
            "Share of each branch in the multiply-adds (blue) and in the time of a training step "
            "(orange) of GoogLeNet's nine modules; whiskers are 95 % intervals over repetitions."
        ),
    )
