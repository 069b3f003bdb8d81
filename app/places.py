"""Where the page's own files lie: inside an installed package, beside it in a checkout."""

import re
from functools import cache
from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).parent
_ROOT = _PACKAGE if (_PACKAGE / "static").is_dir() else _PACKAGE.parent
STATIC = _ROOT / "static"
TEMPLATES = _ROOT / "templates"

_IMPORTED = re.compile(r'^(?:import|export)\b[^"]*"(\.[^"]+)";$', re.MULTILINE)
_IMPORTED_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')


def imports(module: str, later: bool = False) -> dict[str, str]:
    """The modules that this one imports, paths below `STATIC`, by the specifiers it writes.

    With those it imports `later`, when they are first needed.
    """
    path = STATIC / module
    text = path.read_text("utf-8")
    specifiers = _IMPORTED.findall(text) + (_IMPORTED_LATER.findall(text) if later else [])
    return {
        specifier: str(PurePosixPath((path.parent / specifier).resolve().relative_to(STATIC)))
        for specifier in specifiers
    }


@cache
def modules(entry: str, later: bool = False) -> tuple[str, ...]:
    """The ES modules that `entry` loads, itself first, each once: paths below `STATIC`."""
    found = {entry: None}
    for path in (queue := [entry]):
        for name in imports(path, later).values():
            if name not in found:
                found[name] = None
                queue.append(name)
    return tuple(found)
