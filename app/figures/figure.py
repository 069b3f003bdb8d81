"""What a figure shows: heads with the labels of their axes, and what is said below them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..records import Bools, Floats
from .colour import LOG_FLOOR, Scale, Theme
from .words import Language


@dataclass(frozen=True)
class Panel:
    """One head, or the mean or maximum of several."""

    name: str
    weights: Floats
    """(queries, keys)"""
    seen: Bools
    """Which keys the mask lets each query see."""


@dataclass(frozen=True)
class Figure:
    panels: tuple[tuple[Panel, ...], ...]
    """By layer and head."""
    queries: tuple[str, ...]
    """A label for each row of cells."""
    keys: tuple[str, ...]
    struck: Bools
    """Keys that are hidden or off the scale: their columns are hatched."""
    hatch: Literal["hidden", "off"]
    """Why columns are hatched: the keys are hidden, or off the scale."""
    title: str
    model: str
    caption: tuple[str, ...]
    scale: Scale
    theme: Theme
    lang: Language

    @cached_property
    def top(self) -> float:
        """The largest weight on the scale, which all panels share."""
        return max(
            float(panel.weights[panel.seen & ~self.struck].max(initial=0))
            for row in self.panels
            for panel in row
        )

    @property
    def ends(self) -> tuple[str, str]:
        """What the two ends of the colour bar say."""
        low = f"≤ {self.top * LOG_FLOOR:.1g}" if self.scale == "log" else "0"
        return low, f"{self.top:.2g}"
