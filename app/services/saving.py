"""An analysis as a file of the kind that its suffix says: a figure, or weights"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from ..errors import InvalidRequest
from .analyses import Held
from .answer import answer
from .choice import Choice, Format
from .figure import FigureChoice, FigureFormat, draw, plan
from .natural import choose
from .selection import select
from .writing import about, written

PAGE = "html"
SUFFIXES = (*get_args(FigureFormat), *get_args(Format), PAGE)

Chosen = tuple[Any, ...]
"""Stack, layers, heads, queries and keys, as Python names them."""


def suffix_of(path: str | os.PathLike[str]) -> str:
    """Which kind of file this is to be. Raises InvalidRequest."""
    suffix = Path(path).suffix.removeprefix(".")
    if suffix not in SUFFIXES:
        raise InvalidRequest(
            f"The suffix of the file says its format: {', '.join(f'.{one}' for one in SUFFIXES)}."
        )
    return suffix


def drawn(held: Held, format: str, chosen: Chosen, read: Mapping[str, Any]) -> bytes:
    """A figure. Raises HeadscopeError."""
    asked = choose(FigureChoice, held.run, *chosen, format=format, **read)
    return draw(held, plan(held, asked, sys.maxsize))


def content_of(held: Held, kind: str, chosen: Chosen, read: Mapping[str, Any]) -> bytes:
    """A figure or weights, by the suffix of the file. Raises HeadscopeError."""
    if kind in get_args(FigureFormat):
        return drawn(held, kind, chosen, read)
    choice = choose(Choice, held.run, *chosen, format=kind, **read)
    found = answer(held.run, select(held.run, held.request, choice, sys.maxsize))
    return written(held, found, about(held, found))
