"""What a head's output goes through: its layer's output projection, found in a trial pass"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from .capture import attending
from .strategies import Inputs, forward


@dataclass(frozen=True, eq=False)
class Projection:
    """The output projection of one layer."""

    part: nn.Linear | Conv1D
    straight: bool
    """Whether nothing with parameters, such as a second norm, changes its output before the stream
    takes it up."""
    factor: float
    """By which its output is multiplied before the stream takes it up (Granite)."""

    def of_head(self, head: int, width: int) -> Tensor:
        """W_O of one head (width, hidden) times the factor, in float64. The projection's bias is no
        head's own."""
        span = slice(head * width, (head + 1) * width)
        weight = self.part.weight.detach()
        matrix = weight[span] if isinstance(self.part, Conv1D) else weight[:, span].T
        return matrix.double() * self.factor


@dataclass(frozen=True, eq=False)
class Wiring:
    """What follows the attention of a model."""

    projections: tuple[Projection | None, ...]
    """By attention call; None where the output is changed before it is projected, by a gate."""
    last: str | None
    """Path of the module that made the last hidden state."""


@dataclass(frozen=True, eq=False)
class _Call:
    """One call of a module without parts; its tensors live on, so that no address comes twice."""

    part: nn.Module
    path: str
    taken: Tensor
    made: Tensor


def read_wiring(module: nn.Module, inputs: Inputs) -> Wiring:
    """By the addresses of tensors in one pass of a model that nobody else uses yet.

    A projection is the first Linear or Conv1D after an attention call that takes the very numbers
    that the call gave, all heads side by side.
    """
    given: list[Tensor] = []
    calls: list[_Call] = []
    starts: list[int] = []

    def attend(_: Any, query: Tensor, _key: Any, value: Tensor, *_mask: Any, **_more: Any) -> Any:
        batch, heads, queries, _width = query.shape
        given.append(query.new_zeros(batch, queries, heads, value.shape[-1]))
        starts.append(len(calls))
        return given[-1], None

    hooks = [
        part.register_forward_hook(_noting(calls, path))
        for path, part in module.named_modules()
        if not any(part.children())
    ]
    try:
        with attending(attend):
            hidden = forward(module, inputs)[0]
    finally:
        for hook in hooks:
            hook.remove()
    made_last = [call.path for call in calls if _same(call.made, hidden)]
    factor = getattr(module.config, "residual_multiplier", 1.0)
    return Wiring(
        tuple(
            _projection(one, calls[start:], factor)
            for one, start in zip(given, starts, strict=True)
        ),
        made_last[-1] if made_last else None,
    )


def _noting(calls: list[_Call], path: str) -> Any:
    def note(part: nn.Module, taken: tuple[Any, ...], made: Any) -> None:
        if taken and isinstance(taken[0], Tensor) and isinstance(made, Tensor):
            calls.append(_Call(part, path, taken[0], made))

    return note


def _projection(given: Tensor, calls: list[_Call], factor: float) -> Projection | None:
    for call in calls:
        part = call.part
        if not isinstance(part, nn.Linear | Conv1D) or not _same(call.taken, given):
            continue
        if call.taken.shape[-1] != given.shape[2] * given.shape[3]:
            continue
        takers = (later.part for later in calls if _same(later.taken, call.made))
        return Projection(part, not any(list(taker.parameters()) for taker in takers), factor)
    return None


def _same(one: Tensor, other: Tensor) -> bool:
    return one.data_ptr() == other.data_ptr()
