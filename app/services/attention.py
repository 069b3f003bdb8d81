"""The weights that a selection names: hidden, cut out, reduced and pooled, in that order.

Nothing that was not asked for is built: whatever the length of the text, at most `CHUNK_CELLS`
weights of a layer are in memory beside the answer.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ..metrics.hiding import hide, renormalise
from ..metrics.pooling import Pool
from ..metrics.reducing import over_heads, over_layers
from ..records import Floats, Run, SiteTrace
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
    """Whether the trace itself can pool: a maximum of maxima comes out the same in any order."""
    return (
        chosen.part == "weights"
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
    for start, stop in _chunks(traces[0], chosen):
        rows = chosen.queries.slices(start, stop)
        parts = (over_heads(rows_of(trace, chosen, rows), chosen.reduce) for trace in traces)
        for layer, part in enumerate(over_layers(parts, chosen.reduce)):
            check_wanted()
            yield layer, start, part


def _chunks(trace: SiteTrace, chosen: Selection) -> Iterator[tuple[int, int]]:
    """Steps along the chosen queries whose weights fit into `CHUNK_CELLS`."""
    keys = trace.keys if chosen.renormalise else chosen.keys.length
    step = max(1, CHUNK_CELLS // (len(chosen.heads) * keys))
    for start in range(0, chosen.queries.length, step):
        yield start, min(start + step, chosen.queries.length)


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
