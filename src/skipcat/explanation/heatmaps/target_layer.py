"""Which row of a network a map is made of: the rows whose output is still a grid.

Selvaraju et al. 2017, arXiv 1610.02391, §3, take the last convolutional layer: the last row before
the pool over the grid, which is after the last norm and ReLU in a pre-activation network and after
the concatenation in an Inception. On small images that row may be left with one cell, and a map of
one cell marks all or nothing. The rule here: the deepest row with a grid of at least 4x4; where no
row has one, the deepest of those with the largest grid.
"""

from dataclasses import dataclass

import torch

from skipcat.errors import NetworkError, did_you_mean
from skipcat.networks.modes import evaluating
from skipcat.networks.network import Network
from skipcat.text.translation import Message

LEAST_CELLS = 4  # along each side


@dataclass(frozen=True)
class GridRow:
    """A row, its grid (height, width), and what must be known of a map of it; None if nothing."""

    name: str
    grid: tuple[int, int]
    note: Message | None = None


def list_grids(network: Network, image_px: int) -> dict[str, tuple[int, int]]:
    """Return the grid (height, width) that each row leaves of an image, as far as one is left."""
    place = next(network.parameters()).device
    grids: dict[str, tuple[int, int]] = {}
    with evaluating(network), torch.inference_mode():
        x = torch.zeros(1, network.spec.channels, image_px, image_px, device=place)
        for name, module in network.stages():
            x = module(x)
            if x.dim() != 4:
                break
            grids[name] = (x.shape[2], x.shape[3])
    return grids


def choose_row(network: Network, image_px: int, asked: str | None = None) -> GridRow:
    """Return the row that maps are made of: the one asked for, or the deepest with a fit grid.

    Raises:
        NetworkError: no row is called so, or its output is no grid.
    """
    grids = list_grids(network, image_px)
    last = next(reversed(grids))
    if asked is not None:
        return _take(network, grids, asked)
    fit = [name for name, grid in grids.items() if min(grid) >= LEAST_CELLS]
    if fit and fit[-1] == last:
        return GridRow(last, grids[last])
    if fit:
        return GridRow(fit[-1], grids[fit[-1]], _say_coarse(last, grids[last], fit[-1]))
    most = max(grids.values())
    name = [name for name, grid in grids.items() if grid == most][-1]
    return GridRow(name, most, _say_too_coarse(name, most))


def say_grid(grid: tuple[int, int]) -> str:
    """Return "7x7"."""
    return f"{grid[0]}x{grid[1]}"


def _take(network: Network, grids: dict[str, tuple[int, int]], asked: str) -> GridRow:
    rows = ", ".join(grids)
    if asked not in network.row_names:
        raise NetworkError(
            f"{network.spec.name} has no row '{asked}'.{did_you_mean(asked, grids)} Its rows with "
            f"a grid: {rows}."
        )
    if asked not in grids:
        raise NetworkError(
            f"The row '{asked}' of {network.spec.name} comes after the pool over the grid, so it "
            f"has no map. Rows with a grid: {rows}."
        )
    coarse = min(grids[asked]) < LEAST_CELLS
    return GridRow(asked, grids[asked], _say_too_coarse(asked, grids[asked]) if coarse else None)


def _say_coarse(last: str, grid: tuple[int, int], taken: str) -> Message:
    return Message(
        "On images of this size the last row, {last}, has a grid of only {grid}, too few cells for "
        "a map; so the maps are made of {taken}, which knows less of the classes.",
        last=last,
        grid=say_grid(grid),
        taken=taken,
    )


def _say_too_coarse(name: str, grid: tuple[int, int]) -> Message:
    if max(grid) == 1:
        return Message(
            "The grid of {name} is a single cell on images of this size: its maps mark all or "
            "nothing, and explain nothing.",
            name=name,
        )
    return Message(
        "The grid of {name} has only {grid} cells on images of this size: its maps tell little.",
        name=name,
        grid=say_grid(grid),
    )
