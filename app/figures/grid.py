"""Many heads: layers down, heads across, each by its name, on one colour scale."""

from .colour import Palette
from .figure import Figure
from .heatmap import Drawn, cells
from .marks import text

WIDTH = 900
LARGEST, SMALLEST = 220, 84
GAP = 10
NAME = 15


def draw(figure: Figure, colours: Palette, x: float, y: float) -> Drawn:
    """All heads of a figure; the queries of each go down and its keys across."""
    columns, rows = max(map(len, figure.panels)), len(figure.panels)
    side = min(LARGEST, max(SMALLEST, WIDTH // columns - GAP))
    marks = []
    for down, row in enumerate(figure.panels):
        for across, panel in enumerate(row):
            left, above = x + across * (side + GAP), y + NAME + down * (side + GAP + NAME)
            marks.append(text(left, above - 4, panel.name, colours.muted, font_size="11"))
            marks += cells(figure, panel, colours, left, above, side, side)
    return Drawn(marks, x + columns * (side + GAP) - GAP, y + rows * (side + GAP + NAME) - GAP)
