"""Offsets for byte-level vocabularies that lack a byte.

SmolLM2's has no token for 0x16 or 0xF1, for example. The tokenizers library leaves such a byte out
and then counts what follows in the same word as if it stood further left.
"""

from collections.abc import Collection, Sequence

Span = tuple[int, int]


def _alphabet() -> dict[str, int]:
    """The byte for each character that GPT-2's byte-level vocabularies are spelled in."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    spelled = {chr(0x100 + place): byte for place, byte in enumerate(others)}
    return {chr(byte): byte for byte in printable} | spelled


ALPHABET = _alphabet()


def lacking(vocabulary: Collection[str]) -> frozenset[int]:
    """The bytes that no token of a byte-level vocabulary stands for alone."""
    return frozenset(byte for char, byte in ALPHABET.items() if char not in vocabulary)


def true_spans(
    text: str, pieces: Sequence[str], spans: Sequence[Span], lost: frozenset[int]
) -> Sequence[Span]:
    """Where each piece, as the vocabulary spells it, stands in the text, in code points.

    The tokenizer's own `spans` where it changes a text before it reads.
    """
    data = text.encode()
    places = [place for place, char in enumerate(text) for _ in char.encode()]
    at, found = 0, []
    for piece in pieces:
        taken: list[int] = []
        for byte in _bytes(piece):
            while at < len(data) and data[at] in lost:
                at += 1
            if at == len(data) or data[at] != byte:
                return spans
            taken.append(places[at])
            at += 1
        found.append(_span(text, taken))
    return found


def _bytes(piece: str) -> bytes:
    """A token added to the vocabulary, such as <|im_start|>, is spelled as it stands in a text."""
    if all(char in ALPHABET for char in piece):
        return bytes(ALPHABET[char] for char in piece)
    return piece.encode()


def _span(text: str, places: list[int]) -> Span:
    """Without the space before a word, as the tokenizer has it."""
    seen = [place for place in places if not text[place].isspace()] or places
    return seen[0], seen[-1] + 1
