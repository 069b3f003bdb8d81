"""An answer: the numbers in the form asked for, and what a client must know to read them."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..metrics.pooling import Pooling
from ..metrics.quantising import to_int8, to_uint8
from ..metrics.reducing import Reduction
from ..records import Run, StackName
from .attention import attend
from .choice import Dtype, Part, Ranges, integers
from .labels import labels
from .selection import Selection

Bins = Annotated[tuple[int, int, int], integers(3)]


@dataclass(frozen=True)
class Description:
    """What the numbers are. `keys` is null where no key is meant (part=sink_mass)."""

    stack: StackName
    method: str
    part: Part
    unit: Literal["token", "word"]
    layers: tuple[int, ...]
    heads: tuple[int, ...] | None
    """Chosen, also where they were reduced; null for what has no heads (part=mask)."""
    queries: Ranges
    keys: Ranges | None
    query_bins: Bins | None
    """(start, stop, count) when pooled: bin i is start + floor(i n / count) up to the next, with
    n = stop - start. Several ranges count from 0 along the positions joined in their order."""
    key_bins: Bins | None
    hidden: tuple[int, ...]
    reduce: Reduction | None
    pool: Pooling | None
    dtype: Dtype
    scale: list[list[float]] | None
    """[layer][head] of the array, for uint8 and int8."""
    normalised: bool
    """Whether a row over all keys, with its share for a sink logit, sums to 1 before pooling."""
    approximate: bool
    """Whether the dtype, or what q and k are kept as, rounds more than float32."""


@dataclass(frozen=True)
class Answer:
    values: NDArray[Any]
    """[layer][head][query][key]"""
    description: Description
    selection: Selection
    queries: list[str]
    """Labels of the chosen queries, one for each position also where those are pooled."""
    keys: list[str]


def answer(run: Run, chosen: Selection) -> Answer:
    """Computes what was selected. BLOCKING."""
    weights = attend(run, chosen)
    sink = chosen.part == "sink_mass"
    return Answer(
        _in_dtype(weights, chosen.dtype),
        Description(
            stack=chosen.stack,
            method="weights",
            part=chosen.part,
            unit="token",
            layers=chosen.layers,
            heads=None if chosen.part == "mask" else chosen.heads,
            queries=chosen.queries.ranges,
            keys=None if sink else chosen.keys.ranges,
            query_bins=chosen.queries.bins,
            key_bins=None if sink else chosen.keys.bins,
            hidden=chosen.hidden,
            reduce=chosen.reduce,
            pool=chosen.pool,
            dtype=chosen.dtype,
            scale=[[1.0] * weights.shape[1]] * weights.shape[0] if chosen.quantised else None,
            normalised=_sums_to_one(chosen),
            approximate=chosen.dtype != "float32" or run.checks.rounding_max_error is not None,
        ),
        chosen,
        *labels(run, chosen),
    )


def _in_dtype(weights: NDArray[np.float32], dtype: Dtype) -> NDArray[Any]:
    match dtype:
        case "uint8":
            return to_uint8(weights, 1.0)
        case "int8":
            return to_int8(weights, 1.0)
        case _:
            return weights.astype(dtype, copy=False)


def _sums_to_one(chosen: Selection) -> bool:
    whole = not chosen.hidden or chosen.renormalise
    return chosen.part == "weights" and whole and chosen.reduce not in ("max", "heads-max")
