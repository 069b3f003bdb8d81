"""Blocks and pooled cells of random attention, against the formula in float64 numpy."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import masking_utils as rules

from app.engine import masks, pooling, tiles
from app.engine.capture import Site
from app.engine.kernels import Scores, attend
from app.engine.masks import Causal, Dense, Full, Mask, Recipe
from app.engine.trace import QKVTrace, WeightsTrace
from app.records import Bins

from .conftest import ALL

LENGTH, HEADS, KV_HEADS, WIDTH = 23, 6, 2, 4
Doubles = NDArray[np.float64]


def _recipe(rule: Callable[..., Tensor | bool], padding: slice = slice(0, 0)) -> Recipe:
    unpadded = torch.ones(1, LENGTH, dtype=torch.bool)
    unpadded[:, padding] = False
    return Recipe(
        mask_function=rule,
        batch_size=1,
        q_length=LENGTH,
        kv_length=LENGTH,
        attention_mask=unpadded,
        local_size=5,
    )


def _with_gaps(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
    return ((query * key) % 3 != 1) & (key <= query + 2)


def _scattered() -> Tensor:
    seen = torch.rand(1, 1, LENGTH, LENGTH, generator=torch.Generator().manual_seed(1)) < 0.4
    return seen | torch.eye(LENGTH, dtype=torch.bool)


MASKS: dict[str, Callable[[], Mask]] = {
    "full": Full,
    "causal": Causal,
    "window": lambda: _recipe(rules.sliding_window_causal_mask_function(5)),
    "window on both sides": lambda: _recipe(rules.sliding_window_bidirectional_mask_function(3)),
    "chunks": lambda: _recipe(
        rules.chunked_causal_mask_function(5, torch.zeros(1, dtype=torch.long))
    ),
    "padded on the left": lambda: _recipe(rules.causal_mask_function, slice(0, 4)),
    "padded on the right": lambda: _recipe(rules.bidirectional_mask_function, slice(19, None)),
    "gaps": lambda: _recipe(_with_gaps),
    "array": lambda: Dense(_scattered()),
}
EXTRAS: dict[str, dict[str, object]] = {
    "plain": {},
    "soft cap": {"softcap": 1.5},
    "sink": {"sink": torch.linspace(-1, 2, HEADS)},
    "bias": {"bias": torch.sin(torch.arange(HEADS * LENGTH**2)).view(1, HEADS, LENGTH, LENGTH)},
    "shared bias": {"bias": torch.cos(torch.arange(LENGTH**2)).view(1, 1, LENGTH, LENGTH)},
}


def _made(mask: str, extra: str) -> tuple[QKVTrace, Doubles]:
    """A trace as the attention function leaves it, and its weights by the formula."""
    random = torch.Generator().manual_seed(len(mask) * 7 + len(extra))
    shapes = ((HEADS, WIDTH), (KV_HEADS, WIDTH), (KV_HEADS, WIDTH))
    query, key, value = (
        2 * torch.randn(1, heads, LENGTH, width, generator=random) for heads, width in shapes
    )
    scores = Scores(scaling=0.3, mask=MASKS[mask](), **EXTRAS[extra])  # type: ignore[arg-type]
    output, lse, kernel = attend(query, key, value, scores)
    site = Site(nn.Identity(), query, key, value, scores, lse, output, kernel, None, {})
    weights = _by_the_formula(query, key, scores)
    values = value[0].repeat_interleave(HEADS // KV_HEADS, dim=0).double().numpy()
    seeing = weights.sum(axis=-1) > 0
    np.testing.assert_allclose(output[0].numpy()[seeing], (weights @ values)[seeing], atol=1e-5)
    return QKVTrace(site), weights


def _by_the_formula(query: Tensor, key: Tensor, scores: Scores) -> Doubles:
    keys = key[0].repeat_interleave(HEADS // KV_HEADS, dim=0).double().numpy()
    logits = scores.scaling * query[0].double().numpy() @ keys.swapaxes(1, 2)
    if scores.bias is not None:
        logits = logits + scores.bias[0].double().numpy()
    if scores.softcap is not None:
        logits = scores.softcap * np.tanh(logits / scores.softcap)
    raw = np.exp(logits) * _seen(scores.mask)
    total = raw.sum(axis=-1, keepdims=True)
    if scores.sink is not None:
        total = total + np.exp(scores.sink.double().numpy())[:, None, None]
    weights: Doubles = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    return weights


def _seen(mask: Mask) -> NDArray[np.bool_]:
    """Pair by pair, by the rule itself."""
    if isinstance(mask, Dense):
        return mask.array[0, 0].numpy()
    if not isinstance(mask, Recipe):
        ones = np.ones((LENGTH, LENGTH), bool)
        return np.tril(ones) if mask.kind == "causal" else ones
    zero, positions = torch.tensor(0), torch.arange(LENGTH)
    rule = mask._call["mask_function"](zero, zero, positions[:, None], positions[None])
    seen: NDArray[np.bool_] = (rule & mask._call["attention_mask"]).numpy()
    return seen


MADE = {(mask, extra): _made(mask, extra) for mask in MASKS for extra in EXTRAS}


@st.composite
def bins(draw: st.DrawFn) -> Bins:
    """Bins of unequal size, some empty, over positions in any order of ranges."""
    starts = draw(st.lists(st.integers(0, LENGTH - 1), min_size=1, max_size=3))
    ranges = [(start, draw(st.integers(start + 1, LENGTH))) for start in starts]
    positions = np.concatenate([np.arange(*one) for one in ranges])
    inner = st.lists(st.integers(0, len(positions)), max_size=6)
    edges = [0, *sorted(draw(inner)), len(positions)]
    return Bins(positions, np.array(edges))


def _filled(some: Bins) -> Bins:
    """Queries are never hidden, so each of their bins holds some."""
    return Bins(some.positions, np.unique(some.edges))


def _pooled(weights: Doubles, queries: Bins, keys: Bins) -> Doubles:
    rows, columns = (
        [some.positions[a:b] for a, b in pairwise(some.edges)] for some in (queries, keys)
    )
    cells = [[weights[:, a][:, :, b].max((1, 2), initial=0) for b in columns] for a in rows]
    return np.moveaxis(np.array(cells), -1, 0)


heads = st.just(ALL) | st.lists(st.integers(0, HEADS - 1), min_size=1, unique=True)


@settings(max_examples=300)
@given(
    st.sampled_from(list(MADE)),
    heads,
    bins().map(_filled),
    bins(),
    st.tuples(st.integers(1, 9), st.integers(1, 200), st.integers(1, 9)),
)
def test_pooled_cells_hold_the_largest_weight_of_the_formula(
    made: tuple[str, str],
    heads: slice | list[int],
    queries: Bins,
    keys: Bins,
    sizes: tuple[int, int, int],
) -> None:
    trace, weights = MADE[made]
    expected = _pooled(weights[heads], queries, keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling, "ROWS", sizes[0])
        patch.setattr(tiles, "CELLS", sizes[1])
        patch.setattr(pooling, "WIDEST", sizes[2])
        for exact in (True, False):
            found = trace.pooled_max(heads, queries, keys, exact)
            np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


@given(st.sampled_from(list(MADE)), heads, st.data())
def test_any_block_is_that_of_the_formula(
    made: tuple[str, str], heads: slice | list[int], data: st.DataObject
) -> None:
    trace, weights = MADE[made]
    ends = st.lists(st.integers(0, LENGTH), min_size=2, max_size=2, unique=True).map(sorted)
    rows, columns = slice(*data.draw(ends)), slice(*data.draw(ends))
    for exact in (True, False):
        block = trace.block(heads, rows, columns, exact)
        np.testing.assert_allclose(block, weights[heads][:, rows, columns], rtol=0, atol=2e-6)


@given(bins().map(_filled), bins())
def test_kept_weights_pool_the_same(queries: Bins, keys: Bins) -> None:
    _, weights = MADE["causal", "plain"]
    trace = WeightsTrace(torch.from_numpy(weights).float())
    found = trace.pooled_max(ALL, queries, keys)
    np.testing.assert_allclose(found, _pooled(weights, queries, keys), rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", MASKS)
def test_no_key_is_seen_outside_of_what_a_mask_reaches(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masks, "CHUNK", 7)
    mask = MASKS[name]()
    seen = _seen(mask)
    positions = torch.arange(LENGTH)
    np.testing.assert_array_equal(mask.allowed(ALL, positions, positions)[0, 0], seen)
    for rows in (positions, positions[5:9], positions[[2, 11, 17]], positions[:1]):
        some, every = mask.reach(ALL, rows, LENGTH)
        outside = np.ones(LENGTH, bool)
        outside[some] = False
        assert some.stop > some.start
        assert not seen[rows.numpy()][:, outside].any()
        assert every.stop <= every.start or seen[rows.numpy()][:, every].all()


def test_all_keys_hidden_leave_nothing() -> None:
    trace, _ = MADE["causal", "plain"]
    nothing = Bins(np.arange(0), np.zeros(4, np.int64))
    whole = Bins(np.arange(LENGTH), np.array([0, 9, LENGTH]))
    assert trace.pooled_max([1], whole, nothing).tolist() == [[[0.0] * 3] * 2]


def test_drawing_sums_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    trace, _ = _made("causal", "plain")
    whole = Bins(np.arange(LENGTH), np.array([0, 9, LENGTH]))
    monkeypatch.setattr(QKVTrace, "_totals", None)
    assert trace.block(ALL, ALL, ALL, exact=False).shape == (HEADS, LENGTH, LENGTH)
    assert trace.pooled_max(ALL, whole, whole, exact=False).shape == (HEADS, 2, 2)
