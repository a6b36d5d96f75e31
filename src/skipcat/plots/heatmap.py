"""Heat maps over pictures: a colour scale that everybody reads, the picture still to be seen.

Colours are matplotlib's viridis (Smith & van der Walt 2015): even steps to the eye, in grey and
with any common colour blindness too. The picture lies below in grey, so that every colour is the
map's.
"""

import matplotlib as mpl
import numpy as np

MAP = "viridis"
OPACITY = 0.6
LUMA = np.array([0.299, 0.587, 0.114])  # of red, green, blue: ITU-R BT.601
LEGEND_PX = (160, 10)  # width, height
GAP_PX = 1  # between the tiles of feature maps


def lay_over(picture: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a picture in grey with a map over it; what is below 0 looks like 0.

    Shapes: picture (H, W) or (H, W, 3) uint8, values (H, W) up to 1 -> (H, W, 3) uint8.
    """
    grey = picture if picture.ndim == 2 else picture @ LUMA
    mixed = (1 - OPACITY) * grey[..., None] + OPACITY * 255 * _colour(values)
    return np.rint(mixed).astype(np.uint8)


def draw_legend() -> np.ndarray:
    """Return the colours from 0, left, to 1, right.

    Shapes: (H, W, 3) uint8.
    """
    width, height = LEGEND_PX
    row = np.rint(255 * _colour(np.linspace(0, 1, width)))
    return np.repeat(row[None].astype(np.uint8), height, axis=0)


def tile_maps(maps: np.ndarray, columns: int = 8, *, least_px: int = 32) -> np.ndarray:
    """Return feature maps side by side, each scaled to its own range, with gaps between them.

    Shapes: (K, h, w) -> (H, W, 3) uint8. Small maps become whole multiples of their size.
    """
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    scaled = (maps - low) / np.where(high > low, high - low, 1)
    times = max(1, -(-least_px // max(maps.shape[1:])))
    large = scaled.repeat(times, 1).repeat(times, 2)
    height, width = large.shape[1] + GAP_PX, large.shape[2] + GAP_PX
    rows = -(-len(maps) // columns)
    sheet = np.full((rows * height - GAP_PX, min(columns, len(maps)) * width - GAP_PX, 3), 255.0)
    for number, one in enumerate(large):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + one.shape[0], left : left + one.shape[1]] = 255 * _colour(one)
    return np.rint(sheet).astype(np.uint8)


def _colour(values: np.ndarray) -> np.ndarray:
    colours: np.ndarray = mpl.colormaps[MAP](np.clip(values, 0, 1))[..., :3]
    return colours
