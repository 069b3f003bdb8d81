"""A large picture in few cells: bins along queries and keys, each its largest or mean weight."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..records import Floats

Pooling = Literal["max", "mean"]
Edges = NDArray[np.int64]


def even_edges(length: int, size: int) -> Edges:
    """Edges of min(size, length) bins over `length` positions; bin i is edges[i]:edges[i+1]."""
    count = min(size, length)
    return np.arange(count + 1, dtype=np.int64) * length // count


class Pool:
    """Bins (layers, heads, query bins, key bins), filled by rows that come in any order.

    The mean is over the positions that a bin really has.
    """

    def __init__(
        self, how: Pooling, layers: int, heads: int, query_edges: Edges, key_edges: Edges
    ) -> None:
        self._how, self._query_edges, self._key_edges = how, query_edges, key_edges
        shape = (layers, heads, len(query_edges) - 1, len(key_edges) - 1)
        self._combine = np.maximum if how == "max" else np.add
        self.cells = np.full(shape, -np.inf if how == "max" else 0.0)
        """float64; sums where the mean is asked for."""

    def add(self, layer: int, first: int, weights: Floats) -> None:
        """Takes in (heads, rows, keys), whose first row is query `first` of the pooled axis."""
        stop = first + weights.shape[1]
        begin = int(np.searchsorted(self._query_edges, first, "right")) - 1
        end = int(np.searchsorted(self._query_edges, stop, "left"))
        starts = np.maximum(self._query_edges[begin:end] - first, 0)
        rows = self._combine.reduceat(weights, starts, axis=1, dtype=np.float64)
        cells = self._combine.reduceat(rows, self._key_edges[:-1], axis=2)
        target = self.cells[layer, :, begin:end]
        self._combine(target, cells, out=target)

    def result(self) -> Floats:
        counts = np.diff(self._query_edges)[:, None] * np.diff(self._key_edges)
        cells = self.cells / counts if self._how == "mean" else self.cells
        result: Floats = cells.astype(np.float32)
        return result
