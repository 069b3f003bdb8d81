"""Marks of an SVG: text that stays text, rectangles, pictures of cells; nothing in them acts."""

import re
import struct
import unicodedata
import zlib
from base64 import b64encode
from html import escape
from itertools import chain

import numpy as np
from numpy.typing import NDArray

FONTS = (
    "Inter, system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'DejaVu Sans', Helvetica, Arial, sans-serif"
)
LONGEST_LABEL = 32
"""Characters."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(
    x: float, y: float, words: str, fill: str, *, anchor: str = "start", turn: int = 0, **more: str
) -> str:
    """`turn` in degrees around (x, y); `more` are attributes, such as font_size."""
    attributes = _attributes(more)
    if anchor != "start":
        attributes += f' text-anchor="{anchor}"'
    if turn:
        attributes += f' transform="rotate({turn} {_short(x)} {_short(y)})"'
    return f'<text x="{_short(x)}" y="{_short(y)}" fill="{fill}"{attributes}>{plain(words)}</text>'


def shortened(words: str) -> str:
    """As much of a label as there is room for."""
    return words if len(words) <= LONGEST_LABEL else f"{words[: LONGEST_LABEL - 1]}…"


def rect(x: float, y: float, width: float, height: float, fill: str, **more: str) -> str:
    box = f'x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}"'
    return f'<rect {box} fill="{fill}"{_attributes(more)}/>'


def image(x: float, y: float, width: float, height: float, pixels: NDArray[np.uint8]) -> str:
    """`pixels` [row][column][r, g, b], each several to a point so that no reader blurs them."""
    times = [
        max(1, round(2 * side / n)) for side, n in zip((height, width), pixels.shape, strict=False)
    ]
    large = pixels.repeat(times[0], 0).repeat(times[1], 1)
    return (
        f'<image x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}" '
        'preserveAspectRatio="none" image-rendering="optimizeSpeed" '
        f'href="data:image/png;base64,{b64encode(_png(large)).decode()}"/>'
    )


def plain(words: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", words))


def width_of(words: str, size: float) -> float:
    """About how wide a line is in a common font; rather too much than too little."""
    ems = {"W": 1.0, "F": 1.0, "A": 0.75}
    return size * sum(
        0.0
        if unicodedata.combining(char)
        else ems.get(unicodedata.east_asian_width(char), 0.68 if char.isupper() else 0.58)
        for char in words
    )


def wrapped(words: str, size: float, width: float) -> list[str]:
    """Lines of words; of characters where nothing parts them, or a word is too long for a line."""
    lines = [""]
    pieces: list[str] = re.findall(r"[^\s\u3000-\u9fff\uff00-\uffef]+\s*|.", words)
    for piece in chain(*(one if width_of(one, size) > width else [one] for one in pieces)):
        if lines[-1] and width_of(lines[-1] + piece, size) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def _attributes(more: dict[str, str]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0),
        b"IDAT": zlib.compress(lines.tobytes(), 6),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts.items()
    )
