"""Two analyses along common axes: which tokens or words of one are those of the other."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from weakref import ref

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, WithJsonSchema
from pydantic_core.core_schema import any_schema

from ..metrics.aligning import Integers, Line, align_tokens, align_words
from ..metrics.comparing import spread
from ..metrics.words import merge
from ..records import Axis, Floats, Run, Stack, StackName
from .analyses import Held
from .attention import attend
from .choice import Choice, Reading, Unit, Unset
from .selection import Selection, Span, choose_stack, select

Slots = Annotated[
    Integers,
    GetPydanticSchema(lambda *_: any_schema()),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4,
            },
        }
    ),
]  # fmt: skip

CHUNK_CELLS = 1 << 18
"""Weights of one side's tokens that are in memory at once, and after which work can stop."""
_UNBOUNDED = 1 << 62
"""The weights of tokens are read in such parts, and are not the answer."""


class Pairing(BaseModel):
    """How two analyses are aligned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stack: StackName | Unset = Field(default=None, description="A stack of A; its first.")
    other_stack: StackName | Unset = Field(
        default=None, description="A stack of B; the one named as A's, else its first."
    )
    unit: Unit = Field(
        default="token",
        description="Analyses of two models are always aligned by `word`. A unit of several tokens "
        "has the sum over its keys and the mean over its queries.",
    )


@dataclass(frozen=True)
class Alignment:
    """Each row is [a_start, a_stop, b_start, b_stop]: tokens of A and of B that are one unit. Both
    texts are covered once and in order; an empty range says that there is no counterpart."""

    unit: Unit
    stack: StackName
    other_stack: StackName
    queries: Slots
    keys: Slots


@dataclass(frozen=True)
class Side:
    """One of the two analyses, in the places of the alignment."""

    run: Run
    selection: Selection
    """Of the weights of its tokens."""
    queries: Integers
    """(slots, 2) start and stop of the units; empty where there is none."""
    keys: Integers

    def rows(self, slots: Integers) -> Floats:
        """(layers, heads, these slots, all key slots), 0 where this side has no such unit."""
        has = self.queries[slots, 1] > self.queries[slots, 0]
        places = np.flatnonzero(self.keys[:, 1] > self.keys[:, 0])
        if has.all() and len(places) == len(self.keys):
            return self._units(slots, places)
        rows = np.zeros((*self.selection.shape[:2], len(slots), len(self.keys)), np.float32)
        if has.any():
            rows[:, :, has] = spread(self._units(slots[has], places), places, len(self.keys))
        return rows

    def _units(self, slots: Integers, places: Integers) -> Floats:
        """Sums over the tokens of keys, means over those of queries."""
        lengths = self.queries[slots, 1] - self.queries[slots, 0]
        edges = np.append(0, np.cumsum(lengths))
        key_edges = np.append(self.keys[places, 0], self.keys[places[-1], 1])
        tokens = np.repeat(self.queries[slots, 0] - edges[:-1], lengths) + np.arange(edges[-1])
        if len(tokens) == len(slots) and key_edges[-1] == len(places):
            return self._tokens(tokens)
        layers, heads = self.selection.shape[:2]
        filled = self.selection.renormalise
        merged = merge(self._parts(tokens), layers * heads, edges, key_edges, filled=filled)
        return merged.reshape(layers, heads, *merged.shape[1:])

    def _parts(self, queries: Integers) -> Iterator[Floats]:
        """Their rows in steps of a bounded size, (layers x heads, some rows, tokens of keys)."""
        step = max(1, CHUNK_CELLS // (len(self.selection.heads) * self.selection.shape[3]))
        for first in range(0, len(queries), step):
            rows = self._tokens(queries[first : first + step])
            yield rows.reshape(-1, *rows.shape[2:])

    def _tokens(self, queries: Integers) -> Floats:
        rows = Span(tuple(_runs(queries)), None)
        return attend(self.run, replace(self.selection, queries=rows))


_KEPT: deque[tuple[ref[Run], ref[Run], tuple[Stack, Stack, bool], Alignment]] = deque(maxlen=8)
"""The last alignments: every head of a comparison asks for the same."""


def align(a: Held, b: Held, pairing: Pairing) -> Alignment:
    """BLOCKING. Raises InvalidRequest, AnswerTooLarge."""
    by_word = pairing.unit == "word" or a.run.model.id != b.run.model.id
    asked = (*stacks_of(a, b, pairing), by_word)
    for one, other, known, found in _KEPT.copy():
        if one() is a.run and other() is b.run and known == asked:
            return found
    made = _aligned(a, b, *asked)
    _KEPT.append((ref(a.run), ref(b.run), asked, made))
    return made


def _aligned(a: Held, b: Held, of: Stack, other: Stack, by_word: bool) -> Alignment:
    how = align_words if by_word else align_tokens

    def along(axis: Axis, other_axis: Axis) -> Integers:
        return how(_line(a, axis), _line(b, other_axis))

    queries = along(of.queries, other.queries)
    same = (of.queries, other.queries) == (of.keys, other.keys)
    keys = queries if same else along(of.keys, other.keys)
    return Alignment("word" if by_word else "token", of.name, other.name, queries, keys)


def stacks_of(a: Held, b: Held, pairing: Pairing) -> tuple[Stack, Stack]:
    """The two that are compared. Raises InvalidRequest."""
    of = choose_stack(a.run, pairing.stack)
    named = any(stack.name == of.name for stack in b.run.stacks)
    return of, choose_stack(b.run, pairing.other_stack or (of.name if named else None))


def side(held: Held, which: Literal[0, 1], found: Alignment, reading: Reading, **of: Any) -> Side:
    """A (0) or B (1); `of` chooses its layers and heads as the attention call does."""
    stack = (found.stack, found.other_stack)[which]
    choice = Choice(stack=stack, hide=reading.hide, renormalise=reading.renormalise, **of)
    bounds = slice(2 * which, 2 * which + 2)
    return Side(
        held.run,
        select(held.run, held.request, choice, _UNBOUNDED),
        found.queries[:, bounds],
        found.keys[:, bounds],
    )


def matched(slots: Integers) -> Integers:
    """Places that both sides have."""
    return np.flatnonzero((slots[:, 1] > slots[:, 0]) & (slots[:, 3] > slots[:, 2]))


def _line(held: Held, axis: Axis) -> Line:
    return Line(held.run.tokens[axis], held.request.texts(axis))


def _runs(positions: Integers) -> Iterator[tuple[int, int]]:
    """start:stop of neighbours that follow each other."""
    cuts = np.flatnonzero(np.diff(positions) != 1) + 1
    for run in np.split(positions, cuts):
        yield int(run[0]), int(run[-1]) + 1
