"""How far two heads are from each other: by the mean absolute difference, by their divergence."""

import numpy as np

from ..records import Doubles, Floats
from .aligning import Integers, as_slice


def spread(weights: Floats, places: Integers, slots: int) -> Floats:
    """(..., slots) with these keys at their places and 0 elsewhere."""
    wide = np.zeros((*weights.shape[:-1], slots), np.float32)
    wide[..., places] = weights
    return wide


def jensen_shannon(a: Floats, b: Floats) -> Doubles:
    """Divergence in bits, 0 to 1, of rows (..., keys) (Lin 1991, base 2).

    What a row gives to anything else, so that it lacks of 1, counts as one more key.
    """
    p, q = np.broadcast_arrays(_whole(a), _whole(b))
    middle = (p + q) / 2
    divergence: Doubles = (_relative(p, middle) + _relative(q, middle)) / 2
    return np.clip(divergence, 0, 1)


def _whole(rows: Floats) -> Doubles:
    rest = np.maximum(1 - rows.sum(-1, keepdims=True, dtype=np.float64), 0)
    return np.concatenate([rows, rest], axis=-1)


def _relative(p: Doubles, middle: Doubles) -> Doubles:
    """Kullback-Leibler divergence in bits, with 0 log 0 = 0."""
    ratio = np.divide(p, middle, out=np.ones_like(p), where=p > 0)
    divergence: Doubles = np.einsum("...k,...k->...", p, np.log2(ratio, out=ratio))
    return divergence


class Tally:
    """Mean differences [layer][head] over rows that come in parts."""

    def __init__(self, queries: Integers, keys: Integers) -> None:
        """The slots that both sides have."""
        self._queries, self._keys = queries, as_slice(keys)
        self._counted = len(keys)
        self._rows = 0
        self._absolute: Doubles | float = 0.0
        self._divergence: Doubles | float = 0.0

    def add(self, slots: Integers, a: Floats, b: Floats) -> None:
        """Rows (layers, heads, these query slots, all key slots) of both; one head of A may stand
        against all of B."""
        both = np.flatnonzero(np.isin(slots, self._queries))
        a, b = (side[:, :, as_slice(both)][..., self._keys] for side in (a, b))
        self._rows += len(both)
        self._absolute += np.abs(a - b).sum((-2, -1), dtype=np.float64)
        self._divergence += jensen_shannon(a, b).sum(-1)

    def mean_abs(self) -> Doubles | None:
        """Over the queries and keys that both have; None where there are none."""
        return self._mean(self._absolute, self._rows * self._counted)

    def jsd(self) -> Doubles | None:
        """Over the queries that both have."""
        return self._mean(self._divergence, self._rows)

    def _mean(self, total: Doubles | float, count: int) -> Doubles | None:
        return np.asarray(total) / count if count else None


def evenly(count: int, most: int) -> Integers:
    """At most `most` of `count` places, each in the middle of as many others."""
    kept = min(count, most)
    edges = np.arange(kept + 1, dtype=np.int64) * count // max(kept, 1)
    return (edges[:-1] + edges[1:]) // 2
