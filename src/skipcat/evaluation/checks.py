"""What logits and labels must look like before anything is computed from them."""

import numpy as np

from skipcat.errors import DataError


def check_logits(logits: np.ndarray) -> np.ndarray:
    """Return the logits as float64 (N, C) with N and C at least 1, all finite."""
    scores = np.asarray(logits)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise DataError(f"Logits have the shape (images, classes); given {scores.shape}.")
    if scores.shape[0] == 0:
        raise DataError("There are no images to evaluate: the logits have 0 rows.")
    if scores.dtype.kind not in "fiu":
        raise DataError(f"Logits are real numbers; given an array of {scores.dtype}.")
    broken = ~np.isfinite(scores).all(axis=1)
    if broken.any():
        raise DataError(
            f"Logits must be finite: {int(broken.sum())} of {len(scores)} rows hold NaN or"
            f" infinity, the first is row {int(broken.argmax())}."
        )
    return scores.astype(np.float64)


def check_labels(labels: np.ndarray, images: int, classes: int) -> np.ndarray:
    """Return the labels as int64 (N,), each in 0 to classes - 1."""
    targets = np.asarray(labels)
    if targets.shape != (images,):
        raise DataError(
            f"Labels have one number for each image: shape ({images},); given {targets.shape}."
        )
    if targets.dtype.kind not in "iu":
        raise DataError(f"Labels are whole numbers; given an array of {targets.dtype}.")
    outside = (targets < 0) | (targets >= classes)
    if outside.any():
        row = int(outside.argmax())
        raise DataError(
            f"Labels of {classes} classes lie in 0 to {classes - 1};"
            f" label {int(targets[row])} at row {row} does not."
        )
    return targets.astype(np.int64)
