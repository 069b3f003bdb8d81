"""A figure as SVG by itself: cells, labels, a colour bar and a caption, all text as text."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import grid, heatmap
from .colour import Palette, palette
from .figure import Figure
from .marks import FONTS, image, plain, rect, text, width_of, wrapped
from .words import WORDS

MARGIN = 16
LEAST_WIDTH = 560
BAR_WIDTH = 200
SMALL = "11"


@dataclass(frozen=True)
class Drawing:
    words: str
    """The SVG."""
    title: str
    """Escaped, as all words are."""
    width: int
    height: int


def svg(figure: Figure) -> Drawing:
    colours = palette(figure.theme)
    single = len(figure.panels) == len(figure.panels[0]) == 1
    drawn = (heatmap if single else grid).draw(figure, colours, MARGIN, 44)
    width = round(max(LEAST_WIDTH, drawn.right + MARGIN))
    lines = list(_lines(figure, width))
    below = drawn.bottom + 14
    height = round(below + 62 + 16 * len(lines))
    marks = [
        rect(0, 0, width, height, colours.surface),
        text(MARGIN, 28, _title(figure, width), colours.ink, font_size="16", font_weight="600"),
        *drawn.marks,
        *_legend(figure, colours, below),
        *(
            text(MARGIN, below + 58 + 16 * place, line, colours.muted, font_size=SMALL)
            for place, line in enumerate(lines)
        ),
    ]
    title = plain(f"{figure.title} {figure.model}")
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONTS}" font-size="12">'
        f"<title>{title}</title>{_hatch(colours)}{''.join(marks)}</svg>\n",
        title,
        width,
        height,
    )


def _title(figure: Figure, width: float) -> str:
    """As much as there is room for; the caption has all of it."""
    line, *more = wrapped(figure.title, 17, width - 2 * MARGIN)
    return f"{line[:-1]}…" if more else line


def _hatch(colours: Palette) -> str:
    lines = f'<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="{colours.hatch}" stroke-width="1.4"/>'
    tile = 'id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    return f"<defs><pattern {tile}>{lines}</pattern></defs>"


def _legend(figure: Figure, colours: Palette, y: float) -> Iterator[str]:
    """The colour bar with its scale's name, and what hatched and grey mean."""
    words = WORDS[figure.lang]
    (low, high), name = figure.ends, words[figure.scale] if figure.top else words["nothing"]
    beside: float = MARGIN
    if figure.top:
        beside += BAR_WIDTH + 14
        yield image(MARGIN, y, BAR_WIDTH, 10, colours.ramp[None])
        yield text(MARGIN, y + 24, low, colours.muted, font_size=SMALL)
        yield text(MARGIN + BAR_WIDTH, y + 24, high, colours.muted, anchor="end", font_size=SMALL)
    yield text(beside, y + 9, name, colours.muted, font_size=SMALL)
    swatches = {words[figure.hatch]: "url(#hatch)"} if figure.struck.any() else {}
    if not all(panel.seen.all() for row in figure.panels for panel in row):
        swatches[words["masked"]] = colours.masked
    for meaning, fill in swatches.items():
        yield rect(beside, y + 17, 14, 10, fill)
        yield text(beside + 19, y + 26, meaning, colours.muted, font_size=SMALL)
        beside += 19 + width_of(meaning, 11) + 12


def _lines(figure: Figure, width: float) -> Iterator[str]:
    (low, high), words = figure.ends, WORDS[figure.lang]
    scale = words["scale"].format(scale=words[figure.scale], low=low, high=high)
    for sentence in (figure.caption[0], scale, *figure.caption[1:]):
        yield from wrapped(sentence, 11, width - 2 * MARGIN)
