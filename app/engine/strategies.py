"""The two ways to see attention: keep q, k and v, or keep the weights that the model returns."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..records import Layer, MaskKind, Report, TraceKind, unheard
from ..stopping import check_wanted
from .capture import IMPLEMENTATION, Site, listening, register
from .checks import Sample, SampleCheck, check_qkv, check_weights, rounding, sample_rows
from .keeping import Keeping
from .kernels import Kernel
from .masks import Mask, Recipe
from .trace import IN_MEMORY, QKVTrace, WeightsTrace

Inputs = dict[str, Tensor]
Visit = Callable[[int, Callable[[slice], Tensor]], None]
"""Gets a layer's place among those seen, and what gives the eager weights (B, H, rows, K) of some
of its query rows."""


class NoInterface(RuntimeError):
    """The model does not call transformers' attention interface."""


@dataclass(frozen=True)
class Seen:
    """One forward pass: for every layer a trace, a description and what its sampled rows show."""

    traces: tuple[QKVTrace | WeightsTrace, ...]
    layers: tuple[Layer, ...]
    checks: tuple[SampleCheck, ...]
    kernels: frozenset[Kernel] = frozenset({"eager"})
    rounding_max_error: float | None = None

    def row_sum_error(self) -> float:
        return worst(check.row_sum_error for check in self.checks)

    def output_max_error(self) -> float | None:
        errors = [check.output_max_error for check in self.checks]
        known = [error for error in errors if error is not None]
        return worst(known) if known else None


def worst(errors: Iterable[float]) -> float:
    """The largest error, and NaN if any is: `max` would pass over it."""
    return float(np.max(list(errors)))


class Strategy(Protocol):
    kind: TraceKind

    def prepare(self, model: Any) -> None:
        """Set a loaded model up, once. Raises NoInterface where this way is not open."""
        ...

    def run(
        self,
        model: Any,
        inputs: Inputs,
        item: int = 0,
        length: int | None = None,
        report: Report = unheard,
        keeping: Keeping = IN_MEMORY,
    ) -> Seen:
        """One forward pass; kept is item `item` of the batch, its first `length` positions.

        `report` hears how many layers are done, where the way allows it; so with `keeping`.
        """
        ...

    def eager(self, model: Any, inputs: Inputs, visit: Visit) -> None:
        """One more forward pass that shows the model's own eager weights, layer by layer."""
        ...


class KeepQKV:
    """For families whose modules call the attention interface."""

    kind: TraceKind = "qkv"
    _names: dict[nn.Module, str]
    _layers: tuple[Layer, ...] = ()
    """Told by the first pass; they are the model's and the same for every text."""

    def prepare(self, model: Any) -> None:
        register()
        # Private in transformers 5.23; without it BLOOM would take the name and compute nonsense.
        if not model._can_set_attn_implementation():
            raise NoInterface
        model.set_attn_implementation(IMPLEMENTATION)
        self._names = {module: name for name, module in model.named_modules()}

    @torch.inference_mode()
    def run(
        self,
        model: Any,
        inputs: Inputs,
        item: int = 0,
        length: int | None = None,
        report: Report = unheard,
        keeping: Keeping = IN_MEMORY,
    ) -> Seen:
        traces: list[QKVTrace] = []
        samples: list[Sample] = []
        kernels: set[Kernel] = set()
        first: list[Site] = []
        rounded: list[float] = []

        def keep(site: Site) -> None:
            trace = QKVTrace(site, item, length, keeping)
            traces.append(trace)
            if keeping.dtype != "float32":
                rounded.append(rounding(trace, site, item, length))
            samples.append(Sample.of(trace, site.output[item : item + 1]))
            kernels.add(site.kernel)
            if not self._layers:
                first.append(site)
            report(len(traces))

        with listening(keep):
            forward(model, inputs)
        if not traces:
            raise NoInterface
        if not self._layers:
            self._layers = self._describe(first, traces)
        return Seen(
            tuple(traces),
            self._layers,
            check_qkv(samples),
            frozenset(kernels),
            worst(rounded) if rounded else None,
        )

    def _describe(self, sites: Sequence[Site], traces: Sequence[QKVTrace]) -> tuple[Layer, ...]:
        indices = layer_indices([self._names[site.module] for site in sites])
        return tuple(map(_described, indices, sites, traces))

    def eager(self, model: Any, inputs: Inputs, visit: Visit) -> None:
        seen = 0

        def show(site: Site) -> None:
            nonlocal seen
            visit(seen, site.eager_weights)
            seen += 1

        with listening(show):
            forward(model, inputs)


class KeepWeights:
    """For families that compute attention by themselves and return their weights."""

    kind: TraceKind = "weights"

    def prepare(self, model: Any) -> None:
        model.set_attn_implementation("eager")
        for part in model.modules():
            if isinstance(part, nn.ModuleList):
                for layer in part:
                    layer.register_forward_pre_hook(_before_a_layer)

    def run(
        self,
        model: Any,
        inputs: Inputs,
        item: int = 0,
        length: int | None = None,
        report: Report = unheard,  # noqa: ARG002 (the model runs in one go)
        keeping: Keeping = IN_MEMORY,  # noqa: ARG002 (weights are kept as the model gave them)
    ) -> Seen:
        span = slice(length)
        kept = {
            index: WeightsTrace(weights[item][:, span, span])
            for index, weights in eager_attentions(model, inputs).items()
        }
        layers = (_described_by_weights(index, trace) for index, trace in kept.items())
        checks = (check_weights(trace) for trace in kept.values())
        return Seen(tuple(kept.values()), tuple(layers), tuple(checks))

    def eager(self, model: Any, inputs: Inputs, visit: Visit) -> None:
        for place, weights in enumerate(eager_attentions(model, inputs).values()):
            visit(place, partial(_rows, weights))


def forward(model: Any, inputs: Inputs, **options: Any) -> Any:
    with torch.inference_mode():
        return model(**inputs, return_dict=True, **options)


def eager_attentions(model: Any, inputs: Inputs) -> dict[int, Tensor]:
    """By layer, the weights (batch, heads, queries, keys) that the model itself returns.

    Only a model whose implementation is "eager" returns any.
    """
    attentions = forward(model, inputs, output_attentions=True).get("attentions") or ()
    return {index: weights for index, weights in enumerate(attentions) if weights is not None}


def layer_indices(paths: Sequence[str]) -> list[int]:
    """The layer number in each module path, or the order of the calls where modules are shared.

    `module.layer_idx` is no guide: some families lack it, ALBERT calls one module for every layer,
    and hybrid models skip the layers that have no attention.
    """
    numbers = [re.findall(r"\d+", path) for path in paths]
    found = [int(number[0]) for number in numbers if number]
    rising = len(found) == len(paths) and all(a < b for a, b in pairwise(found))
    return found if rising else list(range(len(paths)))


def _before_a_layer(_module: nn.Module, _inputs: Any) -> None:
    check_wanted()


def _rows(weights: Tensor, rows: slice) -> Tensor:
    return weights[:, :, rows]


def _described(index: int, site: Site, trace: QKVTrace) -> Layer:
    recipe: Recipe | None = getattr(site.mask, "recipe", None)
    mask: Mask = recipe or site.scores.mask
    causal = mask.kind == "causal"
    if mask.window is not None:
        causal = mask.window.after == 0
    elif mask.kind == "other":
        everything = slice(None)
        causal = not any(
            trace.allowed(slice(row, row + 1), everything)[0, row + 1 :].any()
            for row in range(trace.queries)[sample_rows(trace.queries)]
        )
    return Layer(index, trace.heads, trace.kv_heads, causal, mask.window, mask.kind)


def _described_by_weights(index: int, trace: WeightsTrace) -> Layer:
    seen = (trace.weights > 0).any(dim=0)
    causal = not bool(seen.triu(1).any())
    rule = torch.ones_like(seen)
    rule = rule.tril() if causal else rule
    kind: MaskKind = "causal" if causal else "full"
    kind = kind if torch.equal(seen, rule) else "other"
    return Layer(index, trace.heads, trace.heads, causal, None, kind)
