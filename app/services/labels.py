"""What stands beside the numbers of an answer: a label for every query and key that was chosen."""

from ..records import Run, Token
from .selection import Selection, Span, choose_stack


def labels(run: Run, chosen: Selection) -> tuple[list[str], list[str]]:
    """Of queries and keys, in the order chosen; none where no key is meant (part=sink_mass)."""
    stack = choose_stack(run, chosen.stack)
    keys = [] if chosen.part == "sink_mass" else _along(run.tokens[stack.keys], chosen.keys)
    return _along(run.tokens[stack.queries], chosen.queries), keys


def _along(tokens: tuple[Token, ...], span: Span) -> list[str]:
    return [token.text for start, stop in span.ranges for token in tokens[start:stop]]
