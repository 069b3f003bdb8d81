"""Which keys a query may see: the model's own rule, kept as a recipe instead of an n x n array.

transformers hands every registered mask interface the rule itself (`mask_function`, the 2-D padding
and the offsets). `recipe_mask` keeps that rule on a tensor of one byte that has the shape of the
mask, so a model may pass it on but nothing quadratic is ever stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import torch
from torch import Tensor
from transformers.masking_utils import eager_mask, sdpa_mask

from ..records import MaskKind, Window

CHUNK = 256
"""Queries whose mask is worked out at a time."""
EVERYTHING = slice(None)


class Reach(NamedTuple):
    """What a few queries see: no key outside of `some` (never empty), and each of them `every`."""

    some: slice
    every: slice


class Mask(Protocol):
    """A rule over query and key indices of a batch."""

    @property
    def kind(self) -> MaskKind: ...

    @property
    def window(self) -> Window | None: ...

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        """Bool (batch, 1 or heads, queries, keys) for these indices, in any order."""
        ...

    def reach(self, batch: slice, queries: Tensor, keys: int) -> Reach:
        """Bounds for these of `keys` keys, known without looking at each pair."""
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

    def reach(self, batch: slice, queries: Tensor, keys: int) -> Reach:
        del batch, queries
        return Reach(slice(0, keys), slice(0, keys))


@dataclass(frozen=True)
class Causal:
    """A query sees itself and what stands before it."""

    kind: MaskKind = "causal"
    window: Window | None = None

    def allowed(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        del batch
        return (keys[None, :] <= queries[:, None])[None, None]

    def reach(self, batch: slice, queries: Tensor, keys: int) -> Reach:
        del batch
        first, last = (min(int(end), keys - 1) for end in torch.aminmax(queries))
        return Reach(slice(0, last + 1), slice(0, first + 1))


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

    def reach(self, batch: slice, queries: Tensor, keys: int) -> Reach:
        del batch, queries
        return Reach(slice(0, keys), slice(0, 0))


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
        self._by_index = bool(call.get("use_vmap"))
        """Whether the rule answers for single indices only, and may look into arrays of the text's
        length."""
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
        if self._local is None or self._by_index:
            return None
        first, second = (self._band(4 * self._local + shift) for shift in (0, self._local // 2 + 1))
        return first if first == second else None

    def _band(self, query: int) -> Window | None:
        reach = 2 * self._local if self._local else 0
        keys = torch.arange(query - reach, query + reach + 1)
        seen = self._asked(torch.tensor([0]), torch.tensor([query]), keys).flatten()
        seen = seen.nonzero().flatten()
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
        if self._spans is None:
            return self._by_rule(batch, queries, keys)
        first, stop = (x.to(keys.device)[batch][:, None, queries, None] for x in self._spans)
        return (keys >= first) & (keys < stop)

    def reach(self, batch: slice, queries: Tensor, keys: int) -> Reach:
        if self._spans is None:
            return Reach(slice(0, keys), slice(0, 0))
        first, stop = (x[batch][:, queries.to(x.device)] for x in self._spans)
        seeing = stop > first
        if not seeing.any():
            return Reach(slice(0, 1), slice(0, 0))
        some = slice(int(first[seeing].min()), int(stop.max()))
        every = slice(int(first.max()), int(stop.min())) if seeing.all() else slice(0, 0)
        return Reach(some, every)

    def _by_rule(self, batch: slice, queries: Tensor, keys: Tensor) -> Tensor:
        items = torch.arange(self._shape[0], device=keys.device)[batch]
        seen = self._asked(items, queries + self._query_offset, keys + self._key_offset)
        if self._padding is None:
            return seen
        return seen & self._padding[items][:, None, None, keys + self._key_offset]

    def _asked(self, items: Tensor, queries: Tensor, keys: Tensor) -> Tensor:
        """The library's own expansion of the rule, for these indices only."""
        seen = sdpa_mask(
            batch_size=len(items),
            q_length=len(queries),
            kv_length=len(keys),
            mask_function=lambda item, head, query, key: self._function(
                items[item], head, queries[query], keys[key]
            ),
            allow_is_causal_skip=False,
            use_vmap=self._by_index,
            device=keys.device,
        )
        return cast("Tensor", seen)

    @cached_property
    def _spans(self) -> tuple[Tensor, Tensor] | None:
        """First key that each query sees and the one behind its last, (B, Q) both; None where a
        query sees keys with a gap between them. Worked out once for all layers that share this
        recipe."""
        batch, total, keys = self._shape
        device = torch.device(self._call.get("device", "cpu"))
        columns = torch.arange(keys, device=device)
        # Before the loop: what stays between large pieces that go would keep their memory apart.
        firsts, stops = torch.empty((2, batch, total), dtype=torch.int64, device=device)
        for rows in torch.split(torch.arange(total, device=device), CHUNK):
            seen = self._by_rule(EVERYTHING, rows, columns)[:, 0].byte()
            count, first = seen.sum(dim=-1), seen.argmax(dim=-1)
            stop = torch.where(count > 0, keys - seen.flip(-1).argmax(dim=-1), first)
            if not torch.equal(stop - first, count):
                return None
            firsts[:, rows], stops[:, rows] = first, stop
        return firsts, stops

    def eager(self, rows: slice = EVERYTHING) -> Tensor | None:
        """The library's own additive mask (B, 1, these queries, K) for its eager attention."""
        start, stop, _ = rows.indices(self._shape[1])
        part = {"q_length": stop - start, "q_offset": self._query_offset + start}
        mask: Tensor | None = eager_mask(**{**self._call, **part})
        return mask

    def sdpa(self) -> Tensor | None:
        """The library's own bool mask (B, 1, Q, K) for SDPA; None where it needs none."""
        mask: Tensor | None = sdpa_mask(**self._call)
        return mask


def recipe_mask(**call: Any) -> Tensor:
    """Mask interface: a one-byte stand-in of the mask's shape that carries its `Recipe`."""
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
