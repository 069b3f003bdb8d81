"""Distances of two heads: over all rows, or over some that are said."""

import numpy as np
import pytest

from app.metrics.comparing import evenly
from app.records import AnalysisRequest
from app.services import comparison
from app.services.analyses import Held
from app.services.comparison import Question, compare

from .numpy_engine import NumpyTrace, run_of

TEXT = "one two three four five six seven eight nine ten eleven"
LENGTH = 13
HELD = Held(
    "of test_services_comparison",
    AnalysisRequest("tiny", TEXT),
    run_of(TEXT, [NumpyTrace(2, LENGTH, seed=0)]),
)
QUESTION = Question(layer=0, head=0, other_head=1)


def test_of_many_rows_some_are_read_for_the_distances_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = compare(HELD, HELD, QUESTION, 10**6)
    assert (whole.description.rows, whole.description.aligned) == (LENGTH, LENGTH)
    monkeypatch.setattr(comparison, "DISTANCE_CELLS", 4 * LENGTH + 3)
    some = compare(HELD, HELD, QUESTION, 10**6)
    assert (some.description.rows, some.description.aligned) == (4, LENGTH)
    np.testing.assert_array_equal(some.values, whole.values)
    rows = np.abs(whole.values[2, 0][evenly(LENGTH, 4)])
    assert some.description.mean_abs == pytest.approx(rows.mean(), rel=1e-6)
    assert some.description.mean_abs != pytest.approx(whole.description.mean_abs, rel=1e-6)
