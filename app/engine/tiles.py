"""Scores in tiles that stay in the cache, keys down and queries across: what goes over keys, a
maximum or a sum, then runs along contiguous memory. Keys that no query of a tile sees are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .kernels import Scores
from .masks import Reach

ROWS = 128
"""Queries of a tile."""
CELLS = 1 << 20
"""Scores of a tile, about."""


@dataclass(frozen=True)
class Operands:
    """What the softmax of some heads of one layer took, and its log-sum-exp."""

    query: Tensor
    """(KV heads, heads of each, queries, width)"""
    key: Tensor
    """(KV heads, keys, width)"""
    lse: Tensor
    """(KV heads, heads of each, queries)"""
    scores: Scores
    batch: slice
    """Of the mask."""

    def logs(self, values: Tensor, rows: Tensor) -> Tensor:
        """score - lse of what `tiles` gives, or of maxima of it: all that is done rises with it."""
        scores = self.scores
        if scores.bias is None:
            values = values.mul_(scores.scaling)
        if scores.softcap is not None:
            unseen = values.isneginf()
            values = torch.tanh(values / scores.softcap).mul_(scores.softcap)
            values.masked_fill_(unseen, -torch.inf)
        return values.sub_(self.lse[:, None, :, rows])


class Columns:
    """Keys of these operands at positions (groups, keys of a group)."""

    def __init__(self, operands: Operands, at: Tensor) -> None:
        self.at = at
        self.lowest, self.highest = torch.aminmax(at, dim=1)
        self.key = _gathered(operands.key, at.flatten()).float()

    def groups_within(self, span: slice) -> tuple[int, int]:
        inside = ((self.highest >= span.start) & (self.lowest < span.stop)).nonzero()
        return (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)


def tiles(operands: Operands, rows: Tensor, columns: Columns) -> Iterator[tuple[int, Tensor]]:
    """(first group, q . k (KV heads, keys, heads of each, rows)), -inf where a query does not see
    the key; scaled only where a bias is added. A tile holds whole groups."""
    query = operands.query[:, :, rows].float()
    across, wide = query.flatten(1, 2).mT, columns.at.shape[1]
    keys = operands.key.shape[1]
    reach = operands.scores.mask.reach(operands.batch, rows, keys)
    first, last = columns.groups_within(reach.some)
    step = max(1, CELLS // (len(query) * across.shape[-1] * wide))
    for start in range(first, last, step):
        stop = min(start + step, last)
        values = torch.matmul(columns.key[:, start * wide : stop * wide], across)
        values = values.view(*values.shape[:2], *query.shape[1:3])
        at = columns.at[start:stop].flatten()
        _add_bias(values, operands.scores, rows, at)
        _hide(values, operands, rows, at, reach)
        yield start, values


def _add_bias(values: Tensor, scores: Scores, rows: Tensor, columns: Tensor) -> None:
    if scores.bias is not None:
        bias = scores.bias[:, :, rows][..., columns]
        values.mul_(scores.scaling).add_(_keys_down(bias, values))


def _hide(values: Tensor, operands: Operands, rows: Tensor, columns: Tensor, reach: Reach) -> None:
    every = reach.every
    unsure = ((columns < every.start) | (columns >= every.stop)).nonzero()
    if len(unsure):
        part = slice(int(unsure[0]), int(unsure[-1]) + 1)
        seen = operands.scores.mask.allowed(operands.batch, rows, columns[part])
        values[:, part].masked_fill_(~_keys_down(seen, values), -torch.inf)


def _keys_down(pairs: Tensor, values: Tensor) -> Tensor:
    """(1, 1 or heads, rows, columns) in the order of a tile."""
    if pairs.shape[1] == 1:
        return pairs[0].mT[:, :, None]
    return pairs[0].reshape(len(values), -1, *pairs.shape[2:]).permute(0, 3, 1, 2)


def _gathered(key: Tensor, positions: Tensor) -> Tensor:
    """Of (KV heads, keys, width); a view where the positions follow each other."""
    first = int(positions[0])
    stop = first + len(positions)
    if torch.equal(positions, torch.arange(first, stop)):
        return key[:, first:stop]
    return key.index_select(1, positions)
