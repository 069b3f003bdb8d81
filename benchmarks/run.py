"""`make bench`: prints every budget beside its figure, and fails where one is missed.

python -m benchmarks.run [--write] [engine | memory | http | page | compare ...]
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterable, Iterator

from . import compare, document, engine, http, memory, page
from .budget import Row
from .compare import Trial
from .machine import load, machine, versions
from .serving import serving

PARTS = ("engine", "http", "page", "compare", "memory")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.run")
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all by default")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md too")
    said = parser.parse_args()
    parts = set(said.parts or PARTS)
    if not parts <= set(PARTS) or (said.write and parts != set(PARTS)):
        parser.error(f"the parts are {', '.join(PARTS)}; --write needs all of them")
    facts = {"machine": machine(), "versions": versions(), "load": load()}
    print("; ".join(facts.values()), flush=True)
    began = time.monotonic()
    rows, trials = _measure(parts)
    missed = [row for row in rows if not row.holds]
    minutes = f"{(time.monotonic() - began) / 60:.0f}"
    print(f"{len(rows) - len(missed)} of {len(rows)} budgets hold; it took {minutes} minutes")
    if said.write:
        document.write(rows, trials, minutes=minutes, **facts)
    return 1 if missed else 0


def _measure(parts: set[str]) -> tuple[list[Row], list[Trial]]:
    rows: list[Row] = []
    trials: list[Trial] = []
    if "engine" in parts:
        rows += _each("engine", engine.rows())
    if parts & {"http", "page", "compare"}:
        with serving() as base:
            served, trials = _served(parts, base)
        rows += served
    if "memory" in parts:
        rows += _each("memory", memory.rows())
    return rows, trials


def _served(parts: set[str], base: str) -> tuple[list[Row], list[Trial]]:
    rows: list[Row] = []
    trials: list[Trial] = []
    for name, part in {"http": http.rows, "page": page.rows}.items():
        if name in parts:
            rows += _each(name, part(base))
    if "compare" in parts:
        for trial in compare.trials(base):
            print("  ".join(document.trial_cells(trial)), flush=True)
            trials.append(trial)
        rows += _each("compare", compare.sentence(trials))
    return rows, trials


def _each(part: str, rows: Iterable[Row]) -> Iterator[Row]:
    """Prints each row as it comes; a part that breaks off is a row that misses."""
    try:
        for row in rows:
            _print(row)
            yield row
    except Exception as error:
        traceback.print_exc()
        broken = Row(f"{part}: all of it measured", None, 0, "", type(error).__name__)
        _print(broken)
        yield broken


def _print(row: Row) -> None:
    verdict, what, figure, limit, beside = row.cells
    print(f"{verdict:6}  {what:66} {figure:>9}  <= {limit:7}  {beside}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
