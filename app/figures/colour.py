"""The colours of a figure: those of the page, from its own stylesheet and by its own rule."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..places import STATIC
from ..records import Doubles, Floats

Theme = Literal["light", "dark"]
Scale = Literal["linear", "sqrt", "log"]

LOG_FLOOR = 1e-4
"""Share of the largest weight below which the log scale shows nothing."""
_ENDS = {"light": (0.3, 0.14, 268), "dark": (0.965, 0.025, 268)}
"""Lightness, chroma and hue at the far end of a ramp, as static/js/colour.js has them."""
_BULGE = 0.07
_STEPS = 256

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
    ]
)
_FROM_LAB = np.array(
    [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.291485548],
    ]
)
_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.707614701],
    ]
)
"""Björn Ottosson's OKLab."""


@dataclass(frozen=True)
class Palette:
    """Flat colours as #rrggbb, and the ramp [256][r, g, b] that weights are drawn in."""

    surface: str
    ink: str
    muted: str
    masked: str
    hatch: str
    ramp: NDArray[np.uint8]


@cache
def palette(theme: Theme) -> Palette:
    stylesheet = (STATIC / "css" / "base.css").read_text("utf-8")
    colours = {
        name: dict(zip(("light", "dark"), both, strict=True))[theme]
        for name, *both in re.findall(
            r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", stylesheet, re.ASCII
        )
    }
    flat = {name: colours[name] for name in ("surface", "ink", "muted", "masked", "hatch")}
    return Palette(**flat, ramp=_ramp(theme, bytes.fromhex(flat["surface"][1:])))


def place(weights: Floats, scale: Scale, top: float) -> NDArray[np.intp]:
    """Steps of the ramp for these weights, when `top` is the largest one shown."""
    share = np.clip(weights / top if top > 0 else np.zeros_like(weights), 0, 1)
    if scale == "sqrt":
        share = np.sqrt(share)
    elif scale == "log":
        share = 1 - np.log10(np.maximum(share, LOG_FLOOR)) / np.log10(LOG_FLOOR)
    steps: NDArray[np.intp] = np.floor(share * (_STEPS - 1) + 0.5).astype(np.intp)
    return steps


def hexadecimal(rgb: NDArray[np.uint8]) -> str:
    return f"#{rgb.tobytes().hex()}"


def _ramp(theme: Theme, surface: bytes) -> NDArray[np.uint8]:
    """Equal steps along an arc through OKLab, from the surface to the far end of the hue."""
    lightness, chroma, hue = _ENDS[theme]
    toward = np.array([0, np.cos(np.radians(hue)), np.sin(np.radians(hue))])
    start = _lab(np.frombuffer(surface, np.uint8))
    end = np.array([lightness, 0, 0]) + chroma * toward
    along = np.linspace(0, 1, 1025)[:, None]
    arc = start + (end - start) * along + _BULGE * np.sin(np.pi * along) * toward
    fine = np.array([_in_gamut(lab) for lab in arc])
    walked = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    wanted = walked[-1] * np.arange(_STEPS) / (_STEPS - 1)
    ramp = _rgb(fine[np.minimum(np.searchsorted(walked, wanted), len(fine) - 1)])
    ramp[0] = np.frombuffer(surface, np.uint8)
    return ramp


def _lab(rgb: NDArray[np.uint8]) -> Doubles:
    v = rgb / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    lab: Doubles = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _linear(lab: Doubles) -> Doubles:
    linear: Doubles = (lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
    return linear


def _in_gamut(lab: Doubles) -> Doubles:
    """Less colourful until a screen can show it."""
    while np.any((_linear(lab) < -1e-4) | (_linear(lab) > 1.0001)):
        lab = lab * (1, 0.97, 0.97)
    return lab


def _rgb(lab: Doubles) -> NDArray[np.uint8]:
    linear = np.clip(_linear(lab), 0, 1)
    v = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.floor(255 * v + 0.5).astype(np.uint8)
