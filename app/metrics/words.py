"""Words instead of tokens: sums over the keys of a word, means over its queries."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from ..records import Floats, Token
from .pooling import Edges, Pool


def word_edges(tokens: Sequence[Token]) -> tuple[int, ...]:
    """Where the words of an axis begin, and its end: word i holds tokens[edges[i]:edges[i + 1]].

    Neighbours of one word number are a word; a token without a number is one of its own. Of an
    axis that is not there nothing begins.
    """
    words = [token.word for token in tokens]
    begins = (
        place
        for place, word in enumerate(words)
        if place == 0 or word is None or word != words[place - 1]
    )
    return (*begins, len(tokens)) if tokens else ()


def merge(
    rows: Iterable[Floats], heads: int, queries: Edges, keys: Edges, *, filled: bool = False
) -> Floats:
    """(heads, words, key words) of rows of tokens (heads, some rows, keys) that follow each other.

    `queries` and `keys` are the edges of the words among these rows and keys. A row of words sums
    to the mean of what the rows of its tokens sum to; `filled`: those of which anything is left.
    """
    sums, first = Pool("mean", 1, heads, queries, keys), 0
    counts = Pool("mean", 1, heads, queries, np.array([0, 1]))
    for part in rows:
        sums.add(0, first, part)
        counts.add(0, first, part.any(-1, keepdims=True) if filled else np.ones_like(part[..., :1]))
        first += part.shape[1]
    merged: Floats = (sums.cells[0] / np.maximum(counts.cells[0], 1)).astype(np.float32)
    return merged


def merge_mask(rows: Iterable[Floats], queries: Edges, keys: Edges) -> Floats:
    """The same of a mask: a word may see a word if any of its tokens may see one of that."""
    pool, first = Pool("max", 1, 1, queries, keys), 0
    for part in rows:
        pool.add(0, first, part)
        first += part.shape[1]
    return pool.result()[0]


def whole_words(tokens: Collection[int], edges: Sequence[int]) -> tuple[int, ...]:
    """The words of which every token is among these."""
    outside = ~np.isin(np.arange(edges[-1]), list(tokens))
    return tuple(np.flatnonzero(~np.logical_or.reduceat(outside, edges[:-1])).tolist())
