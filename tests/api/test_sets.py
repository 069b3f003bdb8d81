"""Several queries or keys taken as one: packaged models against float64 sums of whole heads."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from app import analyze

from .conftest import MINILM, SMOLLM2, TEXT, Array, check_problem

Analyse = Callable[..., str]
Weights = Callable[..., Array]
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])
TOLERANCE = 5e-6
"""A row that is cut in other pieces is rounded in other ways."""
PAIR = ("Where did I leave the unbelievable keys?", "They are on the kitchen table.")
QUERIES, KEYS = [2, 3, 6, 8], [0, 1, 4, 7]
RANGES = {"queries": "2:4,6:7,8:9", "keys": "0:2,4:5,7:8"}
"""Of a causal model some of these queries do not see some of these keys."""


def together(weights: Array) -> Array:
    """[layer][head]: the mean over the queries of the sum over the keys."""
    found: Array = weights.astype(np.float64)[:, :, QUERIES][..., KEYS].sum(-1).mean(-1)
    return found


@MODELS
@pytest.mark.parametrize(
    "read",
    [
        {},
        {"unit": "word"},
        {"keep": "top:3"},
        {"keep": "mass:0.7", "unit": "word"},
        {"between": "ab"},
        {"hide": "special,first"},
        {"hide": "special,first", "renormalise": "true", "keep": "min:0.05"},
    ],
)
def test_two_sets_are_the_mean_over_queries_of_the_sum_over_keys(
    analyse: Analyse, weights: Weights, model: str, read: dict[str, str]
) -> None:
    texts = {"text": PAIR[0], "text_pair": PAIR[1]} if model == MINILM else {"text": " ".join(PAIR)}
    if model == SMOLLM2:
        read = {name: value for name, value in read.items() if name != "between"}
    analysis = analyse(model=model, **texts)
    whole = weights(analysis, **read)
    found = weights(analysis, **read, **RANGES, sets="queries,keys")
    assert found.shape == (*whole.shape[:2], 1, 1)
    np.testing.assert_allclose(found[..., 0, 0], together(whole), atol=TOLERANCE)


@MODELS
def test_one_set_leaves_the_other_axis_as_it_is(
    analyse: Analyse, weights: Weights, model: str
) -> None:
    analysis = analyse(model=model)
    whole = weights(analysis).astype(np.float64)
    rows = weights(analysis, queries=RANGES["queries"], sets="queries")
    np.testing.assert_allclose(rows[:, :, 0], whole[:, :, QUERIES].mean(2), atol=TOLERANCE)
    np.testing.assert_allclose(rows.sum(-1), 1, atol=1e-5)
    columns = weights(analysis, keys=RANGES["keys"], sets="keys")
    np.testing.assert_allclose(columns[..., 0], whole[..., KEYS].sum(-1), atol=TOLERANCE)


def test_the_answer_says_which_axes_are_sets(client: httpx.Client, analyse: Analyse) -> None:
    analysis = analyse()
    found = client.get(f"{analysis}/attention", params={**RANGES, "sets": "keys,queries"}).json()
    assert found["sets"] == ["keys", "queries"]
    assert found["queries"] == [[2, 4], [6, 7], [8, 9]]
    assert (found["query_bins"], found["key_bins"]) == ([0, 4, 1], [0, 4, 1])
    table = client.get(
        f"{analysis}/attention", params={**RANGES, "sets": "keys", "format": "csv", "layers": 0}
    ).text.splitlines()
    assert table[1].startswith("0,0,2,0,")
    assert len(table) == 1 + 12 * len(QUERIES)


@pytest.mark.parametrize(
    "asked", [{"sets": "keys", "size": 2}, {"sets": "queries", "queries": "1:4,3:5"}]
)
def test_what_is_no_set_is_refused(
    client: httpx.Client, analyse: Analyse, asked: dict[str, Any]
) -> None:
    check_problem(client.get(f"{analyse()}/attention", params=asked), 422, "invalid-request")


def test_python_takes_the_same_sets(analyse: Analyse, weights: Weights) -> None:
    here = analyze(TEXT).attention(queries=QUERIES, keys=KEYS, sets=["queries", "keys"])
    there = weights(analyse(), **RANGES, sets="queries,keys")
    np.testing.assert_allclose(here, there, atol=TOLERANCE)
