"""Headscope shows what every attention head of a pretrained transformer looks at.

`analyze(text)` runs a model on a text and gives its attention as numpy arrays. Importing this
package imports neither torch nor anything else that takes time; the first call does.
`show(attentions)` takes weights that are there already.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analysis import Analysis, analyze
    from .errors import HeadscopeError
    from .showing import show

__version__ = "0.1.0"
__all__ = ["Analysis", "HeadscopeError", "analyze", "show"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import analysis, errors, showing

        rooms = {"HeadscopeError": errors, "show": showing}
        return getattr(rooms.get(name, analysis), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
