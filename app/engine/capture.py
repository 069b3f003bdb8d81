"""The attention function that transformers calls for every attention module, and who listens.

`AttentionInterface` lets a program register an implementation under a name. Ours computes the
output as SDPA would and hands each call, a `Site`, to the listener of the current context. A name
that is not registered as a mask interface too would get no mask at all, so both are.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface

from ..stopping import check_wanted
from .kernels import Kernel, Scores, attend
from .masks import Recipe, read_mask, recipe_mask

IMPLEMENTATION = "headscope"


@dataclass(frozen=True, eq=False)
class Site:
    """One call of one attention module: what went into its softmax and what came out."""

    module: nn.Module
    query: Tensor
    """(batch, heads, queries, width), after rotary embedding and norms."""
    key: Tensor
    """(batch, kv heads, keys, width)"""
    value: Tensor
    """(batch, kv heads, keys, value width)"""
    scores: Scores
    lse: Tensor
    """Log-sum-exp (batch, heads, queries) of every row, its sink included."""
    output: Tensor
    """(batch, heads, queries, value width), before the output projection."""
    kernel: Kernel
    mask: Tensor | None = field(repr=False)
    """As the module passed it."""
    options: dict[str, Any] = field(repr=False)
    """What else the module passed."""

    def eager_weights(self, rows: slice) -> Tensor:
        """Weights (batch, heads, these queries, keys) by the module's own eager function and the
        library's own eager mask; the model's config stays as it is."""
        recipe: Recipe | None = getattr(self.mask, "recipe", None)
        mask = self._of(self.mask, rows) if recipe is None else recipe.eager(rows)
        options = dict(self.options)
        if "position_bias" in options:
            options["position_bias"] = self._of(options["position_bias"], rows)
        query = self.query[:, :, rows]
        function = eager_function(self.module)
        _, weights = function(self.module, query, self.key, self.value, mask, **options)
        return weights  # type: ignore[no-any-return]

    def _of(self, pairs: Tensor | None, rows: slice) -> Tensor | None:
        """These queries of what may hold (batch, heads, queries, keys)."""
        if pairs is None or pairs.shape[2] != self.query.shape[2]:
            return pairs
        return pairs[:, :, rows]


Listener = Callable[[Site], None]
Function = Callable[..., tuple[Tensor, Any]]
"""An attention function of transformers: output (batch, queries, heads, value width), weights."""
_listener: ContextVar[Listener | None] = ContextVar("headscope_listener", default=None)
_instead: ContextVar[Function | None] = ContextVar("headscope_instead", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hand every attention call of this context, and of no other, to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def attending(function: Function) -> Iterator[None]:
    """Let `function` answer every attention call of this context, and of no other."""
    token = _instead.set(function)
    try:
        yield
    finally:
        _instead.reset(token)


def eager_function(module: nn.Module) -> Function:
    """The reference arithmetic that stands beside the module in its model's source."""
    function: Function = vars(sys.modules[type(module).__module__])["eager_attention_forward"]
    return function


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,
) -> tuple[Tensor, None]:
    """transformers' attention interface: (batch, queries, heads, value width) and no weights."""
    check_wanted()
    instead = _instead.get()
    if instead is not None:
        return instead(module, query, key, value, attention_mask, **options)[0], None
    scores = _scores(module, query, key, attention_mask, options)
    output, lse, kernel = attend(query, key, value, scores)
    listener = _listener.get()
    if listener is not None:
        listener(
            Site(module, query, key, value, scores, lse, output, kernel, attention_mask, options)
        )
    return output.transpose(1, 2).contiguous(), None


def _scores(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    mask: Tensor | None,
    options: dict[str, Any],
) -> Scores:
    causal = options.get("is_causal")
    if causal is None:
        causal = getattr(module, "is_causal", True)
    scaling = options.get("scaling")
    sink: Tensor | None = options.get("s_aux")
    bias: Tensor | None = options.get("position_bias")
    if mask is not None and not hasattr(mask, "recipe"):
        mask = mask.expand(-1, -1, query.shape[2], key.shape[2])
        if mask.dtype != torch.bool:
            bias = mask if bias is None else bias + mask
    return Scores(
        scaling=query.shape[-1] ** -0.5 if scaling is None else float(scaling),
        mask=read_mask(mask, bool(causal) and query.shape[2] > 1),
        bias=bias,
        softcap=options.get("softcap"),
        sink=None if sink is None else sink.detach(),
    )


def register() -> None:
    """Make the implementation known to transformers."""
    AttentionInterface.register(IMPLEMENTATION, attention)
    AttentionMaskInterface.register(IMPLEMENTATION, recipe_mask)
