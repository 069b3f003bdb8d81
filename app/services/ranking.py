"""Which heads differ most between two analyses."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field, GetPydanticSchema, WithJsonSchema
from pydantic_core.core_schema import any_schema

from ..errors import InvalidRequest
from ..metrics.comparing import Tally, evenly
from ..records import Doubles
from .aligned import Alignment, Pairing, Side, align, matched, side
from .analyses import Held
from .choice import Reading, Unit, Unset
from .comparison import by_rows

PerHead = Annotated[
    Doubles,
    GetPydanticSchema(lambda *_: any_schema()),
    WithJsonSchema({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}),
]
BUDGET_CELLS = 1 << 23
"""Weights of one side that a ranking reads: rows are sampled where there are more."""
FEWEST_ROWS = 8


class RankingQuestion(Reading, Pairing):
    layer: Annotated[int, Field(ge=0)] | Unset = Field(
        default=None,
        description="With `head`: every head of B against this one of A. Without: every head "
        "against the same head, for two analyses of equal shape.",
    )
    head: Annotated[int, Field(ge=0)] | Unset = None


@dataclass(frozen=True)
class Ranking:
    """How far every head is from the same head, or from one."""

    unit: Unit
    layers: tuple[int, ...]
    """True indices of B's."""
    heads: tuple[int, ...]
    mean_abs: PerHead | None
    """[layer][head], over queries and keys that both have; null without any."""
    jsd: PerHead | None
    """In bits, as in a comparison."""
    rows: int
    """Of the `aligned` ones, read evenly spaced."""
    aligned: int


def rank(a: Held, b: Held, asked: RankingQuestion) -> Ranking:
    """BLOCKING. Raises InvalidRequest for what there is not, NotSupported."""
    found = align(a, b, asked)
    one, other = _sides(a, b, asked, found)
    queries, keys = matched(found.queries), matched(found.keys)
    per_row = len(other.selection.layers) * len(other.selection.heads) * len(found.keys)
    sampled = queries[evenly(len(queries), max(FEWEST_ROWS, BUDGET_CELLS // per_row))]
    tallies = []
    for ours, theirs in _by_layer(one, other):
        tally = Tally(queries, keys)
        for _, slots, *rows in by_rows(ours, theirs, sampled):
            tally.add(slots, *rows)
        tallies.append(tally)
    return Ranking(
        unit=found.unit,
        layers=other.selection.layers,
        heads=other.selection.heads,
        mean_abs=_stacked([tally.mean_abs() for tally in tallies]),
        jsd=_stacked([tally.jsd() for tally in tallies]),
        rows=len(sampled),
        aligned=len(queries),
    )


def _sides(a: Held, b: Held, asked: RankingQuestion, found: Alignment) -> tuple[Side, Side]:
    if (asked.layer is None) != (asked.head is None):
        raise InvalidRequest("Name both `layer` and `head` of A, or neither.")
    other = side(b, 1, found, asked)
    if asked.layer is not None and asked.head is not None:
        return side(a, 0, found, asked, layers=(asked.layer,), heads=(asked.head,)), other
    one = side(a, 0, found, asked)
    if one.selection.shape[:2] != other.selection.shape[:2]:
        raise InvalidRequest(
            "These two have different numbers of layers or heads. Name the `layer` and `head` of A "
            "that every head of B is compared with."
        )
    return one, other


def _by_layer(one: Side, other: Side) -> list[tuple[Side, Side]]:
    """The same layer of both, or every layer of B with the only one of A."""
    layers = len(other.selection.layers)
    alone = len(one.selection.layers) == 1
    return [(_layer(one, 0 if alone else at), _layer(other, at)) for at in range(layers)]


def _layer(side: Side, at: int) -> Side:
    chosen = side.selection
    part = replace(chosen, places=(chosen.places[at],), layers=(chosen.layers[at],))
    return replace(side, selection=part)


def _stacked(layers: list[Doubles | None]) -> Doubles | None:
    found = [layer for layer in layers if layer is not None]
    return np.concatenate(found) if found else None
