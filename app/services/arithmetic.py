"""How one query of one head comes to its weights: every number of the formula."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, WithJsonSchema
from pydantic_core.core_schema import any_schema

from ..errors import NotSupported
from ..records import (
    Arithmetic,
    FullTrace,
    Layer,
    MaskKind,
    NoTokens,
    NoWrite,
    Promoted,
    Run,
    StackName,
    Write,
)
from .analyses import Writer
from .choice import RangeList, Ranges, Unset
from .limits import check_bytes
from .selection import check_indices, choose_heads, choose_layers, choose_span, choose_stack

Index = Annotated[int, Field(ge=0)]
Numbers = Annotated[
    NDArray[Any],
    GetPydanticSchema(lambda *_: any_schema()),
    WithJsonSchema({"type": "array", "items": {"type": "number"}}),
]


class Place(BaseModel):
    """One query of one head."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stack: StackName | Unset = Field(
        default=None, description="A stack of the analysis; its first."
    )
    layer: Index = Field(description="True index of the layer.")
    head: Index
    query: Index
    keys: RangeList | Unset = Field(
        default=None,
        description="start:stop of the keys to list; all. `lse` and `output` are over all keys.",
    )


@dataclass(frozen=True)
class Asked:
    """Everything resolved; equal questions about one analysis have equal answers."""

    stack: StackName
    layer: int
    head: int
    query: int
    keys: Ranges


@dataclass(frozen=True)
class Key:
    """weight = exp(score - lse), with score = cap(scaling sum(products) + bias); a cap c makes
    c tanh(x / c) of x."""

    index: int
    k: Numbers
    products: Numbers
    """q k, dimension by dimension."""
    score: float | None
    """Null where masked."""
    bias: float | None
    """Null where the model has none, or masked."""
    masked: bool
    weight: Annotated[
        np.float32, GetPydanticSchema(lambda *_: any_schema()), WithJsonSchema({"type": "number"})
    ]
    """As the attention call gives it."""
    v: Numbers
    write: float | None
    """Norm of weight v W_O, what the head writes of this key; null where that is not known."""


@dataclass(frozen=True)
class Written:
    """What the head adds to the residual stream: output W_O, its part of the output projection.

    A token's logit is W_U (N(write) - N(0)), by the model's last norm N and its vocabulary head
    W_U: the logit lens (nostalgebraist 2020) held over the write alone, and its direct contribution
    to the logits (Elhage et al. 2021) but for one positive factor, the same for all tokens.
    """

    norm: float | None
    promotes: tuple[Promoted, ...] | None
    """The tokens whose logits it raises most."""
    demotes: tuple[Promoted, ...] | None
    """Those that it lowers most."""
    reason: NoWrite | NoTokens | None
    """Why the tokens are null: `no-vocabulary`, the model has no vocabulary head that is one
    matrix; `untied`, the head is not in memory; `normed`, a norm stands between attention and
    stream. `gated`: the norm is null too, as the output is changed before it is projected; and so
    with `no-model`: the model has left memory and cannot be loaded again."""


@dataclass(frozen=True)
class Explanation:
    stack: StackName
    layer: int
    head: int
    query: int
    kv_head: int
    """Whose keys and values these are: several heads may share one."""
    head_dim: int
    causal: bool
    mask: MaskKind
    rotary: bool | None
    """Whether positions entered q and k by rotary embedding; null where that is not known."""
    q: Numbers
    keys: list[Key]
    scaling: float
    softcap: float | None
    lse: float
    """ln of the sum of exp(score) over all keys, and of exp(sink) where there is one."""
    sink: float | None
    """The logit of a head's own that takes a share of the row and has no key."""
    output: Numbers
    """Sum of weight v over all keys, before the output projection."""
    write: Written


def ask(run: Run, place: Place, limit_bytes: int) -> Asked:
    """Checks the question against the analysis, before anything is computed.

    Raises InvalidRequest for what the analysis does not have, NotSupported where it has weights
    only, AnswerTooLarge over `limit_bytes`.
    """
    stack = choose_stack(run, place.stack)
    places = choose_layers(stack, [place.layer])
    choose_heads(stack, places, [place.head])
    check_indices("query", [place.query], range(len(run.tokens[stack.queries])))
    span = choose_span(place.keys, len(run.tokens[stack.keys]), None, "keys")
    asked = Asked(stack.name, place.layer, place.head, place.query, span.ranges)
    _check_size(_trace(run, asked)[0], span.length, limit_bytes)
    return asked


def explain(run: Run, asked: Asked, writer: Writer | None) -> Explanation:
    """BLOCKING. Without a writer, for want of the model, all but the write."""
    trace, layer, place = _trace(run, asked)
    indices = np.concatenate([np.arange(start, stop) for start, stop in asked.keys])
    found = trace.arithmetic(asked.head, asked.query, indices)
    write = Write("no-model") if writer is None else writer(place, asked.head, found)
    return Explanation(
        stack=asked.stack,
        layer=asked.layer,
        head=asked.head,
        query=asked.query,
        kv_head=found.kv_head,
        head_dim=trace.width,
        causal=layer.causal,
        mask=layer.mask,
        rotary=found.rotary,
        q=found.q,
        keys=[_key(found, write, at, index) for at, index in enumerate(indices.tolist())],
        scaling=found.scaling,
        softcap=found.softcap,
        lse=found.lse,
        sink=found.sink,
        output=found.output,
        write=Written(write.norm, write.promotes, write.demotes, write.reason),
    )


def _key(found: Arithmetic, write: Write, at: int, index: int) -> Key:
    masked = bool(np.isneginf(found.scores[at]))
    return Key(
        index=index,
        k=found.k[at],
        products=found.products[at],
        score=None if masked else float(found.scores[at]),
        bias=None if masked or found.bias is None else float(found.bias[at]),
        masked=masked,
        weight=found.weights[at],
        v=found.v[at],
        write=None if write.keys is None else float(write.keys[at]),
    )


def _trace(run: Run, asked: Asked) -> tuple[FullTrace, Layer, int]:
    """Of the layer that is asked for, with its place in the stack."""
    layers = next(stack.layers for stack in run.stacks if stack.name == asked.stack)
    place = [layer.index for layer in layers].index(asked.layer)
    trace = run.traces[asked.stack][place]
    if not isinstance(trace, FullTrace):
        raise NotSupported(
            "This model computes its attention in its own way and hands out the weights only, so "
            "there are no queries and keys to show. Choose a model whose `trace` is qkv."
        )
    return trace, layers[place], place


_NUMBER, _REST = 25, 200
"""The longest float64 with the comma after it, and all else that a key or a token takes."""
_TOKENS = 20


def _check_size(trace: FullTrace, keys: int, limit_bytes: int) -> None:
    """Raises AnswerTooLarge by an upper bound of the answer's size."""
    per_key = (2 * trace.width + trace.value_width) * _NUMBER + _REST
    nbytes = keys * per_key + (trace.width + trace.value_width) * _NUMBER + (3 + _TOKENS) * _REST
    check_bytes(nbytes, limit_bytes, "Ask for a range of keys, such as keys=0:64.")
