"""What a head does in a few numbers: how widely it looks, how far, and at which keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Doubles, Floats

_TINY = np.finfo(np.float64).tiny


class Tally:
    """Sums over query rows of the heads of one layer, taken in a few rows at a time."""

    def __init__(self, heads: int, groups: Sequence[Sequence[int]]) -> None:
        """`groups` are the keys whose share of the weight is told."""
        self._groups = [list(keys) for keys in groups]
        self._rows = 0
        self._weight, self._entropy, self._length, self._itself = np.zeros((4, heads))
        self._shares = np.zeros((len(groups), heads))

    def add(self, queries: NDArray[np.int64], weights: Floats) -> None:
        """Takes in whole rows (heads, queries, keys) of these queries."""
        rows = weights.astype(np.float64)
        apart = np.abs(queries[:, None] - np.arange(rows.shape[2]))
        self._rows += len(queries)
        self._weight += rows.sum(axis=(1, 2))
        self._length += np.tensordot(rows, apart, axes=2)
        self._itself += np.tensordot(rows, apart == 0, axes=2)
        for shares, keys in zip(self._shares, self._groups, strict=True):
            shares += rows[..., keys].sum(axis=(1, 2))
        self._entropy -= (rows * np.log2(np.maximum(rows, _TINY))).sum(axis=(1, 2))

    @property
    def entropy(self) -> Doubles:
        """(heads,) mean over the rows, in bits, of the rows as they are: 3 bits are as wide as an
        even look at 8 keys."""
        # A weight of 1 is rounded to either side of it.
        mean: Doubles = np.maximum(self._entropy / self._rows, 0)
        return mean

    @property
    def distance(self) -> Doubles:
        """(heads,) mean |query - key| by weight; NaN for a head that has none."""
        some = self._weight > 0
        nothing = np.full_like(self._weight, np.nan)
        return np.divide(self._length, self._weight, out=nothing, where=some)

    @property
    def itself(self) -> Doubles:
        """(heads,) what queries give to the key at their own place, mean over the rows."""
        mean: Doubles = self._itself / self._rows
        return mean

    @property
    def shares(self) -> Doubles:
        """(groups, heads) what each group of keys is given, mean over the rows."""
        mean: Doubles = self._shares / self._rows
        return mean
