"""An analysis as a page in one file, with the weights of some of its layers inside."""

import sys
from collections.abc import Iterator
from dataclasses import replace

from ..errors import AnswerTooLarge
from ..figures.standalone import standalone_page
from ..records import Stack
from .analyses import Analysis, Held
from .attention import attend
from .choice import Choice
from .natural import Indices, choose
from .selection import choose_layers, select


def page_of(held: Held, layers: Indices | None, limit_bytes: int) -> Analysis:
    """What a page of these layers tells. Raises AnswerTooLarge before anything is computed."""
    shown = replace(held.described(), stacks=tuple(_parts(held, layers)))
    _check_size(shown, limit_bytes)
    return shown


def written_page(held: Held, shown: Analysis) -> str:
    """BLOCKING. HTML that asks for nothing outside itself."""
    weights = b"".join(
        attend(held.run, select(held.run, held.request, choice, sys.maxsize)).tobytes()
        for stack in shown.stacks
        for choice in (Choice(stack=stack.name, layers=(layer.index,)) for layer in stack.layers)
    )
    return standalone_page(shown, shown.model.id, weights)


def _parts(held: Held, layers: Indices | None) -> Iterator[Stack]:
    """The stacks with these layers only, and with the views that need no more than weights."""
    for stack in held.run.stacks:
        places = choose_layers(stack, choose(Choice, held.run, stack.name, layers).layers)
        shown = replace(stack, layers=tuple(stack.layers[place] for place in places))
        yield shown.without("arithmetic", "saved")


def _check_size(shown: Analysis, limit_bytes: int) -> None:
    sizes = [
        4 * layer.heads * len(shown.tokens[stack.queries]) * len(shown.tokens[stack.keys])
        for stack in shown.stacks
        for layer in stack.layers
    ]
    if sum(sizes) <= limit_bytes:
        return
    fitting = limit_bytes // max(sizes)
    fewer = f"Ask for at most {fitting} of its layers, or take" if fitting else "Take"
    raise AnswerTooLarge(
        f"A page with these layers would hold {sum(sizes) / 1e6:,.1f} MB of weights and the limit "
        f"is {limit_bytes / 1e6:,.1f} MB. {fewer} a shorter text."
    )
