"""Each head in a few numbers: entropy, distance, and what takes its weight."""

from dataclasses import dataclass
from math import ceil
from sys import maxsize
from typing import Annotated, Literal

import numpy as np
from pydantic import GetPydanticSchema, WithJsonSchema
from pydantic_core.core_schema import any_schema

from ..metrics.heads import Tally
from ..metrics.hiding import hidden_keys
from ..records import AnalysisRequest, Doubles, Run, SiteTrace, StackName
from ..stopping import check_wanted
from .attention import CHUNK_CELLS, rows_of
from .choice import Choice, Heads, integers
from .limits import check_bytes
from .selection import Selection, choose_stack, select

MOST_CELLS = 512 * 512
"""Weights of a head that are looked at; where it has more, those of some rows."""
FEWEST_ROWS = 32

Rows = Annotated[tuple[int, int, int], integers(3)]
ByHead = Annotated[
    Doubles,
    GetPydanticSchema(lambda *_: any_schema()),
    WithJsonSchema(
        {"type": "array", "items": {"type": "array", "items": {"type": ["number", "null"]}}}
    ),
]
"""[layer][head]"""


@dataclass(frozen=True)
class Asked:
    """Everything resolved; equal questions about one analysis have equal answers."""

    selection: Selection
    rows: Rows
    special: dict[str, list[int]]
    punctuation: tuple[int, ...]
    square: bool
    """Whether queries and keys are the same positions."""


@dataclass(frozen=True)
class Measures:
    """Numbers of heads, each an array [layer][head]: means over the query rows `rows`."""

    stack: StackName
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    hidden: tuple[int, ...]
    """Keys that were read as 0."""
    renormalise: bool
    rows: Rows
    """start, stop, step of the queries that were measured."""
    sampled: bool
    """Whether those are some of many."""
    entropy: ByHead
    """-sum w log2 w of a row over its keys as it is: 3 bits are as wide as 8 equal weights."""
    entropy_unit: Literal["bit"]
    distance: ByHead | None
    """Mean |query - key| by weight, in tokens; null for a head without weight, and where queries
    and keys are two texts."""
    special: dict[str, ByHead]
    """What the special tokens take, by their text."""
    first: ByHead
    """What the first token takes, whatever it is."""
    punctuation: ByHead
    itself: ByHead | None
    """What queries give to their own place; null where queries and keys are two texts."""
    sink_mass: ByHead
    """What a sink logit of the head's own takes: it has no key."""


def ask(run: Run, request: AnalysisRequest, reading: Heads, limit_bytes: int) -> Asked:
    """Checks the question against the analysis, before anything is computed.

    Raises InvalidRequest for what the analysis does not have, AnswerTooLarge over `limit_bytes`.
    """
    selection = select(run, request, Choice.model_validate(reading.model_dump()), maxsize)
    stack = choose_stack(run, selection.stack)
    keys = run.tokens[stack.keys]
    special: dict[str, list[int]] = {}
    for token in keys:
        if token.special:
            special.setdefault(token.text, []).append(token.index)
    asked = Asked(
        selection=selection,
        rows=measured_rows(selection.queries.length, len(keys)),
        special=special,
        punctuation=hidden_keys(keys, request.texts(stack.keys), ["punctuation"]),
        square=stack.queries == stack.keys,
    )
    _check_size(asked, limit_bytes)
    return asked


def measured_rows(queries: int, keys: int) -> Rows:
    """start, stop, step: every row of a short text, evenly spread ones of a long one."""
    step = ceil(queries / max(FEWEST_ROWS, MOST_CELLS // keys))
    return step // 2, queries, step


def measure(run: Run, asked: Asked) -> Measures:
    """BLOCKING."""
    chosen = asked.selection
    traces = [run.traces[chosen.stack][place] for place in chosen.places]
    found = [_tally(trace, asked) for trace in traces]
    *special, first, punctuation = np.stack([tally.shares for tally in found], axis=1)
    return Measures(
        stack=chosen.stack,
        layers=chosen.layers,
        heads=chosen.heads,
        hidden=chosen.hidden,
        renormalise=chosen.renormalise,
        rows=asked.rows,
        sampled=asked.rows[2] > 1,
        entropy=np.stack([tally.entropy for tally in found]),
        entropy_unit="bit",
        distance=np.stack([tally.distance for tally in found]) if asked.square else None,
        special=dict(zip(asked.special, special, strict=True)),
        first=first,
        punctuation=punctuation,
        itself=np.stack([tally.itself for tally in found]) if asked.square else None,
        sink_mass=np.stack([_sink_mass(trace, asked) for trace in traces]),
    )


def _tally(trace: SiteTrace, asked: Asked) -> Tally:
    groups = [*asked.special.values(), [0], asked.punctuation]
    tally = Tally(len(asked.selection.heads), groups)
    rows = range(*asked.rows)
    at_once = max(1, CHUNK_CELLS // (trace.heads * trace.keys))
    for start in range(0, len(rows), at_once):
        check_wanted()
        some = rows[start : start + at_once]
        weights = rows_of(
            trace,
            asked.selection,
            [slice(some.start, some.stop, some.step)],
            asked.selection.keys,
        )
        tally.add(np.array(some), weights)
    return tally


def _sink_mass(trace: SiteTrace, asked: Asked) -> Doubles:
    shares = trace.sink_mass(list(asked.selection.heads), slice(*asked.rows))
    mean: Doubles = shares.mean(axis=1, dtype=np.float64)
    return mean


_NUMBER = 25
"""The longest float64 with the comma after it."""


def _check_size(asked: Asked, limit_bytes: int) -> None:
    """Raises AnswerTooLarge by an upper bound of the answer's size."""
    layers, heads, _, _ = asked.selection.shape
    nbytes = layers * heads * (len(asked.special) + 6) * _NUMBER
    check_bytes(nbytes, limit_bytes, "Ask for fewer layers or heads.")
