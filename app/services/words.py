"""The words of an axis: the tokens that each is made of, and how a person reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from ..engine.labels import spell
from ..metrics.words import word_edges
from ..records import Token
from .choice import integers


@dataclass(slots=True)
class Word:
    """One position of unit=word; its number is its place in the list."""

    text: str
    """As it stands in the text, by the rules of the tokens' labels but for white space around."""
    tokens: Annotated[tuple[int, int], integers(2)]
    """[start, stop)"""
    start: int
    end: int
    """In code points of its segment's text, as those of tokens; without white space around."""


def words_of(tokens: Sequence[Token], texts: Sequence[str]) -> tuple[Word, ...]:
    """`texts` are the segments that offsets count in."""
    return tuple(_word(tokens[start:stop], texts) for start, stop in pairwise(word_edges(tokens)))


def _word(tokens: Sequence[Token], texts: Sequence[str]) -> Word:
    first, last = tokens[0], tokens[-1]
    span = first.index, last.index + 1
    piece = texts[first.segment][first.start : last.end]
    text = piece.strip()
    if first.word is None or not text:
        return Word("".join(token.text for token in tokens), span, first.start, last.end)
    start = first.start + len(piece) - len(piece.lstrip())
    return Word(spell(text), span, start, start + len(text))
