"""What of one text stands for what of another: equal tokens, or equal words of two tokenizers.

An alignment is an array (slots, 4) of a_start, a_stop, b_start, b_stop: positions of A and of B
that are one unit. Both axes are covered once and in order; what has no counterpart stands in a slot
whose other range is empty.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import AnswerTooLarge
from ..records import Token
from ..stopping import check_wanted
from .words import word_edges

Integers = NDArray[np.int64]
Pairs = list[tuple[int, int]]

MAX_CELLS = 1 << 28
"""Of the comparison of every unit with every other: about two seconds."""
TABLE_CELLS = 1 << 20
"""As many lengths as are held at once."""


@dataclass(frozen=True)
class Line:
    """The positions of an axis, and the segments their offsets count in."""

    tokens: Sequence[Token]
    texts: Sequence[str]

    def text_of(self, token: Token) -> str:
        return self.texts[token.segment][token.start : token.end]


def as_slice(places: Integers) -> Integers | slice:
    """Places that follow each other as a slice, for which nothing has to be gathered."""
    first = int(places[0]) if len(places) else 0
    stop = first + len(places)
    return slice(first, stop) if np.array_equal(places, np.arange(first, stop)) else places


def align_tokens(a: Line, b: Line) -> Integers:
    """Of two texts that one tokenizer read."""
    names, other = ([(token.id, token.text) for token in line.tokens] for line in (a, b))
    return _slots(names, other, np.arange(len(names) + 1), np.arange(len(other) + 1))


def align_words(a: Line, b: Line) -> Integers:
    """Of two texts that two tokenizers may have read.

    Where it is the same text, words that only one of them parts are one unit ("don't").
    """
    edges, other = _edges(a), _edges(b)
    if a.texts == b.texts:
        ends, others = _ends(a, edges), _ends(b, other)
        shared = set(ends) & set(others)
        edges, other = _joined(edges, ends, shared), _joined(other, others, shared)
    return _slots(_names(a, edges), _names(b, other), edges, other)


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> Pairs:
    """Places of a longest common subsequence, in order.

    Raises AnswerTooLarge where so much differs that it would take too long to find.
    """
    codes: dict[Hashable, int] = {}
    one, other = (
        np.array([codes.setdefault(unit, len(codes)) for unit in side], np.int64) for side in (a, b)
    )
    first = _same(one, other)
    last = _same(one[first:][::-1], other[first:][::-1])
    stops = len(one) - last, len(other) - last
    if (stops[0] - first) * (stops[1] - first) > MAX_CELLS:
        raise AnswerTooLarge(
            "These texts differ in too many places to be aligned. Compare shorter ones, or texts "
            "that have more in common."
        )
    middle = _longest(one[first : stops[0]], other[first : stops[1]])
    return [
        *((at, at) for at in range(first)),
        *((first + i, first + j) for i, j in middle),
        *((stops[0] + at, stops[1] + at) for at in range(last)),
    ]


def _same(a: Integers, b: Integers) -> int:
    """How many of the first ones are equal."""
    length = min(len(a), len(b))
    differ = np.flatnonzero(a[:length] != b[:length])
    return int(differ[0]) if len(differ) else length


def _longest(a: Integers, b: Integers) -> Pairs:
    """Hirschberg (1975): halves of `a` against the parts of `b` that suit them best, so that no
    table of every pair is held."""
    if not len(a) or not len(b):
        return []
    if len(a) == 1 or len(a) * len(b) <= TABLE_CELLS:
        return _traced(a, b)
    middle = len(a) // 2
    before, after = _lengths(a[:middle], b), _lengths(a[middle:][::-1], b[::-1])[::-1]
    cut = int(np.argmax(before + after))
    rest = _longest(a[middle:], b[cut:])
    return _longest(a[:middle], b[:cut]) + [(middle + i, cut + j) for i, j in rest]


def _lengths(a: Integers, b: Integers, rows: Integers | None = None) -> Integers:
    """Longest common subsequence of `a` and each beginning of `b`; of each of `a` into `rows`."""
    lengths = np.zeros(len(b) + 1, np.int64)
    for row, unit in enumerate(a, 1):
        check_wanted()
        longer = np.maximum(lengths[1:], lengths[:-1] + (b == unit))
        np.maximum.accumulate(longer, out=lengths[1:])
        if rows is not None:
            rows[row] = lengths
    return lengths


def _traced(a: Integers, b: Integers) -> Pairs:
    rows = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    _lengths(a, b, rows)
    i, j = len(a), len(b)
    found: Pairs = []
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            found.append((i, j))
        elif rows[i - 1, j] >= rows[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return found[::-1]


def _slots(
    a: Sequence[Hashable], b: Sequence[Hashable], a_edges: Integers, b_edges: Integers
) -> Integers:
    """Between two pairs first what only A has, then what only B has."""
    slots: list[tuple[int, int, int, int]] = []
    i = j = 0
    for k, m in [*common(a, b), (len(a), len(b))]:
        slots += ((a_edges[at], a_edges[at + 1], b_edges[j], b_edges[j]) for at in range(i, k))
        slots += ((a_edges[k], a_edges[k], b_edges[at], b_edges[at + 1]) for at in range(j, m))
        if k < len(a):
            slots.append((a_edges[k], a_edges[k + 1], b_edges[m], b_edges[m + 1]))
        i, j = k + 1, m + 1
    return np.array(slots, np.int64).reshape(-1, 4)


def _edges(line: Line) -> Integers:
    """Of its words; an axis without tokens ends where it begins."""
    return np.array(word_edges(line.tokens) or (0,))


def _names(line: Line, edges: Integers) -> list[tuple[bool, str]]:
    """Of each unit its text; an added token is only equal to another added one."""
    return [
        (True, line.tokens[start].text)
        if line.tokens[start].added
        else (False, _text(line, line.tokens[start], line.tokens[stop - 1]).strip())
        for start, stop in pairwise(edges.tolist())
    ]


def _text(line: Line, first: Token, last: Token) -> str:
    return line.texts[first.segment][first.start : max(first.end, last.end)]


def _ends(line: Line, edges: Integers) -> list[tuple[int, int] | None]:
    """Segment and offset at which each word ends; None for what is no part of the text."""
    found: list[tuple[int, int] | None] = []
    for start, stop in pairwise(edges.tolist()):
        first = line.tokens[start]
        text = _text(line, first, line.tokens[stop - 1]).rstrip()
        found.append(None if first.added or not text else (first.segment, first.start + len(text)))
    return found


def _joined(
    edges: Integers,
    ends: Sequence[tuple[int, int] | None],
    shared: set[tuple[int, int] | None],
) -> Integers:
    """Without the edges at which only this text is parted."""
    kept = [
        before is None or after is None or (before in shared and before != after)
        for before, after in pairwise(ends)
    ]
    return edges[[True, *kept, True]] if ends else edges
