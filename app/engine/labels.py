"""How a token is shown to a person: nothing invisible, nothing lost, nothing that acts."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from tokenizers import decoders

SPELLED = {" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥"}
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_JOINERS = "\u200c\u200d"
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_BYTE_LEVEL = decoders.ByteLevel()


class Piece(NamedTuple):
    """A token as the vocabulary spells it, and the part of the text that it stands for."""

    spelling: str
    source: str
    segment: int
    end: int
    """Where in its segment the part ends."""


def labels(pieces: Sequence[Piece], byte_level: bool) -> list[str]:
    """A label for every piece.

    A leading space shows as "␣", "##" stays, control characters are spelled ("<U+200B>"), and the
    pieces of a character that was split into bytes show that character and their part ("🙂 1/3").
    """
    readings = [_read(piece.spelling, byte_level) for piece in pieces]
    shown = [reading.label for reading in readings]
    split = [
        place
        for place, (reading, piece) in enumerate(zip(readings, pieces, strict=True))
        if reading.partial and piece.source and "\ufffd" not in piece.source
    ]
    for _, group in groupby(split, lambda place: (pieces[place].segment, pieces[place].end)):
        places = list(group)
        for part, place in enumerate(places, 1):
            shown[place] = f"{spell(pieces[place].source)} {part}/{len(places)}"
    return shown


def spell(text: str) -> str:
    """The text with its invisible characters written out."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    joined = len(text.strip(_JOINERS)) > 0
    spelled = "".join(
        char if joined and char in _JOINERS else SPELLED.get(char) or _named(char) for char in text
    )
    return f"◌{spelled}" if text and unicodedata.combining(text[0]) else spelled


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>" if unicodedata.category(char) in _INVISIBLE else char


class _Reading(NamedTuple):
    label: str
    partial: bool
    """Whether it holds only a few bytes of a character."""


@lru_cache(maxsize=1 << 16)
def _read(spelling: str, byte_level: bool) -> _Reading:
    if byte_level:
        text = _BYTE_LEVEL.decode([spelling])
        partial = "\ufffd" in text and not spelling.isascii()
    else:
        text = spelling.replace("▁", " ")
        partial = _BYTE.fullmatch(spelling) is not None
    return _Reading(spell(text) or "∅", partial)
