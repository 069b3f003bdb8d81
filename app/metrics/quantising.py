"""Weights in one byte, for drawing. The square root keeps the small ones apart that linear steps
would all turn into 0."""

import numpy as np
from numpy.typing import NDArray

from ..records import Floats


def to_uint8(weights: Floats, scale: float) -> NDArray[np.uint8]:
    """u of w = scale (u / 255)^2, for weights from 0 to `scale`."""
    roots = np.sqrt(weights * np.float32(1 / scale))
    roots *= 255
    roots += 0.5
    np.minimum(roots, 255, out=roots)
    steps: NDArray[np.uint8] = roots.astype(np.uint8)
    return steps


def to_int8(weights: Floats, scale: float) -> NDArray[np.int8]:
    """i of w = sign(i) scale (i / 127)^2, for weights from -`scale` to `scale`."""
    roots = np.abs(weights)
    roots *= np.float32(1 / scale)
    np.sqrt(roots, out=roots)
    np.minimum(roots, 1, out=roots)
    roots *= 127
    np.copysign(roots, weights, out=roots)
    steps: NDArray[np.int8] = np.rint(roots, out=roots).astype(np.int8)
    return steps
