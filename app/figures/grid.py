"""Many heads: layers down, heads across, each by its name, on one colour scale."""

from .colour import Palette
from .figure import Figure
from .heatmap import Drawn, cells
from .marks import text

SIDE = 84
GAP = 10
NAME = 15


def draw(figure: Figure, colours: Palette, x: float, y: float) -> Drawn:
    """All heads of a figure; the queries of each go down and its keys across."""
    marks = []
    for down, row in enumerate(figure.panels):
        for across, panel in enumerate(row):
            left, above = x + across * (SIDE + GAP), y + NAME + down * (SIDE + GAP + NAME)
            marks.append(text(left, above - 4, panel.name, colours.muted, font_size="11"))
            marks += cells(figure, panel, colours, left, above, SIDE, SIDE)
    columns, rows = max(map(len, figure.panels)), len(figure.panels)
    return Drawn(marks, x + columns * (SIDE + GAP) - GAP, y + rows * (SIDE + GAP + NAME) - GAP)
