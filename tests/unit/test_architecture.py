"""docs/architecture.md names every room of the code, with what its docstring says of it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {
    "routes": "parse, call a service, encode",
    "services": "use cases: what is held, one run for equal requests, what a selection names",
    "engine": "all that touches torch and transformers",
    "metrics": "numpy only",
    "figures": "what leaves the page as a file",
}


def tree() -> list[str]:
    lines = ["app/", *(_line(path, 2) for path in _modules(ROOT / "app"))]
    for room, meaning in ROOMS.items():
        lines.append(f"  {room + '/':<19}{meaning}")
        lines += [_line(path, 4) for path in _modules(ROOT / "app" / room)]
    return lines


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("__"))


def _line(path: Path, indent: int) -> str:
    """The module with the first sentence of its docstring."""
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    sentence = " ".join(said.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    return f"{'':<{indent}}{path.name:<{21 - indent}}{sentence}"


def test_the_floor_plan_in_the_documentation_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    plan = page.partition("```\napp/")[2].partition("```")[0]
    assert f"app/{plan}".splitlines() == tree()


def test_every_folder_of_the_code_has_its_place_in_the_plan() -> None:
    folders = {path.parent.name for path in (ROOT / "app").rglob("*.py")} - {"app"}
    assert folders == set(ROOMS)
