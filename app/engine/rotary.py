"""Whether positions enter q and k by rotary embedding, read from the module's own code."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from weakref import WeakKeyDictionary

from torch import nn

_SETTINGS = ("rope_parameters", "rope_theta", "rope_scaling")


_known: WeakKeyDictionary[nn.Module, bool | None] = WeakKeyDictionary()
"""Every pass asks about every layer."""


def turns_by_position(module: nn.Module) -> bool | None:
    """None where the code of the module does not tell."""
    if module not in _known:
        _known[module] = _read(module)
    return _known[module]


def _read(module: nn.Module) -> bool | None:
    """By the conditions under which its code rotates.

    Most families rotate in every layer, some (Llama 4, SmolLM3) where `use_rope` is set, others
    under conditions of their own.
    """
    conditions = _conditions(type(module).forward)
    if conditions == {()}:
        return True
    if conditions == {("self.use_rope",)}:
        return bool(module.use_rope)
    config = getattr(module, "config", None)
    elsewhere = any(getattr(config, name, None) for name in _SETTINGS)
    return None if conditions or elsewhere else False


@cache
def _conditions(forward: Callable[..., object]) -> set[tuple[str, ...]]:
    """For every call that rotates: the conditions of the `if`s around it."""
    found: set[tuple[str, ...]] = set()

    def visit(node: ast.AST, around: tuple[str, ...]) -> None:
        if isinstance(node, ast.If):
            around = (*around, ast.unparse(node.test))
        if isinstance(node, ast.Call) and "rotary" in ast.unparse(node.func):
            found.add(around)
        for child in ast.iter_child_nodes(node):
            visit(child, around)

    visit(ast.parse(textwrap.dedent(inspect.getsource(forward))), ())
    return found
