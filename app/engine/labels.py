"""How a token is shown to a person: nothing invisible, nothing lost, nothing that acts."""

import re
import unicodedata
from collections.abc import Sequence
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
    end: tuple[int, int]
    """Its segment, and where in it the part ends."""


def labels(pieces: Sequence[Piece], byte_level: bool) -> list[str]:
    """A label for every piece.

    A leading space shows as "␣", "##" stays, control characters are spelled ("<U+200B>"), and the
    pieces of a character that was split into bytes show that character and their part ("🙂 1/3").
    """
    shown: list[str] = []
    for broken, group in groupby(pieces, lambda piece: _broken(piece, byte_level)):
        if not broken:
            shown += [spell(_readable(piece.spelling, byte_level)) or "∅" for piece in group]
            continue
        for _, character in groupby(group, lambda piece: piece.end):
            parts = list(character)
            numbered = enumerate(parts, 1)
            shown += [f"{spell(piece.source)} {part}/{len(parts)}" for part, piece in numbered]
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


def _readable(spelling: str, byte_level: bool) -> str:
    return _BYTE_LEVEL.decode([spelling]) if byte_level else spelling.replace("▁", " ")


def _broken(piece: Piece, byte_level: bool) -> bool:
    """Whether it is only a few bytes of a character."""
    if not piece.source:
        return False
    if not byte_level:
        return _BYTE.fullmatch(piece.spelling) is not None
    if piece.spelling.isascii() or "\ufffd" in piece.source:
        return False
    return "\ufffd" in _readable(piece.spelling, True)
