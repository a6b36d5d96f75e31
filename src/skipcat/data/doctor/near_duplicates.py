"""Near duplicates: one photograph resized, encoded again, or lightly edited.

An image is described by the lowest frequencies of its brightness, as a perceptual hash is, but
kept as numbers: signs alone tell nothing in a blank background. Pairs are found without a miss in
a k-d tree, since leaving out frequencies only shortens distances; confirmed by the distance of
their pixels; and believed only where they are nearer than strangers come in these data: in
handwritten digits or scanned pages strangers come near, in photographs they do not.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

THUMBNAIL_PX = 32

# Distances are between brightness patterns of mean 0 and length 1: sqrt(2 - 2 correlation).
FAR, CERTAIN = 0.2, 0.05
# Root mean square of the difference of all pixels, in units of the image's contrast.
MOST_DIFFERENCE = 0.5
# Below this an image is blank, and all blank images are alike.
LEAST_CONTRAST = 3.0
# How many strangers may be expected as near as a pair that is believed.
MOST_STRANGERS = 0.01
SIDE, LOW, NEIGHBOURS = 16, 5, 6
SAMPLE, CLOSEST = 2048, 20
_CHUNK = 8192
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def find_near_duplicates(
    thumbnails: np.ndarray, rows: np.ndarray, hashes: Sequence[str]
) -> list[tuple[int, ...]]:
    """Return groups of rows that show one photograph in files that differ.

    Rows of equal hash are joined to the group of one of them, and are no group alone.

    Shapes: `thumbnails` (N, C, 32, 32) uint8.
    """
    members: dict[str, list[int]] = {}
    for row in rows:
        members.setdefault(hashes[row], []).append(int(row))
    heads = np.array([rows_of[0] for rows_of in members.values()], dtype=np.int64)
    if len(heads) < 2:
        return []
    contrast = np.concatenate([_describe(part)[1] for part in _chunks(thumbnails, heads)])
    clear = np.flatnonzero(contrast >= LEAST_CONTRAST)
    first, equal = _join_equal(thumbnails, heads, clear)
    near = _find_pairs(thumbnails[heads[first]]) if len(first) > 1 else np.zeros((0, 2), np.int64)
    pairs = np.concatenate([equal, first[near]]) if len(near) else equal
    return [
        tuple(sorted(row for head in group for row in members[hashes[heads[head]]]))
        for group in join_pairs(pairs, len(heads))
    ]


def join_pairs(pairs: np.ndarray, total: int) -> list[list[int]]:
    """Return the groups that pairs of the numbers below `total` make, in order."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(total, total))
    _, label = connected_components(graph, directed=False)
    groups: dict[int, list[int]] = {}
    for member in np.unique(pairs):
        groups.setdefault(int(label[member]), []).append(int(member))
    return list(groups.values())


def _describe(thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's brightness pattern, of mean 0 and length 1, and its contrast.

    Shapes: (N, 16, 16) float32 and (N,).
    """
    values = thumbnails.astype(np.float32)
    light = values[:, 0] if values.shape[1] == 1 else np.tensordot(_LUMINANCE, values, (0, 1))
    step = THUMBNAIL_PX // SIDE
    light = light.reshape(len(light), SIDE, step, SIDE, step).mean(axis=(2, 4))
    light -= light.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((light**2).sum(axis=(1, 2)))
    return light / np.maximum(length, 1e-6)[:, None, None], length / SIDE


def _lowest_frequencies(patterns: np.ndarray) -> np.ndarray:
    """Return the 24 lowest coefficients of the cosine transform, the mean left out."""
    from scipy.fft import dctn

    low: np.ndarray = dctn(patterns.astype(np.float64), axes=(1, 2), norm="ortho")[:, :LOW, :LOW]
    return low.reshape(len(low), -1)[:, 1:]


def _chunks(thumbnails: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    return [thumbnails[rows[i : i + _CHUNK]] for i in range(0, len(rows), _CHUNK)]


def _join_equal(
    thumbnails: np.ndarray, heads: np.ndarray, clear: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return one image of each distinct thumbnail, and pairs that join the others to theirs."""
    seen: dict[bytes, int] = {}
    pairs = []
    for place in clear:
        other = seen.setdefault(thumbnails[heads[place]].tobytes(), int(place))
        if other != place:
            pairs.append((other, int(place)))
    return np.array(list(seen.values()), np.int64), np.array(pairs, np.int64).reshape(-1, 2)


def _find_pairs(thumbnails: np.ndarray) -> np.ndarray:
    """Return the pairs of distinct images that are near duplicates.

    Shapes: (P, 2).
    """
    from scipy.spatial import cKDTree

    everyone = np.arange(len(thumbnails))
    described = [_describe(part) for part in _chunks(thumbnails, everyone)]
    patterns = np.concatenate([pattern for pattern, _ in described])
    contrast = np.concatenate([value for _, value in described])
    low = np.concatenate([_lowest_frequencies(pattern) for pattern, _ in described])
    tree: Any = cKDTree(low)
    count = min(NEIGHBOURS, len(low))
    distance, neighbour = tree.query(low, k=count, distance_upper_bound=FAR, workers=-1)
    one, place = np.nonzero(np.isfinite(distance))
    other = neighbour[one, place]
    both = np.stack([one, other], axis=1)[one != other]
    pairs: np.ndarray = np.unique(np.sort(both, axis=1), axis=0)
    if not len(pairs):
        return pairs
    flat = patterns.reshape(len(patterns), -1)
    far = _measure_pairs(flat, pairs, np.sum)
    different = _measure_pairs(thumbnails.reshape(len(thumbnails), -1), pairs, np.mean)
    least = np.minimum(contrast[pairs[:, 0]], contrast[pairs[:, 1]])
    near = (far <= FAR) & (different <= MOST_DIFFERENCE * least)
    pairs, far = pairs[near], far[near]
    sure = far <= CERTAIN
    strangers = _expect_strangers(flat, pairs[~sure], far[~sure])
    sure[np.flatnonzero(~sure)[strangers <= MOST_STRANGERS]] = True
    believed: np.ndarray = pairs[sure]
    return believed


def _measure_pairs(
    values: np.ndarray, pairs: np.ndarray, gather: Callable[..., np.ndarray]
) -> np.ndarray:
    """Give the root of the gathered squares of each pair's differences. Shapes: (N, D), (P, 2)."""
    found = []
    for start in range(0, len(pairs), _CHUNK):
        one, other = (values[side].astype(np.float32) for side in pairs[start : start + _CHUNK].T)
        found.append(np.sqrt(gather((one - other) ** 2, axis=1)))
    return np.concatenate(found)


def _expect_strangers(patterns: np.ndarray, pairs: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Estimate how many unrelated images would come as near as each pair by chance.

    Around an image the number of others grows as distance to the power m; m is estimated from the
    20 closest of a sample (Levina & Bickel 2004, eq. (8)), and the count is carried down to the
    pair's distance. Of the pair's two images the lonelier one speaks.
    """
    ends = np.unique(pairs)
    sample = patterns[:: max(1, -(-len(patterns) // SAMPLE))]
    closest = min(CLOSEST, len(sample) - 1)
    if closest < 3:
        return np.zeros(len(pairs))
    product = patterns[ends] @ sample.T
    near = np.sqrt(np.maximum(2 - 2 * np.sort(product, axis=1)[:, ::-1], 0))
    # The image itself and its duplicates, if the sample holds them, are no strangers.
    beyond = np.sort(np.where(near > FAR / 2, near, np.inf), axis=1)[:, :closest]
    enough = np.isfinite(beyond[:, -1:])
    kept = np.maximum(np.where(enough, beyond, np.sort(near, axis=1)[:, :closest]), 1e-6)
    reach = kept[:, -1:]
    dimension = (closest - 1) / np.maximum(np.log(reach / kept).sum(axis=1), 1e-6)
    share = closest * len(patterns) / len(sample)
    left, right = np.searchsorted(ends, pairs[:, 0]), np.searchsorted(ends, pairs[:, 1])
    expected: list[np.ndarray] = [
        share * np.minimum(far / reach[side, 0], 1.0) ** dimension[side] for side in (left, right)
    ]
    lonelier: np.ndarray = np.minimum(expected[0], expected[1])
    return lonelier
