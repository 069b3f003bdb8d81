"""One head: its cells, every query on the left and every key on top, by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from ..records import Bools
from .colour import Palette, hexadecimal, place
from .figure import Figure, Panel
from .marks import image, rect, shortened, text, width_of
from .words import WORDS

MOST_RECTANGLES = 128
"""Cells each way that are rectangles of their own; above, they are one picture."""
GAPS_UP_TO = 64
LARGEST_CELL, SMALLEST_CELL = 28, 12
SIDE = 640
PICTURE_SIDE = 768
LABEL = 13
"""Pixels that a label needs beside the next."""
THINNEST_HATCH = 2


@dataclass(frozen=True)
class Drawn:
    marks: list[str]
    right: float
    bottom: float


def draw(figure: Figure, colours: Palette, x: float, y: float) -> Drawn:
    """The only head of a figure, with (x, y) as the corner of all that belongs to it."""
    ((panel,),) = figure.panels
    rows, columns = panel.weights.shape
    words = WORDS[figure.lang]
    cell = cell_size(max(rows, columns))
    turn = -45 if cell >= 18 else -90
    queries, keys = (list(map(shortened, labels)) for labels in (figure.queries, figure.keys))
    longest = max(width_of(label, 12) for label in keys)
    left = x + 24 + max(width_of(label, 12) for label in queries) + 6
    above = y + 20 + (longest * 0.71 + 14 if turn == -45 else longest + 8)
    width, height = columns * cell, rows * cell
    marks = [
        text(left + width / 2, y + 8, words["keys"], colours.muted, anchor="middle"),
        text(
            x + 10, above + height / 2, words["queries"], colours.muted, anchor="middle", turn=-90
        ),
        *cells(figure, panel, colours, left, above, width, height),
    ]
    for at in shown(len(figure.queries), cell):
        middle = above + (at + 0.5) * cell + 4
        marks.append(text(left - 6, middle, queries[at], colours.ink, anchor="end"))
    for at in shown(len(figure.keys), cell):
        middle = left + (at + 0.5) * cell + 4
        marks.append(text(middle, above - 6, keys[at], colours.ink, turn=turn))
    overhang = max(0, longest * 0.71 - cell / 2 if turn == -45 else 0)
    return Drawn(marks, left + width + overhang, above + height)


def cell_size(most: int) -> float:
    if most > MOST_RECTANGLES:
        return PICTURE_SIDE / most
    return min(LARGEST_CELL, max(SMALLEST_CELL, SIDE // most))


def shown(count: int, cell: float) -> range:
    """The labels that have room."""
    return range(0, count, max(1, ceil(LABEL / cell) if cell < SMALLEST_CELL else 1))


def cells(
    figure: Figure, panel: Panel, colours: Palette, x: float, y: float, width: float, height: float
) -> Iterator[str]:
    """The cells of a head in a frame, grey where the mask is, hatched where a key is struck.

    Those at 0 have the colour of the surface, which is there.
    """
    rows, columns = panel.weights.shape
    steps = place(panel.weights, figure.scale, figure.top)
    across, down = width / columns, height / rows
    if max(rows, columns) <= MOST_RECTANGLES and min(across, down) >= SMALLEST_CELL:
        on = panel.seen & ~figure.struck & (steps > 0)
        gap = 1 if max(rows, columns) <= GAPS_UP_TO else 0
        for row, column in zip(*np.nonzero(on), strict=True):
            fill = hexadecimal(colours.ramp[steps[row, column]])
            yield rect(x + column * across, y + row * down, across - gap, down - gap, fill)
        for row in range(rows):
            for start, stop in runs(~panel.seen[row]):
                wide = (stop - start) * across
                yield rect(x + start * across, y + row * down, wide, down, colours.masked)
    else:
        masked = np.frombuffer(bytes.fromhex(colours.masked[1:]), np.uint8)
        pixels = np.where(panel.seen[..., None], colours.ramp[steps], masked)
        yield image(x, y, width, height, pixels)
    for column in np.flatnonzero(figure.struck):
        for start, stop in runs(panel.seen[:, column]):
            wide, high = max(across, THINNEST_HATCH), (stop - start) * down
            for fill in (colours.surface, "url(#hatch)"):
                yield rect(x + column * across, y + start * down, wide, high, fill)
    yield rect(x, y, width, height, "none", stroke=colours.muted, stroke_width="0.5")


def runs(flags: Bools) -> Iterator[tuple[int, int]]:
    """(start, stop) of each unbroken run of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
