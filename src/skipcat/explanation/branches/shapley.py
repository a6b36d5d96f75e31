"""The Shapley value: what each member of a team adds, over all orders in which it can form.

Shapley 1953, "A value for n-person games"; exact, from the worth of every subset.
"""

from math import factorial

import numpy as np

DRAWS = 1000


def shapley_values(worth: np.ndarray) -> np.ndarray:
    """Return each member's value; they sum to what the whole is worth more than nobody.

    phi_i = sum over the subsets S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)).

    Shapes: worth (2^n, …), subset S at the index whose bits are its members; the result (n, …).

    >>> shapley_values(np.array([0.0, 1.0, 1.0, 1.0]))
    array([0.5, 0.5])
    """
    members = len(worth).bit_length() - 1
    values = np.zeros((members, *worth.shape[1:]))
    for subset in range(len(worth)):
        size = subset.bit_count()
        for one in range(members):
            if not subset >> one & 1:
                weight = factorial(size) * factorial(members - size - 1) / factorial(members)
                values[one] += weight * (worth[subset | 1 << one] - worth[subset])
    return values


def bootstrap_intervals(
    values: np.ndarray, *, confidence: float = 0.95, seed: int = 0
) -> np.ndarray:
    """Return the percentile interval of each row's mean, all from the same redraws of the images.

    Efron 1979, "Bootstrap methods", ann. stat. 7:1-26; rows that belong together stay together.

    Shapes: values (K, N), the result (K, 2).
    """
    images = values.shape[1]
    generator = np.random.default_rng(seed)
    means = []
    for _ in range(DRAWS // 50):
        counts = generator.multinomial(images, np.full(images, 1 / images), size=50)
        means.append(counts @ values.T / images)
    tail = 50 * (1 - confidence)
    ends: np.ndarray = np.percentile(np.concatenate(means), [tail, 100 - tail], axis=0).T
    return ends
