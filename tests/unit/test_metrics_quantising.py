"""One byte a weight: what comes back, and what must not be lost."""

import numpy as np
import pytest

from app.metrics.quantising import to_int8, to_uint8


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_uint8_comes_back_within_half_a_step(scale: float) -> None:
    weights = scale * np.linspace(0, 1, 4001, dtype=np.float32)
    codes = to_uint8(weights, scale)
    roots = np.sqrt(weights.astype(np.float64) / scale)
    assert codes.dtype == np.uint8
    np.testing.assert_allclose(codes / 255, roots, atol=0.5001 / 255)
    assert (codes[0], codes[-1]) == (0, 255)


def test_a_weight_rounded_above_one_does_not_wrap() -> None:
    above = np.array([np.nextafter(np.float32(1), np.float32(2)), 1.000001, 1.01], np.float32)
    assert to_uint8(above, 1.0).tolist() == [255, 255, 255]
    assert to_int8(above, 1.0).tolist() == [127, 127, 127]
    assert to_int8(-above, 1.0).tolist() == [-127, -127, -127]


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_int8_keeps_the_sign(scale: float) -> None:
    values = scale * np.linspace(-1, 1, 4001, dtype=np.float32)
    codes = to_int8(values, scale)
    roots = np.copysign(np.sqrt(np.abs(values.astype(np.float64)) / scale), values)
    assert codes.dtype == np.int8
    np.testing.assert_allclose(codes / 127, roots, atol=0.5001 / 127)
    np.testing.assert_array_equal(codes, -codes[::-1])


def test_small_weights_stay_apart_from_zero() -> None:
    assert to_uint8(np.array([1 / 512, 1e-5], np.float32), 1.0).min() > 0
