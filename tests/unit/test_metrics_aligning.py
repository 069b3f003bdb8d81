"""Alignments: equal units, in order, everything covered once, as many pairs as there can be."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import AnswerTooLarge
from app.metrics import aligning
from app.metrics.aligning import Integers, Line, align_tokens, align_words, common
from app.records import Token

letters = st.text("abc", max_size=30)
CUTS = st.lists(st.integers(1, 40), max_size=12)


def line(text: str, cuts: list[int], special: bool = False) -> Line:
    """A text in tokens that end at these offsets; spaces belong to the token before them."""
    bounds = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    parts = [(start, stop) for start, stop in pairwise(bounds) if text[start:stop].strip()]
    tokens = [
        Token(at, 9, text[start:stop], False, False, at, start, stop, 0, False)
        for at, (start, stop) in enumerate(parts)
    ]
    if special:
        tokens = [Token(0, 1, "[CLS]", True, False, None, 0, 0, 0, True), *tokens]
    return Line(tokens, (text,))


def longest(a: str, b: str) -> int:
    """Length of the longest common subsequence, straight from its definition."""

    @cache
    def of(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return 0
        if a[i] == b[j]:
            return 1 + of(i + 1, j + 1)
        return max(of(i + 1, j), of(i, j + 1))

    return of(0, 0)


@given(letters, letters)
def test_what_is_common_is_equal_in_order_and_as_long_as_can_be(a: str, b: str) -> None:
    found = common(a, b)
    assert all(a[i] == b[j] for i, j in found)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(found))
    assert len(found) == longest(a, b)


@given(letters, letters)
def test_the_same_without_a_table_of_all(a: str, b: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aligning, "TABLE_CELLS", 6)
        assert len(common(a, b)) == longest(a, b)


@given(letters, letters)
def test_an_alignment_covers_both_texts_once_and_in_order(a: str, b: str) -> None:
    one, other = (line(text, list(range(40))) for text in (a, b))
    slots = align_tokens(one, other)
    for side, tokens in ((slots[:, :2], one.tokens), (slots[:, 2:], other.tokens)):
        covered = [at for start, stop in side for at in range(start, stop)]
        assert covered == list(range(len(tokens)))
    for a_start, a_stop, b_start, b_stop in slots:
        if a_stop > a_start and b_stop > b_start:
            assert one.tokens[a_start].text == other.tokens[b_start].text


@given(st.text("ab c", min_size=1, max_size=30).filter(str.strip), CUTS, CUTS)
def test_two_tokenizers_of_one_text_agree_wherever_both_part_it(
    text: str, cuts: list[int], others: list[int]
) -> None:
    a, b = line(text, cuts), line(text, others)
    slots = align_words(a, b)
    for a_start, a_stop, b_start, b_stop in slots:
        assert (a_stop > a_start, b_stop > b_start) == (True, True)
        one = text[a.tokens[a_start].start : a.tokens[a_stop - 1].end]
        other = text[b.tokens[b_start].start : b.tokens[b_stop - 1].end]
        assert one.strip() == other.strip()
    shared = {len(text[: t.end].rstrip()) for t in a.tokens} & {
        len(text[: t.end].rstrip()) for t in b.tokens
    }
    assert len(slots) == len(shared)


def test_one_edited_word_is_the_only_one_without_a_counterpart() -> None:
    big, small = (line(f"too {word} .", [4, len(word) + 5]) for word in ("big", "small"))
    assert align_tokens(big, small).tolist() == [
        [0, 1, 0, 1], [1, 2, 1, 1], [2, 2, 1, 2], [2, 3, 2, 3],
    ]  # fmt: skip


def test_an_added_token_is_no_word_of_the_text() -> None:
    a, b = line("[CLS] a", [6], special=True), line("[CLS] a", [6])
    assert align_words(a, b).tolist() == [[0, 1, 0, 0], [1, 2, 0, 1], [2, 3, 1, 2]]


@pytest.mark.parametrize("align", [align_tokens, align_words])
def test_of_an_axis_without_tokens_nothing_has_a_counterpart(
    align: Callable[[Line, Line], Integers],
) -> None:
    some, none = line("a b", [1, 3]), Line([], ("",))
    assert align(some, none).tolist() == [[0, 1, 0, 0], [1, 2, 0, 0]]
    assert align(none, some).tolist() == [[0, 0, 0, 1], [0, 0, 1, 2]]
    assert align(none, none).tolist() == []


def test_unknown_tokens_of_different_words_are_not_equal() -> None:
    a, b = (
        Line([Token(0, 3, text, False, True, 0, 0, 1, 0, False)], (text,)) for text in ("☃", "☂")
    )
    assert align_tokens(a, b).tolist() == [[0, 1, 0, 0], [1, 1, 0, 1]]


def test_two_long_texts_that_share_nothing_but_letters_are_aligned_in_seconds() -> None:
    a, b = np.random.default_rng(1).integers(0, 50, (2, 8192)).tolist()
    started = perf_counter()
    found = common(a, b)
    assert perf_counter() - started < 10
    assert len(found) > 1000
    assert all(a[i] == b[j] for i, j in found)


def test_what_would_take_longer_is_refused() -> None:
    with pytest.raises(AnswerTooLarge, match="Compare shorter ones"):
        common(range(20_000), range(20_000, 40_000))
