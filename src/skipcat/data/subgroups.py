"""Kinds of image by what can be measured of them: small and large ones, wide and tall ones."""

from collections.abc import Sequence

import numpy as np

from skipcat.data.dataset import Dataset
from skipcat.data.images import peek
from skipcat.text.translation import Message

FEWEST = 20  # a slice of fewer images says nothing
WIDE = 1.2  # a side this many times the other is no longer nearly square


def slice_images(sizes: np.ndarray) -> dict[str, np.ndarray]:
    """Say which images are of which kind; kinds that hold all or nearly none are left out.

    Shapes: `sizes` (N, 2), width and height in pixels; each kind (N,) of booleans.
    """
    if not len(sizes):
        return {}
    short = sizes.min(axis=1)
    low, high = (int(np.quantile(short, share)) for share in (1 / 3, 2 / 3))
    aspects = sizes[:, 0] / sizes[:, 1]
    kinds = {
        Message("small: short side up to {low} px", low=low): short <= low,
        Message("large: short side over {high} px", high=high): short > high,
        Message("wide"): aspects > WIDE,
        Message("tall"): aspects < 1 / WIDE,
        Message("nearly square"): (aspects <= WIDE) & (aspects >= 1 / WIDE),
    }
    most = len(sizes) - FEWEST
    return {name: chosen for name, chosen in kinds.items() if FEWEST <= chosen.sum() <= most}


def peek_sizes(dataset: Dataset, rows: Sequence[int]) -> np.ndarray:
    """Return (width, height) of readable images, as a person sees them, from their headers.

    Shapes: (N, 2) integers.
    """
    if isinstance(dataset.images, np.ndarray):
        height, width = dataset.images.shape[1:3]
        return np.tile([width, height], (len(rows), 1))
    looks = [peek(dataset.images[row]) for row in rows]
    return np.array([look.upright_size if look else (1, 1) for look in looks])
