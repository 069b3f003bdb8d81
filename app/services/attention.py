"""The weights a selection names: hidden, in words, filtered, cut out, in sets, reduced, pooled.

Nothing that was not asked for is built: whatever the length of the text, at most `CHUNK_CELLS`
weights of a layer are in memory beside the answer, and as many sums of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics.hiding import hide, renormalise
from ..metrics.pooling import Pool
from ..metrics.quantising import to_int8, to_uint8
from ..metrics.reducing import over_heads, over_layers
from ..metrics.words import merge, merge_mask
from ..records import Bins, Floats, Run, SiteTrace
from ..stopping import check_wanted
from .choice import Dtype
from .selection import Selection, Span

Places = NDArray[np.int64]

CHUNK_CELLS = 1 << 22


def attend(run: Run, chosen: Selection, empty: set[int] | None = None) -> NDArray[Any]:
    """[layer][head][query][key] of the selection, in its dtype.

    Where rows are renormalised, `empty` hears of the queries of which a head has nothing left.
    """
    empty = set() if empty is None else empty
    traces = [run.traces[chosen.stack][place] for place in chosen.places]
    if _within_trace(chosen):
        parts = (over_heads(_largest(trace, chosen), chosen.reduce) for trace in traces)
        return _spelled(np.stack(list(over_layers(parts, chosen.reduce))), chosen.dtype)
    if chosen.pooling is not None:
        edges = chosen.queries.edges, chosen.keys.edges
        pool = Pool(chosen.pooling, *chosen.shape[:2], *edges)
        for layer, start, rows in _by_rows(traces, chosen, empty):
            pool.add(layer, start, rows)
        return _spelled(pool.result(), chosen.dtype)
    weights = np.empty(chosen.shape, chosen.dtype)
    for layer, start, rows in _by_rows(traces, chosen, empty):
        weights[layer, :, start : start + rows.shape[1]] = _spelled(rows, chosen.dtype)
    return weights


def cells_of(run: Run, chosen: Selection) -> int:
    """How many weights of tokens an answer is made of."""
    traces = (run.traces[chosen.stack][place] for place in chosen.places)
    keys = sum(_keys(trace, chosen).tokens for trace in traces)
    return len(chosen.heads) * chosen.queries.tokens * keys


def _spelled(weights: Floats, dtype: Dtype) -> NDArray[Any]:
    match dtype:
        case "uint8":
            return to_uint8(weights, 1.0)
        case "int8":
            return to_int8(weights, 1.0)
        case _:
            return weights.astype(dtype, copy=False)


def _within_trace(chosen: Selection) -> bool:
    """Whether the trace itself can pool: a maximum of maxima comes out the same in any order, and
    so does one of weights above a threshold."""
    return (
        chosen.part == "weights"
        and chosen.unit == "token"
        and chosen.pooling == "max"
        and chosen.reduce in (None, "max", "heads-max")
        and not chosen.by_row
    )


def _largest(trace: SiteTrace, chosen: Selection) -> Floats:
    """(heads, query bins, key bins); the trace has no exponential for what is pooled away."""
    check_wanted()
    queries = chosen.queries.without(chosen.outside.queries)
    keys = chosen.keys.without(chosen.hidden + chosen.outside.keys + chosen.off)
    cells = np.zeros((len(chosen.heads), chosen.queries.cells, chosen.keys.cells), np.float32)
    filled = np.diff(queries.edges) > 0
    if filled.any():
        some = Bins(queries.positions, np.unique(queries.edges))
        cells[:, filled] = trace.pooled_max(list(chosen.heads), some, keys, chosen.exact)
    if chosen.keep is not None:
        chosen.keep.apply(cells)
    return cells


def _by_rows(
    traces: Sequence[SiteTrace], chosen: Selection, empty: set[int]
) -> Iterator[tuple[int, int, Floats]]:
    """(layer of the answer, first query, weights (heads, queries, keys)), reduced, not pooled."""
    whole = "queries" in chosen.sets
    step = chosen.queries.length if whole else _rows_at_once(traces[0], chosen)
    for start in range(0, chosen.queries.length, step):
        span = start, min(start + step, chosen.queries.length)
        parts = (
            over_heads(_in_sets(trace, chosen, *span, empty), chosen.reduce) for trace in traces
        )
        for layer, part in enumerate(over_layers(parts, chosen.reduce)):
            yield layer, start, part


def _rows_at_once(trace: SiteTrace, chosen: Selection) -> int:
    """How many rows of tokens fit into `CHUNK_CELLS`."""
    return max(1, CHUNK_CELLS // (len(chosen.heads) * _keys(trace, chosen).tokens))


def _keys(trace: SiteTrace, chosen: Selection) -> Span:
    """What is read of a row: all of it where a step looks at whole rows."""
    if not chosen.by_row:
        return chosen.keys
    words = chosen.keys.words
    return replace(chosen.keys, ranges=((0, len(words) - 1 if words else trace.keys),))


def _in_sets(trace: SiteTrace, chosen: Selection, start: int, stop: int, empty: set[int]) -> Floats:
    """(heads, queries, keys) of start:stop of the chosen queries, where a set is one position."""
    if not chosen.sets:
        return _queries(trace, chosen, start, stop, empty)
    step = _rows_at_once(trace, chosen)
    rows = (
        _queries(trace, chosen, first, min(first + step, stop), empty)
        for first in range(start, stop, step)
    )
    queries, keys = (
        np.array([0, length]) if name in chosen.sets else np.arange(length + 1)
        for name, length in (("queries", stop - start), ("keys", chosen.keys.length))
    )
    return merge(rows, len(chosen.heads), queries, keys)


def _queries(trace: SiteTrace, chosen: Selection, start: int, stop: int, empty: set[int]) -> Floats:
    """(heads, queries, keys) of start:stop of the chosen queries, in the unit and as filtered."""
    check_wanted()
    keys, queries = _keys(trace, chosen), chosen.queries.positions[start:stop]
    weights = _in_unit(trace, chosen, start, stop, keys)
    if chosen.renormalise:
        empty.update(queries[~weights.any(-1).all(0)].tolist())
    if chosen.part == "weights":
        _filter(weights, chosen, queries, keys.positions)
    return weights if keys == chosen.keys else weights[..., chosen.keys.positions]


def _in_unit(trace: SiteTrace, chosen: Selection, start: int, stop: int, keys: Span) -> Floats:
    rows = chosen.queries.slices(start, stop)
    if chosen.unit == "token":
        return rows_of(trace, chosen, rows, keys)
    step = _rows_at_once(trace, chosen)  # a word can be as long as the text
    parts = (
        rows_of(trace, chosen, [slice(first, min(first + step, row.stop))], keys)
        for row in rows
        for first in range(row.start, row.stop, step)
    )
    edges = chosen.queries.word_edges(start, stop), keys.word_edges(0, keys.length)
    if chosen.part == "mask":
        return merge_mask(parts, *edges)
    return merge(parts, len(chosen.heads), *edges, filled=chosen.renormalise)


def _filter(weights: Floats, chosen: Selection, queries: Places, keys: Places) -> None:
    """In place, of these positions: between, keep and off, in the order of the contract."""
    hide(weights, _among(chosen.outside.keys, keys))
    weights[:, _among(chosen.outside.queries, queries)] = 0
    if chosen.keep is not None:
        chosen.keep.apply(weights)
    hide(weights, _among(chosen.off, keys))


def rows_of(trace: SiteTrace, chosen: Selection, rows: Sequence[slice], keys: Span) -> Floats:
    """(heads, queries, keys) of these rows of tokens, keys hidden."""
    heads = list(chosen.heads)
    if chosen.part == "sink_mass":
        return _joined([trace.sink_mass(heads, row)[..., None] for row in rows], axis=1)
    columns = keys.slices(0, keys.length)
    if chosen.part == "mask":
        seen = [np.hstack([trace.allowed(row, key) for key in columns]) for row in rows]
        return np.vstack(seen)[None].astype(np.float32)
    parts = [
        _joined([trace.block(heads, row, key, chosen.exact) for row in rows], axis=1)
        for key in columns
    ]
    weights = _joined(parts, axis=2)
    hidden = _among(chosen.hidden, np.r_[tuple(columns)])
    (renormalise if chosen.renormalise else hide)(weights, hidden)
    return weights


def _among(wanted: Sequence[int], positions: Places) -> list[int]:
    """Where any of these stands among the positions."""
    found: list[int] = np.flatnonzero(np.isin(positions, wanted)).tolist()
    return found


def _joined(parts: Sequence[Floats], axis: int) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)
