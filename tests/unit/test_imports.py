"""The arrows of the floor plan, read from the imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
FILES = sorted(APP.rglob("*.py"))
BASE = {"records", "errors", "settings", "places", "stopping", "logs"}
SIBLINGS = {"engine", "metrics", "figures"}
MAY_IMPORT = {
    "__init__": {"errors", "analysis", "showing"},
    "records": set(),
    "errors": set(),
    "settings": {"errors"},
    "places": set(),
    "stopping": set(),
    "logs": set(),
    "engine": BASE,
    "metrics": BASE,
    "figures": BASE,
    "services": BASE | SIBLINGS,
    "routes": BASE | {"services"},
    "main": BASE | SIBLINGS | {"services", "routes"},
    "reach": BASE,
    "protocol": set(),
    "serving": BASE | {"protocol", "main", "reach", "services"},
    "local": BASE | {"services"},
    "analysis": BASE | SIBLINGS | {"services", "local", "widget"},
    "widget": set(),
    "showing": BASE | {"services", "analysis"},
    "doctor": BASE | {"engine", "reach", "serving"},
    "cli": BASE | {"engine", "services", "analysis", "serving", "showing", "doctor"},
    "__main__": {"cli"},
}
ONLY_IN = {
    "torch": {"engine"},
    "transformers": {"engine"},
    "accelerate": {"engine"},
    "gguf": {"engine"},
    "huggingface_hub": {"engine"},
    "fastapi": {"main", "routes"},
    "prometheus_client": {"main", "routes"},
    "anywidget": {"widget"},
    "typer": {"cli", "serving"},
    "uvicorn": {"serving", "protocol"},
}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Level and dotted name of every import of a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.level, node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, alias.name) for alias in node.names)


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    """The other rooms that a file of app/ reaches by relative imports."""
    here = path.relative_to(APP).parts
    reached = set()
    for level, name in imported(path):
        if level:
            base = here[:-level]
            assert level <= len(here), f"{path} imports from outside app/"
            reached.add(room((*base, *name.split("."))))
    return reached - {room(here), "__version__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_imports_follow_the_arrows(path: Path) -> None:
    here = path.relative_to(APP).parts
    reached = rooms_imported(path)
    assert reached <= MAY_IMPORT[room(here)], f"{room(here)} may not know {reached}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    here = room(path.relative_to(APP).parts)
    for level, name in imported(path):
        library = name.partition(".")[0]
        if level == 0:
            assert library != "app", "imports inside app/ are relative: the wheel renames it"
            assert here in ONLY_IN.get(library, {here}), f"{here} may not import {library}"
