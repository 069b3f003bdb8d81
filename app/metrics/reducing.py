"""One picture out of many heads: their mean or their maximum."""

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np

from ..records import Floats

Reduction = Literal["mean", "max", "heads-mean", "heads-max"]


def over_heads(weights: Floats, how: Reduction | None) -> Floats:
    """(heads, queries, keys) to (1, queries, keys), or unchanged without a reduction."""
    if how is None:
        return weights
    largest = how in ("max", "heads-max")
    reduced: Floats = (np.max if largest else np.mean)(weights, axis=0, keepdims=True)
    return reduced


def over_layers(parts: Iterable[Floats], how: Reduction | None) -> Iterator[Floats]:
    """Layers reduced over their heads already; `mean` and `max` make one of them all.

    Holds one layer beside the result, however many there are.
    """
    if how not in ("mean", "max"):
        yield from parts
        return
    rest = iter(parts)
    result, count = next(rest), 1
    for part in rest:
        (np.maximum if how == "max" else np.add)(result, part, out=result)
        count += 1
    yield result / np.float32(count) if how == "mean" else result
