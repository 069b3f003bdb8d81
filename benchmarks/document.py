"""docs/benchmarks.md, from what was measured."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from string import Template

from .budget import Row
from .compare import Trial
from .engine import TILE
from .rivals.environment import COPIES, REQUIREMENTS

TEMPLATE = Path(__file__).with_name("document.md")
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def write(rows: list[Row], trials: list[Trial], **facts: str) -> None:
    """Raises KeyError where the template asks for a fact that is not given."""
    known = {
        "date": date.today().isoformat(),
        "tile": str(TILE),
        "rivals": ", ".join(line for line in REQUIREMENTS.read_text().splitlines() if "==" in line),
        "copies": ", ".join(copy.package for copy in COPIES),
        "budgets": _table(("what", "figure", "limit", "", "how"), map(_budget, rows)),
        "trials": _table(TRIAL, map(trial_cells, trials)),
    }
    DOCUMENT.write_text(Template(TEMPLATE.read_text()).substitute(known, **facts))


TRIAL = ("tool", "tokens", "model", "seconds", "data, MB", "code, MB", "browser's memory, MB")


def trial_cells(trial: Trial) -> tuple[str, ...]:
    named = (trial.tool, f"{trial.tokens:,}", trial.model)
    if trial.shown is None:
        return (*named, trial.failed, "", "", "")
    shown = trial.shown
    sizes = (shown.page_bytes / 1e6, shown.script_bytes / 1e6, shown.memory / 1e6)
    return (*named, f"{shown.seconds:.2f}", f"{sizes[0]:.2f}", f"{sizes[1]:.2f}", f"{sizes[2]:.0f}")


def _budget(row: Row) -> tuple[str, ...]:
    verdict, what, figure, limit, beside = row.cells
    return what, figure, limit, verdict, beside


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rule = ("---",) * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))
