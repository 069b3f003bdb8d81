"""The weights that a selection names: hidden, in words, cut out, reduced and pooled, in that order.

Nothing that was not asked for is built: whatever the length of the text, at most `CHUNK_CELLS`
weights of a layer are in memory beside the answer, and as many sums of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics.hiding import hide, renormalise
from ..metrics.pooling import Pool
from ..metrics.quantising import to_int8, to_uint8
from ..metrics.reducing import over_heads, over_layers
from ..metrics.words import merge, merge_mask
from ..records import Floats, Run, SiteTrace
from ..stopping import check_wanted
from .choice import Dtype
from .selection import Selection

CHUNK_CELLS = 1 << 22


def attend(run: Run, chosen: Selection) -> NDArray[Any]:
    """[layer][head][query][key] of the selection, in its dtype."""
    traces = [run.traces[chosen.stack][place] for place in chosen.places]
    if _within_trace(chosen):
        parts = (over_heads(_largest(trace, chosen), chosen.reduce) for trace in traces)
        return _spelled(np.stack(list(over_layers(parts, chosen.reduce))), chosen.dtype)
    if chosen.pool is not None:
        edges = chosen.queries.edges, chosen.keys.edges
        pool = Pool(chosen.pool, *chosen.shape[:2], *edges)
        for layer, start, rows in _by_rows(traces, chosen):
            pool.add(layer, start, rows)
        return _spelled(pool.result(), chosen.dtype)
    weights = np.empty(chosen.shape, chosen.dtype)
    for layer, start, rows in _by_rows(traces, chosen):
        weights[layer, :, start : start + rows.shape[1]] = _spelled(rows, chosen.dtype)
    return weights


def _spelled(weights: Floats, dtype: Dtype) -> NDArray[Any]:
    match dtype:
        case "uint8":
            return to_uint8(weights, 1.0)
        case "int8":
            return to_int8(weights, 1.0)
        case _:
            return weights.astype(dtype, copy=False)


def _within_trace(chosen: Selection) -> bool:
    """Whether the trace itself can pool: a maximum of maxima comes out the same in any order."""
    return (
        chosen.part == "weights"
        and chosen.unit == "token"
        and chosen.pool == "max"
        and chosen.reduce in (None, "max", "heads-max")
        and not chosen.renormalise
    )


def _largest(trace: SiteTrace, chosen: Selection) -> Floats:
    """(heads, query bins, key bins); the trace has no exponential for what is pooled away."""
    check_wanted()
    queries, keys = chosen.queries.without(()), chosen.keys.without(chosen.hidden)
    return trace.pooled_max(list(chosen.heads), queries, keys, not chosen.quantised)


def _by_rows(traces: Sequence[SiteTrace], chosen: Selection) -> Iterator[tuple[int, int, Floats]]:
    """(layer of the answer, first query, weights (heads, queries, keys)), reduced, not pooled."""
    step = _rows_at_once(traces[0], chosen)
    for start in range(0, chosen.queries.length, step):
        span = start, min(start + step, chosen.queries.length)
        parts = (over_heads(_queries(trace, chosen, *span), chosen.reduce) for trace in traces)
        for layer, part in enumerate(over_layers(parts, chosen.reduce)):
            check_wanted()
            yield layer, start, part


def _rows_at_once(trace: SiteTrace, chosen: Selection) -> int:
    """How many rows of tokens fit into `CHUNK_CELLS`."""
    keys = trace.keys if chosen.renormalise else chosen.keys.tokens
    return max(1, CHUNK_CELLS // (len(chosen.heads) * keys))


def _queries(trace: SiteTrace, chosen: Selection, start: int, stop: int) -> Floats:
    """(heads, queries, keys) of start:stop of the chosen queries, in the unit."""
    rows = chosen.queries.slices(start, stop)
    if chosen.unit == "token":
        return rows_of(trace, chosen, rows)
    step = _rows_at_once(trace, chosen)  # a word can be as long as the text
    parts = (
        rows_of(trace, chosen, [slice(first, min(first + step, row.stop))])
        for row in rows
        for first in range(row.start, row.stop, step)
    )
    queries = chosen.queries.word_edges(start, stop)
    keys = chosen.keys.word_edges(0, chosen.keys.length)
    if chosen.part == "mask":
        return merge_mask(parts, queries, keys)
    return merge(parts, len(chosen.heads), queries, keys)


def rows_of(trace: SiteTrace, chosen: Selection, rows: Sequence[slice]) -> Floats:
    """(heads, queries, keys) of these query rows, keys hidden and cut out."""
    heads = list(chosen.heads)
    if chosen.part == "sink_mass":
        return _joined([trace.sink_mass(heads, row)[..., None] for row in rows], axis=1)
    keys = chosen.keys.slices(0, chosen.keys.length)
    if chosen.part == "mask":
        seen = [np.hstack([trace.allowed(row, key) for key in keys]) for row in rows]
        return np.vstack(seen)[None].astype(np.float32)
    if chosen.renormalise:
        whole = _joined(
            [trace.block(heads, row, slice(0, trace.keys), not chosen.quantised) for row in rows],
            axis=1,
        )
        renormalise(whole, chosen.hidden)
        return _joined([whole[..., key] for key in keys], axis=2)
    parts = [
        _joined([trace.block(heads, row, key, not chosen.quantised) for row in rows], axis=1)
        for key in keys
    ]
    for part, key in zip(parts, keys, strict=True):
        hide(part, [index - key.start for index in chosen.hidden if key.start <= index < key.stop])
    return _joined(parts, axis=2)


def _joined(parts: Sequence[Floats], axis: int) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)
