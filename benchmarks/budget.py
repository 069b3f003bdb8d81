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
    figure: float | None
    """None where there was nothing to measure."""
    limit: float
    unit: str
    beside: str

    @property
    def holds(self) -> bool:
        return self.figure is not None and self.figure <= self.limit

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Verdict, what, figure, limit, beside."""
        verdict = "holds" if self.holds else "MISSED"
        figure = "none" if self.figure is None else f"{self.figure:.3g} {self.unit}"
        return verdict, self.what, figure, f"{self.limit:g} {self.unit}", self.beside


@dataclass(frozen=True)
class Paired:
    """Medians of two things timed in turn, in milliseconds, and of their ratio pair by pair."""

    first: float
    second: float
    ratio: float
    cpu_ratio: float


def paired(
    first: Callable[[int], object],
    second: Callable[[int], object],
    pairs: int = PAIRS,
    warm: bool = True,
) -> Paired:
    """A B B A ..., each call gets the number of its pair so that it can take another text."""
    for call in (first, second, first, second) if warm else ():
        call(0)
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
