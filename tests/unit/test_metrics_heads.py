"""Measures of heads against a plain float64 computation, cell by cell."""

import math

import numpy as np
import pytest

from app.metrics.heads import Tally
from app.records import Floats


def weights(seed: int, keys: int = 9, total: float = 1.0) -> Floats:
    raw = np.tril(np.random.default_rng(seed).random((3, keys, keys)) ** 6)
    rows: Floats = (total * raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    return rows


def tallied(rows: Floats, *chunks: range, groups: tuple[list[int], ...] = ()) -> Tally:
    tally = Tally(len(rows), groups)
    for chunk in chunks:
        tally.add(np.array(chunk), rows[:, list(chunk)])
    return tally


@pytest.mark.parametrize("total", [1.0, 0.6])
@pytest.mark.parametrize("chunks", [[range(9)], [range(4), range(4, 9)], [range(2, 9, 3)]])
def test_every_measure_equals_the_sum_over_its_cells(total: float, chunks: list[range]) -> None:
    rows = weights(1, total=total)
    tally = tallied(rows, *chunks, groups=([0], [3, 7], []))
    queries = [query for chunk in chunks for query in chunk]
    for head, row in enumerate(rows.tolist()):
        cells = [(q, k, row[q][k]) for q in queries for k in range(9)]
        entropy = -sum(w * math.log2(w) for *_, w in cells if w) / len(queries)
        distance = sum(w * abs(q - k) for q, k, w in cells) / sum(w for *_, w in cells)
        itself = sum(w for q, k, w in cells if q == k) / len(queries)
        shares = [sum(w for _, k, w in cells if k in of) / len(queries) for of in ([0], [3, 7], [])]
        assert tally.entropy[head] == pytest.approx(entropy, rel=1e-12)
        assert tally.distance[head] == pytest.approx(distance, rel=1e-12)
        assert tally.itself[head] == pytest.approx(itself, rel=1e-12)
        assert tally.shares[:, head] == pytest.approx(shares, rel=1e-12)


def test_heads_whose_measures_are_known() -> None:
    even = np.full((8, 8), 1 / 8)
    before = np.eye(8, k=-1)
    before[0, 0] = 1
    tally = tallied(np.array([even, np.eye(8), before], np.float32), range(8), groups=([0],))
    np.testing.assert_allclose(tally.entropy, [3, 0, 0], rtol=1e-12)
    np.testing.assert_allclose(tally.distance, [2.625, 0, 7 / 8], rtol=1e-12)
    np.testing.assert_allclose(tally.itself, [1 / 8, 1, 1 / 8], rtol=1e-12)
    np.testing.assert_allclose(tally.shares, [[1 / 8, 1 / 8, 2 / 8]], rtol=1e-12)


def test_a_head_without_weight_has_no_distance_and_looks_nowhere() -> None:
    tally = tallied(np.zeros((1, 4, 4), np.float32), range(4), groups=([0, 3],))
    assert np.isnan(tally.distance).all()
    assert not np.any([tally.entropy, tally.itself, tally.shares[0]])


def test_a_weight_that_is_rounded_above_1_does_not_make_entropy_negative() -> None:
    above = np.nextafter(np.float32(1), np.float32(2))
    tally = tallied(np.full((1, 1, 1), above), range(1))
    assert tally.entropy == 0
