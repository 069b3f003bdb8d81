"""The weights that a selection names: hidden, filtered, cut out, reduced, pooled, in that order.

Nothing that was not asked for is built: whatever the length of the text, at most `CHUNK_CELLS`
weights of a layer are in memory beside the answer.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ..metrics.hiding import hide, renormalise
from ..metrics.pooling import Pool
from ..metrics.reducing import over_heads, over_layers
from ..records import Bins, Floats, Run, SiteTrace
from ..stopping import check_wanted
from .selection import Selection

CHUNK_CELLS = 1 << 22


def attend(run: Run, chosen: Selection) -> Floats:
    """float32 [layer][head][query][key] of the selection."""
    traces = [run.traces[chosen.stack][place] for place in chosen.places]
    if _within_trace(chosen):
        parts = (over_heads(_largest(trace, chosen), chosen.reduce) for trace in traces)
        return np.stack(list(over_layers(parts, chosen.reduce)))
    if chosen.pool is not None:
        edges = chosen.queries.edges, chosen.keys.edges
        pool = Pool(chosen.pool, *chosen.shape[:2], *edges)
        for layer, start, rows in _by_rows(traces, chosen):
            pool.add(layer, start, rows)
        return pool.result()
    weights = np.empty(chosen.shape, np.float32)
    for layer, start, rows in _by_rows(traces, chosen):
        weights[layer, :, start : start + rows.shape[1]] = rows
    return weights


def _within_trace(chosen: Selection) -> bool:
    """Whether the trace itself can pool: a maximum of maxima comes out the same in any order, and
    so does one of weights above a threshold."""
    return (
        chosen.part == "weights"
        and chosen.pool == "max"
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


def _by_rows(traces: Sequence[SiteTrace], chosen: Selection) -> Iterator[tuple[int, int, Floats]]:
    """(layer of the answer, first query, weights (heads, queries, keys)), reduced, not pooled."""
    for start, stop in _chunks(traces[0], chosen):
        rows = chosen.queries.slices(start, stop)
        parts = (over_heads(_rows(trace, chosen, rows), chosen.reduce) for trace in traces)
        for layer, part in enumerate(over_layers(parts, chosen.reduce)):
            check_wanted()
            yield layer, start, part


def _chunks(trace: SiteTrace, chosen: Selection) -> Iterator[tuple[int, int]]:
    """Steps along the chosen queries whose weights fit into `CHUNK_CELLS`."""
    keys = trace.keys if chosen.by_row else chosen.keys.length
    step = max(1, CHUNK_CELLS // (len(chosen.heads) * keys))
    for start in range(0, chosen.queries.length, step):
        yield start, min(start + step, chosen.queries.length)


def _rows(trace: SiteTrace, chosen: Selection, rows: Sequence[slice]) -> Floats:
    """(heads, queries, keys) of these query rows, cut to the chosen keys."""
    heads = list(chosen.heads)
    if chosen.part == "sink_mass":
        return _joined([trace.sink_mass(heads, row)[..., None] for row in rows], axis=1)
    keys = chosen.keys.slices(0, chosen.keys.length)
    if chosen.part == "mask":
        seen = [np.hstack([trace.allowed(row, key) for key in keys]) for row in rows]
        return np.vstack(seen)[None].astype(np.float32)
    if chosen.by_row:
        whole = _read(trace, chosen, rows, slice(0, trace.keys))
        return _joined([whole[..., key] for key in keys], axis=2)
    return _joined([_read(trace, chosen, rows, key) for key in keys], axis=2)


def _read(trace: SiteTrace, chosen: Selection, rows: Sequence[slice], keys: slice) -> Floats:
    """Weights (heads, queries, keys) as they are read, in the order of the contract's steps."""
    weights = _joined(
        [trace.block(list(chosen.heads), row, keys, chosen.exact) for row in rows], axis=1
    )
    (renormalise if chosen.renormalise else hide)(weights, _within(chosen.hidden, keys))
    hide(weights, _within(chosen.outside.keys, keys))
    positions = np.concatenate([np.arange(row.start, row.stop) for row in rows])
    weights[:, np.isin(positions, chosen.outside.queries)] = 0
    if chosen.keep is not None:
        chosen.keep.apply(weights)
    hide(weights, _within(chosen.off, keys))
    return weights


def _within(positions: Sequence[int], span: slice) -> list[int]:
    """Those in the span, counted from its start."""
    return [index - span.start for index in positions if span.start <= index < span.stop]


def _joined(parts: Sequence[Floats], axis: int) -> Floats:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)
