"""What is left in sight against a plain float64 computation, row by row."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from app.metrics.keeping import KEEP, outside, read_keep
from app.records import Floats, Token

some = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 12)),
    elements=st.sampled_from([0, 0.1, 0.1, 0.25, 1e-7]) | st.floats(0, 1, width=32),
)
"""With zeros, as a mask leaves them, and ties."""


def kept(weights: Floats, keep: str) -> Floats:
    left = weights.copy()
    read_keep(keep).apply(left)
    return left


@given(st.from_regex(KEEP, fullmatch=True, alphabet=st.characters(codec="ascii")))
@example("min:.00000123456789012")
@example("min:1.000000001e-1")
@example("mass:1.0")
@example("min:0")
def test_a_rule_that_was_read_is_spelled_so_that_it_is_read_again(keep: str) -> None:
    found = read_keep(keep)
    assert read_keep(str(found)) == found
    assert found.rule == "top" or (0 <= found.amount <= 1)
    assert found.rule != "mass" or found.amount > 0


def strongest(row: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The row with only its `count` largest, the earlier of equal ones first."""
    order = sorted(range(len(row)), key=lambda at: (-row[at], at))[:count]
    return np.array([weight if at in order else 0 for at, weight in enumerate(row)])


@given(some, st.integers(1, 14))
@example(np.array([[[0.5, 0.5, 0.5, 0]]], np.float32), 2)
@example(np.zeros((1, 2, 3), np.float32), 1)
def test_top_leaves_the_strongest_keys_of_each_row(weights: Floats, count: int) -> None:
    left = kept(weights, f"top:{count}")
    assert np.count_nonzero(left, axis=-1).max() <= count
    rows = weights.astype(np.float64).reshape(-1, weights.shape[-1])
    expected = [strongest(row, count) for row in rows]
    np.testing.assert_array_equal(left.reshape(rows.shape), expected)


@given(some, st.floats(0.01, 1))
@example(np.full((1, 1, 10), 0.1, np.float32), 0.7)
@example(np.array([[[0.5, 0, 0.5]]], np.float32), 0.5)
@example(np.zeros((1, 2, 3), np.float32), 0.5)
def test_mass_is_reached_by_the_fewest_keys(weights: Floats, share: float) -> None:
    rows = weights.astype(np.float64).reshape(-1, weights.shape[-1])
    for row, left in zip(rows, kept(weights, f"mass:{share:.6f}").reshape(rows.shape), strict=True):
        count = int(np.count_nonzero(left))
        np.testing.assert_array_equal(left, strongest(row, count))
        wanted = round(share, 6) * row.sum()
        assert strongest(row, count).sum() >= wanted * (1 - 1e-8)
        assert strongest(row, count - 1).sum() < wanted or not wanted


def test_ten_equal_keys_give_seven_tenths_with_seven() -> None:
    left = kept(np.full((1, 1, 10), 0.1, np.float32), "mass:0.7")
    np.testing.assert_array_equal(left > 0, [[[True] * 7 + [False] * 3]])


@given(some, st.floats(0, 1))
def test_min_leaves_weights_of_at_least_this(weights: Floats, least: float) -> None:
    left = kept(weights, f"min:{least:.6f}")
    shown = weights.astype(np.float64) >= np.float32(f"{least:.6f}")
    np.testing.assert_array_equal(left, np.where(shown, weights, 0))


def test_a_weight_that_is_the_threshold_is_left() -> None:
    row = np.array([[[0.1, 0.7, 0.05]]], np.float32)
    np.testing.assert_array_equal(kept(row, "min:0.1"), np.array([[[0.1, 0.7, 0]]], np.float32))


@pytest.mark.parametrize("keep", ["min:0", "mass:1", "top:7"])
def test_all_that_is_asked_for_is_left(keep: str) -> None:
    weights = np.random.default_rng(5).dirichlet(np.full(7, 0.2), (2, 5)).astype(np.float32)
    weights[weights < 1e-12] = 0  # less than float64 adds to 1
    np.testing.assert_array_equal(kept(weights, keep), weights)


def test_tokens_of_the_other_text_are_outside() -> None:
    pair = [Token(at, 9, "a", False, False, at, 0, 1, at // 2, False) for at in range(4)]
    assert (outside(pair, "a"), outside(pair, "b")) == ((2, 3), (0, 1))
