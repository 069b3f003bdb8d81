"""An answer: the numbers in the form asked for, and what a client must know to read them."""

from dataclasses import dataclass
from typing import Annotated, Any

from numpy.typing import NDArray

from ..metrics.keeping import Between
from ..metrics.pooling import Pooling
from ..metrics.reducing import Reduction
from ..records import Run, StackName
from .attention import attend
from .choice import Dtype, Part, Ranges, Set, Unit, integers
from .selection import Selection

Bins = Annotated[tuple[int, int, int], integers(3)]


@dataclass(frozen=True)
class Description:
    """What the numbers are. `keys` is null where no key is meant (part=sink_mass)."""

    stack: StackName
    method: str
    part: Part
    unit: Unit
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
    """Keys. A word is hidden if all its tokens are; of any other the tokens that are left count."""
    between: Between | None
    keep: str | None
    sets: tuple[Set, ...]
    reduce: Reduction | None
    pool: Pooling | None
    dtype: Dtype
    scale: list[list[float]] | None
    """[layer][head] of the array, for uint8 and int8."""
    normalised: bool
    """Whether every row over all keys, with its share for a sink logit, sums to 1 before pooling,
    but for those in `empty_rows`."""
    empty_rows: tuple[int, ...]
    """Queries of which `renormalise` found nothing left in a head, since all that it sees is
    hidden: they stay 0. Such tokens do not count in the mean over the queries of a word."""
    approximate: bool
    """Whether the dtype, or what q and k are kept as, rounds more than float32."""


@dataclass(frozen=True)
class Answer:
    values: NDArray[Any]
    """[layer][head][query][key]"""
    description: Description
    selection: Selection


def answer(run: Run, chosen: Selection) -> Answer:
    """Computes what was selected. BLOCKING."""
    empty: set[int] = set()
    values = attend(run, chosen, empty)
    sink = chosen.part == "sink_mass"
    return Answer(
        values,
        Description(
            stack=chosen.stack,
            method="weights",
            part=chosen.part,
            unit=chosen.unit,
            layers=chosen.layers,
            heads=None if chosen.part == "mask" else chosen.heads,
            queries=chosen.queries.ranges,
            keys=None if sink else chosen.keys.ranges,
            query_bins=chosen.queries.bins,
            key_bins=None if sink else chosen.keys.bins,
            hidden=tuple(sorted({*chosen.hidden_keys, *chosen.off})),
            between=chosen.between,
            keep=None if chosen.keep is None else str(chosen.keep),
            sets=chosen.sets,
            reduce=chosen.reduce,
            pool=chosen.pool,
            dtype=chosen.dtype,
            scale=[[1.0] * values.shape[1]] * values.shape[0] if chosen.quantised else None,
            normalised=_sums_to_one(chosen),
            empty_rows=tuple(sorted(empty)),
            approximate=chosen.dtype != "float32" or run.checks.rounding_max_error is not None,
        ),
        chosen,
    )


def _sums_to_one(chosen: Selection) -> bool:
    whole = not chosen.hidden or chosen.renormalise
    whole = whole and not (chosen.between or chosen.keep or chosen.off)
    return chosen.part == "weights" and whole and chosen.reduce not in ("max", "heads-max")
