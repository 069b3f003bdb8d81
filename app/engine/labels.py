"""How a token is shown to a person: nothing invisible, nothing lost, nothing that acts."""

import re
import unicodedata
from dataclasses import replace
from itertools import groupby

from tokenizers import decoders

from ..records import Token

SPELLED = {" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥"}
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_JOINERS = {"\u200c", "\u200d"}
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_BYTE_LEVEL = decoders.ByteLevel()


def labelled(tokens: list[Token], texts: list[str], byte_level: bool) -> tuple[Token, ...]:
    """The tokens with a `text` for people; they come with the vocabulary's own spelling.

    A leading space shows as "␣", "##" stays, control characters are spelled ("<U+200B>"), and the
    pieces of a character that was split into bytes show that character and their part ("🙂 1/3").
    """
    shown: list[Token] = []
    for split, group in groupby(tokens, key=lambda token: _split_at(token, texts, byte_level)):
        pieces = list(group)
        for part, token in enumerate(pieces, 1):
            if split is not None:
                source = texts[token.segment][token.start : token.end]
                text = f"{spell(source)} {part}/{len(pieces)}"
            else:
                text = spell(_readable(token.text, byte_level)) or "∅"
            shown.append(replace(token, text=text))
    return tuple(shown)


def spell(text: str) -> str:
    """The text with its invisible characters written out."""
    alone = len(text.strip("".join(_JOINERS))) == 0
    spelled = "".join(
        char if char in _JOINERS and not alone else SPELLED.get(char) or _named(char)
        for char in text
    )
    return f"◌{spelled}" if text and unicodedata.combining(text[0]) else spelled


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>" if unicodedata.category(char) in _INVISIBLE else char


def _readable(piece: str, byte_level: bool) -> str:
    return _BYTE_LEVEL.decode([piece]) if byte_level else piece.replace("▁", " ")


def _split_at(token: Token, texts: list[str], byte_level: bool) -> tuple[int, int] | None:
    """Where the character ends (segment, offset) that this token is only a few bytes of."""
    source = texts[token.segment][token.start : token.end]
    if byte_level:
        broken = "\ufffd" in _readable(token.text, True) and "\ufffd" not in source
    else:
        broken = _BYTE.fullmatch(token.text) is not None
    return (token.segment, token.end) if broken and source else None
