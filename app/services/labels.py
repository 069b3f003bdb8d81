"""What stands beside the numbers of an answer: a label for every query and key that was chosen."""

from ..records import Axis
from .analyses import Held
from .selection import Selection, Span, choose_stack
from .words import names


def labels(held: Held, chosen: Selection) -> tuple[list[str], list[str]]:
    """Of queries and keys, in the order chosen; none where no key is meant (part=sink_mass)."""
    stack = choose_stack(held.run, chosen.stack)

    def along(axis: Axis, span: Span) -> list[str]:
        named = names(held.run.tokens[axis], held.request.texts(axis), chosen.unit)
        return [name for start, stop in span.ranges for name in named[start:stop]]

    keys = [] if chosen.part == "sink_mass" else along(stack.keys, chosen.keys)
    return along(stack.queries, chosen.queries), keys
