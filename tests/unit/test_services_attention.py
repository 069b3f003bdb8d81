"""Every way to ask for weights against one plain computation on the whole array in float64."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.records import AnalysisRequest, Axis, Run
from app.services import attention
from app.services.answer import answer
from app.services.attention import attend
from app.services.choice import Choice
from app.services.selection import Selection, select

from .numpy_engine import NumpyTrace, run_of


def pair_of(run: Run) -> Run:
    """The same with its second half as a second text."""
    tokens = run.tokens["input"]
    halves = tuple(replace(token, segment=int(token.index > len(tokens) // 2)) for token in tokens)
    return replace(run, tokens={"input": halves})


TEXT = "one , two three . four five ! six seven eight"
LENGTH = 13
TRACES = [NumpyTrace(4, LENGTH, seed, causal=seed > 0, sink=1.0) for seed in range(3)]
WORDS = [[0], [1, 2], [3], [4, 5, 6], [7], [8], [9, 10, 11], [12]]


def spoken(run: Run, words: Sequence[Sequence[int]], axis: Axis = "input") -> Run:
    """The run with these indices of tokens as its words; special tokens are in none."""
    number = {index: word for word, indices in enumerate(words) for index in indices}
    tokens = tuple(
        replace(token, word=None if token.special else number[token.index])
        for token in run.tokens["input"][: len(number)]
    )
    return replace(run, tokens={**run.tokens, axis: tokens})


RUN = spoken(pair_of(run_of(TEXT, TRACES)), WORDS)
COUNTS = {"token": LENGTH, "word": len(WORDS)}


def ranges(length: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    starts = st.integers(0, length - 1)
    one = starts.flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, length)))
    return st.lists(one, min_size=1, max_size=3)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def any_choice(length: int) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "layers": maybe(st.lists(st.integers(0, 2), min_size=1, unique=True)),
        "heads": maybe(st.lists(st.integers(0, 3), min_size=1, unique=True)),
        "hide": st.lists(st.sampled_from(["special", "first", "punctuation"]), unique=True),
        "renormalise": st.booleans(),
        "between": maybe(st.sampled_from(["aa", "ab", "ba", "bb"])),
        "keep": maybe(st.sampled_from(["min:0.05", "top:1", "top:4", "mass:0.7", "mass:0.95"])),
        "off": st.lists(st.sampled_from(["special", "first", "punctuation"]), unique=True),
        "queries": maybe(ranges(length)),
        "keys": maybe(ranges(length)),
        "reduce": maybe(st.sampled_from(["mean", "max", "heads-mean", "heads-max"])),
        "size": maybe(st.integers(1, 15)),
        "pool": st.sampled_from(["max", "mean"]),
        "sets": st.lists(st.sampled_from(["queries", "keys"]), unique=True),
    }


choices = st.sampled_from(["token", "word"]).flatmap(
    lambda unit: st.fixed_dictionaries({"unit": st.just(unit), **any_choice(COUNTS[unit])})
)


def selection(run: Run, choice: dict[str, Any]) -> Selection:
    if not choice.get("hide"):
        choice = {**choice, "renormalise": False, "hide": None}
    choice = {**choice, "off": choice.get("off") or None, "sets": choice.get("sets") or None}
    if choice["sets"]:
        parted = {
            axis: choice[axis] and parts(choice[axis]) for axis in choice["sets"] if axis in choice
        }
        choice = {**choice, **parted, "size": None}
    request = AnalysisRequest("tiny", TEXT, TEXT)
    return select(run, request, Choice.model_validate(choice), 10**9)


def parts(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that share no position with one before them."""
    apart: list[tuple[int, int]] = []
    for start, stop in ranges:
        if all(stop <= a or b <= start for a, b in apart):
            apart.append((start, stop))
    return apart


def expected(chosen: Selection) -> NDArray[np.float64]:
    """The contract's steps, one after the other, on all weights at once."""
    weights = np.stack([trace.weights for trace in TRACES]).astype(np.float64)
    if chosen.hidden:
        before = weights.sum(-1, keepdims=True)
        weights[..., list(chosen.hidden)] = 0
        left = weights.sum(-1, keepdims=True)
        if chosen.renormalise:
            weights *= np.divide(before, left, out=np.zeros_like(left), where=left > 0)
    words = WORDS if chosen.unit == "word" else [[index] for index in range(LENGTH)]
    weights = np.stack([weights[..., word].sum(-1) for word in words], axis=-1)
    counts = weights.any(-1, keepdims=True) if chosen.renormalise else np.ones((1, 1, LENGTH, 1))
    weights = np.stack(
        [
            weights[..., word, :].sum(-2) / np.maximum(counts[..., word, :].sum(-2), 1)
            for word in words
        ],
        axis=-2,
    )
    if chosen.between:
        segments = np.array([RUN.tokens["input"][word[0]].segment for word in words])
        asked = [segments == "ab".index(text) for text in chosen.between]
        weights *= np.outer(*asked)
    if chosen.keep:
        weights = kept(weights, str(chosen.keep))
    weights[..., list(chosen.off)] = 0
    weights = weights[list(chosen.layers)][:, list(chosen.heads)]
    weights = np.concatenate([weights[:, :, a:b] for a, b in chosen.queries.ranges], 2)
    weights = np.concatenate([weights[..., a:b] for a, b in chosen.keys.ranges], 3)
    if "queries" in chosen.sets:
        weights = weights.mean(2, keepdims=True)
    if "keys" in chosen.sets:
        weights = weights.sum(3, keepdims=True)
    if chosen.reduce:
        axes = (1,) if chosen.reduce.startswith("heads-") else (0, 1)
        reduced = np.max if chosen.reduce.endswith("max") else np.mean
        weights = reduced(weights, axis=axes, keepdims=True)
    if chosen.pool is None:
        return weights
    rows, columns = chosen.queries.edges, chosen.keys.edges
    pooled = np.empty((*weights.shape[:2], len(rows) - 1, len(columns) - 1))
    for i, j in np.ndindex(pooled.shape[2:]):
        cell = weights[:, :, rows[i] : rows[i + 1], columns[j] : columns[j + 1]]
        pooled[:, :, i, j] = (np.max if chosen.pool == "max" else np.mean)(cell, axis=(2, 3))
    return pooled


def kept(weights: NDArray[np.float64], keep: str) -> NDArray[np.float64]:
    rule, amount = keep.split(":")
    if rule == "min":
        return np.where(weights >= float(amount), weights, 0)
    falling = np.sort(weights, axis=-1)[..., ::-1]
    counts = np.full(weights.shape[:-1], int(float(amount)))
    if rule == "mass":
        short = falling.cumsum(-1) < float(amount) * falling.sum(-1, keepdims=True)
        counts = short.sum(-1) + 1
    places = np.argsort(np.argsort(-weights, axis=-1, kind="stable"), axis=-1)
    return np.where(places < counts[..., None], weights, 0)


@settings(max_examples=300)
@example({"size": 4, "queries": [[2, 11]], "keys": [[3, 13]]}, 1)
@example({"size": 4, "queries": [[2, 11]], "keys": [[3, 13]], "hide": ["punctuation"]}, 60)
@example({"size": 4, "queries": [[2, 11], [0, 5]], "keys": [[3, 13]], "pool": "mean"}, 60)
@example({"hide": ["special"], "renormalise": True, "size": 5}, 60)
@example({"between": "ba", "size": 5, "queries": [[0, 2], [4, 9]], "keep": "min:0.05"}, 60)
@example({"between": "bb", "size": 2, "queries": [[0, 3]]}, 60)
@example({"keep": "top:2", "keys": [[3, 5]], "off": ["special"], "reduce": "mean"}, 1)
@example({"unit": "word", "hide": ["punctuation"], "keep": "top:2", "keys": [[3, 5]]}, 60)
@example({"unit": "word", "size": 3, "queries": [[3, 4], [1, 7]], "reduce": "max"}, 1)
@example({"unit": "word", "hide": ["punctuation"], "renormalise": True, "pool": "mean"}, 60)
@example({"sets": ["queries", "keys"], "queries": [[2, 4], [7, 9]], "keys": [[0, 3]]}, 1)
@example({"unit": "word", "sets": ["queries"], "keep": "top:2", "reduce": "heads-max"}, 60)
@given(choices, st.sampled_from([1, 60, 1 << 22]))
def test_any_choice_equals_the_plain_computation(choice: dict[str, Any], cells: int) -> None:
    chosen = selection(RUN, choice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "CHUNK_CELLS", cells)
        weights = attend(RUN, chosen)
    assert weights.shape == chosen.shape
    assert weights.dtype == np.float32
    np.testing.assert_allclose(weights, expected(chosen), rtol=2e-6, atol=1e-9)


def test_an_answer_changes_nothing_in_the_trace() -> None:
    before = [trace.weights.copy() for trace in TRACES]
    attend(RUN, selection(RUN, {"hide": "special,punctuation", "renormalise": True}))
    attend(RUN, selection(RUN, {"hide": "special", "size": 4}))
    attend(RUN, selection(RUN, {"between": "ab", "keep": "mass:0.5", "off": "special"}))
    for trace, weights in zip(TRACES, before, strict=True):
        np.testing.assert_array_equal(trace.weights, weights)


def test_the_mask_is_one_picture_a_layer() -> None:
    mask = attend(RUN, selection(RUN, {"part": "mask", "queries": "2:5", "keys": "0:1,3:6"}))
    causal = np.tri(LENGTH)[2:5][:, [0, 3, 4, 5]]
    np.testing.assert_array_equal(mask[:, 0], [np.ones((3, 4)), causal, causal])


def test_rows_and_the_sinks_share_make_one() -> None:
    weights = attend(RUN, selection(RUN, {}))
    share = attend(RUN, selection(RUN, {"part": "sink_mass"}))
    assert share.shape == (3, 4, LENGTH, 1)
    np.testing.assert_allclose(weights.sum(-1, keepdims=True) + share, 1, rtol=1e-6)


def test_a_sinks_share_is_left_alone_by_renormalising() -> None:
    weights = attend(RUN, selection(RUN, {"hide": "punctuation", "renormalise": True}))
    share = attend(RUN, selection(RUN, {"part": "sink_mass"}))
    np.testing.assert_allclose(weights.sum(-1, keepdims=True) + share, 1, rtol=1e-6)


def test_the_sinks_share_of_a_word_is_the_mean_of_its_queries() -> None:
    share = attend(RUN, selection(RUN, {"part": "sink_mass", "unit": "word"}))
    sinks = np.stack([trace.sinks for trace in TRACES])
    expected = np.stack([sinks[..., word].mean(-1) for word in WORDS], axis=-1)
    np.testing.assert_allclose(share[..., 0], expected, rtol=1e-6)
    weights = attend(RUN, selection(RUN, {"unit": "word"}))
    np.testing.assert_allclose(weights.sum(-1) + share[..., 0], 1, rtol=1e-6)


def test_the_mask_of_words_is_one_picture_a_layer() -> None:
    asked = {"part": "mask", "unit": "word", "queries": "1:4", "keys": "0:1,3:6"}
    mask = attend(RUN, selection(RUN, asked))
    causal = [[1, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]
    np.testing.assert_array_equal(mask[:, 0], [np.ones((3, 4)), causal, causal])


def test_words_of_two_axes_are_each_axis_own() -> None:
    """As in cross-attention: five tokens of a target look at all of the input."""
    trace = NumpyTrace(4, LENGTH, 0)
    whole = trace.weights[:, :5]
    trace.weights, trace.queries = whole, 5
    run = run_of(TEXT, [trace], "cross")
    run = spoken(spoken(run, WORDS), [[0], [1, 2, 3], [4]], "target")
    run = replace(run, stacks=(replace(run.stacks[0], queries="target"),))
    found = attend(run, selection(run, {"unit": "word", "queries": "1:3"}))
    columns = np.stack([whole[..., word].sum(-1) for word in WORDS], axis=-1)
    rows = [columns[:, 1:4].mean(1), columns[:, 4]]
    np.testing.assert_allclose(found[0], np.stack(rows, axis=1), rtol=1e-6)
    asked = {"queries": "0:2,4:5", "keys": "1:3,12:13", "sets": "queries,keys"}
    found = attend(run, selection(run, asked))
    sums = whole[:, [0, 1, 4]][..., [1, 2, 12]].sum(-1)
    np.testing.assert_allclose(found[0, :, 0, 0], sums.mean(-1), rtol=1e-6)


def test_a_word_is_the_set_of_its_tokens() -> None:
    words = attend(RUN, selection(RUN, {"unit": "word", "queries": "6:7", "keys": "3:4"}))
    asked = {"queries": "9:12", "keys": "4:7", "sets": "queries,keys"}
    found = attend(RUN, selection(RUN, asked))
    np.testing.assert_allclose(found, words, rtol=1e-6)


@pytest.mark.parametrize(("hide", "hidden"), [("special", (0, 7)), ("punctuation", (5,))])
def test_a_word_counts_as_hidden_when_all_of_it_is(hide: str, hidden: tuple[int, ...]) -> None:
    found = answer(RUN, selection(RUN, {"unit": "word", "hide": hide})).description
    assert (found.unit, found.hidden) == ("word", hidden)


@pytest.mark.parametrize(
    ("choice", "hidden"),
    [("first", [0]), ("special", [7]), ("punctuation", [1, 5]), ("first,special", [0, 7])],
)
def test_the_first_word_is_off_as_a_whole_and_others_when_all_of_them_are(
    choice: str, hidden: list[int]
) -> None:
    words = [[0, 1], [2], [3], [4, 5, 6], [7], [8], [9, 10, 11], [12]]
    first, *rest = run_of(TEXT, TRACES).tokens["input"]
    tokens = (replace(first, special=False), *rest)
    run = spoken(replace(RUN, tokens={"input": tokens}), words)
    whole = attend(run, selection(run, {"unit": "word"}))
    found = answer(run, selection(run, {"unit": "word", "off": choice}))
    whole[..., hidden] = 0
    np.testing.assert_array_equal(found.values, whole)
    assert found.description.hidden == tuple(hidden)


def test_words_belong_to_the_text_they_stand_in() -> None:
    whole = attend(RUN, selection(RUN, {"unit": "word"}))
    found = attend(RUN, selection(RUN, {"unit": "word", "between": "ab"}))
    np.testing.assert_array_equal(found[:, :, :4, 4:], whole[:, :, :4, 4:])
    assert not found[:, :, 4:].any()
    assert not found[..., :4].any()


class CountingTrace(NumpyTrace):
    """Says how much was ever asked of it at once."""

    largest = 0

    def block(self, heads: Any, queries: slice, keys: slice, exact: bool = True) -> Any:
        block = super().block(heads, queries, keys, exact)
        self.largest = max(self.largest, block.size)
        return block


@pytest.mark.parametrize(
    "choice",
    [
        {"pool": "mean", "size": 1},
        {"reduce": "mean"},
        {"keep": "top:3", "keys": [[0, 1]]},
        {"sets": ["queries", "keys"]},
        {},
    ],
)
def test_no_more_than_a_chunk_is_built_at_once(
    choice: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "CHUNK_CELLS", 4 * LENGTH * 2)
    trace = CountingTrace(4, LENGTH, 0)
    run = run_of(TEXT, [trace])
    attend(run, selection(run, choice))
    assert trace.largest == 4 * LENGTH * 2


@pytest.mark.parametrize("words", [WORDS, [range(LENGTH)]])
@pytest.mark.parametrize("choice", [{"pool": "mean", "size": 1}, {"size": 4}, {"keep": "top:1"}])
def test_nor_in_words_even_where_the_text_is_one(
    choice: dict[str, Any], words: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "CHUNK_CELLS", 4 * LENGTH * 2)
    trace = CountingTrace(4, LENGTH, 0)
    run = spoken(run_of(TEXT, [trace]), words)
    attend(run, selection(run, {"unit": "word", **choice}))
    assert trace.largest == 4 * LENGTH * 2


def test_a_pooled_overview_builds_no_block() -> None:
    trace = CountingTrace(4, LENGTH, 0)
    run = run_of(TEXT, [trace])
    asked = {"size": 4, "hide": "special", "reduce": "heads-max"}
    attend(run, selection(run, {**asked, "keep": "min:0.1", "off": "first"}))
    assert trace.largest == 0


@pytest.mark.parametrize(
    ("choice", "normalised"),
    [
        ({}, True),
        ({"hide": "special"}, False),
        ({"hide": "special", "renormalise": True}, True),
        ({"reduce": "mean"}, True),
        ({"reduce": "max"}, False),
        ({"part": "mask"}, False),
        ({"between": "aa"}, False),
        ({"keep": "top:3"}, False),
        ({"off": "first"}, False),
    ],
)
def test_says_whether_rows_sum_to_one(choice: dict[str, Any], normalised: bool) -> None:
    assert answer(RUN, selection(RUN, choice)).description.normalised is normalised


@pytest.mark.parametrize("more", [{}, {"size": 3}, {"reduce": "mean"}, {"queries": "0:2,5:6"}])
def test_says_of_which_rows_nothing_is_left(more: dict[str, Any]) -> None:
    hiding = {"hide": "first", "renormalise": True}
    found = answer(RUN, selection(RUN, {**hiding, "unit": "token", **more})).description
    assert (found.normalised, found.empty_rows) == (True, (0,))
    assert (
        answer(RUN, selection(RUN, {**hiding, "layers": "0", **more})).description.empty_rows == ()
    )
    assert answer(RUN, selection(RUN, {"hide": "first", **more})).description.empty_rows == ()


def test_a_word_is_the_mean_of_its_queries_that_have_anything_left() -> None:
    """Its first token sees itself alone, which is hidden."""
    words = [[0, 1], [2], [3], [4, 5, 6], [7], [8], [9, 10, 11], [12]]
    first, *rest = run_of(TEXT, TRACES).tokens["input"]
    run = replace(RUN, tokens={"input": (replace(first, special=False), *rest)})
    run = spoken(run, words)
    traces = {"encoder": tuple(NumpyTrace(4, LENGTH, seed, causal=True) for seed in range(3))}
    run = replace(run, traces=traces)
    found = answer(run, selection(run, {"unit": "word", "hide": "first", "renormalise": True}))
    np.testing.assert_allclose(found.values.sum(-1), 1, atol=1e-6)
    assert (found.description.normalised, found.description.empty_rows) == (True, ())


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int8"])
def test_the_dtype_says_how_exact_it_is(dtype: str) -> None:
    exact = attend(RUN, selection(RUN, {}))
    got = answer(RUN, selection(RUN, {"dtype": dtype}))
    assert got.values.dtype == dtype
    assert got.description.approximate is (dtype != "float32")
    assert (got.description.scale is None) is dtype.startswith("float")
    steps = {"uint8": 255, "int8": 127}.get(dtype)
    values = got.values if steps is None else (got.values / steps) ** 2
    np.testing.assert_allclose(values, exact, atol=0 if dtype == "float32" else 0.008)
