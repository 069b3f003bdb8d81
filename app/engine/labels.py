"""How a token is shown to a person: nothing invisible, nothing lost, nothing that acts."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby

from tokenizers import decoders

SPELLED = {" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥"}
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
_JOINERS = "\u200c\u200d"
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_BYTE_LEVEL = decoders.ByteLevel()


def labels(
    spellings: Sequence[str],
    byte_level: bool,
    source: Callable[[int], str],
    segments: Sequence[int],
    ends: Sequence[int],
) -> list[str]:
    """A label for every token, from how the vocabulary spells it and the text it stands for.

    A leading space shows as "␣", "##" stays, control characters are spelled ("<U+200B>"), and the
    pieces of a character that was split into bytes show that character and their part ("🙂 1/3").
    `source` gives the part of its segment's text that a token stands for, which stops at its end.
    """
    readings = [_read(spelling, byte_level) for spelling in spellings]
    shown = [read for read, _ in readings]
    split = [
        place
        for place, (_, partial) in enumerate(readings)
        if partial and source(place) and "\ufffd" not in source(place)
    ]
    for _, group in groupby(split, lambda place: (segments[place], ends[place])):
        places = list(group)
        for part, place in enumerate(places, 1):
            shown[place] = f"{spell(source(place))} {part}/{len(places)}"
    return shown


def label(spelling: str, byte_level: bool) -> str:
    """For a token that stands for no part of a text."""
    return _read(spelling, byte_level)[0]


def spell(text: str) -> str:
    """The text with its invisible characters written out."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    joined = len(text.strip(_JOINERS)) > 0
    spelled = "".join(
        char if joined and char in _JOINERS else SPELLED.get(char) or _named(char) for char in text
    )
    is_mark = text and unicodedata.category(text[0]).startswith("M")
    return f"◌{spelled}" if is_mark else spelled


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>" if unicodedata.category(char) in _INVISIBLE else char


@lru_cache(maxsize=1 << 16)
def _read(spelling: str, byte_level: bool) -> tuple[str, bool]:
    """Its label, and whether it holds only a few bytes of a character."""
    if byte_level:
        text = _BYTE_LEVEL.decode([spelling])
        partial = "\ufffd" in text and not spelling.isascii()
    else:
        text = spelling.replace("▁", " ")
        partial = _BYTE.fullmatch(spelling) is not None
    return spell(text) or "∅", partial
