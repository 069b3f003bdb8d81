"""Measures of a run: of the rows that were asked for, read as they were asked for."""

from typing import Any

import numpy as np
import pytest

from app.errors import AnswerTooLarge, InvalidRequest
from app.records import AnalysisRequest, Run
from app.services import measures
from app.services.choice import Heads
from app.services.measures import Measures, ask, measure, measured_rows

from .numpy_engine import NumpyTrace, run_of

TEXT = "one , two three . four five ! six seven eight"
REQUEST = AnalysisRequest("tiny", TEXT)
LENGTH = 13
PUNCTUATION = [2, 5, 8]
TRACES = [NumpyTrace(4, LENGTH, seed, causal=seed > 0, sink=1.0) for seed in range(3)]
RUN = run_of(TEXT, TRACES)


def measured(run: Run = RUN, limit: int = 10**6, **reading: Any) -> Measures:
    return measure(run, ask(run, REQUEST, Heads.model_validate(reading), limit))


def test_shares_and_the_sink_are_those_of_the_whole_array() -> None:
    found = measured()
    weights = np.stack([trace.weights for trace in TRACES]).astype(np.float64)
    by_key = weights.mean(axis=2)
    assert list(found.special) == ["[CLS]", "[SEP]"]
    np.testing.assert_allclose(found.special["[CLS]"], by_key[..., 0], rtol=1e-6)
    np.testing.assert_allclose(found.special["[SEP]"], by_key[..., 12], rtol=1e-6)
    np.testing.assert_array_equal(found.first, found.special["[CLS]"])
    np.testing.assert_allclose(found.punctuation, by_key[..., PUNCTUATION].sum(-1), rtol=1e-6)
    np.testing.assert_allclose(found.sink_mass + by_key.sum(-1), 1, rtol=1e-6)
    assert (found.rows, found.sampled, found.hidden) == ((0, LENGTH, 1), False, ())


@pytest.mark.parametrize("cells", [1, 150, 1 << 22])
def test_the_size_of_a_chunk_changes_nothing(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measured()
    monkeypatch.setattr(measures, "CHUNK_CELLS", cells)
    chunked = measured()
    np.testing.assert_allclose(chunked.entropy, whole.entropy, rtol=1e-12)
    assert chunked.distance is not None
    assert whole.distance is not None
    np.testing.assert_allclose(chunked.distance, whole.distance, rtol=1e-12)


@pytest.mark.parametrize("renormalise", [False, True])
def test_hidden_keys_take_nothing_and_what_is_left_is_measured(renormalise: bool) -> None:
    plain, found = measured(), measured(hide="special", renormalise=renormalise)
    assert found.hidden == (0, 12)
    assert not found.special["[CLS]"].any()
    assert not found.special["[SEP]"].any()
    assert (found.punctuation > plain.punctuation).all() == renormalise
    if not renormalise:
        np.testing.assert_array_equal(found.punctuation, plain.punctuation)
    np.testing.assert_array_equal(found.sink_mass, plain.sink_mass)


def test_layers_and_heads_come_as_they_were_asked_for() -> None:
    whole, found = measured(), measured(layers="2,0", heads="3,1")
    assert (found.layers, found.heads) == ((2, 0), (3, 1))
    np.testing.assert_allclose(found.entropy, whole.entropy[[2, 0]][:, [3, 1]], rtol=1e-12)
    np.testing.assert_allclose(found.sink_mass, whole.sink_mass[[2, 0]][:, [3, 1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("length", "rows", "count"),
    [
        (1, (0, 1, 1), 1),
        (512, (0, 512, 1), 512),
        (513, (1, 513, 2), 256),
        (8192, (128, 8192, 256), 32),
        (100_000, (1562, 100_000, 3125), 32),
    ],
)
def test_a_long_text_is_measured_on_rows_spread_over_all_of_it(
    length: int, rows: tuple[int, int, int], count: int
) -> None:
    assert measured_rows(length, length) == rows
    assert len(range(*rows)) == count


class CountingTrace(NumpyTrace):
    """Says how much was ever asked of it."""

    cells = 0

    def block(self, heads: Any, queries: slice, keys: slice, exact: bool = True) -> Any:
        block = super().block(heads, queries, keys, exact)
        self.cells += block.size
        return block


def test_a_long_text_costs_as_many_weights_as_its_sampled_rows_have() -> None:
    text = " ".join(["word"] * 1998)
    trace = CountingTrace(2, 2000, 0)
    run = run_of(text, [trace])
    found = measure(run, ask(run, AnalysisRequest("tiny", text), Heads(), 10**6))
    rows = range(*found.rows)
    assert found.sampled
    assert trace.cells == 2 * len(rows) * 2000
    assert trace.cells <= 2 * measures.MOST_CELLS
    sampled = trace.weights[:, list(rows)].astype(np.float64)
    entropy = -(sampled * np.log2(sampled)).sum(-1).mean(-1)
    np.testing.assert_allclose(found.entropy, [entropy], rtol=1e-6)
    apart = np.abs(np.array(rows)[:, None] - np.arange(2000))
    assert found.distance is not None
    np.testing.assert_allclose(found.distance, [(sampled * apart).sum(-1).mean(-1)], rtol=1e-5)


def test_what_is_not_there_or_too_large_is_refused_before_it_is_computed() -> None:
    with pytest.raises(InvalidRequest, match="There is no such layer"):
        measured(layers="3")
    with pytest.raises(InvalidRequest, match="`renormalise` needs `hide`"):
        measured(renormalise=True)
    trace = CountingTrace(4, LENGTH, 0)
    with pytest.raises(AnswerTooLarge, match="Ask for fewer layers or heads"):
        measured(run_of(TEXT, [trace]), limit=700)
    assert trace.cells == 0
