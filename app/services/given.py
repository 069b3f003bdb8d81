"""Attention that was computed elsewhere, as an analysis: nothing vouches for it, and it says so"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np

from ..errors import InvalidRequest
from ..records import (
    AnalysisRequest,
    Axis,
    Checks,
    Floats,
    Layer,
    MaskKind,
    ModelFacts,
    Run,
    Stack,
    StackName,
)
from .analyses import Held, identity
from .given_arrays import Arrays, Layers
from .given_tokens import Line, Written, positions, written
from .given_trace import GivenTrace

TITLE = "your tensors"
UNKNOWN: Literal["unknown"] = "unknown"
LOOSE = 1e-2
"""Rows that sum to 1 within this do: bfloat16 alone moves their sums by 4e-3."""
_LARGEST = 1.001
_VERSION = "given"


@dataclass(frozen=True)
class Named:
    """What a stack of weights is, once all of them are known."""

    name: StackName
    queries: Axis
    keys: Axis
    layers: Layers


def hold(
    arrays: Arrays, tokens: Line | None, target_tokens: Line | None, title: str | None
) -> Held:
    """Raises InvalidRequest for weights that are none, and for tokens that do not fit them."""
    stacks = tuple(_named(arrays))
    weights = [layer for stack in stacks for layer in stack.layers.values()]
    for stack in stacks:
        for index, layer in stack.layers.items():
            _check(layer, f"layer {index} of the {stack.name}")
    lengths = _lengths(stacks)
    for axis, line in (("input", tokens), ("target", target_tokens)):
        if line is not None and axis not in lengths:
            named, other = ("tokens", "target_tokens")[:: 1 if axis == "input" else -1]
            raise InvalidRequest(
                f"No tensor has an axis for {named}. Give them as {other}, or leave them out."
            )
    axes = {
        axis: written(_fitting(line, axis, lengths[axis]))
        for axis, line in (("input", tokens), ("target", target_tokens))
        if axis in lengths
    }
    facts = ModelFacts(
        id=title or TITLE,
        revision=_revision(weights),
        family=UNKNOWN,
        dtype=arrays.dtype,
        device=UNKNOWN,
        trace="weights",
        kernel=UNKNOWN,
    )
    request = _request(facts.id, axes)
    run = Run(
        model=facts,
        tokens={axis: line.tokens for axis, line in axes.items()},
        stacks=tuple(_stack(stack) for stack in stacks),
        traces={stack.name: tuple(map(GivenTrace, stack.layers.values())) for stack in stacks},
        truncated=False,
        nbytes=sum(layer.nbytes for layer in weights),
        checks=Checks(None, max(map(_sum_error, weights)), "all queries of every layer"),
        timing_ms={},
    )
    return Held(identity(request, facts, _VERSION), request, run)


def _named(arrays: Arrays) -> Iterator[Named]:
    """Stacks in the order of a model; one that nobody named is what its weights look like."""
    found: dict[StackName, Layers] = {}
    for given, layers in arrays.stacks.items():
        name = given or _guess(layers, alone=len(arrays.stacks) == 1)
        if name in found:
            raise InvalidRequest(
                f"There are two stacks that look like the {name}. Name them: encoder, decoder and "
                "cross."
            )
        found[name] = layers
    both = len(found) > 1
    for name in ("encoder", "decoder", "cross"):
        if name in found:
            queries: Axis = "target" if name == "cross" or (name == "decoder" and both) else "input"
            keys: Axis = "target" if name == "decoder" and both else "input"
            yield Named(name, queries, keys, found[name])


def _guess(layers: Layers, alone: bool) -> StackName:
    """Beside cross-attention whatever is square belongs to the side that asks."""
    if any(layer.shape[1] != layer.shape[2] for layer in layers.values()):
        return "cross"
    return "decoder" if not alone or all(map(_is_causal, layers.values())) else "encoder"


def _is_causal(layer: Floats) -> bool:
    """Whether every head leaves every key behind its query at 0."""
    queries, keys = layer.shape[1:]
    return 1 < queries == keys and not layer[:, ~np.tri(queries, dtype=bool)].any()


def _stack(stack: Named) -> Stack:
    layers = tuple(
        Layer(index, len(layer), len(layer), _is_causal(layer), None, _mask(layer))
        for index, layer in stack.layers.items()
    )
    return Stack(stack.name, stack.queries, stack.keys, layers).without("arithmetic", "given")


def _mask(layer: Floats) -> MaskKind:
    if _is_causal(layer):
        return "causal"
    return "full" if (layer > 0).any(axis=0).all() else "other"


def _check(layer: Floats, where: str) -> None:
    """Raises InvalidRequest for numbers that no softmax gives."""
    if not np.isfinite(layer).all():
        raise InvalidRequest(
            f"There are weights in {where} that are not finite (NaN or infinite). Rows of padding "
            "often are: cut them off, or run one text at a time."
        )
    if layer.min() < 0:
        raise InvalidRequest(
            f"There are negative weights in {where}: these are scores before the softmax, or a "
            "difference. Give the weights behind the softmax."
        )
    if layer.max() > _LARGEST:
        raise InvalidRequest(
            f"There is a weight of {layer.max():.3g} in {where}, and none can be above 1. Give the "
            "weights behind the softmax, from a model in eval(): dropout makes them larger."
        )


def _sum_error(layer: Floats) -> float:
    return float(np.abs(layer.sum(axis=-1, dtype=np.float64) - 1).max())


def _lengths(stacks: Sequence[Named]) -> dict[Axis, int]:
    """Of every axis. Raises InvalidRequest where two arrays do not agree on one."""
    lengths: dict[Axis, int] = {}
    for stack in stacks:
        for index, layer in stack.layers.items():
            for axis, length in zip((stack.queries, stack.keys), layer.shape[1:], strict=True):
                if lengths.setdefault(axis, length) != length:
                    raise InvalidRequest(
                        f"Layer {index} of the {stack.name} has {layer.shape[1]} queries and "
                        f"{layer.shape[2]} keys, which does not fit {lengths[axis]} positions "
                        "elsewhere. All weights must be of one run over the whole text, without a "
                        "KV cache."
                    )
    return lengths


def _fitting(line: Line | None, axis: Axis, length: int) -> Line:
    if line is None:
        return positions(length)
    if len(line.spellings) != length:
        name = "tokens" if axis == "input" else "target tokens"
        raise InvalidRequest(
            f"The number of {name} is {len(line.spellings)} and the weights have {length} "
            "positions. Give one for every position, special tokens and padding among them."
        )
    return line


def _request(model: str, axes: dict[Axis, Written]) -> AnalysisRequest:
    text, *pair = axes["input"].texts if "input" in axes else ("",)
    target = "".join(axes["target"].texts) if "target" in axes else None
    return AnalysisRequest(model, text, pair[0] if pair else None, target)


def _revision(weights: Sequence[Floats]) -> str:
    """A hash of all weights: what figures name them by."""
    digest = sha256()
    for layer in weights:
        digest.update(repr(layer.shape).encode())
        digest.update(layer.data)
    return digest.hexdigest()[:40]
