"""Timing side by side, and the table that says which budget holds."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time

import numpy as np

PAIRS = 30


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure against its limit, and what it was measured beside."""

    what: str
    figure: float
    limit: float
    unit: str
    beside: str

    @property
    def holds(self) -> bool:
        return self.figure <= self.limit


@dataclass(frozen=True)
class Paired:
    """Medians of two things timed in turn, in milliseconds, and of their ratio pair by pair."""

    first: float
    second: float
    ratio: float
    cpu_ratio: float


def paired(
    first: Callable[[int], object], second: Callable[[int], object], pairs: int = PAIRS
) -> Paired:
    """A B B A ..., each call gets the number of its pair so that it can take another text."""
    for warm in (first, second, first, second):
        warm(0)
    wall, cpu = np.empty((pairs, 2)), np.empty((pairs, 2))
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            began, began_cpu = perf_counter(), process_time()
            (first, second)[which](pair)
            wall[pair, which] = perf_counter() - began
            cpu[pair, which] = process_time() - began_cpu
    medians = np.median(wall, axis=0) * 1e3
    ratios = [float(np.median(x[:, 0] / x[:, 1])) for x in (wall, cpu)]
    return Paired(float(medians[0]), float(medians[1]), *ratios)


def median_ms(call: Callable[[int], object], times: int = PAIRS) -> float:
    call(0)
    took = []
    for turn in range(times):
        began = perf_counter()
        call(turn)
        took.append(perf_counter() - began)
    return float(np.median(took)) * 1e3


def report(rows: list[Row]) -> bool:
    """Prints the table; False where a budget is missed."""
    for row in rows:
        verdict = "holds" if row.holds else "MISSED"
        figure, limit = (f"{value:.4g} {row.unit}".strip() for value in (row.figure, row.limit))
        print(f"{verdict:6}  {row.what:58} {figure:>12}  <= {limit:10}  {row.beside}")
    return all(row.holds for row in rows)
