"""What follows from a table by arithmetic: the stem, how far it gives way, the smallest image."""

from collections.abc import Iterator
from itertools import accumulate, takewhile
from math import prod

from skipcat.errors import NetworkError
from skipcat.networks.rows.row import Row, Rows

LARGEST_PX = 4096  # no network is asked about larger images
LARGEST_FIRST_GRID = 40  # the grid that the papers' first stages see is 28 to 56 wide


def stem_of(rows: Rows) -> Rows:
    """Return the rows before the first module or stage."""
    return tuple(takewhile(lambda named: named[1].is_stem(), rows))


def paper_reduction(rows: Rows) -> int:
    """Return the factor by which the paper's stem shrinks an image."""
    return prod(row.reduction for _, row in stem_of(rows))


def reduce_stem(rows: Rows, reduction: int) -> Rows:
    """Return the table with a stem that shrinks an image by ``reduction`` and no more.

    Strides and pools are kept from the input on and given up from the end. Kernels and widths stay,
    so weights of any reduction load into any other.
    """
    stem = stem_of(rows)
    so_far = 1
    changed: list[tuple[str, Row]] = []
    for name, row in stem:
        if so_far * row.reduction <= reduction:
            so_far *= row.reduction
            changed.append((name, row))
        else:
            changed.append((name, row.without_stride()))
    return (*changed, *rows[len(stem) :])


def possible_reductions(rows: Rows) -> Iterator[int]:
    """Return 1, 2, 4, … up to the paper's own."""
    reduction = 1
    while reduction <= paper_reduction(rows):
        yield reduction
        reduction *= 2


def choose_stem_reduction(rows: Rows, image_px: int) -> int:
    """Return the smallest reduction that brings the first stage's grid to 40 or less.

    Never more than the paper's own.
    """
    for reduction in possible_reductions(rows):
        *_, grid_px = _grids(reduce_stem(stem_of(rows), reduction), image_px)
        if grid_px <= LARGEST_FIRST_GRID:
            return reduction
    return paper_reduction(rows)


def smallest_image_px(rows: Rows) -> int:
    """Return the smallest image that leaves a grid after every row.

    Raises:
        NetworkError: none does.
    """
    for image_px in range(1, LARGEST_PX + 1):
        if min(_grids(rows, image_px)) >= 1:
            return image_px
    raise NetworkError(f"No image of up to {LARGEST_PX} px leaves a grid after these rows.")


def _grids(rows: Rows, image_px: int) -> Iterator[int]:
    """Return the image's side and the grid behind each row."""
    return accumulate(
        (row for _, row in rows), lambda px, row: row.grid_after(px), initial=image_px
    )
