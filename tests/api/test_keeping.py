"""Filters of weights by their size and by the texts they join, on the packaged models."""

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
PAIR = ("Where did I leave the keys?", "They are on the table in the kitchen.")


def kept(weights: Array, keep: str) -> Array:
    """Row by row in float64, whatever the shape."""
    rule, amount = keep.split(":")
    left = np.zeros_like(weights, np.float64)
    for at in np.ndindex(weights.shape[:-1]):
        row = weights[at].astype(np.float64)
        order = np.argsort(-row, kind="stable")
        count = int(float(amount))
        if rule == "mass":
            count = int(np.argmax(np.cumsum(row[order]) >= float(amount) * row.sum())) + 1
        shown = np.flatnonzero(row >= np.float32(amount)) if rule == "min" else order[:count]
        left[at][shown] = row[shown]
    return left


@MODELS
@pytest.mark.parametrize("keep", ["min:0.05", "top:3", "mass:0.7"])
def test_what_is_kept_is_what_a_plain_computation_keeps(
    client: httpx.Client, analyse: Analyse, weights: Weights, model: str, keep: str
) -> None:
    analysis = analyse(model=model)
    expected = kept(weights(analysis), keep)
    assert 0 < np.count_nonzero(expected) < expected.size / 2
    np.testing.assert_allclose(weights(analysis, keep=keep), expected, atol=1e-6)
    meta = client.get(f"{analysis}/attention", params={"keep": keep, "layers": 0}).json()
    assert (meta["keep"], meta["between"], meta["normalised"]) == (keep, None, False)


@MODELS
@pytest.mark.parametrize("keep", ["top:3", "mass:0.7"])
def test_ranges_do_not_change_what_is_kept(
    analyse: Analyse, weights: Weights, model: str, keep: str
) -> None:
    analysis = analyse(model=model)
    every = weights(analysis, keep=keep)
    part = weights(analysis, keep=keep, queries="2:5,7:8", keys="1:4", layers="3", heads="1,0")
    np.testing.assert_allclose(part, every[[3]][:, [1, 0]][:, :, [2, 3, 4, 7], 1:4], atol=1e-6)


def test_keys_that_were_hidden_are_not_among_the_strongest(
    analyse: Analyse, weights: Weights
) -> None:
    analysis = analyse()
    read = {"hide": "special", "renormalise": "true"}
    shown = weights(analysis, keep="top:3", **read)
    assert not shown[..., [0, -1]].any()
    np.testing.assert_allclose(shown, kept(weights(analysis, **read), "top:3"), atol=1e-6)


def test_keys_off_the_picture_took_part(client: httpx.Client, analyse: Analyse) -> None:
    url = f"{analyse()}/attention"
    query = {"layers": "0", "keep": "mass:0.7"}
    whole = np.array(client.get(url, params=query).json()["attention"])
    found = client.get(url, params={**query, "off": "special"}).json()
    whole[..., [0, -1]] = 0
    np.testing.assert_array_equal(found["attention"], whole)
    assert (found["hidden"], found["normalised"]) == ([0, 11], False)


@pytest.mark.parametrize("between", ["aa", "ab", "ba", "bb"])
@pytest.mark.parametrize("size", [None, 5])
def test_between_two_texts(
    client: httpx.Client, analyse: Analyse, weights: Weights, between: str, size: int | None
) -> None:
    analysis = analyse(PAIR[0], text_pair=PAIR[1])
    tokens = client.get(analysis).json()["tokens"]["input"]
    of = np.array([token["segment"] for token in tokens])
    assert set(of) == {0, 1}
    expected = weights(analysis) * np.outer(*(of == "ab".index(text) for text in between))
    query: dict[str, Any] = {"between": between}
    if size:
        edges = [i * len(of) // size for i in range(size)]
        expected = np.maximum.reduceat(np.maximum.reduceat(expected, edges, 2), edges, 3)
        query["size"] = size
    np.testing.assert_allclose(weights(analysis, **query), expected, atol=1e-5)
    meta = client.get(f"{analysis}/attention", params={**query, "layers": 0}).json()
    assert (meta["between"], meta["normalised"], meta["hidden"]) == (between, False, [])


def test_the_strongest_keys_are_those_between_the_texts(analyse: Analyse, weights: Weights) -> None:
    analysis = analyse(PAIR[0], text_pair=PAIR[1])
    across = weights(analysis, between="ab")
    found = weights(analysis, between="ab", keep="top:2")
    np.testing.assert_allclose(found, kept(across, "top:2"), atol=1e-6)


@pytest.mark.parametrize("between", ["ab", "ba", "bb"])
def test_one_text_has_no_second(client: httpx.Client, analyse: Analyse, between: str) -> None:
    answer = client.get(f"{analyse()}/attention", params={"between": between})
    assert "second text" in check_problem(answer, 422, "invalid-request")["detail"]


@pytest.mark.parametrize("keep", ["min:1.5", "top:0", "top:2.5", "mass:0", "mass:2", "half", ""])
def test_what_is_no_rule_is_refused_with_those_there_are(
    client: httpx.Client, analyse: Analyse, keep: str
) -> None:
    answer = client.get(f"{analyse()}/attention", params={"keep": keep})
    assert check_problem(answer, 422, "invalid-request")


@pytest.mark.parametrize(
    "query",
    [
        {"size": 64, "keep": "top:2"},
        {"size": 64, "keep": "min:0.1", "dtype": "uint8"},
        {"size": 16, "keep": "mass:0.5", "pool": "mean", "off": "first", "reduce": "heads-max"},
        {"queries": "190:300", "keys": "5:9", "keep": "mass:0.5"},
    ],
)
def test_a_long_text_in_parts_and_in_bins(
    analyse: Analyse, weights: Weights, query: dict[str, Any]
) -> None:
    analysis = analyse(" ".join([TEXT] * 40), SMOLLM2)
    chosen = {"layers": 7, "heads": "0,3"}
    expected = kept(weights(analysis, **chosen), query["keep"])
    if "off" in query:
        expected[..., 0] = 0
    if "reduce" in query:
        expected = expected.max(axis=1, keepdims=True)
    if "queries" in query:
        expected = expected[:, :, 190:300, 5:9]
    if size := query.get("size"):
        edges = [i * expected.shape[-1] // size for i in range(size)]
        pool = np.add if query.get("pool") == "mean" else np.maximum
        expected = pool.reduceat(pool.reduceat(expected, edges, 2), edges, 3)
        lengths = np.diff([*edges, weights(analysis, part="mask", layers=7).shape[-1]])
        expected /= np.outer(lengths, lengths) if pool is np.add else 1
    found = weights(analysis, **chosen, **query)
    if query.get("dtype") == "uint8":
        np.testing.assert_allclose(found / 255, np.sqrt(expected), atol=0.501 / 255)
    else:
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_call_for_scripts_and_python_filter_alike(client: httpx.Client) -> None:
    body = {
        "model": MINILM,
        "text": PAIR[0],
        "text_pair": PAIR[1],
        "between": "ba",
        "keep": "top:2",
    }
    served = client.post("/api/v1/attention", json=body).json()
    own = analyze(PAIR[0], text_pair=PAIR[1]).attention(between="ba", keep="top:2")
    np.testing.assert_array_equal(np.array(served["attention"], np.float32), own)
    assert (served["between"], served["keep"]) == ("ba", "top:2")
