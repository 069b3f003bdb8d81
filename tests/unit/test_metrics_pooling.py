"""Pooling against cells cut out one by one in float64."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metrics.pooling import Edges, Pool, Pooling, even_edges
from app.records import Floats

SHAPE = (2, 3, 17, 11)


def random_weights() -> Floats:
    return np.random.default_rng(1).random(SHAPE, np.float32)


def reference(weights: Floats, how: Pooling, query_edges: Edges, key_edges: Edges) -> Floats:
    shape = (*weights.shape[:2], len(query_edges) - 1, len(key_edges) - 1)
    cells = np.empty(shape, np.float32)
    for i, j in np.ndindex(shape[2:]):
        cell = weights[
            ...,
            query_edges[i] : query_edges[i + 1],
            key_edges[j] : key_edges[j + 1],
        ].astype(np.float64)
        cells[..., i, j] = cell.max((-1, -2)) if how == "max" else cell.mean((-1, -2))
    return cells


@given(st.integers(1, 9000), st.integers(1, 9000))
def test_bins_are_even_and_cover_everything(length: int, size: int) -> None:
    edges = even_edges(length, size)
    widths = np.diff(edges)
    assert (edges[0], edges[-1], len(widths)) == (0, length, min(size, length))
    assert widths.min() >= 1
    assert widths.max() - widths.min() <= 1
    count = len(widths)
    assert edges.tolist() == [i * length // count for i in range(count + 1)]


@pytest.mark.parametrize("how", ["max", "mean"])
@pytest.mark.parametrize("size", [1, 2, 5, 11, 16, 99])
@pytest.mark.parametrize("step", [1, 4, 17])
def test_pool_in_steps_of_rows(how: Pooling, size: int, step: int) -> None:
    weights = random_weights()
    query_edges, key_edges = even_edges(SHAPE[2], size), even_edges(SHAPE[3], size)
    pool = Pool(how, SHAPE[0], SHAPE[1], query_edges, key_edges)
    for first in reversed(range(0, SHAPE[2], step)):
        for layer in range(SHAPE[0]):
            pool.add(layer, first, weights[layer, :, first : first + step])
    expected = reference(weights, how, query_edges, key_edges)
    np.testing.assert_allclose(pool.result(), expected, rtol=1e-6)
    assert pool.result().dtype == np.float32
