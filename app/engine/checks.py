"""What a few rows of a pass show about its trace, cheaply enough to be done every time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from .capture import Site
from .kernels import by_kv_head, score
from .trace import QKVTrace, WeightsTrace

SAMPLED, SHORT = 8, 56
JOINED_BYTES = 8_000_000
"""Keys and values up to this size are copied together for their checks."""


def sample_rows(queries: int) -> slice:
    """Every query row of a short text; of others `SAMPLED`, evenly spread up to the last.

    A slice, for a view costs less than a copy.
    """
    if queries <= SHORT:
        return slice(0, queries)
    step = (queries - 1) // (SAMPLED - 1)
    return slice(queries - 1 - step * (SAMPLED - 1), queries, step)


def sampled(queries: int) -> str:
    """Which rows the checks look at, in words."""
    rows = len(range(queries)[sample_rows(queries)])
    return f"{rows} query rows of every layer"


@dataclass(frozen=True)
class SampleCheck:
    """What the sampled query rows of one layer show."""

    row_sum_error: float
    """Largest |sum of a row + its sink's share - 1|."""
    output_max_error: float | None
    """Largest |A V - output of the pass| over max(1, largest |output|); None without values."""


@dataclass(frozen=True)
class Sample:
    """A layer's trace, and what its sampled rows hold, picked while the pass has them at hand."""

    trace: QKVTrace
    query: Tensor
    """(1, heads, rows, width)"""
    lse: Tensor
    """(1, heads, rows)"""
    output: Tensor
    """(1, heads, rows, value width), the pass's own, before the projection."""

    @classmethod
    def of(cls, trace: QKVTrace, output: Tensor) -> Self:
        rows = sample_rows(trace.queries)
        own = output[:, :, rows].cpu().clone()  # a view would hold the whole output
        return cls(trace, trace.query[:, :, rows], trace.lse[:, :, rows], own)


def check_qkv(samples: Sequence[Sample]) -> tuple[SampleCheck, ...]:
    """On a short text nearly all of the time goes into calls: layers that are alike share them."""
    first = samples[0].trace
    alike = all(sample.trace.form == first.form for sample in samples) and first.scores.plain
    small = sum(sample.trace.nbytes for sample in samples) <= JOINED_BYTES
    groups = [samples] if alike and small else [[sample] for sample in samples]
    found = torch.cat([_measured(group) for group in groups])
    return tuple(
        SampleCheck(row_sum_error=sums, output_max_error=difference / max(1.0, largest))
        for sums, difference, largest in found.tolist()
    )


def _measured(samples: Sequence[Sample]) -> Tensor:
    """By layer (layers, 3) the largest |row sum - 1|, |A V - output| and |output|."""
    trace = samples[0].trace
    scores, rows = trace.scores, torch.arange(trace.queries)[sample_rows(trace.queries)]
    lse, output = (_joined([getattr(x, name) for x in samples]) for name in ("lse", "output"))
    weights = score(
        _joined([sample.query for sample in samples]).float(),
        _joined([sample.trace.key for sample in samples]).float(),
        scores,
        lambda: (rows, torch.arange(trace.keys)),
        trace.batch,
    )
    weights.sub_(lse[..., None]).exp_()  # (layers, heads, rows, keys)
    sums = weights.sum(dim=-1)
    if scores.sink is not None:
        sums += torch.exp(scores.sink[:, None] - lse)
    values = _joined([sample.trace.value for sample in samples]).float()
    difference = by_kv_head(weights, values).sub_(output)
    return torch.stack([_largest(x) for x in (sums.sub_(1), difference, output)], dim=-1)


def _joined(layers: list[Tensor]) -> Tensor:
    """Along the batch axis."""
    return layers[0] if len(layers) == 1 else torch.cat(layers)


def _largest(tensor: Tensor) -> Tensor:
    """By layer the largest absolute number; NaN if any is."""
    largest: Tensor = torch.linalg.vector_norm(tensor.flatten(1).float(), torch.inf, dim=1)
    return largest


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
