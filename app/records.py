"""The nouns that every room shares: plain frozen records, without torch and without fastapi."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

StackName = Literal["encoder", "decoder", "cross"]
Axis = Literal["input", "target"]
MaskKind = Literal["full", "causal", "sliding", "other"]
TraceKind = Literal["qkv", "weights"]
ViewName = Literal["heatmap", "lines", "arithmetic", "layer", "layers", "compare"]
VIEWS: tuple[ViewName, ...] = get_args(ViewName)
NoView = Literal["weights-only", "saved", "given"]
Report = Callable[[float], None]
"""Hears how far a piece of work is, from the thread that does it."""
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


def unheard(*_: float) -> None:
    """The `Report` of those who do not ask how far it is."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Who hears of an analysis while it is made."""

    layers: Report = unheard
    """How many layers are done."""
    room: Callable[[float, float], None] = unheard
    """How many bytes the trace will take in memory and in files, before it takes them."""


NOBODY = Reports()


@dataclass(slots=True)
class Token:
    """One position of an axis. `start` and `end` count code points of its own segment's text.

    Nobody changes one; it is not frozen because that makes thousands of them take thrice as long.
    """

    index: int
    id: int
    text: str
    special: bool
    unknown: bool
    word: int | None
    start: int
    end: int
    segment: int
    added: bool
    """Put there by the tokenizer (a BOS, a separator), not by the text."""


@dataclass(frozen=True, slots=True)
class Window:
    """How many keys a query of a sliding layer sees beside its own."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Layer:
    index: int
    heads: int
    kv_heads: int
    causal: bool
    window: Window | None
    mask: MaskKind


@dataclass(frozen=True, slots=True)
class Stack:
    """The attention of one stack of layers. `views` are what the page can show of it, `no_views`
    what it cannot, each with its reason: `weights-only` (the model hands out no queries, keys and
    values), `saved` (a saved page holds weights alone) or `given` (weights made elsewhere)."""

    name: StackName
    queries: Axis
    keys: Axis
    layers: tuple[Layer, ...]
    methods: tuple[str, ...] = ("weights",)
    views: tuple[ViewName, ...] = VIEWS
    no_views: dict[ViewName, NoView] = field(default_factory=dict)

    def without(self, view: ViewName, why: NoView) -> "Stack":
        """The same with a view less; one that it lacks already keeps its reason."""
        views = tuple(name for name in self.views if name != view)
        return replace(self, views=views, no_views={view: why, **self.no_views})


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What an analysis says about the model that made it."""

    id: str
    revision: str
    family: str
    dtype: str
    device: str
    trace: TraceKind
    kernel: Literal["sdpa", "eager", "unknown"]
    """Unknown, as the device is, of weights that were computed elsewhere."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """One model run on one input, every field at its resolved value."""

    model: str
    text: str
    text_pair: str | None = None
    target: str | None = None
    add_special_tokens: bool = True
    parse_special: bool = True
    truncate: bool = False

    def texts(self, axis: Axis) -> tuple[str, ...]:
        """The segments in which the offsets of this axis's tokens count."""
        texts = (self.text, self.text_pair) if axis == "input" else (self.target,)
        return tuple(text for text in texts if text is not None)


@dataclass(frozen=True, slots=True)
class EagerCheck:
    stack: StackName
    layer: int
    heads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """What was measured on this very analysis; None is "not measured", never "good"."""

    output_max_error: float | None
    row_sum_error: float | None
    sampled: str
    eager_max_error: float | None = None
    eager_checked: tuple[EagerCheck, ...] = ()
    rounding_max_error: float | None = None
    """Largest difference in the sampled rows between weights from q and k as they are kept and as
    the pass had them; null where they are kept as they were."""


@dataclass(frozen=True, slots=True)
class AttentionTime:
    """Median over the passes of the time inside a model's attention functions, in ms."""

    sdpa: float | None
    eager: float | None
    """By the model's own function, which holds all weights of a layer in memory."""


@dataclass(frozen=True, slots=True)
class AttentionBytes:
    weights: int
    """Of all heads of all layers."""
    weights_measured: bool
    """Whether those are arrays that were there, or layers x heads x tokens^2 x 4."""
    kept: int
    """What the trace of an analysis of this length keeps, as it was there."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model's attention took for one text of random tokens, here and now."""

    model: str
    tokens: int
    layers: int
    heads: int
    """Of one layer."""
    device: str
    dtype: str
    threads: int
    kernel: Literal["sdpa", "eager"]
    """Of the attention in `forward_ms`."""
    repeats: int
    """Passes behind `forward_ms`."""
    forward_ms: float
    """Median of the whole forward pass."""
    attention_ms: AttentionTime
    attention_bytes: AttentionBytes
    reason: str | None
    """Why a time is null."""


TraceDtype = Literal["float32", "float16"]


@dataclass(frozen=True)
class Bins:
    """Positions of one axis in the order asked for; bin i holds positions[edges[i]:edges[i+1]]."""

    positions: NDArray[np.int64]
    edges: NDArray[np.int64]


class SiteTrace(Protocol):
    """The attention of one layer for one input, any block of it exactly and on demand."""

    heads: int
    queries: int
    keys: int

    def block(
        self, heads: slice | list[int], queries: slice, keys: slice, exact: bool = True
    ) -> Floats:
        """Weights (heads, queries, keys) of that block, as the model's softmax had them.

        Not `exact` is enough to draw: rows of large scores are not summed, so a weight may be off
        by 1e-4 of itself.
        """
        ...

    def pooled_max(
        self, heads: slice | list[int], queries: Bins, keys: Bins, exact: bool = True
    ) -> Floats:
        """Largest weight of every cell (heads, query bins, key bins); 0 for a bin without keys."""
        ...

    def allowed(self, queries: slice, keys: slice) -> Bools:
        """Which keys (queries, keys) the model's mask lets each query see."""
        ...

    def sink_mass(self, heads: slice | list[int], queries: slice) -> Floats:
        """Share (heads, queries) of every row that went to a sink logit of the head's own."""
        ...


@dataclass(frozen=True)
class Arithmetic:
    """How one query of one head comes to its weights on the keys that were chosen, and its output.

    weight = exp(score - lse), score = cap(scaling sum(products) + bias), -inf where masked.
    """

    q: Doubles
    """(width,), as all that follows of this head."""
    k: Doubles
    """(chosen keys, width)"""
    v: Doubles
    """(chosen keys, value width)"""
    products: Doubles
    """q k by dimension (chosen keys, width)"""
    scores: Doubles
    bias: Doubles | None
    """By chosen key; None where the model adds nothing."""
    weights: Floats
    scaling: float
    softcap: float | None
    lse: float
    """Over all keys and the sink."""
    sink: float | None
    """A logit of the head's own that takes part in the softmax and has no key."""
    output: Doubles
    """Sum of weight v over all keys (value width,), before the output projection."""
    kv_head: int
    """Whose k and v these are: several heads may share one."""
    rotary: bool | None
    """Whether positions entered q and k by rotary embedding; None where that is not known."""


NoTokens = Literal["no-vocabulary", "untied", "normed"]
"""Why no tokens can be told for a write: the model has no vocabulary head that is a plain product
with the stream behind a last norm; has one of its own that is not in memory; or puts a norm between
its attention and the stream."""
NoWrite = Literal["gated", "no-model"]
"""Why no write can be told: the output is changed, as by a gate, before it is projected; or the
model has left memory and cannot be loaded again."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """A token, and its logit by a write alone."""

    id: int
    text: str
    logit: float


@dataclass(frozen=True)
class Write:
    """What a head adds to the residual stream at one query: its output times its part of the output
    projection, without a bias."""

    reason: NoWrite | NoTokens | None
    """Why something below is not there."""
    norm: float | None = None
    keys: Doubles | None = None
    """By chosen key, the norm of weight v W_O; they do not sum to that of the whole."""
    promotes: tuple[Promoted, ...] | None = None
    """The tokens whose logits the write raises most, by size."""
    demotes: tuple[Promoted, ...] | None = None
    """Those that it lowers most."""


@runtime_checkable
class FullTrace(SiteTrace, Protocol):
    """A trace that has queries, keys and values, and not their weights alone."""

    width: int
    value_width: int

    def arithmetic(self, head: int, query: int, keys: NDArray[np.int64]) -> Arithmetic:
        """How this query comes to its weights, told for these keys."""
        ...


@dataclass(frozen=True)
class Run:
    """What one forward pass left behind."""

    model: ModelFacts
    tokens: dict[Axis, tuple[Token, ...]]
    stacks: tuple[Stack, ...]
    traces: dict[StackName, tuple[SiteTrace, ...]] = field(repr=False)
    """By stack, in the order of `Stack.layers`."""
    truncated: bool
    nbytes: int
    """Of all traces, in memory and in files."""
    checks: Checks
    timing_ms: dict[str, float]
    mapped_bytes: int = 0
    """Of those, in files."""
