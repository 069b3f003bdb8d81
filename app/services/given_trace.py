"""The trace of weights that were computed elsewhere: a numpy array, read as any other trace is"""

import numpy as np

from ..records import Bins, Bools, Floats


class GivenTrace:
    """Weights (heads, queries, keys) of one layer."""

    def __init__(self, weights: Floats) -> None:
        self.weights = weights
        self.heads, self.queries, self.keys = weights.shape

    def block(
        self, heads: slice | list[int], queries: slice, keys: slice, exact: bool = True
    ) -> Floats:
        del exact
        return self.weights[:, queries, keys][heads].copy()

    def pooled_max(
        self, heads: slice | list[int], queries: Bins, keys: Bins, exact: bool = True
    ) -> Floats:
        del exact
        chosen = self.weights[heads][:, queries.positions[:, None], keys.positions]
        rows = np.maximum.reduceat(chosen, queries.edges[:-1], axis=1)
        filled = np.diff(keys.edges) > 0
        cells = np.zeros((*rows.shape[:2], len(filled)), np.float32)
        if filled.any():
            cells[..., filled] = np.maximum.reduceat(rows, keys.edges[:-1][filled], axis=2)
        return cells

    def allowed(self, queries: slice, keys: slice) -> Bools:
        """Where any head put weight: all that weights tell of the mask."""
        seen: Bools = np.any(self.weights[:, queries, keys] > 0, axis=0)
        return seen

    def sink_mass(self, heads: slice | list[int], queries: slice) -> Floats:
        return np.zeros(self.weights[:, queries][heads].shape[:2], np.float32)
