"""Layers, heads and positions as Python names them: numbers, slices, ranges, lists of these."""

from collections.abc import Iterable, Iterator, Sequence
from operator import index
from typing import Any, SupportsIndex, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..errors import InvalidRequest
from ..metrics.words import word_edges
from ..records import Run, StackName, Token
from .choice import Indices as IndexText
from .choice import Question, RangeList, Ranges, complaint
from .selection import choose_layers, choose_stack

Indices = SupportsIndex | slice | Iterable[SupportsIndex] | str
"""One, several (a slice counts along those there are), or a text such as "0,3,5"."""
Positions = SupportsIndex | slice | Iterable[SupportsIndex | slice | tuple[int, int]] | str
"""One, several, (start, stop) within a list of several, or a text such as "0:8,12:16"."""

Asked = TypeVar("Asked", bound=Question)

_INDEX_TEXT: TypeAdapter[tuple[int, ...]] = TypeAdapter(IndexText)
_RANGE_TEXT: TypeAdapter[Ranges] = TypeAdapter(RangeList)


def choose(
    kind: type[Asked],
    run: Run,
    stack: StackName | None,
    layers: Indices | None = None,
    heads: Indices | None = None,
    queries: Positions | None = None,
    keys: Positions | None = None,
    **others: Any,
) -> Asked:
    """The question of this kind that these values and `others`, as the API has them, ask.

    Raises InvalidRequest with a sentence.
    """
    of = choose_stack(run, stack)
    lengths = [_length(run.tokens[axis], others.get("unit")) for axis in (of.queries, of.keys)]
    try:
        places = [layer.index for layer in of.layers]
        chosen = layers if layers is None else indices(layers, places)
        count = of.layers[choose_layers(of, chosen)[0]].heads
        return kind(stack=of.name, **others).model_copy(
            update={
                "layers": chosen,
                "heads": heads if heads is None else indices(heads, range(count)),
                "queries": queries if queries is None else ranges(queries, lengths[0]),
                "keys": keys if keys is None else ranges(keys, lengths[1]),
            }
        )
    except ValidationError as error:
        raise complaint(error) from error


def _length(tokens: Sequence[Token], unit: str | None) -> int:
    return len(word_edges(tokens)) - 1 if unit == "word" else len(tokens)


def indices(value: Indices, known: Sequence[int]) -> tuple[int, ...]:
    """True indices; negative ones count from the last of `known`. Raises InvalidRequest."""
    if isinstance(value, str):
        return _INDEX_TEXT.validate_python(value)
    try:
        if isinstance(value, slice):
            found = tuple(known[value])
        else:
            several = [index(one) for one in _several(value)]
            found = tuple(known[one] if one < 0 else one for one in several)
    except (TypeError, IndexError):
        found = ()
    if not found:
        raise InvalidRequest(
            "Name layers and heads by a whole number, a slice, or several whole numbers; here they "
            f"go from {known[0]} to {known[-1]}."
        )
    return found


def ranges(value: Positions, length: int) -> Ranges:
    """start:stop of positions on an axis, neighbours joined. Raises InvalidRequest."""
    if isinstance(value, str):
        return _RANGE_TEXT.validate_python(value)
    try:
        found = tuple(_runs(at for part in _several(value) for at in _spelled(part, range(length))))
    except (TypeError, ValueError, IndexError):
        found = ()
    if not found:
        raise InvalidRequest(
            "Name queries and keys by a whole number, a slice, a range, or a list of these or of "
            f"(start, stop); here they go from 0 to {length - 1}."
        )
    return found


def _several(value: Any) -> Iterable[Any]:
    return [value] if isinstance(value, slice) or _is_whole(value) else value


def _is_whole(value: Any) -> bool:
    try:  # an array of numpy has `__index__` too, and refuses it where it holds several
        index(value)
    except TypeError:
        return False
    return True


def _spelled(part: Any, axis: range) -> Iterable[int]:
    """The positions of a number, a slice, a range or a (start, stop)."""
    if isinstance(part, slice):
        return axis[part]
    if _is_whole(part):
        return [axis[part]]
    if isinstance(part, range):
        return [axis[at] for at in part]
    start, stop = part
    return [axis[at] for at in range(start, stop)]


def _runs(positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    run: tuple[int, int] | None = None
    for position in positions:
        if run and position == run[1]:
            run = run[0], position + 1
            continue
        if run:
            yield run
        run = position, position + 1
    if run:
        yield run
