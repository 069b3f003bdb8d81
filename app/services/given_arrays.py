"""Attention as people have it (tensors, model outputs, caches), as arrays by stack and layer

No library is imported for this: what has `detach` is a tensor, what has `keys` holds several.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ..errors import InvalidRequest
from ..records import Floats, StackName

MAX_BYTES = 2_000_000_000
"""Of all weights as float32."""

Layers = dict[int, Floats]
"""By their index; (heads, queries, keys)."""

_STACKS: dict[str, StackName | None] = {
    "attentions": None,
    "attention": None,
    "encoder_attentions": "encoder",
    "encoder": "encoder",
    "decoder_attentions": "decoder",
    "decoder": "decoder",
    "cross_attentions": "cross",
    "cross": "cross",
}
_OUTPUTS = {"last_hidden_state", "logits"}
"""Of a model that was not asked for its attention."""
_PATTERN = "hook_pattern"
"""What TransformerLens calls attention weights."""
_EMPTY = (
    "There are no weights in this: a model that runs with SDPA or flash attention hands out none. "
    'Load it with attn_implementation="eager" and call it with output_attentions=True.'
)


@dataclass(frozen=True)
class Arrays:
    """Layers of each stack; `None` is a stack that nobody named."""

    stacks: dict[StackName | None, Layers]
    dtype: str
    """As they were given, before they became float32."""


def gather(attentions: Any, batch: int | None = None) -> Arrays:
    """Raises InvalidRequest with a sentence for what holds no attention that could be shown.

    `batch` chooses a text where there are several; with it, four axes are [text][head][query][key].
    """
    found = {
        stack: dict(layers) for stack, layers in _stacks(attentions, batch) if not _is_empty(layers)
    }
    if not found:
        raise InvalidRequest(_EMPTY)
    several = [layer for layers in found.values() for layer in layers.values()]
    size = 4 * sum(prod(layer.shape) for layer in several)
    if size > MAX_BYTES:
        raise InvalidRequest(
            f"These weights take {size / 1e9:,.1f} GB as float32 and the limit is "
            f"{MAX_BYTES / 1e9:,.1f} GB. Give fewer layers, or a shorter text."
        )
    arrays = {
        stack: {index: _float32(layer) for index, layer in layers.items()}
        for stack, layers in found.items()
    }
    return Arrays(arrays, _dtype(several[0]))


def _stacks(given: Any, batch: int | None) -> Iterator[tuple[StackName | None, dict[int, Any]]]:
    if not hasattr(given, "keys"):
        yield None, _layers(given, batch)
        return
    tensors = {str(name): given[name] for name in given.keys()}  # noqa: SIM118
    known = [name for name in _STACKS if name in tensors]
    if known:
        for name in known:
            yield _STACKS[name], {} if _is_empty(tensors[name]) else _layers(tensors[name], batch)
    elif _OUTPUTS & tensors.keys():
        return
    elif len(tensors) == 1 and _is_alone(*tensors):
        yield None, _layers(next(iter(tensors.values())), batch)
    else:
        yield from _numbered(tensors, batch).items()


def _is_alone(name: str) -> bool:
    """Whether a name says nothing of a layer; arr_0 is what numpy calls an array without one."""
    return name == "arr_0" or not any(map(str.isdigit, name))


def _numbered(
    tensors: Mapping[str, Any], batch: int | None
) -> dict[StackName | None, dict[int, Any]]:
    """Names that differ in one number are layers: arr_0, blocks.0.attn.hook_pattern."""
    wanted = {name: one for name, one in tensors.items() if name.endswith(_PATTERN)} or tensors
    kinds: dict[StackName | None, str] = {}
    stacks: dict[StackName | None, dict[int, Any]] = {}
    for name, tensor in wanted.items():
        kind, numbers = re.sub(r"\d+", "0", name), re.findall(r"\d+", name)
        stack = _stack_in(name)
        if len(numbers) != 1 or kinds.setdefault(stack, kind) != kind:
            raise InvalidRequest(
                "It holds several tensors, and their names do not say which are attention. Give "
                "them as attention, or as encoder, decoder and cross; or number the layers, as in "
                "layer_0, layer_1."
            )
        stacks.setdefault(stack, {})[int(numbers[0])] = _one(tensor, batch)
    return {stack: dict(sorted(layers.items())) for stack, layers in stacks.items()}


def _stack_in(name: str) -> StackName | None:
    if "cross" in name:
        return "cross"
    return "encoder" if name.startswith("encoder") else "decoder" if "decoder" in name else None


def _layers(given: Any, batch: int | None) -> dict[int, Any]:
    """(heads, queries, keys) of every layer, not yet float32."""
    if _is_empty(given):
        raise InvalidRequest(_EMPTY)
    if isinstance(given, list | tuple) and any(_holds_tensors(one) for one in given):
        raise InvalidRequest(
            "These are tensors of several steps, as generate() returns them. Call the model once "
            "on the whole text instead: model(tokens, output_attentions=True)."
        )
    if _holds_tensors(given):
        return {index: _one(one, batch) for index, one in enumerate(given) if one is not None}
    array = given if hasattr(given, "shape") else _nested(given)
    if len(array.shape) < 4 or (len(array.shape) == 4 and batch is not None):
        return {0: _one(array, batch)}
    return {index: _one(array[index], batch) for index in range(array.shape[0])}


def _one(tensor: Any, batch: int | None) -> Any:
    """(heads, queries, keys) of one layer."""
    tensor = tensor if hasattr(tensor, "shape") else _nested(tensor)
    axes = len(tensor.shape)
    if axes == 4:
        tensor = tensor[_text(tensor.shape[0], batch)]
    elif axes == 2:
        tensor = tensor[None]
    elif axes != 3:
        raise InvalidRequest(
            f"Attention has the axes [layer][head][query][key], or fewer; these tensors have {axes}"
            " axes for a layer. Give the weights behind the softmax, and nothing that is averaged."
        )
    if 0 in tensor.shape:
        raise InvalidRequest("One of the tensors has an axis of length 0. Give whole heads.")
    return tensor


def _text(count: int, batch: int | None) -> int:
    if batch is None and count > 1:
        raise InvalidRequest(
            f"There are {count} texts in this batch. Choose one by its number, from batch=0 to "
            f"batch={count - 1} (in the command: --batch)."
        )
    if batch is not None and not 0 <= batch < count:
        raise InvalidRequest(f"There is no such text in this batch; they go from 0 to {count - 1}.")
    return batch or 0


def _nested(given: Any) -> Floats:
    try:
        return np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(
            "This is no attention: give tensors, arrays, a model's output, a cache, or lists of "
            "numbers that are equally long on each axis."
        ) from error


def _is_empty(given: Any) -> bool:
    """None, (), and a tuple of None for every layer."""
    if given is None or isinstance(given, Mapping):
        return not given
    return isinstance(given, list | tuple) and all(one is None for one in given)


def _holds_tensors(given: Any) -> bool:
    return isinstance(given, list | tuple) and any(getattr(one, "shape", ()) for one in given)


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _float32(tensor: Any) -> Floats:
    if _dtype(tensor) not in ("float16", "bfloat16", "float32", "float64"):
        raise InvalidRequest(
            f"These tensors are of {_dtype(tensor)}. Weights are float16, bfloat16, float32 or "
            "float64."
        )
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu().float().numpy()
    return np.array(tensor, np.float32, order="C")  # the caller may go on with theirs
