"""Mean and maximum over heads and layers against numpy in float64."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.metrics.reducing import Reduction, over_heads, over_layers
from app.records import Floats

WEIGHTS: Floats = np.random.default_rng(2).random((5, 4, 6, 7), np.float32)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (None, WEIGHTS),
        ("mean", WEIGHTS.mean((0, 1), dtype=np.float64, keepdims=True)),
        ("max", WEIGHTS.max((0, 1), keepdims=True)),
        ("heads-mean", WEIGHTS.mean(1, dtype=np.float64, keepdims=True)),
        ("heads-max", WEIGHTS.max(1, keepdims=True)),
    ],
)
def test_reduces_as_asked(how: Reduction | None, expected: Floats) -> None:
    before = WEIGHTS.copy()
    parts = list(over_layers((over_heads(layer, how) for layer in WEIGHTS), how))
    np.testing.assert_allclose(np.stack(parts), expected, rtol=1e-6)
    np.testing.assert_array_equal(before, WEIGHTS)


def test_one_layer_at_a_time_is_in_memory() -> None:
    alive: list[int] = []

    def layers() -> Iterator[Floats]:
        for _ in range(3):
            alive.append(len(alive))
            yield np.ones((1, 2, 2), np.float32)

    unreduced = over_layers(layers(), "heads-mean")
    next(unreduced)
    assert alive == [0]
