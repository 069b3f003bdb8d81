"""Keys taken out of sight, such as the separators that soak up what a head does not use."""

import unicodedata
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from ..records import Floats, Token

Hideable = Literal["special", "first", "punctuation"]


def hidden_keys(
    tokens: Sequence[Token], texts: Sequence[str], kinds: Collection[Hideable]
) -> tuple[int, ...]:
    """Indices of the keys that `kinds` name; `texts` are the segments the offsets count in."""
    return tuple(
        token.index
        for token in tokens
        if ("special" in kinds and token.special)
        or ("first" in kinds and token.index == 0)
        or ("punctuation" in kinds and _is_punctuation(token, texts))
    )


def hide(weights: Floats, hidden: Sequence[int]) -> None:
    """Sets the hidden keys of (..., keys) to 0, in place."""
    weights[..., list(hidden)] = 0


def renormalise(weights: Floats, hidden: Sequence[int]) -> None:
    """Hides keys of whole rows (..., all keys) in place and gives their share to the others.

    Each row keeps its sum, so what went to a sink logit stays there; a row of which nothing is
    left stays 0.
    """
    before = weights.sum(-1, keepdims=True, dtype=np.float64)
    hide(weights, hidden)
    left = weights.sum(-1, keepdims=True, dtype=np.float64)
    weights *= np.divide(before, left, out=np.zeros_like(before), where=left > 0)


def _is_punctuation(token: Token, texts: Sequence[str]) -> bool:
    """By Unicode, and the ASCII symbols that tokenizers split off like punctuation."""
    if token.added:
        return False
    piece = texts[token.segment][token.start : token.end].strip()
    return bool(piece) and all(
        unicodedata.category(char).startswith("P") or (char.isascii() and not char.isalnum())
        for char in piece
    )
