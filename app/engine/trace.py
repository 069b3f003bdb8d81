"""What a forward pass kept: enough to give any block of any head's weights, exactly."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..records import Bools, Floats
from .capture import Site
from .kernels import Scores, score

Edges = NDArray[np.int64]
_ALL = slice(None)


class QKVTrace:
    """Queries, keys and values of one layer as its softmax used them, and one log-sum-exp per row.

    A[rows, cols] = exp(cap(scaling Q[rows] K[cols]^T + bias) + mask - lse[rows]), so a block costs
    what the block holds, at any length of the text.
    """

    def __init__(self, site: Site, item: int = 0, length: int | None = None) -> None:
        """Keep item `item` of the batch, its first `length` positions (the rest is padding)."""
        self._batch = slice(item, item + 1)
        self.query = _own(site.query[self._batch, :, :length])  # (1, H, Q, D)
        self.key = _own(site.key[self._batch, :, :length])  # (1, KV, K, D)
        self.value = _own(site.value[self._batch, :, :length])  # (1, KV, K, Dv)
        self.lse = site.lse[self._batch, :, :length].cpu().contiguous()  # (1, H, Q)
        self.scores = _of_item(site.scores, item)
        self.heads, self.queries = self.lse.shape[1:]
        self.kv_heads, self.keys = self.key.shape[1:3]

    @property
    def nbytes(self) -> int:
        kept = [self.query, self.key, self.value, self.lse, self.scores.bias, self.scores.sink]
        return sum(x.nbytes for x in kept if x is not None)

    def block(self, heads: slice | list[int], queries: slice, keys: slice) -> Floats:
        rows, columns = _positions(queries, self.queries), _positions(keys, self.keys)
        return self.weights(self._heads(heads), rows, columns)[0].numpy()

    def pooled_max(self, heads: slice | list[int], query_edges: Edges, key_edges: Edges) -> Floats:
        """The exponential is monotone, so the largest weight of a cell is the exponential of its
        largest score - lse: one exponential per cell. Keys and queries are gathered with their
        place inside the bin first, so that both maxima run over contiguous memory."""
        chosen = self._heads(heads)
        columns = _by_offset(key_edges)  # (place, bins)
        key = self._key(chosen, columns.flatten())
        bins = (1, len(chosen), len(query_edges) - 1, len(key_edges) - 1)
        largest = torch.full(bins, -torch.inf)
        for rows in _by_offset(query_edges):
            part = self._log_weights(chosen, rows, columns.flatten(), key)
            part = part.view(*part.shape[:-1], *columns.shape).amax(dim=-2)  # (1, H, query bins, key bins)
            largest = torch.maximum(largest, part)
        return largest.exp()[0].numpy()

    def allowed(self, queries: slice, keys: slice) -> Bools:
        rows, columns = _positions(queries, self.queries), _positions(keys, self.keys)
        allowed = self.scores.mask.allowed(self._batch, rows, columns)[0]
        return allowed.any(dim=0).numpy()

    def sink_mass(self, heads: slice | list[int], queries: slice) -> Floats:
        chosen, rows = self._heads(heads), _positions(queries, self.queries)
        if self.scores.sink is None:
            return np.zeros((len(chosen), len(rows)), np.float32)
        share = torch.exp(self.scores.sink[chosen, None] - self.lse[0][chosen][:, rows])
        return share.float().numpy()

    def weights(self, heads: list[int], rows: Tensor, columns: Tensor) -> Tensor:
        """Weights (1, len(heads), len(rows), len(columns)) of these positions."""
        return self._log_weights(heads, rows, columns, self._key(heads, columns)).exp_()

    def _log_weights(self, heads: list[int], rows: Tensor, columns: Tensor, key: Tensor) -> Tensor:
        """score - lse (1, len(heads), len(rows), len(columns)); `key` holds just these columns."""
        scores = _of_heads(self.scores, heads)
        values = score(_pick(self.query, heads, rows), key, scores, rows, columns, self._batch)
        return values.sub_(_pick(self.lse, heads, rows)[..., None])

    def _key(self, heads: list[int], columns: Tensor) -> Tensor:
        groups = self.heads // self.kv_heads
        return _pick(self.key, [head // groups for head in heads], columns)

    def _heads(self, heads: slice | list[int]) -> list[int]:
        return list(range(self.heads))[heads] if isinstance(heads, slice) else heads


class WeightsTrace:
    """The weights themselves (heads, queries, keys), for families without the interface."""

    def __init__(self, weights: Tensor) -> None:
        self.weights = _own(weights)
        self.heads, self.queries, self.keys = weights.shape
        self.kv_heads = self.heads

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes

    def block(self, heads: slice | list[int], queries: slice, keys: slice) -> Floats:
        return self.weights[heads][:, queries, keys].float().numpy()

    def pooled_max(self, heads: slice | list[int], query_edges: Edges, key_edges: Edges) -> Floats:
        weights, columns = self.weights[heads].float(), _by_offset(key_edges)
        largest = torch.zeros(len(weights), len(query_edges) - 1, len(key_edges) - 1)
        for rows in _by_offset(query_edges):
            part = weights[:, rows][:, :, columns.flatten()]
            part = part.view(*part.shape[:-1], *columns.shape)
            largest = torch.maximum(largest, part.amax(dim=-2))
        return largest.numpy()

    def allowed(self, queries: slice, keys: slice) -> Bools:
        """Where any head put weight: all that a trace without scores can tell of the mask."""
        return (self.weights[:, queries, keys] > 0).any(dim=0).numpy()

    def sink_mass(self, heads: slice | list[int], queries: slice) -> Floats:
        chosen = self.weights[heads][:, queries]
        return np.zeros(tuple(chosen.shape[:2]), np.float32)


def sample_rows(queries: int, count: int = 8) -> list[int]:
    """At most `count` query rows, evenly spread from the first to the last."""
    return sorted({round(i * (queries - 1) / max(count - 1, 1)) for i in range(count)})


@dataclass(frozen=True)
class SampleCheck:
    """What the sampled query rows of one layer show."""

    row_sum_error: float
    """Largest |sum of a row + its sink's share - 1|."""
    output_max_error: float | None
    """Largest |A V - output of the pass| over max(1, largest |output|); None without values."""


def check_qkv(trace: QKVTrace, output: Tensor) -> SampleCheck:
    """`output` (heads, sampled rows, value width) is the pass's own, before its projection."""
    rows = torch.tensor(sample_rows(trace.queries))
    weights = trace.weights(list(range(trace.heads)), rows, torch.arange(trace.keys))[0]
    sums = weights.sum(dim=-1, dtype=torch.float64)
    if trace.scores.sink is not None:
        sums += torch.exp(trace.scores.sink[:, None] - trace.lse[0][:, rows])
    grouped = weights.view(trace.kv_heads, -1, *weights.shape[1:])  # (KV, group, rows, keys)
    mixed = (grouped @ trace.value[0][:, None].to(weights.dtype)).flatten(0, 1)
    difference = (mixed - output).abs().max() / output.abs().max().clamp_min(1.0)
    return SampleCheck(float((sums - 1).abs().max()), float(difference))


def check_weights(trace: WeightsTrace) -> SampleCheck:
    """Rows only: weights alone do not say what they were multiplied with."""
    sums = trace.weights[:, sample_rows(trace.queries)].sum(dim=-1, dtype=torch.float64)
    return SampleCheck(float((sums - 1).abs().max()), None)


def _own(tensor: Tensor) -> Tensor:
    """The tensor in main memory, without the storage of a larger one that it may be a view of."""
    shared = tensor.untyped_storage().nbytes() > tensor.nbytes
    return tensor.clone() if shared and tensor.device.type == "cpu" else tensor.cpu()


def _pick(tensor: Tensor, heads: list[int], positions: Tensor) -> Tensor:
    """(1, len(heads), len(positions), ...) of a (1, heads, positions, ...) tensor."""
    return tensor[0][torch.tensor(heads)[:, None], positions][None]


def _of_item(scores: Scores, item: int) -> Scores:
    bias, sink = scores.bias, scores.sink
    if bias is not None:
        bias = _own(bias[item : item + 1] if bias.shape[0] > 1 else bias)
    return replace(scores, bias=bias, sink=None if sink is None else sink.float().cpu())


def _of_heads(scores: Scores, heads: list[int]) -> Scores:
    if scores.bias is None or scores.bias.shape[1] == 1:
        return scores
    return replace(scores, bias=scores.bias[:, heads])


def _positions(chosen: slice, length: int) -> Tensor:
    return torch.arange(*chosen.indices(length))


def _by_offset(edges: Edges) -> Tensor:
    """Positions (widest bin, bins): row j holds the j-th position of every bin, the last position
    again where a bin has fewer; repeating a position changes no maximum."""
    starts, stops = torch.from_numpy(edges[:-1]), torch.from_numpy(edges[1:])
    offsets = torch.arange(int((stops - starts).max()))
    return torch.minimum(starts + offsets[:, None], stops - 1)
