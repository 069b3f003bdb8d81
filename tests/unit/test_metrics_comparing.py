"""Differences between heads against their formulas, in plain float64."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metrics.comparing import Tally, evenly, jensen_shannon, spread
from app.records import Floats


def rows_of(seed: int, shape: tuple[int, ...], total: float = 1.0) -> Floats:
    raw = np.random.default_rng(seed).random(shape) ** 4
    raw[..., 0] = 0
    rows: Floats = (total * raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    return rows


def divergence(a: Floats, b: Floats) -> float:
    """Of two rows, term by term, with what they lack of 1 as a last key."""
    p, q = ([*row.tolist(), max(0.0, 1 - float(row.sum(dtype=np.float64)))] for row in (a, b))
    total = 0.0
    for x, y in zip(p, q, strict=True):
        middle = (x + y) / 2
        total += sum(z * math.log2(z / middle) / 2 for z in (x, y) if z > 0)
    return total


@given(st.integers(0, 99), st.sampled_from([1.0, 0.4]), st.sampled_from([1.0, 0.7]))
def test_the_divergence_is_that_of_its_formula(seed: int, one: float, other: float) -> None:
    a, b = rows_of(seed, (2, 3, 9), one), rows_of(seed + 1, (2, 3, 9), other)
    found = jensen_shannon(a, b)
    for place in np.ndindex(found.shape):
        assert found[place] == pytest.approx(divergence(a[place], b[place]), abs=1e-9)


@given(st.integers(0, 99))
def test_it_is_symmetric_within_one_bit_and_0_for_equals(seed: int) -> None:
    a, b = rows_of(seed, (4, 7)), rows_of(seed + 1, (4, 7))
    np.testing.assert_allclose(jensen_shannon(a, b), jensen_shannon(b, a), atol=1e-12)
    assert (jensen_shannon(a, b) <= 1).all()
    np.testing.assert_array_equal(jensen_shannon(a, a), 0)


def test_rows_that_share_no_key_differ_by_one_bit() -> None:
    a, b = np.eye(4, dtype=np.float32)[:2]
    assert jensen_shannon(a, b) == 1


@pytest.mark.parametrize("heads", [1, 5])
def test_a_tally_is_the_mean_over_what_both_have_however_the_rows_come(heads: int) -> None:
    a, b = rows_of(1, (2, heads, 8, 9)), rows_of(2, (2, 5, 8, 9))
    queries, keys = np.array([0, 2, 3, 7]), np.array([1, 2, 5])
    tally = Tally(queries, keys)
    for slots in (np.arange(0, 3), np.arange(3, 8)):
        tally.add(slots, a[:, :, slots], b[:, :, slots])
    ours, theirs = (side[:, :, queries][..., keys].astype(np.float64) for side in (a, b))
    mean_abs, jsd = tally.mean_abs(), tally.jsd()
    assert mean_abs is not None
    assert jsd is not None
    np.testing.assert_allclose(mean_abs, np.abs(ours - theirs).mean((2, 3)), rtol=1e-6)
    both = np.broadcast_arrays(ours, theirs)
    by_row = [
        [[divergence(*(side[l, h, q] for side in both)) for q in range(4)] for h in range(5)]
        for l in range(2)  # noqa: E741
    ]
    np.testing.assert_allclose(jsd, np.mean(by_row, axis=2), rtol=1e-6)


def test_where_nothing_is_shared_there_is_no_number() -> None:
    tally = Tally(np.array([], int), np.array([1]))
    tally.add(np.arange(2), rows_of(1, (1, 1, 2, 3)), rows_of(2, (1, 1, 2, 3)))
    assert (tally.mean_abs(), tally.jsd()) == (None, None)


def test_keys_stand_at_their_places() -> None:
    weights = rows_of(3, (2, 3))
    wide = spread(weights, np.array([0, 2, 4]), 5)
    np.testing.assert_array_equal(wide[:, [0, 2, 4]], weights)
    np.testing.assert_array_equal(wide[:, [1, 3]], 0)


@given(st.integers(1, 9000), st.integers(1, 400))
def test_sampled_places_are_even_and_different(count: int, most: int) -> None:
    places = evenly(count, most)
    assert len(places) == min(count, most)
    assert len(set(places.tolist())) == len(places)
    assert places[0] >= 0
    assert places[-1] < count
