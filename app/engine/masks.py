"""Which keys a query may see: the model's own rule, kept as a recipe instead of an n x n array.

transformers hands every registered mask interface the rule itself (`mask_function`, the 2-D padding
and the offsets). `recipe_mask` keeps that rule on a tensor of one byte that has the shape of the
mask, so a model may pass it on but nothing quadratic is ever stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers.masking_utils import eager_mask, sdpa_mask

from ..records import MaskKind, Window

CHUNK = 256
"""Queries whose mask is worked out at a time."""


class Mask(Protocol):
    """A rule over query and key indices of a batch."""

    @property
    def kind(self) -> MaskKind: ...

    @property
    def window(self) -> Window | None: ...

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        """Bool (batch, 1 or heads, queries, keys) for these indices, in any order."""
        ...


@dataclass(frozen=True)
class Full:
    """Every query sees every key."""

    kind: MaskKind = "full"
    window: Window | None = None

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        del batch
        seen = torch.ones(1, dtype=torch.bool, device=keys.device)
        return seen.expand(1, 1, len(queries), len(keys))


@dataclass(frozen=True)
class Causal:
    """A query sees itself and what stands before it."""

    kind: MaskKind = "causal"
    window: Window | None = None

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        del batch
        return (keys[None, :] <= queries[:, None])[None, None]


@dataclass(frozen=True)
class Dense:
    """A mask that came as an array, bool or additive, and is kept as it is: (B, 1 or H, Q, K)."""

    array: Tensor
    kind: MaskKind = "other"
    window: Window | None = None

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        mask = self.array[batch if self.array.shape[0] > 1 else slice(None)]
        mask = mask[:, :, queries][..., keys]
        return mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2


class Recipe:
    """The rule that transformers handed to the mask interface."""

    def __init__(self, **call: Any) -> None:
        self._call = call
        self._function: Callable[..., Tensor] = call["mask_function"]
        self._shape: tuple[int, ...] = tuple(
            call[name] for name in ("batch_size", "q_length", "kv_length")
        )
        self._query_offset = int(call.get("q_offset", 0))
        self._key_offset = int(call.get("kv_offset", 0))
        self._local: int | None = call.get("local_size")
        padding: Tensor | None = call.get("attention_mask")
        self._padding = None if padding is None or bool(padding.all()) else padding.bool()

    def plain(self) -> Full | Causal | None:
        """The simple rule this one comes to for this input, if it does.

        The library's own rule for leaving a mask out: no padding, and no window shorter than the
        text.
        """
        _, queries, keys = self._shape
        local = self._local is not None and keys >= self._local
        if self._padding is not None or local or queries != keys or self._query_offset:
            return None
        if self._call.get("allow_is_causal_skip", True):
            return Causal()
        return Full() if self._call.get("allow_is_bidirectional_skip", False) else None

    @cached_property
    def window(self) -> Window | None:
        """Read off the rule far from the text's edges; None where it is no constant band."""
        if self._local is None:
            return None
        first, second = (self._band(4 * self._local + shift) for shift in (0, self._local // 2 + 1))
        return first if first == second else None

    def _band(self, query: int) -> Window | None:
        reach = 2 * self._local if self._local else 0
        keys = torch.arange(query - reach, query + reach + 1)
        seen = self._function(torch.tensor(0), torch.tensor(0), torch.tensor(query), keys)
        seen = seen.expand(len(keys)).nonzero().flatten()
        if not len(seen) or int(seen[-1] - seen[0]) + 1 != len(seen):
            return None
        return Window(before=reach - int(seen[0]), after=int(seen[-1]) - reach)

    @property
    def kind(self) -> MaskKind:
        if self.window is not None:
            return "sliding"
        if self._local is not None:
            return "other"
        if self._call.get("allow_is_causal_skip", True):
            return "causal"
        return "full" if self._call.get("allow_is_bidirectional_skip", False) else "other"

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        items = torch.arange(self._shape[0], device=keys.device)[batch]
        seen = self._function(
            items[:, None, None, None],
            torch.zeros(1, 1, 1, 1, dtype=torch.long, device=keys.device),
            (queries + self._query_offset)[None, None, :, None],
            (keys + self._key_offset)[None, None, None, :],
        ).expand(len(items), -1, len(queries), len(keys))
        if self._padding is None:
            return seen
        return seen & self._padding[items][:, None, None, keys + self._key_offset]

    @cached_property
    def chunks(self) -> list[tuple[slice, slice, Tensor]]:
        """(queries, keys, bool (B, 1, queries, keys)) for every `CHUNK` queries, trimmed to the
        keys that any of them sees; worked out once for all layers that share this recipe."""
        _, total, keys = self._shape
        device = torch.device(self._call.get("device", "cpu"))
        columns = torch.arange(keys, device=device)
        found = []
        for start in range(0, total, CHUNK):
            rows = slice(start, min(start + CHUNK, total))
            positions = torch.arange(rows.start, rows.stop, device=device)
            seen = self.allowed(slice(None), positions, columns)
            used = seen.any(dim=2).any(dim=0).flatten().nonzero()
            span = slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 1)
            found.append((rows, span, seen[..., span].clone()))
        return found

    def eager(self) -> Tensor | None:
        """The library's own additive mask (B, 1, Q, K) for its eager attention."""
        mask: Tensor | None = eager_mask(**self._call)
        return mask

    def sdpa(self) -> Tensor | None:
        """The library's own bool mask (B, 1, Q, K) for SDPA; None where it needs none."""
        mask: Tensor | None = sdpa_mask(**self._call)
        return mask


def recipe_mask(**call: Any) -> Tensor | None:
    """Mask interface: a one-byte stand-in of the mask's shape that carries its `Recipe`.

    Rules that need `vmap` cannot be asked for a block; their mask is built as SDPA's.
    """
    if call.get("use_vmap"):
        mask: Tensor | None = sdpa_mask(**call)
        return mask
    shape = (call["batch_size"], 1, call["q_length"], call["kv_length"])
    stand_in = torch.ones(1, dtype=torch.bool, device=call.get("device", "cpu")).expand(shape)
    stand_in.recipe = Recipe(**call)  # type: ignore[attr-defined]
    return stand_in


def read_mask(mask: Tensor | None, causal: bool) -> Mask:
    """The rule behind what a module passed as its mask; `causal` decides where it passed none."""
    if mask is None:
        return Causal() if causal else Full()
    recipe: Recipe | None = getattr(mask, "recipe", None)
    if recipe is not None:
        return recipe.plain() or recipe
    if mask.stride(-1) == 0 and mask.dtype == torch.bool and mask.shape[-1] > 1:
        raise LostMask
    return Dense(mask)


class LostMask(RuntimeError):
    """The module changed the stand-in on its way, and the rule was lost with it."""
