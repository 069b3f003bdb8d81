"""The words of an axis: the tokens that each is made of, and how a person reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from ..engine.labels import spell
from ..metrics.words import word_edges
from ..records import Token
from .choice import Unit, integers

Span = Annotated[tuple[int, int], integers(2)]


@dataclass(frozen=True, slots=True)
class Word:
    """One position of unit=word; its number is its place in the list."""

    text: str
    """As it stands in the text, without white space around, by the rules of the tokens' labels."""
    tokens: Span
    """[start, stop)"""


def spans_of(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """The tokens [start, stop) of each word."""
    return tuple(pairwise(word_edges(tokens)))


def words_of(tokens: Sequence[Token], texts: Sequence[str]) -> tuple[Word, ...]:
    """`texts` are the segments that offsets count in."""
    return tuple(Word(_name(tokens[slice(*span)], texts), span) for span in spans_of(tokens))


def names(tokens: Sequence[Token], texts: Sequence[str], unit: Unit) -> list[str]:
    """What each position of the unit is called."""
    named = words_of(tokens, texts) if unit == "word" else tokens
    return [each.text for each in named]


def _name(tokens: Sequence[Token], texts: Sequence[str]) -> str:
    first, last = tokens[0], tokens[-1]
    text = texts[first.segment][first.start : last.end].strip()
    if first.word is None or not text:
        return "".join(token.text for token in tokens)
    return spell(text)
