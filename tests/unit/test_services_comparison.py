"""What a comparison makes, and what it makes once."""

from typing import Any

import numpy as np
import pytest

from app.errors import AnswerTooLarge
from app.metrics.aligning import common
from app.metrics.comparing import evenly
from app.metrics.pooling import Pool
from app.records import AnalysisRequest
from app.services import comparison
from app.services.aligned import Pairing, align
from app.services.analyses import Held
from app.services.comparison import Question, compare
from app.stopping import Stopped, stoppable

from .numpy_engine import NumpyTrace, run_of


def held(text: str) -> Held:
    return Held("0" * 32, AnalysisRequest("tiny", text), run_of(text))


A, B = held("one two three"), held("one three four five")


def test_an_alignment_is_made_once_for_all_heads() -> None:
    found = align(A, B, Pairing())
    assert align(A, B, Pairing()) is found
    assert align(B, A, Pairing()) is not found
    assert align(A, B, Pairing(unit="word")) is not found
    assert align(held("one two three"), B, Pairing()) is not found


def test_a_comparison_that_pools_nothing_makes_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []

    def make(*of: Any) -> Pool:
        made.append(of)
        return Pool(*of)

    monkeypatch.setattr(comparison, "Pool", make)
    assert compare(A, B, Question(layer=0, head=1), 10**6).values.shape == (3, 1, 7, 7)
    assert compare(A, B, Question(layer=0, head=1, size=9), 10**6).values.shape == (3, 1, 7, 7)
    assert made == []
    assert compare(A, B, Question(layer=0, head=1, size=3), 10**6).values.shape == (3, 1, 3, 3)
    assert len(made) == 1


def test_a_comparison_of_too_many_weights_is_refused() -> None:
    """Four heads of each side along seven places."""
    asked = Question(layer=0, reduce="heads-mean", size=1)
    compare(A, B, asked, 10**6, 8 * 7 * 7)
    with pytest.raises(AnswerTooLarge, match="made of 392 weights"):
        compare(A, B, asked, 10**6, 8 * 7 * 7 - 1)


def test_an_alignment_that_nobody_waits_for_ends() -> None:
    with stoppable(lambda: True), pytest.raises(Stopped):
        common([1, 2, 3], [4, 2, 5])


def test_of_many_rows_some_are_read_for_the_distances_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "one two three four five six seven eight nine ten eleven"
    run = run_of(text, [NumpyTrace(2, 13, seed=0)])
    one = Held("1" * 32, AnalysisRequest("tiny", text), run)
    asked = Question(layer=0, head=0, other_head=1)
    whole = compare(one, one, asked, 10**6)
    assert (whole.description.rows, whole.description.aligned) == (13, 13)
    monkeypatch.setattr(comparison, "DISTANCE_CELLS", 4 * 13 + 3)
    some = compare(one, one, asked, 10**6)
    assert (some.description.rows, some.description.aligned) == (4, 13)
    np.testing.assert_array_equal(some.values, whole.values)
    rows = np.abs(whole.values[2, 0][evenly(13, 4)])
    assert some.description.mean_abs == pytest.approx(rows.mean(), rel=1e-6)
    assert some.description.mean_abs != pytest.approx(whole.description.mean_abs, rel=1e-6)
