"""Tokens of weights from elsewhere: strings as a tokenizer spells them, or its encoding"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.labels import label
from ..errors import InvalidRequest
from ..records import Token

_SPECIAL = re.compile(
    r"\[(CLS|SEP|PAD|MASK|BOS|EOS|UNK)\]|</?s>|<\|[^|]+\|>"
    r"|<(bos|eos|pad|unk|mask|cls|sep|start_of_turn|end_of_turn)>"
)
_UNKNOWN = re.compile(r"\[UNK\]|<unk>")
_MARK = "␣"
"""A leading space, as labels show it."""
_PIECE = "##"


@dataclass(frozen=True)
class Line:
    """One axis as it was given; every list is as long as the axis."""

    spellings: Sequence[str]
    words: Sequence[int | None] | None = None
    segments: Sequence[int] | None = None


@dataclass(frozen=True)
class Written:
    """The tokens of an axis, and the texts that their offsets count in."""

    tokens: tuple[Token, ...]
    texts: tuple[str, ...]


def line_of(tokens: Any, batch: int | None) -> Line | None:
    """A list of strings, or the encoding of a fast tokenizer. Raises InvalidRequest."""
    if tokens is None:
        return None
    if hasattr(tokens, "word_ids") and hasattr(tokens, "sequence_ids"):
        return _encoded(tokens, batch or 0)
    listed = isinstance(tokens, Iterable) and not isinstance(tokens, str)
    if not listed or not all(isinstance(token, str) for token in tokens):
        raise InvalidRequest(
            "Tokens are a list of strings, one for every position: "
            "tokenizer.convert_ids_to_tokens(ids) gives them."
        )
    return Line([str(token) for token in tokens])


def positions(length: int) -> Line:
    """The names of tokens that nobody named."""
    return Line([str(index) for index in range(length)])


def written(line: Line) -> Written:
    """Tokens with labels as every page has them, and a text that they stand in."""
    byte_level = any(spelling.startswith("Ġ") for spelling in line.spellings)
    labels = [label(spelling, byte_level) for spelling in line.spellings]
    texts, tokens = ["", ""], []
    for index, (text, piece) in enumerate(zip(labels, _pieces(labels), strict=True)):
        segment = line.segments[index] if line.segments else 0
        special = _SPECIAL.fullmatch(line.spellings[index]) is not None
        own = "" if special else piece if texts[segment] else piece.lstrip()
        start = len(texts[segment]) + len(own) - len(own.lstrip())
        texts[segment] += own
        word = None if special else line.words[index] if line.words else index
        unknown = _UNKNOWN.fullmatch(line.spellings[index]) is not None
        end = len(texts[segment])
        tokens.append(Token(index, 0, text, special, unknown, word, start, end, segment, special))
    return Written(tuple(tokens), tuple(texts) if line.segments else (texts[0],))


def _pieces(labels: Sequence[str]) -> Iterator[str]:
    """What each adds to the text: a space before it where its vocabulary marks one, or has no mark
    but that of what goes on."""
    marks = any(text.startswith(_MARK) for text in labels)
    for text in labels:
        if text.startswith(_PIECE) and len(text) > len(_PIECE):
            yield text.removeprefix(_PIECE)
        elif marks:
            yield text.replace(_MARK, " ")
        else:
            yield f" {text}"


def _encoded(encoding: Any, batch: int) -> Line:
    """Its words and texts too; words of two texts are told apart."""
    try:
        spellings, words = encoding.tokens(batch), encoding.word_ids(batch)
        sequences = encoding.sequence_ids(batch)
    except (IndexError, TypeError, ValueError) as error:
        raise InvalidRequest(
            "The encoding tells no words: it has no such text, or its tokenizer is not a fast one. "
            "Give the tokens as a list of strings."
        ) from error
    segments, segment = [], 0
    for sequence in sequences:
        segment = segment if sequence is None else sequence
        segments.append(segment)
    numbers = [
        None if word is None else 2 * word + of for word, of in zip(words, segments, strict=True)
    ]
    return Line(spellings, numbers, segments if any(segments) else None)
