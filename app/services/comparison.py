"""Two heads beside each other, and the one minus the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from sys import maxsize
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..errors import InvalidRequest
from ..metrics.aligning import Integers, as_slice
from ..metrics.comparing import Tally, evenly
from ..metrics.pooling import Pool
from ..metrics.quantising import to_int8
from ..records import Floats
from ..stopping import check_wanted
from .aligned import CHUNK_CELLS, Alignment, Pairing, Side, align, matched, side
from .analyses import Held
from .answer import Bins
from .choice import Count, RangeList, Ranges, Reading, Unit, Unset, tuple_of
from .limits import check_bytes, check_cells
from .selection import Span, choose_span

Index = Annotated[int, Field(ge=0)]
HeadReduction = Literal["heads-mean", "heads-max"]
DISTANCE_CELLS = 1 << 21
"""Weights of a side that the distances are made of: rows are sampled where there are more."""


class Question(Reading, Pairing):
    """One head of A and one of B."""

    layer: Index = Field(description="True index of a layer of A.")
    head: Index | Unset = Field(default=None, description="Of A; left out with `reduce`.")
    other_layer: Index | Unset = Field(default=None, description="Of B; as in A.")
    other_head: Index | Unset = Field(default=None, description="Of B; as in A.")
    reduce: HeadReduction | Unset = Field(
        default=None, description="Compare one picture of all heads of each layer."
    )
    queries: RangeList | Unset = Field(
        default=None, description="start:stop of the rows of the alignment; all."
    )
    keys: RangeList | Unset = Field(
        default=None, description="start:stop of the columns of the alignment; all."
    )
    size: Count | Unset = Field(
        default=None,
        description="At most size x size cells: each the largest weight of A, of B, and the "
        "difference that is farthest from 0.",
    )
    format: Literal["json", "npy"] = Field(
        default="json", description="npy: A, B and A - B along the first axis, [3][1][query][key]."
    )
    dtype: Literal["float32", "int8"] = Field(
        default="float32", description="int8: w = sign(i) scale (i/127)^2."
    )


@dataclass(frozen=True)
class Description:
    """What the numbers of a comparison are. Queries and keys count in the alignment."""

    unit: Unit
    layer: int
    head: int | None
    """Null where `reduce` made one picture of all heads."""
    other_layer: int
    other_head: int | None
    reduce: HeadReduction | None
    queries: Ranges
    keys: Ranges
    query_bins: Bins | None
    """(start, stop, count) when pooled, as in the attention call."""
    key_bins: Bins | None
    hidden: tuple[int, ...]
    """Tokens of A."""
    other_hidden: tuple[int, ...]
    mean_abs: float | None
    """Over the `rows` of the chosen queries, and all keys that both have; null without any."""
    jsd: float | None
    """Mean Jensen-Shannon divergence of those queries, in bits, 0 to 1. All that a row gives to
    keys that only its side has, to hidden ones and to a sink logit counts as one more key. Null for
    heads-max, whose rows do not sum to 1."""
    rows: int
    """Of the `aligned` ones, evenly spaced, that `mean_abs` and `jsd` are of."""
    aligned: int
    """Chosen queries that both have."""
    scale: Annotated[tuple[float, float, float], tuple_of("number", 3)] | None
    """Of A, B and A - B, for int8."""


@dataclass(frozen=True)
class Compared:
    values: NDArray[Any]
    """A, B and A - B [3][1][query][key]; 0 where a side has no such query or key."""
    alignment: Alignment
    description: Description


def compare(
    a: Held, b: Held, asked: Question, limit_bytes: int, limit_cells: int = maxsize
) -> Compared:
    """BLOCKING. Raises InvalidRequest, NotSupported, and AnswerTooLarge before it computes."""
    found = align(a, b, asked)
    one, other = _sides(a, b, asked, found)
    queries = choose_span(asked.queries, len(found.queries), asked.size, "queries")
    keys = choose_span(asked.keys, len(found.keys), asked.size, "keys")
    _check_size(asked, queries.cells * keys.cells, limit_bytes)
    heads = len(one.selection.heads) + len(other.selection.heads)
    check_cells(heads * queries.length * len(found.keys), limit_cells)
    picture = _Picture(found, queries, keys)
    both = np.intersect1d(queries.positions, matched(found.queries))
    read = both[evenly(len(both), max(1, DISTANCE_CELLS // len(found.keys)))]
    tally = Tally(read, matched(found.keys))
    for first, slots, ours, theirs in by_rows(one, other, queries.positions):
        picture.add(first, slots, ours, theirs)
        tally.add(slots, ours, theirs)
    values, scale = _in_dtype(picture.cells(), asked.dtype)
    mean_abs, jsd = tally.mean_abs(), None if asked.reduce == "heads-max" else tally.jsd()
    description = Description(
        unit=found.unit,
        layer=one.selection.layers[0],
        head=asked.head,
        other_layer=other.selection.layers[0],
        other_head=None if asked.head is None else other.selection.heads[0],
        reduce=asked.reduce,
        queries=queries.ranges,
        keys=keys.ranges,
        query_bins=queries.bins,
        key_bins=keys.bins,
        hidden=one.selection.hidden,
        other_hidden=other.selection.hidden,
        mean_abs=None if mean_abs is None else mean_abs.item(),
        jsd=None if jsd is None else jsd.item(),
        rows=len(read),
        aligned=len(both),
        scale=scale,
    )
    return Compared(values, found, description)


def by_rows(
    one: Side, other: Side, places: Integers
) -> Iterator[tuple[int, Integers, Floats, Floats]]:
    """(first of these places, slots, their rows on both sides) in steps of a bounded size."""
    heads = max(len(each.selection.heads) for each in (one, other))
    step = max(1, CHUNK_CELLS // (heads * len(one.keys)))
    for first in range(0, len(places), step):
        check_wanted()
        slots = places[first : first + step]
        yield first, slots, one.rows(slots), other.rows(slots)


def _sides(a: Held, b: Held, asked: Question, found: Alignment) -> tuple[Side, Side]:
    if (asked.head is None) == (asked.reduce is None):
        raise InvalidRequest("Name a `head` of A, or with `reduce` all heads of its layer.")
    layer = asked.layer if asked.other_layer is None else asked.other_layer
    head = asked.head if asked.other_head is None else asked.other_head
    ours, theirs = (None if one is None else (one,) for one in (asked.head, head))
    return (
        side(a, 0, found, asked, layers=(asked.layer,), heads=ours, reduce=asked.reduce),
        side(b, 1, found, asked, layers=(layer,), heads=theirs, reduce=asked.reduce),
    )


class _Picture:
    """The chosen cells as their rows come; in bins where a size was given."""

    def __init__(self, found: Alignment, queries: Span, keys: Span) -> None:
        slots = found.queries, found.keys
        self._rows, self._columns = (np.isin(np.arange(len(of)), matched(of)) for of in slots)
        self._keys = as_slice(keys.positions)
        pooled = queries.cells < queries.length or keys.cells < keys.length
        self._pool = Pool("max", 4, 1, queries.edges, keys.edges) if pooled else None
        self._whole = np.empty((3, 1, 0 if pooled else queries.length, keys.length), np.float32)

    def add(self, first: int, slots: Integers, ours: Floats, theirs: Floats) -> None:
        apart = ours[0] - theirs[0]
        apart[:, ~self._rows[slots]] = 0
        apart[..., ~self._columns] = 0
        parts = [part[..., self._keys] for part in (ours[0], theirs[0], apart)]
        if self._pool is None:
            for place, rows in enumerate(parts):
                self._whole[place, :, first : first + len(slots)] = rows
            return
        for place, rows in enumerate((*parts, -parts[2])):
            self._pool.add(place, first, rows)

    def cells(self) -> Floats:
        if self._pool is None:
            return self._whole
        a, b, more, less = self._pool.result()
        return np.stack([a, b, np.where(more >= less, more, -less)])


def _in_dtype(cells: Floats, dtype: str) -> tuple[NDArray[Any], tuple[float, float, float] | None]:
    """With the scales of int8: one for both heads, the difference has its own."""
    if dtype == "float32":
        return cells, None
    weights, apart = (float(np.abs(part).max(initial=0)) or 1.0 for part in (cells[:2], cells[2]))
    return np.concatenate([to_int8(cells[:2], weights), to_int8(cells[2:], apart)]), (
        weights,
        weights,
        apart,
    )


_NUMBER_BYTES = {"float32": 16, "int8": 5}
"""The longest number of a JSON answer, with the comma after it."""


def _check_size(asked: Question, cells: int, limit_bytes: int) -> None:
    per_cell = _NUMBER_BYTES[asked.dtype]
    if asked.format == "npy":
        per_cell = np.dtype(asked.dtype).itemsize
    less = "Ask for a range of queries or keys, for a smaller size, or for npy with dtype=int8."
    check_bytes(3 * cells * per_cell, limit_bytes, less)
