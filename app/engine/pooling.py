"""The largest weight of every cell of a picture, and sums of rows, tile by tile."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..records import Bins
from ..stopping import check_wanted
from .tiles import ROWS, Columns, Operands, tiles

WIDEST = 256
"""Keys of a group; wider bins are pooled in parts."""


def sums(operands: Operands, rows: Tensor) -> Tensor:
    """exp(score - lse) (KV heads, heads of each, rows) summed over all keys."""
    columns = Columns(operands, torch.arange(operands.key.shape[1])[:, None])
    return torch.cat([_sum(operands, part, columns) for part in torch.split(rows, ROWS)], dim=-1)


def _sum(operands: Operands, rows: Tensor, columns: Columns) -> Tensor:
    parts = tiles(operands, rows, columns)
    return torch.stack([operands.logs(part, rows).exp_().sum(dim=1) for _, part in parts]).sum(0)


def largest(
    operands: Operands, queries: Bins, keys: Bins, totals: Callable[[Tensor], Tensor] | None
) -> Tensor:
    """(heads, query bins, key bins); 0 for a bin without keys.

    The exponential is monotone, so the largest weight of a cell is the exponential of its largest
    score - lse. `totals` gives what each of the rows (KV heads, heads of each, rows) sums to where
    that has to be divided by.
    """
    if not len(keys.positions):
        return torch.zeros(
            operands.lse.shape[:2].numel(), len(queries.edges) - 1, len(keys.edges) - 1
        )
    groups = padded(keys, WIDEST)
    columns = Columns(operands, groups.flatten(0, 1))
    found = _Found(operands, len(columns.at), queries.edges)
    first = 0
    for rows in torch.split(torch.from_numpy(queries.positions), ROWS):
        check_wanted()
        less = None if totals is None else totals(rows).log()[:, None]
        for group, part in tiles(operands, rows, columns):
            part = part.view(len(part), -1, groups.shape[-1], *part.shape[2:]).amax(dim=2)
            logs = operands.logs(part, rows)
            found.add(group, first, logs if less is None else logs.sub_(less))
        first += len(rows)
    cells = found.cells.view(-1, *groups.shape[:2], *found.cells.shape[2:]).amax(dim=2).exp_()
    cells[:, torch.from_numpy(np.diff(keys.edges) == 0)] = 0
    return cells.permute(0, 2, 3, 1).flatten(0, 1).contiguous()


class _Found:
    """Largest so far, (KV heads, groups of keys, heads of each, query bins)."""

    def __init__(self, operands: Operands, groups: int, edges: NDArray[np.int64]) -> None:
        heads, each = operands.lse.shape[:2]
        self.cells = torch.full((heads, groups, each, len(edges) - 1), -torch.inf)
        self._edges = edges

    def add(self, group: int, first: int, logs: Tensor) -> None:
        """Takes in (KV heads, groups, heads of each, rows) from this group and this row on."""
        begin = int(np.searchsorted(self._edges, first, "right")) - 1
        end = int(np.searchsorted(self._edges, first + logs.shape[-1], "left"))
        starts = np.maximum(self._edges[begin:end] - first, 0)
        pooled = np.maximum.reduceat(logs.numpy(), starts, axis=-1)
        target = self.cells.numpy()[:, group : group + logs.shape[1], :, begin:end]
        np.maximum(target, pooled, out=target)


def padded(bins: Bins, widest: int) -> Tensor:
    """Positions (bins, parts of a bin, places), the last again where a part has fewer: repeating
    one changes no maximum. A bin without positions shows some other's."""
    starts, stops = bins.edges[:-1, None], bins.edges[1:, None]
    parts = -(-int((stops - starts).max()) // widest)
    begins = starts + np.arange(parts) * (stops - starts) // parts
    ends = starts + np.arange(1, parts + 1) * (stops - starts) // parts
    places = begins[..., None] + np.arange(int((ends - begins).max()))
    places = np.maximum(np.minimum(places, ends[..., None] - 1), starts[..., None])
    return torch.from_numpy(bins.positions[np.minimum(places, len(bins.positions) - 1)])
