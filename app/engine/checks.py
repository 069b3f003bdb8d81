"""What a few rows of a pass show about its trace, cheaply enough to be done every time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from .capture import Site
from .kernels import by_kv_head
from .trace import QKVTrace, WeightsTrace

JOINED_BYTES = 8_000_000
"""Traces up to this size are copied into one for their checks."""


@lru_cache(maxsize=64)
def sample_rows(queries: int, count: int = 8) -> Tensor:
    """At most `count` query rows, evenly spread from the first to the last."""
    return torch.linspace(0, queries - 1, min(count, queries)).round().long()


@dataclass(frozen=True)
class SampleCheck:
    """What the sampled query rows of one layer show."""

    row_sum_error: float
    """Largest |sum of a row + its sink's share - 1|."""
    output_max_error: float | None
    """Largest |A V - output of the pass| over max(1, largest |output|); None without values."""


def check_qkv(traces: Sequence[QKVTrace], outputs: Sequence[Tensor]) -> tuple[SampleCheck, ...]:
    """`outputs` (heads, sampled rows, value width) are the pass's own, before the projections.

    On a short text nearly all of the time goes into calls, so layers that are alike share them.
    """
    whole = QKVTrace.joined(traces) if sum(x.nbytes for x in traces) <= JOINED_BYTES else None
    if whole is not None:
        found = _measured(whole, torch.stack(list(outputs)))
    else:
        pairs = zip(traces, outputs, strict=True)
        found = torch.cat([_measured(trace, output[None]) for trace, output in pairs])
    return tuple(
        SampleCheck(row_sum_error=sums, output_max_error=difference / max(1.0, largest))
        for sums, difference, largest in found.tolist()
    )


def _measured(trace: QKVTrace, output: Tensor) -> Tensor:
    """By layer (layers, 3) the largest |row sum - 1|, |A V - output| and |output|."""
    rows = sample_rows(trace.queries)
    weights = trace.raw(rows)  # (layers, heads, rows, keys)
    sums = weights.sum(dim=-1)
    if trace.scores.sink is not None:
        sums += torch.exp(trace.scores.sink[:, None] - trace.lse[:, :, rows])
    difference = by_kv_head(weights, trace.value.float()) - output
    largest = [x.abs().flatten(1).amax(dim=1) for x in (sums - 1, difference, output)]
    return torch.stack(largest, dim=-1)


def rounding(trace: QKVTrace, site: Site, item: int, length: int | None) -> float:
    """Largest difference between weights from what is kept and from what the pass itself had."""
    rows = sample_rows(trace.queries)
    own = QKVTrace(site, item, length, keep=_as_it_is)
    return float((trace.sampled(rows) - own.sampled(rows)).abs().max())


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor.cpu()


def check_weights(trace: WeightsTrace) -> SampleCheck:
    """Rows only: weights alone do not say what they were multiplied with."""
    sums = trace.weights[:, sample_rows(trace.queries)].sum(dim=-1, dtype=torch.float64)
    return SampleCheck(float((sums - 1).abs().max()), None)
