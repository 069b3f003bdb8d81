"""A choice against an analysis: what it comes to, what is refused before anything is computed."""

from itertools import chain
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from app.errors import AnswerTooLarge, HeadscopeError, InvalidRequest, NotSupported
from app.records import AnalysisRequest, Run
from app.services.choice import Choice
from app.services.selection import Selection, Span, select

from .numpy_engine import NumpyTrace, run_of

TEXT = "one two, three . four"  # seven positions with [CLS] and [SEP]


def selected(run: Run | None = None, limit: int = 10**9, **choice: Any) -> Selection:
    request = AnalysisRequest("tiny", TEXT)
    return select(run or run_of(TEXT), request, Choice.model_validate(choice), limit)


def test_everything_is_the_default() -> None:
    chosen = selected()
    assert chosen.shape == (3, 4, 7, 7)
    assert (chosen.layers, chosen.heads) == ((0, 1, 2), (0, 1, 2, 3))
    assert chosen.queries == chosen.keys == Span(((0, 7),), None)
    assert (chosen.hidden, chosen.pool, chosen.reduce) == ((), None, None)


def test_layers_are_named_by_their_true_index() -> None:
    hybrid = run_of(TEXT, indices=(1, 4, 9))
    assert selected(hybrid, layers="9,1").places == (2, 0)
    with pytest.raises(InvalidRequest, match="from 1 to 9"):
        selected(hybrid, layers="2")


def test_hidden_keys_are_listed() -> None:
    assert selected(hide="special").hidden == (0, 6)
    assert selected(hide="punctuation").hidden == (4,)
    assert selected(hide="first,punctuation").hidden == (0, 4)


@pytest.mark.parametrize(
    ("choice", "shape"),
    [
        ({"layers": "2", "heads": "3,0"}, (1, 2, 7, 7)),
        ({"queries": "1:2", "keys": "0:2,4:7"}, (3, 4, 1, 5)),
        ({"reduce": "mean"}, (1, 1, 7, 7)),
        ({"reduce": "heads-max"}, (3, 1, 7, 7)),
        ({"size": 3}, (3, 4, 3, 3)),
        ({"size": 30}, (3, 4, 7, 7)),
        ({"size": 2, "queries": "6:7"}, (3, 4, 1, 2)),
        ({"part": "mask"}, (3, 1, 7, 7)),
        ({"part": "sink_mass"}, (3, 4, 7, 1)),
        ({"sets": "queries"}, (3, 4, 1, 7)),
        ({"sets": "keys", "keys": "0:2,4:7"}, (3, 4, 7, 1)),
        ({"sets": "queries,keys", "reduce": "heads-max"}, (3, 1, 1, 1)),
    ],
)
def test_the_shape_is_known_beforehand(
    choice: dict[str, Any], shape: tuple[int, int, int, int]
) -> None:
    assert selected(**choice).shape == shape


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ({"stack": "decoder"}, InvalidRequest),
        ({"layers": "3"}, InvalidRequest),
        ({"layers": "1,1"}, InvalidRequest),
        ({"heads": "4"}, InvalidRequest),
        ({"heads": "9999999"}, InvalidRequest),
        ({"queries": "0:8"}, InvalidRequest),
        ({"queries": "3:3"}, InvalidRequest),
        ({"keys": "4:2"}, InvalidRequest),
        ({"renormalise": True}, InvalidRequest),
        ({"part": "mask", "hide": "special"}, InvalidRequest),
        ({"part": "mask", "keep": "top:5"}, InvalidRequest),
        ({"part": "sink_mass", "between": "aa"}, InvalidRequest),
        ({"between": "aa"}, InvalidRequest),
        ({"between": "ab"}, InvalidRequest),
        ({"between": "ba"}, InvalidRequest),
        ({"between": "bb"}, InvalidRequest),
        ({"part": "mask", "heads": "0"}, InvalidRequest),
        ({"part": "sink_mass", "keys": "0:1"}, InvalidRequest),
        ({"method": "rollout"}, NotSupported),
        ({"sets": "keys", "size": 3}, InvalidRequest),
        ({"sets": "keys", "keys": "0:3,2:5"}, InvalidRequest),
        ({"sets": "queries", "part": "mask"}, InvalidRequest),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    choice: dict[str, Any], error: type[HeadscopeError]
) -> None:
    with pytest.raises(error) as refused:
        selected(**choice)
    assert refused.value.detail.endswith(".")


def test_layers_of_unequal_head_counts_fit_into_no_array() -> None:
    uneven = run_of(TEXT, [NumpyTrace(4, 7, 0), NumpyTrace(2, 7, 1)])
    with pytest.raises(InvalidRequest, match="different numbers of heads"):
        selected(uneven)
    assert selected(uneven, layers="1").heads == (0, 1)


@pytest.mark.parametrize(
    ("form", "nbytes"),
    [
        ({"format": "npy"}, 7 * 7 * 12 * 4),
        ({"format": "npy", "dtype": "float16"}, 7 * 7 * 12 * 2),
        ({"format": "npy", "dtype": "uint8", "size": 2}, 2 * 2 * 12),
    ],
)
def test_an_answer_over_the_limit_is_refused_with_its_size(
    form: dict[str, Any], nbytes: int
) -> None:
    selected(limit=nbytes, **form)
    with pytest.raises(AnswerTooLarge, match="limit"):
        selected(limit=nbytes - 1, **form)


LONG = "y" * 10_000


@pytest.mark.parametrize("unit", ["token", "word"])
@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({"format": "npz"}, 2 * 4 * 4 * 10_000),
        ({"format": "csv"}, 2 * 4 * 10_000),
        ({"format": "json", "queries": [[1, 2]] * 64, "size": 1}, 65 * 10_000),
    ],
)
def test_names_count_however_few_the_weights(form: dict[str, Any], names: int, unit: str) -> None:
    text = f"{LONG} b"
    request, run = AnalysisRequest("tiny", text), run_of(text)
    choice = Choice.model_validate({"layers": "0", "heads": "0", "unit": unit, **form})
    select(run, request, choice, names + 10_000, named=True)
    with pytest.raises(AnswerTooLarge, match="limit"):
        select(run, request, choice, names, named=True)


@pytest.mark.parametrize(
    "choice",
    [
        {"layers": ""},
        {"layers": "0,"},
        {"layers": "-1"},
        {"layers": "٣"},
        {"layers": "1" * 5000},
        {"layers": []},
        {"queries": "1-2"},
        {"queries": "1:2:3"},
        {"queries": ",".join(["0:1"] * 65)},
        {"hide": "all"},
        {"between": "ac"},
        {"keep": "top:0"},
        {"keep": "top:0.5"},
        {"keep": "min:2"},
        {"keep": "min:-1"},
        {"keep": "mass:0"},
        {"keep": "mass:nan"},
        {"keep": "some"},
        {"keep": 5},
        {"keep": {"rule": "top", "amount": 5}},
        {"size": 0},
        {"size": 10**19},
        {"reduce": "sum"},
        {"sets": "heads"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_read_never_gets_so_far(choice: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Choice.model_validate(choice)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("top:5", "top:5"),
        ("min:.05", "min:0.05"),
        ("min:5e-05", "min:5e-05"),
        ("mass:1", "mass:1.0"),
    ],
)
def test_a_rule_is_said_as_it_is_understood(asked: str, said: str) -> None:
    chosen = selected(keep=asked)
    assert str(chosen.keep) == said
    assert selected(keep=said) == chosen


def test_lists_and_texts_mean_the_same() -> None:
    texts = Choice.model_validate({"layers": "0,2", "queries": "0:2,4:5", "hide": "first,special"})
    lists = Choice.model_validate(
        {"layers": [0, 2], "queries": [[0, 2], [4, 5]], "hide": ["first", "special"]}
    )
    assert texts == lists


def test_a_span_maps_joined_positions_back() -> None:
    span = Span(((2, 5), (10, 11), (4, 8)), 4)
    joined = [2, 3, 4, 10, 4, 5, 6, 7]
    assert (span.length, span.cells, span.bins) == (8, 4, (0, 8, 4))
    assert span.firsts == [2, 4, 4, 6]
    for start in range(8):
        for stop in range(start + 1, 9):
            pieces = [list(range(one.start, one.stop)) for one in span.slices(start, stop)]
            assert list(chain(*pieces)) == joined[start:stop]
    assert Span(((3, 9),), 2).bins == (3, 9, 2)


def test_hidden_positions_leave_their_bins() -> None:
    bins = Span(((2, 5), (10, 11), (4, 8)), 4).without((2, 3, 5, 9))
    assert [part.tolist() for part in np.split(bins.positions, bins.edges[1:-1])] == [
        [],
        [4, 10],
        [4],
        [6, 7],
    ]
