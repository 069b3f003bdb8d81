"""What a forward pass kept: enough to give any block of any head's weights, exactly."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from ..records import Arithmetic, Bins, Bools, Floats
from .capture import Site
from .keeping import Keeping
from .kernels import Scores, score
from .pooling import largest, padded, sums
from .rotary import turns_by_position
from .tiles import ROWS, Operands

Heads = slice | list[int]
Positions = slice | Tensor
_ALL = slice(None)
IN_MEMORY = Keeping()
SURE = 16.0
"""Below this a float32 log-sum-exp is rounded by less than 1e-6, and so are the weights by it."""


class QKVTrace:
    """Queries, keys and values of one layer as its softmax used them, and one log-sum-exp per row.

    A[rows, cols] = exp(cap(scaling Q[rows] K[cols]^T + bias) + mask - lse[rows]), so a block costs
    what the block holds, at any length of the text; rows of large scores are summed once besides.
    """

    def __init__(
        self,
        site: Site,
        item: int = 0,
        length: int | None = None,
        keep: Callable[[Tensor], Tensor] = IN_MEMORY,
    ) -> None:
        """Keep item `item` of the batch, its first `length` positions (the rest is padding)."""
        self.batch = slice(item, item + 1)
        self.query = keep(site.query[self.batch, :, :length])  # (1, H, Q, D)
        self.key = keep(site.key[self.batch, :, :length])  # (1, KV, K, D)
        self.value = keep(site.value[self.batch, :, :length])  # (1, KV, K, Dv)
        self.lse = site.lse[self.batch, :, :length].cpu().contiguous()  # (1, H, Q)
        self.scores = _of_item(site.scores, item)
        self._known_totals: Tensor | None = None
        self.heads, self.queries = self.lse.shape[1:]
        self.kv_heads, self.keys, self.width = self.key.shape[1:]
        self.value_width = self.value.shape[-1]
        self._rounded = {self.query.dtype, self.key.dtype} != {torch.float32}
        """Whether scores are no longer those that the log-sum-exp was taken of."""
        self._rotary = turns_by_position(site.module)

    @property
    def form(self) -> tuple[object, ...]:
        """Equal for layers that differ in numbers only."""
        shapes = (self.query.shape, self.key.shape, self.value.shape)
        return (*shapes, self.scores.scaling, self.scores.mask.kind, self.scores.plain)

    @property
    def nbytes(self) -> int:
        """Of all that is kept, wherever it lies."""
        kept = [self.lse, self.lse, self.scores.bias, self.scores.sink]  # totals are as lse is
        return self.vectors_bytes + sum(x.nbytes for x in kept if x is not None)

    @property
    def vectors_bytes(self) -> int:
        """Of queries, keys and values."""
        return self.query.nbytes + self.key.nbytes + self.value.nbytes

    @torch.inference_mode()
    def block(self, heads: Heads, queries: slice, keys: slice, exact: bool = True) -> Floats:
        heads, rows = self._chosen(heads), _indices(queries, self.queries)
        start, stop, _ = keys.indices(self.keys)
        seen = self.scores.mask.reach(self.batch, rows, self.keys).some
        first = min(max(start, seen.start), stop)
        last = max(first, min(stop, seen.stop))
        weights = self._weights(heads, queries, slice(first, last), exact)
        return pad(weights, (first - start, stop - last))[0].numpy()

    @torch.inference_mode()
    def pooled_max(self, heads: Heads, queries: Bins, keys: Bins, exact: bool = True) -> Floats:
        chosen = self._chosen(heads)
        operands = self._operands(chosen)

        def totals(rows: Tensor) -> Tensor:
            return self._totals(chosen, rows)[0].view(*operands.lse.shape[:2], -1)

        return largest(operands, queries, keys, totals if exact or self._rounded else None).numpy()

    @torch.inference_mode()
    def allowed(self, queries: slice, keys: slice) -> Bools:
        rows, columns = _indices(queries, self.queries), _indices(keys, self.keys)
        allowed = self.scores.mask.allowed(self.batch, rows, columns)[0]
        return allowed.any(dim=0).numpy()

    @torch.inference_mode()
    def sink_mass(self, heads: Heads, queries: slice) -> Floats:
        return (self._sink(heads, queries) / self._totals(heads, queries))[0].numpy()

    @torch.inference_mode()
    def arithmetic(self, head: int, query: int, keys: NDArray[np.int64]) -> Arithmetic:
        """In float64: a float32 log-sum-exp of 100 would not give the weights to 1e-5."""
        kv_head = head // (self.heads // self.kv_heads)
        q = self.query[:, [head], query : query + 1].double()
        k, v = self.key[:, [kv_head]].double(), self.value[0, kv_head].double()
        scores, at = (
            _of_heads(self.scores, [head]),
            (torch.tensor([query]), torch.arange(self.keys)),
        )
        logits = score(q, k, scores, lambda: at, self.batch)[0, 0, 0]
        sink = None if scores.sink is None else scores.sink[head].double()
        everything = logits if sink is None else torch.cat([logits, sink[None]])
        bias = None if scores.bias is None else scores.bias[0, 0, query].double()[keys].numpy()
        weights = self.block([head], slice(query, query + 1), _ALL)[0, 0]
        return Arithmetic(
            q=q.flatten().numpy(),
            k=k[0, 0, keys].numpy(),
            v=v[keys].numpy(),
            products=(q * k)[0, 0, keys].numpy(),
            scores=logits[keys].numpy(),
            bias=bias,
            weights=weights[keys],
            scaling=scores.scaling,
            softcap=scores.softcap,
            lse=float(everything.logsumexp(dim=0)),
            sink=None if sink is None else float(sink),
            output=(torch.from_numpy(weights).double() @ v).numpy(),
            kv_head=kv_head,
            rotary=self._rotary,
        )

    def _weights(self, heads: Heads, rows: slice, columns: slice, exact: bool) -> Tensor:
        """Weights (1, heads, rows, columns) of these positions."""
        weights = self._log_weights(heads, rows, columns, self._key(heads, columns)).exp_()
        if exact or self._rounded:
            weights.div_(self._totals(heads, rows)[..., None])
        return weights

    def _chosen(self, heads: Heads) -> Heads:
        """All heads in order and one alone as a slice, for which nothing has to be gathered."""
        if isinstance(heads, list) and len(heads) == 1:
            return slice(heads[0], heads[0] + 1)
        return _ALL if heads == list(range(self.heads)) else heads

    def sampled(self, rows: slice) -> Tensor:
        """Weights (1, heads, rows, keys) of a few rows."""
        weights = self._log_weights(_ALL, rows, _ALL, self.key).exp_()
        return weights / (weights.sum(dim=-1) + self._sink(_ALL, rows))[..., None]

    def _totals(self, heads: Heads, rows: Positions) -> Tensor:
        """Sum (1, heads, rows) of exp(score - lse) over all keys and the sink.

        1 but for rounding: scores of 100 carry errors of 1e-5, which cancel only against a sum of
        the same scores. Where it matters, worked out when a row is first asked for.
        """
        if self._known_totals is None:
            sure = (self.lse.abs() < SURE) & (not self._rounded)
            self._known_totals = torch.where(sure, 1.0, torch.nan)
        known, rows = self._known_totals[0], _indices(rows, self.queries)
        at = (torch.arange(self.heads)[heads, None], rows)
        unknown = known[at].isnan()
        if unknown.any():
            asked = unknown.nonzero()
            groups = at[0].flatten()[asked[:, 0]] // (self.heads // self.kv_heads)
            tiles = rows[asked[:, 1]] // ROWS
            wanted = np.unique(np.stack([groups, tiles], axis=1), axis=0)
            for group, tile in wanted.tolist():
                self._sum_up(known, group, tile)
        return known[at][None]

    def _sum_up(self, known: Tensor, group: int, tile: int) -> None:
        """The totals of the heads that share a KV head, for a whole tile of rows: always the same
        sums, so that a weight is the same to the last bit whatever was asked before it."""
        each, start = self.heads // self.kv_heads, tile * ROWS
        heads, rows = slice(group * each, (group + 1) * each), slice(start, start + ROWS)
        found = sums(self._operands(heads), _indices(rows, self.queries)).flatten(0, 1)
        # Above 0 also where a row sees nothing, so that its weights are 0 and not NaN.
        totals = (found + self._sink(heads, rows)[0]).clamp_min(torch.finfo().tiny)
        part = known[heads, rows]
        part.copy_(torch.where(part.isnan(), totals, part))

    def _operands(self, heads: Heads) -> Operands:
        key = self._key(heads, _ALL)[0]
        by_kv_head = len(key), -1
        return Operands(
            query=self.query[0, heads].view(*by_kv_head, self.queries, self.width),
            key=key,
            lse=self.lse[0, heads].view(*by_kv_head, self.queries),
            scores=_of_heads(self.scores, heads),
            batch=self.batch,
        )

    def _sink(self, heads: Heads, rows: Positions) -> Tensor:
        """exp(sink - lse) (1, heads, rows); a single 0 where the model has no sink."""
        if self.scores.sink is None:
            return torch.zeros(1)
        return torch.exp(self.scores.sink[heads, None] - _pick(self.lse, heads, rows))

    def _log_weights(
        self, heads: Heads, rows: Positions, columns: Positions, key: Tensor
    ) -> Tensor:
        """score - lse (1, heads, rows, columns); `key` holds just these columns."""
        query, lse = (_pick(x, heads, rows) for x in (self.query, self.lse))
        values = score(
            query.float(),
            key.float(),
            _of_heads(self.scores, heads),
            lambda: (_indices(rows, self.queries), _indices(columns, self.keys)),
            self.batch,
        )
        return values.sub_(lse[..., None])

    def _key(self, heads: Heads, columns: Positions) -> Tensor:
        """Keys of the KV heads that these heads share, once each where it is all of them."""
        if heads == _ALL:
            return _pick(self.key, _ALL, columns)
        groups = self.heads // self.kv_heads
        if isinstance(heads, slice):
            return _pick(self.key, slice(heads.start // groups, heads.start // groups + 1), columns)
        return _pick(self.key, [head // groups for head in heads], columns)


class WeightsTrace:
    """The weights themselves (heads, queries, keys), for families without the interface."""

    def __init__(self, weights: Tensor) -> None:
        self.weights = IN_MEMORY(weights)
        self.heads, self.queries, self.keys = weights.shape
        self.kv_heads = self.heads

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes

    def block(self, heads: Heads, queries: slice, keys: slice, exact: bool = True) -> Floats:
        del exact
        return self.weights[:, queries, keys][heads].float().numpy()

    def pooled_max(self, heads: Heads, queries: Bins, keys: Bins, exact: bool = True) -> Floats:
        del exact
        rows, columns = (padded(bins, len(bins.positions))[:, 0] for bins in (queries, keys))
        weights = self.weights[heads].float()
        found = [
            weights[:, bin][:, :, columns.flatten()].amax(dim=1).view(-1, *columns.shape)
            for bin in rows
        ]
        cells = torch.stack([cells.amax(dim=-1) for cells in found], dim=1)
        cells[..., torch.from_numpy(np.diff(keys.edges) == 0)] = 0
        return cells.numpy()

    def allowed(self, queries: slice, keys: slice) -> Bools:
        """Where any head put weight: all that a trace without scores can tell of the mask."""
        return (self.weights[:, queries, keys] > 0).any(dim=0).numpy()

    def sink_mass(self, heads: Heads, queries: slice) -> Floats:
        chosen = self.weights[:, queries][heads]
        return np.zeros(tuple(chosen.shape[:2]), np.float32)


def _pick(tensor: Tensor, heads: Heads, positions: Positions) -> Tensor:
    """(1, chosen heads, chosen positions, ...) of a (1, heads, positions, ...) tensor."""
    if isinstance(heads, list) and isinstance(positions, Tensor):
        return tensor[0][torch.tensor(heads)[:, None], positions][None]
    if isinstance(positions, Tensor):
        return tensor.index_select(2, positions)[:, heads]
    return tensor[:, :, positions][:, heads]


def _of_item(scores: Scores, item: int) -> Scores:
    if scores.plain:
        return scores
    bias, sink = scores.bias, scores.sink
    if bias is not None:
        bias = IN_MEMORY(bias[item : item + 1] if bias.shape[0] > 1 else bias)
    return replace(scores, bias=bias, sink=None if sink is None else sink.float().cpu())


def _of_heads(scores: Scores, heads: Heads) -> Scores:
    if scores.bias is None or scores.bias.shape[1] == 1:
        return scores
    return replace(scores, bias=scores.bias[:, heads])


def _indices(chosen: Positions, length: int) -> Tensor:
    return torch.arange(*chosen.indices(length)) if isinstance(chosen, slice) else chosen
