"""Words out of tokens: which there are, and what a row of them sums to."""

import numpy as np
import pytest

from app.metrics.words import merge, merge_mask, whole_words, word_edges
from app.records import Floats, Token


def tokens(*words: int | None) -> list[Token]:
    return [
        Token(index, 9, "a", word is None, False, word, 0, 1, 0, False)
        for index, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        ((None, 0, 0, 1, None), (0, 1, 3, 4, 5)),
        ((None, None, 0), (0, 1, 2, 3)),
        ((0, 0, 0), (0, 3)),
        ((0, None, 0), (0, 1, 2, 3)),
        ((0, 1, 0), (0, 1, 2, 3)),
        ((2,), (0, 1)),
        ((), ()),
    ],
)
def test_neighbours_of_one_number_are_a_word(
    words: tuple[int | None, ...], edges: tuple[int, ...]
) -> None:
    assert word_edges(tokens(*words)) == edges


QUERIES, KEYS = np.array([0, 1, 4, 6]), np.array([0, 3, 4, 9])


def weights() -> Floats:
    raw = np.random.default_rng(0).random((2, 6, 9))
    shares: Floats = (raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    return shares


@pytest.mark.parametrize("step", [1, 2, 4, 6])
def test_keys_are_summed_and_queries_meant_however_the_rows_come(step: int) -> None:
    whole = weights()
    rows = (whole[:, start : start + step] for start in range(0, 6, step))
    merged = merge(rows, 2, QUERIES, KEYS)
    exact = whole.astype(np.float64)
    for query, key in np.ndindex(3, 3):
        block = exact[:, slice(*QUERIES[query : query + 2])][..., slice(*KEYS[key : key + 2])]
        np.testing.assert_allclose(merged[:, query, key], block.sum(2).mean(1), rtol=1e-6)
    np.testing.assert_allclose(merged.sum(-1), 1, atol=1e-6)


@pytest.mark.parametrize("step", [1, 2, 6])
def test_rows_of_which_nothing_is_left_do_not_count_where_that_is_asked(step: int) -> None:
    whole = weights()
    whole[0, 1] = 0
    whole[:, 4:] = 0

    def merged(**how: bool) -> Floats:
        rows = (whole[:, start : start + step] for start in range(0, 6, step))
        return merge(rows, 2, QUERIES, KEYS, **how)

    np.testing.assert_allclose(merged().sum(-1), [[1, 2 / 3, 0], [1, 1, 0]], atol=1e-6)
    np.testing.assert_allclose(merged(filled=True).sum(-1), [[1, 1, 0], [1, 1, 0]], atol=1e-6)


def test_a_text_that_is_one_word_gives_itself_everything() -> None:
    long = np.full((1, 4000, 3000), 1 / 3000, np.float32)
    merged = merge([long[:, :1500], long[:, 1500:]], 1, np.array([0, 4000]), np.array([0, 3000]))
    np.testing.assert_allclose(merged, [[[1]]], atol=1e-6)


def test_a_word_may_see_a_word_if_any_of_its_tokens_may() -> None:
    causal = np.tri(6, 9, dtype=np.float32)[None]
    seen = merge_mask([causal[:, :2], causal[:, 2:]], QUERIES, KEYS)
    np.testing.assert_array_equal(seen[0], [[1, 0, 0], [1, 1, 0], [1, 1, 1]])


def test_a_word_is_hidden_when_all_of_it_is() -> None:
    edges = (0, 1, 3, 4, 6)
    assert whole_words((0, 1, 4, 5), edges) == (0, 3)
    assert whole_words((), edges) == ()
