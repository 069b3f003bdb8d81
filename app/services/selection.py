"""A choice held against an analysis: what exactly will be computed, and how large it gets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..errors import AnswerTooLarge, InvalidRequest, NotSupported
from ..metrics.hiding import hidden_keys
from ..metrics.pooling import Edges, Pooling, even_edges
from ..metrics.reducing import Reduction
from ..records import AnalysisRequest, Bins, Run, Stack, StackName, Token
from .choice import Choice, Dtype, Format, Part, Ranges


@dataclass(frozen=True)
class Span:
    """Positions of one axis: ranges joined in the order asked, in bins where a size was given."""

    ranges: Ranges
    size: int | None

    @property
    def length(self) -> int:
        return sum(stop - start for start, stop in self.ranges)

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
        """The axis's own positions behind start:stop of the joined ranges."""
        ends = accumulate((b - a for a, b in self.ranges), initial=0)
        found = []
        for (first, last), (begin, end) in zip(self.ranges, pairwise(ends), strict=True):
            if begin < stop and start < end:
                found.append(slice(first + max(start - begin, 0), last - max(end - stop, 0)))
        return found


@dataclass(frozen=True)
class Selection:
    """Everything resolved; equal selections of one analysis give equal answers."""

    stack: StackName
    part: Part
    places: tuple[int, ...]
    """Of the layers among the stack's layers."""
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    hidden: tuple[int, ...]
    renormalise: bool
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
    def shape(self) -> tuple[int, int, int, int]:
        """[layer][head][query][key] of the answer."""
        layers = 1 if self.reduce in ("mean", "max") else len(self.layers)
        heads = 1 if self.reduce or self.part == "mask" else len(self.heads)
        return layers, heads, self.queries.cells, self.keys.cells


def select(run: Run, request: AnalysisRequest, choice: Choice, limit_bytes: int) -> Selection:
    """Checks a choice against the analysis, before anything is computed.

    Raises InvalidRequest for what the analysis does not have, NotSupported for what this version
    does not do, AnswerTooLarge over `limit_bytes`.
    """
    stack = choose_stack(run, choice.stack)
    _check_supported(stack, choice)
    places = choose_layers(stack, choice.layers)
    tokens = run.tokens[stack.keys]
    texts = [text for text in (request.text, request.text_pair) if text is not None]
    single_key = choice.part == "sink_mass"
    selection = Selection(
        stack=stack.name,
        part=choice.part,
        places=places,
        layers=tuple(stack.layers[place].index for place in places),
        heads=choose_heads(stack, places, choice.heads),
        hidden=hidden_keys(tokens, texts, choice.hide or ()),
        renormalise=choice.renormalise,
        queries=choose_span(choice.queries, len(run.tokens[stack.queries]), choice.size, "queries"),
        keys=choose_span(choice.keys, 1 if single_key else len(tokens), choice.size, "keys"),
        reduce=choice.reduce,
        pool=choice.pool if choice.size else None,
        format=choice.format,
        dtype=choice.dtype,
    )
    _check_size(selection, run.tokens[stack.queries], tokens, limit_bytes)
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
    if choice.unit != "token":
        raise NotSupported("Only unit=token is there yet.")
    if choice.renormalise and not choice.hide:
        raise InvalidRequest("`renormalise` needs `hide`: nothing else changes the sum of a row.")
    if choice.part != "weights" and choice.hide:
        raise InvalidRequest("`hide` goes with part=weights only.")
    if choice.part == "mask" and choice.heads is not None:
        raise InvalidRequest("The mask is the same for all heads; leave `heads` out.")
    if choice.part == "sink_mass" and choice.keys is not None:
        raise InvalidRequest("The sink's share has no keys; leave `keys` out.")


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


def _check_size(
    selection: Selection, queries: Sequence[Token], keys: Sequence[Token], limit_bytes: int
) -> None:
    """Raises AnswerTooLarge by an upper bound of the answer's size."""
    binary = selection.format in ("npy", "npz")
    nbytes = prod(selection.shape) * (_CELL_BYTES if binary else _TEXT_BYTES)[selection.dtype]
    if selection.format == "csv":
        nbytes += _places_bytes(selection) + _tokens_bytes(selection, queries, keys)
    if nbytes > limit_bytes:
        raise AnswerTooLarge(
            f"The answer would take up to {nbytes / 1e6:,.1f} MB and the limit is "
            f"{limit_bytes / 1e6:,.1f} MB. Ask for fewer layers or heads, for a range of queries "
            "or keys, for a smaller size, for a mean or maximum with reduce, or for npy with "
            "dtype=uint8."
        )


def _places_bytes(selection: Selection) -> int:
    """Of the four indices of every line of CSV, and the commas after them."""
    spans = (selection.queries, selection.keys)
    places = 2 * len(str(max(*selection.layers, *selection.heads)))
    places += sum(len(str(max(stop for _, stop in span.ranges))) for span in spans)
    return prod(selection.shape) * (places + 4)


def _tokens_bytes(selection: Selection, queries: Sequence[Token], keys: Sequence[Token]) -> int:
    """Of the two tokens of every line of CSV: each may be quoted, defused and has a comma."""

    def along(tokens: Sequence[Token], span: Span) -> int:
        texts = [tokens[place].text for place in span.firsts]
        return sum(len(text.encode()) + text.count('"') + 4 for text in texts)

    layers, heads, rows, columns = selection.shape
    by_key = 0 if selection.part == "sink_mass" else along(keys, selection.keys)
    return layers * heads * (along(queries, selection.queries) * columns + by_key * rows)
