"""A choice held against an analysis: what exactly will be computed, and how large it gets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidRequest, NotSupported
from ..metrics.hiding import Hideable, hidden_keys
from ..metrics.keeping import Between, Keep, outside, read_keep
from ..metrics.pooling import Edges, Pooling, even_edges
from ..metrics.reducing import Reduction
from ..metrics.words import whole_words, word_edges
from ..records import AnalysisRequest, Axis, Bins, Run, Stack, StackName, Token
from .choice import Choice, Dtype, Format, Part, Ranges, Set, Unit
from .limits import check_bytes
from .words import names


@dataclass(frozen=True)
class Span:
    """Positions of one axis: ranges joined in the order asked, in bins where a size was given."""

    ranges: Ranges
    size: int | None
    words: tuple[int, ...] | None = None
    """Edges of the axis's words, where positions are words and not tokens."""

    @property
    def length(self) -> int:
        return sum(stop - start for start, stop in self.ranges)

    @property
    def tokens(self) -> int:
        """How many there are in it."""
        return sum(part.stop - part.start for part in self.slices(0, self.length))

    @property
    def cells(self) -> int:
        return self.length if self.size is None else min(self.size, self.length)

    @property
    def edges(self) -> Edges:
        """Of the bins, counted along the joined ranges."""
        return even_edges(self.length, self.size or self.length)

    @property
    def origin(self) -> int:
        """Where counting along the span begins: at its first position if it is in one piece."""
        return self.ranges[0][0] if len(self.ranges) == 1 else 0

    @property
    def bins(self) -> tuple[int, int, int] | None:
        """(start, stop, count): count even bins from start to stop."""
        if self.size is None:
            return None
        return self.origin, self.origin + self.length, self.cells

    @property
    def positions(self) -> NDArray[np.int64]:
        """The axis's own, in the order asked."""
        return np.concatenate([np.arange(start, stop) for start, stop in self.ranges])

    @property
    def firsts(self) -> list[int]:
        """The axis's own position at which each cell begins."""
        firsts: list[int] = self.positions[self.edges[:-1]].tolist()
        return firsts

    def without(self, hidden: Sequence[int]) -> Bins:
        """What each cell holds but for hidden positions."""
        positions = self.positions
        shown = ~np.isin(positions, hidden)
        before = np.concatenate([[0], np.cumsum(shown)])
        return Bins(positions[shown], before[self.edges])

    def slices(self, start: int, stop: int) -> list[slice]:
        """The axis's own tokens behind start:stop of the joined ranges."""
        ends = accumulate((b - a for a, b in self.ranges), initial=0)
        found = []
        for (first, last), (begin, end) in zip(self.ranges, pairwise(ends), strict=True):
            if begin < stop and start < end:
                found.append(self._slice(first + max(start - begin, 0), last - max(end - stop, 0)))
        return found

    def whole(self, tokens: tuple[int, ...]) -> tuple[int, ...]:
        """The axis's own positions of which every token is among these."""
        return whole_words(tokens, self.words) if self.words else tokens

    def _slice(self, start: int, stop: int) -> slice:
        return slice(*((self.words[start], self.words[stop]) if self.words else (start, stop)))

    def word_edges(self, start: int, stop: int) -> Edges:
        """Of the words start:stop of the joined ranges, counted along their tokens."""
        if self.words is None:
            return np.arange(stop - start + 1)
        sizes = np.diff(self.words)[self.positions[start:stop]]
        return np.concatenate([[0], np.cumsum(sizes)])


@dataclass(frozen=True)
class Outside:
    """Positions that `between` leaves out."""

    queries: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()

    def whole(self, queries: Span, keys: Span) -> "Outside":
        """Of tokens the same in the unit of these."""
        return Outside(queries.whole(self.queries), keys.whole(self.keys))


@dataclass(frozen=True)
class Selection:
    """Everything resolved; equal selections of one analysis give equal answers."""

    stack: StackName
    part: Part
    places: tuple[int, ...]
    """Of the layers among the stack's layers."""
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    unit: Unit
    hidden: tuple[int, ...]
    """Tokens, whatever the unit."""
    renormalise: bool
    between: Between | None
    outside: Outside
    """In the unit, as are those that are off."""
    keep: Keep | None
    off: tuple[int, ...]
    sets: tuple[Set, ...]
    """Axes whose positions count as one; so each of them is one cell."""
    queries: Span
    keys: Span
    reduce: Reduction | None
    pool: Pooling | None
    format: Format
    dtype: Dtype

    @property
    def quantised(self) -> bool:
        """Whether the dtype is for drawing: a step of it is more than a sum of rows would mend."""
        return self.dtype in ("uint8", "int8")

    @property
    def exact(self) -> bool:
        """Whether weights must be as exact as they come: a filter sees more than a reader."""
        return self.keep is not None or not self.quantised

    @property
    def by_row(self) -> bool:
        """Whether a step looks at whole rows, so that ranges cannot be cut before it."""
        return self.renormalise or (self.keep is not None and self.keep.by_row)

    @property
    def pooling(self) -> Pooling | None:
        """How cells are made of several positions; None where each is of one, whatever the size."""
        single = all(span.cells == span.length for span in (self.queries, self.keys))
        return None if single else self.pool

    @property
    def hidden_keys(self) -> tuple[int, ...]:
        """In the unit: words of which every token is hidden; of others the rest counts."""
        return self.keys.whole(self.hidden)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """[layer][head][query][key] of the answer."""
        layers = 1 if self.reduce in ("mean", "max") else len(self.layers)
        heads = 1 if self.reduce or self.part == "mask" else len(self.heads)
        return layers, heads, self.queries.cells, self.keys.cells


def select(
    run: Run, request: AnalysisRequest, choice: Choice, limit_bytes: int, *, named: bool = False
) -> Selection:
    """Checks a choice against the analysis, before anything is computed; `named`: its JSON has the
    names of positions.

    Raises InvalidRequest for what the analysis does not have, NotSupported for what this version
    does not do, AnswerTooLarge over `limit_bytes`.
    """
    stack = choose_stack(run, choice.stack)
    _check_supported(stack, choice)
    places = choose_layers(stack, choice.layers)
    asking, asked = run.tokens[stack.queries], run.tokens[stack.keys]
    texts = request.texts(stack.keys)
    queries = _along(asking, choice.queries, choice, "queries")
    keys = choose_span(None, 1, choice.size, "keys")
    if choice.part != "sink_mass":
        keys = _along(asked, choice.keys, choice, "keys")
    selection = Selection(
        stack=stack.name,
        part=choice.part,
        places=places,
        layers=tuple(stack.layers[place].index for place in places),
        heads=choose_heads(stack, places, choice.heads),
        unit=choice.unit,
        hidden=hidden_keys(asked, texts, choice.hide or ()),
        renormalise=choice.renormalise,
        between=choice.between,
        outside=_outside(asking, asked, choice.between).whole(queries, keys),
        keep=None if choice.keep is None else read_keep(choice.keep),
        off=_off(asked, texts, choice.off or (), keys),
        sets=tuple(sorted(set(choice.sets or ()))),
        queries=queries,
        keys=keys,
        reduce=choice.reduce,
        pool=choice.pool if choice.size else None,
        format=choice.format,
        dtype=choice.dtype,
    )
    _check_size(selection, run, request, limit_bytes, named)
    return selection


def choose_stack(run: Run, name: StackName | None) -> Stack:
    for stack in run.stacks:
        if name in (stack.name, None):
            return stack
    names = ", ".join(stack.name for stack in run.stacks)
    raise InvalidRequest(f"This analysis has no such stack. It has: {names}.")


def choose_layers(stack: Stack, indices: Sequence[int] | None) -> tuple[int, ...]:
    """Places of these layers in the stack. All must have as many heads as the others."""
    known = {layer.index: place for place, layer in enumerate(stack.layers)}
    places = tuple(known.values())
    if indices is not None:
        check_indices("layer", indices, known)
        places = tuple(known[index] for index in indices)
    if len({stack.layers[place].heads for place in places}) > 1:
        raise InvalidRequest(
            "These layers have different numbers of heads and fit into no one array. "
            "Ask for layers with equal numbers of heads."
        )
    return places


def choose_heads(
    stack: Stack, places: Sequence[int], indices: Sequence[int] | None
) -> tuple[int, ...]:
    known = range(stack.layers[places[0]].heads)
    if indices is None:
        return tuple(known)
    check_indices("head", indices, known)
    return tuple(indices)


def check_indices(noun: str, indices: Sequence[int], known: Collection[int]) -> None:
    if len(set(indices)) < len(indices):
        raise InvalidRequest(f"A {noun} is asked for twice.")
    if not known or not set(indices) <= set(known):
        raise InvalidRequest(f"There is no such {noun}; they go from {min(known)} to {max(known)}.")


def _check_supported(stack: Stack, choice: Choice) -> None:
    if choice.method not in stack.methods:
        raise NotSupported(f"This stack has these methods: {', '.join(stack.methods)}.")
    if choice.renormalise and not choice.hide:
        raise InvalidRequest("`renormalise` needs `hide`: nothing else changes the sum of a row.")
    if choice.sets and choice.size:
        raise InvalidRequest("`sets` makes one cell of an axis already; leave `size` out.")
    for name in ("hide", "between", "keep", "off", "sets"):
        if choice.part != "weights" and getattr(choice, name):
            raise InvalidRequest(f"`{name}` goes with part=weights only.")
    if choice.part == "mask" and choice.heads is not None:
        raise InvalidRequest("The mask is the same for all heads; leave `heads` out.")
    if choice.part == "sink_mass" and choice.keys is not None:
        raise InvalidRequest("The sink's share has no keys; leave `keys` out.")


def _outside(queries: Sequence[Token], keys: Sequence[Token], between: Between | None) -> Outside:
    """Tokens. Raises InvalidRequest where there is one text only."""
    if between is None:
        return Outside()
    found = Outside(outside(queries, between[0]), outside(keys, between[1]))
    single = not any(token.segment for token in (*queries, *keys))
    if single or len(found.queries) == len(queries) or len(found.keys) == len(keys):
        raise InvalidRequest(
            f"between={between} needs a second text, which is not there. Leave it out, or analyse "
            "two texts with `text_pair`."
        )
    return found


def _off(
    tokens: Sequence[Token], texts: Sequence[str], kinds: Collection[Hideable], keys: Span
) -> tuple[int, ...]:
    """In the unit of the keys, of which the first is off as a whole."""
    first = range(keys.words[1]) if keys.words and "first" in kinds else ()
    return keys.whole(tuple(sorted({*hidden_keys(tokens, texts, kinds), *first})))


def _along(tokens: Sequence[Token], ranges: Ranges | None, choice: Choice, name: Set) -> Span:
    """Positions of these tokens, or of their words."""
    words = None if choice.unit == "token" else word_edges(tokens)
    length = len(words) - 1 if words else len(tokens)
    span = choose_span(ranges, length, choice.size, name)
    if name in (choice.sets or ()):
        span = replace(span, size=1)
        if len(np.unique(span.positions)) < span.length:
            raise InvalidRequest(f"`{name}` holds a position twice; a set has each of them once.")
    return replace(span, words=words)


def choose_span(ranges: Ranges | None, length: int, size: int | None, name: str) -> Span:
    if ranges is None:
        return Span(((0, length),), size)
    if not all(start < stop <= length for start, stop in ranges):
        raise InvalidRequest(
            f"Each range of `{name}` must hold at least one position and end at {length} or before."
        )
    return Span(ranges, size)


_CELL_BYTES = {"float32": 4, "float16": 2, "uint8": 1, "int8": 1}
_TEXT_BYTES = {"float32": 16, "float16": 16, "uint8": 4, "int8": 5}
"""The longest number, with the comma after it."""
_LESS = (
    "Ask for fewer layers or heads, for a range of queries or keys, for a smaller size, for a mean "
    "or maximum with reduce, or for npy with dtype=uint8."
)


def _check_size(
    selection: Selection, run: Run, request: AnalysisRequest, limit_bytes: int, named: bool
) -> None:
    """Raises AnswerTooLarge by an upper bound of the answer's size."""
    binary = selection.format in ("npy", "npz")
    nbytes = prod(selection.shape) * (_CELL_BYTES if binary else _TEXT_BYTES)[selection.dtype]
    if selection.format == "csv":
        nbytes += _places_bytes(selection)
    if nbytes <= limit_bytes and (named or selection.format in ("npz", "csv")):
        nbytes += _names_bytes(selection, run, request)
    check_bytes(nbytes, limit_bytes, _LESS)


def _places_bytes(selection: Selection) -> int:
    """Of the four indices of every line of CSV, and the commas after them."""
    spans = (selection.queries, selection.keys)
    places = 2 * len(str(max(*selection.layers, *selection.heads)))
    places += sum(len(str(max(stop for _, stop in span.ranges))) for span in spans)
    return prod(selection.shape) * (places + 4)


def _names_bytes(selection: Selection, run: Run, request: AnalysisRequest) -> int:
    """Of the names of queries and keys: csv has both in every line, npz gives each the room of the
    longest, JSON has them once."""
    stack, at_first = choose_stack(run, selection.stack), selection.format == "csv"

    def along(axis: Axis, span: Span) -> list[str]:
        named = names(run.tokens[axis], request.texts(axis), selection.unit)
        return [named[at] for at in (span.firsts if at_first else span.positions.tolist())]

    queries = along(stack.queries, selection.queries)
    keys = [] if selection.part == "sink_mass" else along(stack.keys, selection.keys)
    match selection.format:
        case "csv":
            layers, heads, rows, columns = selection.shape
            return layers * heads * (_quoted(queries) * columns + _quoted(keys) * rows)
        case "npz":
            return sum(
                4 * len(named) * max(map(len, named), default=0) for named in (queries, keys)
            )
        case _:
            return _quoted(queries) + _quoted(keys)


def _quoted(named: Sequence[str]) -> int:
    """Bytes of these names, each with quotes around and a comma after it, defused or escaped."""
    return sum(len(text.encode()) + text.count('"') + text.count("\\") + 4 for text in named)
