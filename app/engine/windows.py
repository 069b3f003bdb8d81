"""A text that is too long for a model in parts, each of which the model reads whole."""

from collections.abc import Callable, Sequence

from .lost_bytes import Span

_ENDS = frozenset(".!?\n\u2026\u3002\uff01\uff1f")
"""Of sentences; the last three are the Chinese full stop, exclamation and question mark."""
_SEARCHED = 4
"""A part may end early, by a quarter of its tokens, where a sentence or at least a word does."""


def windows(
    text: str, spans: Sequence[Span], capacity: int, excess: Callable[[str], int]
) -> tuple[Span, ...]:
    """Parts [start, stop) of the text in code points, one behind the other, all of it.

    `spans` are those of its tokens, of which `capacity` fit; alone a part may have more, as it
    begins in the middle: `excess(part)` says by how many it would be too long.
    """
    found: list[Span] = []
    first, start = 0, 0
    while start < len(text):
        take, over = capacity, 1
        while over > 0 and take > 0:
            cut = _cut(text, spans, first, min(len(spans), first + take))
            stop = len(text) if cut == len(spans) else spans[cut][0]
            over = excess(text[start:stop])
            take = min(take, cut - first) - over
        found.append((start, stop))
        first, start = cut, stop
    return tuple(found)


def _cut(text: str, spans: Sequence[Span], first: int, behind: int) -> int:
    """Where to end, at `behind` or before: behind a sentence, else a word, else a character."""
    if behind == len(spans):
        return behind
    earliest = behind - (behind - first) // _SEARCHED
    best = rank = 0
    for cut in range(behind, first, -1):
        if best and cut < earliest:
            break
        found = _rank(text, spans[cut - 1][0], spans[cut][0])
        if found > rank:
            best, rank = cut, found
        if rank == _SENTENCE:
            break
    return best or next(
        (cut for cut in range(behind + 1, len(spans)) if spans[cut][0] > spans[cut - 1][0]),
        len(spans),
    )


_CHARACTER, _WORD, _SENTENCE = 1, 2, 3


def _rank(text: str, before: int, start: int) -> int:
    """How good a place before the token from `start` on is; the one before it is from `before`."""
    if start <= before:
        return 0  # both are pieces of one character
    if text[max(0, start - 4) : start].rstrip(" ")[-1:] in _ENDS:
        return _SENTENCE
    apart = text[start - 1].isspace() or text[start].isspace()
    return _WORD if apart else _CHARACTER
