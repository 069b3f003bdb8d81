"""Hidden keys against a plain float64 computation."""

import numpy as np
import pytest

from app.metrics.hiding import Hideable, hidden_keys, hide, renormalise
from app.records import Floats, Token

TEXT = "¿Is it, $5 «非» 😀!"
PIECES = ["¿", "Is", "it", ",", "$", "5", "«", "非", "»", "😀", "!"]


def tokens() -> list[Token]:
    found = [Token(0, 1, "[CLS]", True, False, None, 0, 0, 0, True)]
    start = 0
    for piece in PIECES:
        start = TEXT.index(piece, start)
        found.append(
            Token(len(found), 5, piece, False, False, 0, start, start + len(piece), 0, False)
        )
        start += len(piece)
    return [*found, Token(len(found), 2, "[SEP]", True, False, None, 0, 0, 0, True)]


def weights(rows: int = 5, keys: int = 7, total: float = 1.0) -> Floats:
    raw = np.random.default_rng(3).random((2, rows, keys)) ** 8
    shares: Floats = (total * raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    return shares


@pytest.mark.parametrize(
    ("kinds", "hidden"),
    [
        ((), ()),
        (("first",), (0,)),
        (("special",), (0, 12)),
        (("punctuation",), (1, 4, 5, 7, 9, 11)),
        (("first", "special", "punctuation"), (0, 1, 4, 5, 7, 9, 11, 12)),
    ],
)
def test_hides_what_is_named(kinds: tuple[Hideable, ...], hidden: tuple[int, ...]) -> None:
    assert hidden_keys(tokens(), [TEXT], kinds) == hidden


def test_punctuation_is_read_in_the_tokens_own_segment() -> None:
    pair = [
        Token(0, 1, "a", False, False, 0, 0, 1, 0, False),
        Token(1, 2, "!", False, False, 1, 0, 1, 1, False),
    ]
    assert hidden_keys(pair, ["a", "!"], ["punctuation"]) == (1,)


def test_hidden_keys_are_zero_and_others_untouched() -> None:
    whole, shown = weights(), weights()
    hide(shown, (0, 6))
    assert not shown[..., [0, 6]].any()
    np.testing.assert_array_equal(shown[..., 1:6], whole[..., 1:6])


@pytest.mark.parametrize("total", [1.0, 0.6])
def test_the_others_get_their_share_and_the_row_keeps_its_sum(total: float) -> None:
    whole = weights(total=total)
    shown = whole.copy()
    renormalise(shown, (0, 3))
    expected = whole.astype(np.float64)
    expected[..., [0, 3]] = 0
    expected *= whole.sum(-1, keepdims=True, dtype=np.float64) / expected.sum(-1, keepdims=True)
    np.testing.assert_allclose(shown, expected, rtol=1e-6)
    np.testing.assert_allclose(shown.sum(-1), total, rtol=1e-6)


def test_a_row_that_had_only_hidden_keys_stays_zero() -> None:
    causal = np.array([[[1.0, 0.0], [0.25, 0.75]]], np.float32)
    renormalise(causal, (0,))
    np.testing.assert_array_equal(causal, [[[0, 0], [0, 1]]])


def test_almost_nothing_left_is_still_shared_out_exactly() -> None:
    row = np.array([[1.0, 3e-12, 1e-12]], np.float32)
    renormalise(row, (0,))
    np.testing.assert_allclose(row, [[0, 0.75, 0.25]], rtol=1e-6)
