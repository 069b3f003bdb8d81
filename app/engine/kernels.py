"""Attention outputs together with the log-sum-exp of every row, without an n x n array."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from .masks import CHUNK, EVERYTHING, Causal, Full, Mask, Recipe

At = Callable[[], tuple[Tensor, Tensor]]
"""Query and key positions of a block, worked out only where a mask or a bias asks for them."""
Kernel = Literal["sdpa", "eager"]
_FLASH: Any = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)


@dataclass(frozen=True)
class Scores:
    """What stands between q . k and the softmax: cap(scaling q k + bias), mask, sink."""

    scaling: float
    mask: Mask
    bias: Tensor | None = None
    """Additive position bias (1 or B, 1 or H, Q, K)."""
    softcap: float | None = None
    sink: Tensor | None = None
    """One logit per head (H,) that takes part in the softmax and has no key."""

    @property
    def plain(self) -> bool:
        """Whether nothing but scaling and causality changes q . k."""
        simple = self.bias is None and self.softcap is None and self.sink is None
        return simple and isinstance(self.mask, Full | Causal)


def attend(
    query: Tensor, key: Tensor, value: Tensor, scores: Scores
) -> tuple[Tensor, Tensor, Kernel]:
    """Attention output (B, H, Q, Dv), log-sum-exp (B, H, Q) of every row with its sink, and how.

    `query` is (B, H, Q, D), `key` (B, KV, K, D) and `value` (B, KV, K, Dv). The flash operator
    that SDPA runs on a CPU gives both in one pass (Dao et al. 2022); what it does not take (a soft
    cap, a position bias, values of another width, another device) is computed in blocks of rows.
    """
    if key.shape[2] == 0:
        raise ValueError("attention over no keys")
    if _fits_flash(query, value, scores):
        out, lse = _flash(query, key, value, scores)
        kernel: Kernel = "sdpa"
    else:
        out, lse = _in_rows(query, key, value, scores)
        kernel = "eager"
    if scores.sink is None:
        return out, lse, kernel
    sink = scores.sink.to(lse.dtype)[None, :, None]
    return (
        out * torch.sigmoid(lse - sink)[..., None].to(out.dtype),
        torch.logaddexp(lse, sink),
        kernel,
    )


def _fits_flash(query: Tensor, value: Tensor, scores: Scores) -> bool:
    return (
        _FLASH is not None
        and query.device.type == "cpu"
        and query.shape[-1] == value.shape[-1]
        and scores.softcap is None
        and scores.bias is None
        and isinstance(scores.mask, Full | Causal | Recipe)
    )


def _flash(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> tuple[Tensor, Tensor]:
    # A last stride other than 1 is silently wrong in this operator.
    query, key, value = (x if x.stride(-1) == 1 else x.contiguous() for x in (query, key, value))
    if not isinstance(scores.mask, Recipe):
        causal = scores.mask.kind == "causal" and query.shape[2] > 1
        out, lse = _FLASH(query, key, value, 0.0, causal, attn_mask=None, scale=scores.scaling)
        return out, lse
    outs, lses = [], []
    for rows in torch.split(torch.arange(query.shape[2], device=key.device), CHUNK):
        span, columns = _seen_by(rows, key, scores.mask)
        seen = scores.mask.allowed(EVERYTHING, rows, columns)
        floats = torch.zeros_like(seen, dtype=query.dtype)
        floats.masked_fill_(~seen, torch.finfo(query.dtype).min)
        out, lse = _FLASH(
            query[:, :, rows[0] : rows[-1] + 1],
            key[:, :, span],
            value[:, :, span],
            0.0,
            False,
            attn_mask=floats,
            scale=scores.scaling,
        )
        outs.append(out)
        lses.append(lse)
    return torch.cat(outs, dim=2), torch.cat(lses, dim=2)


def _in_rows(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> tuple[Tensor, Tensor]:
    outs, lses = [], []
    for rows in torch.split(torch.arange(query.shape[2], device=key.device), CHUNK):
        span, columns = _seen_by(rows, key, scores.mask)
        part = score(query[:, :, rows], key[:, :, span], scores, partial(_both, rows, columns))
        # Finite where a padded row sees nothing, so that its output is 0 and not NaN.
        lse = part.logsumexp(dim=-1).clamp_min(torch.finfo(part.dtype).min)
        weights = torch.exp(part - lse[..., None]).to(value.dtype)
        outs.append(by_kv_head(weights, value[:, :, span]))
        lses.append(lse)
    return torch.cat(outs, dim=2), torch.cat(lses, dim=2)


def _seen_by(rows: Tensor, key: Tensor, mask: Mask) -> tuple[slice, Tensor]:
    """The keys that any of these queries may see, as a slice and one by one."""
    span = mask.reach(EVERYTHING, rows, key.shape[2]).some
    return span, torch.arange(span.start, span.stop, device=key.device)


def _both(rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    return rows, columns


def score(query: Tensor, key: Tensor, scores: Scores, at: At, batch: slice = EVERYTHING) -> Tensor:
    """Masked scores (B, H, rows, columns) in float32 or wider, forbidden pairs -inf.

    `query` (B, H, rows, D) and `key` (B, KV, columns, D) hold just the positions that `at` names.
    """
    values = by_kv_head(query, key.mT)
    # Scaled afterwards, as eager functions do: scores of 100 show another order of rounding.
    values = (values if values.dtype == torch.float64 else values.float()).mul_(scores.scaling)
    if scores.bias is None and scores.softcap is None and isinstance(scores.mask, Full):
        return values
    rows, columns = at()
    if scores.bias is not None:
        values += scores.bias[:, :, rows][..., columns]
    if scores.softcap is not None:
        values = torch.tanh(values / scores.softcap) * scores.softcap
    return values.masked_fill_(~scores.mask.allowed(batch, rows, columns), -torch.inf)


def by_kv_head(left: Tensor, right: Tensor) -> Tensor:
    """left (B, H, R, X) @ right (B, KV, X, Y), where H / KV heads share each KV head."""
    batch, heads, rows, _ = left.shape
    grouped = left.reshape(batch, right.shape[1], -1, left.shape[-1])
    return torch.matmul(grouped, right).view(batch, heads, rows, right.shape[-1])
