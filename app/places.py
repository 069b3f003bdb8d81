"""Where the page's own files lie: inside an installed package, beside it in a checkout."""

import re
from functools import cache
from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).parent
_ROOT = _PACKAGE if (_PACKAGE / "static").is_dir() else _PACKAGE.parent
STATIC = _ROOT / "static"
TEMPLATES = _ROOT / "templates"

_IMPORTED = re.compile(r'^(?:import|export)\b[^"]*"(\.[^"]+)";$', re.MULTILINE)


def imports(module: str) -> dict[str, str]:
    """The modules that this one imports, paths below `STATIC`, by the specifiers it writes."""
    path = STATIC / module
    return {
        specifier: str(PurePosixPath((path.parent / specifier).resolve().relative_to(STATIC)))
        for specifier in _IMPORTED.findall(path.read_text("utf-8"))
    }


@cache
def modules(entry: str) -> tuple[str, ...]:
    """The ES modules that `entry` loads, itself first, each once: paths below `STATIC`."""
    found = {entry: None}
    for path in (queue := [entry]):
        for name in imports(path).values():
            if name not in found:
                found[name] = None
                queue.append(name)
    return tuple(found)
