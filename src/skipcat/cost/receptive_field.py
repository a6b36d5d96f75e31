"""The receptive field: how many pixels of the image one value can see.

Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks", Distill,
eq. (2): a layer of kernel k widens the field by (k - 1) jumps, and its stride multiplies the jump.
Parallel paths that meet keep the widest field. What averages over the whole grid leaves the field
as it was: it would be the whole image for every network.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """What one value sees, and how far its neighbour's view is shifted.

    Units:
        Pixels of the image, (height, width).
    """

    size_px: tuple[int, int] = (1, 1)
    jump_px: tuple[int, int] = (1, 1)

    @property
    def px(self) -> int:
        """Return the longer side."""
        return max(self.size_px)


def widen(
    field: Field, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int] = (1, 1)
) -> Field:
    """Return the field behind a window that slides over the grid.

    >>> widen(Field(), (7, 7), (2, 2))
    Field(size_px=(7, 7), jump_px=(2, 2))
    """
    sizes = [
        size + (k - 1) * d * jump
        for size, jump, k, d in zip(field.size_px, field.jump_px, kernel, dilation, strict=True)
    ]
    jumps = [jump * s for jump, s in zip(field.jump_px, stride, strict=True)]
    return Field((sizes[0], sizes[1]), (jumps[0], jumps[1]))


def meet(fields: Sequence[Field]) -> Field:
    """Return the widest of the fields that meet in a sum or a concatenation."""
    sizes = [field.size_px for field in fields]
    jumps = [field.jump_px for field in fields]
    return Field(
        (max(size[0] for size in sizes), max(size[1] for size in sizes)),
        (max(jump[0] for jump in jumps), max(jump[1] for jump in jumps)),
    )
