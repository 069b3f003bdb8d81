"""Weights: every way to ask for them gives the same numbers."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from .conftest import MINILM, SMOLLM2, TEXT, Array, check_problem

Analyse = Callable[..., str]
Weights = Callable[..., Array]
Query = dict[str, str | int]
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])
META = {
    "stack", "method", "unit", "layers", "heads", "queries", "keys", "query_bins", "key_bins",
    "hidden", "reduce", "pool", "scale", "normalised", "empty_rows", "approximate",
}  # fmt: skip


def from_csv(text: str) -> dict[tuple[str, ...], np.float32]:
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:5] == ["layer", "head", "query", "key", "weight"]
    return {tuple(row[:4]): np.float32(row[4]) for row in rows[1:]}


@MODELS
def test_rows_sum_to_one(analyse: Analyse, weights: Weights, model: str) -> None:
    every = weights(analyse(model=model))
    assert every.shape[:2] == {MINILM: (6, 12), SMOLLM2: (30, 9)}[model]
    np.testing.assert_allclose(every.sum(-1, dtype=np.float64), 1, atol=1e-5)


@MODELS
def test_any_block_is_a_part_of_the_whole(analyse: Analyse, weights: Weights, model: str) -> None:
    analysis = analyse(model=model)
    every = weights(analysis)
    part = weights(analysis, layers="5,0", heads="8,2", queries="1:3,7:9", keys="4:8")
    expected = every[[5, 0]][:, [8, 2]][:, :, [1, 2, 7, 8], 4:8]
    np.testing.assert_allclose(part, expected, atol=1e-6)


def test_json_npy_and_csv_hold_the_same_float32(client: httpx.Client, analyse: Analyse) -> None:
    query = {"layers": "2,4", "heads": "3", "queries": "1:4", "keys": "0:2,9:10"}
    url = f"{analyse()}/attention"
    answers = {
        form: client.get(url, params={**query, "format": form}) for form in ("json", "npy", "csv")
    }
    array = np.load(io.BytesIO(answers["npy"].content))
    found = answers["json"].json()
    np.testing.assert_array_equal(np.array(found.pop("attention"), np.float32), array)
    table = from_csv(answers["csv"].text)
    assert list(table.values()) == array.ravel().tolist()
    assert list(table)[:3] == [("2", "3", "1", key) for key in ("0", "1", "9")]
    assert list(table)[-1] == ("4", "3", "3", "9")
    for form in ("npy", "csv"):
        assert json.loads(answers[form].headers["X-Headscope-Meta"]) == found
    assert answers["csv"].headers["Content-Type"].startswith("text/csv")


def test_npz_holds_the_array_its_tokens_and_its_description_without_pickle(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    analysis = analyse("=1+1 水 🐈")
    query = {"layers": "2,4", "heads": "3", "queries": "1:4", "keys": "0:2,5:6"}
    answer = client.get(f"{analysis}/attention", params={**query, "format": "npz"})
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["attention"], weights(analysis, **query))
        assert saved["query_tokens"].tolist() == ["=", "1", "+"]
        assert saved["key_tokens"].tolist() == ["[CLS]", "=", "水"]
        assert (saved["layers"].tolist(), saved["heads"].tolist()) == ([2, 4], [3])
        meta = json.loads(str(saved["meta"]))
    assert meta == json.loads(answer.headers["X-Headscope-Meta"])
    assert meta["queries"] == [[1, 4]]
    again = client.get(f"{analysis}/attention", params={**query, "format": "npz"})
    assert again.content == answer.content


def test_no_token_of_a_table_is_a_formula(client: httpx.Client, analyse: Analyse) -> None:
    text = "=cmd|'/c calc'!A1 +1 -1 @SUM(A1) \"a\", b"
    query: dict[str, Any] = {"layers": 0, "heads": 0, "format": "csv"}
    url = analyse(text, SMOLLM2)
    lines = client.get(f"{url}/attention", params=query).text.splitlines()
    rows = list(csv.reader(lines))
    assert rows[0] == ["layer", "head", "query", "key", "weight", "query_token", "key_token"]
    tokens = [token["text"] for token in client.get(url).json()["tokens"]["input"]]
    acting = [token for token in tokens if token[0] in "=+-@"]
    assert len(acting) >= 1
    expected = [f"'{token}" if token in acting else token for token in tokens]
    assert [row[6] for row in rows[1 : 1 + len(tokens)]] == expected
    assert [row[5] for row in rows[1 :: len(tokens)]] == expected
    assert all(float(row[4]) >= 0 for row in rows[1:])


def test_nor_is_a_word_in_full_width(client: httpx.Client, analyse: Analyse) -> None:
    signs = ["＝", "＋", "－", "＠"]  # noqa: RUF001
    query: dict[str, Any] = {"layers": 0, "heads": 0, "format": "csv", "unit": "word"}
    table = client.get(f"{analyse(' '.join(signs))}/attention", params=query).text
    named = [row[6] for row in csv.reader(table.splitlines())][:7]
    assert named == ["key_token", "[CLS]", *(f"'{sign}" for sign in signs), "[SEP]"]


def test_the_answer_describes_itself(client: httpx.Client, analyse: Analyse) -> None:
    query = {"layers": "2,4", "heads": "3", "queries": "1:4", "keys": "0:2,9:10"}
    found = client.get(f"{analyse()}/attention", params=query).json()
    assert set(found) >= META | {"attention"}
    assert (found["stack"], found["method"], found["unit"]) == ("encoder", "weights", "token")
    assert (found["layers"], found["heads"]) == ([2, 4], [3])
    assert (found["queries"], found["keys"]) == ([[1, 4]], [[0, 2], [9, 10]])
    assert (found["hidden"], found["reduce"], found["pool"]) == ([], None, None)
    assert (found["query_bins"], found["key_bins"], found["scale"]) == (None, None, None)
    assert (found["normalised"], found["approximate"]) == (True, False)


def test_the_pair_grid_is_one_query_and_one_key(client: httpx.Client, analyse: Analyse) -> None:
    query = {"queries": "6:7", "keys": "2:3"}
    found = np.array(client.get(f"{analyse()}/attention", params=query).json()["attention"])
    assert found.shape == (6, 12, 1, 1)
    # "are" looks for the number of its subject.
    assert found[3, 1] == found.max()
    assert found.max() == pytest.approx(0.788, abs=5e-4)


@MODELS
def test_the_overview_is_the_largest_of_each_cell(
    analyse: Analyse, weights: Weights, model: str
) -> None:
    analysis = analyse(f"{TEXT} {TEXT} {TEXT}", model)
    every = weights(analysis)
    size = 7
    edges = [i * every.shape[-1] // size for i in range(size)]
    expected = np.maximum.reduceat(np.maximum.reduceat(every, edges, 2), edges, 3)
    np.testing.assert_allclose(weights(analysis, size=size), expected, atol=1e-6)
    codes = weights(analysis, size=size, dtype="uint8")
    assert codes.dtype == np.uint8
    np.testing.assert_allclose((codes / 255.0) ** 2, expected, atol=0.004)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("pool", ["max", "mean"])
@pytest.mark.parametrize("reduce", [{}, {"reduce": "heads-max"}, {"hide": "special"}])
def test_a_size_of_all_positions_pools_nothing(
    analyse: Analyse, weights: Weights, pool: str, dtype: str, reduce: dict[str, str]
) -> None:
    analysis = analyse()
    whole = weights(analysis, size=99, pool=pool, dtype=dtype, **reduce)
    np.testing.assert_array_equal(whole, weights(analysis, dtype=dtype, **reduce))


@pytest.mark.parametrize(
    ("parameters", "query_bins", "key_bins", "shape"),
    [
        ({"size": 5}, [0, 12, 5], [0, 12, 5], (6, 12, 5, 5)),
        ({"size": 5, "queries": "3:11", "keys": "2:4"}, [3, 11, 5], [2, 4, 2], (6, 12, 5, 2)),
        ({"size": 3, "keys": "0:2,6:9"}, [0, 12, 3], [0, 5, 3], (6, 12, 3, 3)),
        ({"size": 99, "pool": "mean"}, [0, 12, 12], [0, 12, 12], (6, 12, 12, 12)),
    ],
)
def test_bins_are_said(
    client: httpx.Client,
    analyse: Analyse,
    parameters: dict[str, Any],
    query_bins: list[int],
    key_bins: list[int],
    shape: tuple[int, ...],
) -> None:
    found = client.get(f"{analyse()}/attention", params=parameters).json()
    assert (found["query_bins"], found["key_bins"]) == (query_bins, key_bins)
    assert np.shape(found["attention"]) == shape
    assert found["pool"] == parameters.get("pool", "max")


@pytest.mark.parametrize(
    ("how", "axes"), [("mean", (0, 1)), ("max", (0, 1)), ("heads-mean", (1,)), ("heads-max", (1,))]
)
@pytest.mark.parametrize("size", [None, 4])
def test_reducing_comes_before_pooling(
    client: httpx.Client,
    analyse: Analyse,
    weights: Weights,
    how: str,
    axes: tuple[int, ...],
    size: int | None,
) -> None:
    analysis = analyse()
    every = weights(analysis).astype(np.float64)
    expected = (np.max if how.endswith("max") else np.mean)(every, axis=axes, keepdims=True)
    query: Query = {"reduce": how, **({} if size is None else {"size": size})}
    if size:
        edges = [i * 12 // size for i in range(size)]
        expected = np.maximum.reduceat(np.maximum.reduceat(expected, edges, 2), edges, 3)
    np.testing.assert_allclose(weights(analysis, **query), expected, atol=1e-6)
    meta = client.get(f"{analysis}/attention", params=query).json()
    assert (meta["reduce"], len(meta["layers"]), len(meta["heads"])) == (how, 6, 12)


@pytest.mark.parametrize(
    ("hide", "hidden"),
    [
        ("special", [0, 11]),
        ("first", [0]),
        ("punctuation", [10]),
        ("special,punctuation", [0, 10, 11]),
    ],
)
@pytest.mark.parametrize("size", [None, 5])
def test_hidden_keys_keep_their_place(
    client: httpx.Client,
    analyse: Analyse,
    weights: Weights,
    hide: str,
    hidden: list[int],
    size: int | None,
) -> None:
    analysis = analyse()
    expected = weights(analysis)
    expected[..., hidden] = 0
    query: Query = {"hide": hide, **({} if size is None else {"size": size})}
    if size:
        edges = [i * 12 // size for i in range(size)]
        expected = np.maximum.reduceat(np.maximum.reduceat(expected, edges, 2), edges, 3)
    np.testing.assert_allclose(weights(analysis, **query), expected, atol=1e-6)
    found = client.get(f"{analysis}/attention", params=query).json()
    assert (found["hidden"], found["normalised"]) == (hidden, False)


def test_renormalised_rows_sum_to_one_again(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    analysis = analyse()
    query = {"hide": "special", "renormalise": "true"}
    shown = weights(analysis, **query)
    np.testing.assert_allclose(shown.sum(-1), 1, atol=1e-6)
    every = weights(analysis)
    np.testing.assert_allclose(
        shown[..., 3] / shown[..., 2], every[..., 3] / every[..., 2], rtol=1e-4
    )
    part = weights(analysis, **query, keys="2:5", queries="3:4", layers=2)
    np.testing.assert_allclose(part, shown[2:3, :, 3:4, 2:5], atol=1e-6)
    assert client.get(f"{analysis}/attention", params=query).json()["normalised"] is True


@pytest.mark.parametrize(("dtype", "steps"), [("uint8", 255.0), ("int8", 127.0)])
@pytest.mark.parametrize("form", ["npy", "json", "csv"])
def test_quantised_weights_come_back_by_their_formula(
    client: httpx.Client, analyse: Analyse, weights: Weights, dtype: str, steps: float, form: str
) -> None:
    analysis = analyse()
    query: Query = {"layers": 3, "heads": 1, "dtype": dtype, "format": form}
    answer = client.get(f"{analysis}/attention", params=query)
    meta = answer.json() if form == "json" else json.loads(answer.headers["X-Headscope-Meta"])
    assert (meta["scale"], meta["approximate"]) == ([[1.0]], True)
    if form == "npy":
        codes = np.load(io.BytesIO(answer.content))
    elif form == "json":
        codes = np.array(answer.json()["attention"])
    else:
        codes = np.array(list(from_csv(answer.text).values())).reshape(1, 1, 12, 12)
    exact = weights(analysis, layers=3, heads=1)
    np.testing.assert_allclose(codes / steps, np.sqrt(exact), atol=0.501 / steps)


def test_half_precision_says_that_it_is_approximate(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    analysis = analyse()
    half = weights(analysis, dtype="float16")
    assert half.dtype == np.float16
    np.testing.assert_array_equal(half, weights(analysis).astype(np.float16))
    found = client.get(f"{analysis}/attention", params={"dtype": "float16", "layers": 0}).json()
    assert (found["approximate"], found["scale"]) == (True, None)


def test_the_mask_of_a_decoder_is_a_triangle(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    analysis = analyse(model=SMOLLM2)
    every = weights(analysis)
    mask = weights(analysis, part="mask")
    assert mask.shape == (30, 1, *every.shape[2:])
    np.testing.assert_array_equal(mask, np.broadcast_to(np.tri(every.shape[-1]), mask.shape))
    np.testing.assert_array_equal(every > 0, np.broadcast_to(mask > 0, every.shape))
    meta = client.get(f"{analysis}/attention", params={"part": "mask", "layers": 0}).json()
    assert (meta["heads"], meta["part"]) == (None, "mask")


def test_no_sink_takes_anything_in_a_plain_model(analyse: Analyse, weights: Weights) -> None:
    share = weights(analyse(), part="sink_mass")
    assert share.shape == (6, 12, 12, 1)
    assert not share.any()


def test_an_answer_over_the_limit_names_its_size(client: httpx.Client, analyse: Analyse) -> None:
    analysis = analyse("a " * 510)
    refused = client.get(f"{analysis}/attention", params={"format": "npy"})
    problem = check_problem(refused, 413, "answer-too-large")
    assert f"{512 * 512 * 72 * 4 / 1e6:,.1f} MB" in problem["detail"]
    assert "size" in problem["detail"]


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int8"])
@pytest.mark.parametrize("form", ["json", "npy", "npz", "csv"])
def test_no_answer_is_larger_than_was_reckoned(
    client: httpx.Client, analyse: Analyse, dtype: str, form: str
) -> None:
    """The limit is held against an upper bound; an answer at the bound must stay within it."""
    query = {"layers": "0,5", "heads": "0,11", "dtype": dtype, "format": form}
    answer = client.get(f"{analyse('a ' * 200)}/attention", params=query)
    cells = 4 * 202 * 202
    bound = {"float32": 4, "float16": 2}.get(dtype, 1) if form in ("npy", "npz") else None
    bound = bound or {"float32": 16, "float16": 16, "uint8": 4, "int8": 5}[dtype]
    bound += 2 * 2 + 2 * 3 + 4 + 2 * (len("[CLS]") + 4) if form == "csv" else 0
    assert len(answer.content) <= cells * bound + 4096 + 20_000 * (form == "npz")


@pytest.mark.parametrize(
    ("query", "type"),
    [
        ("unit=sentence", "invalid-request"),
        ("method=rollout", "not-supported"),
        ("stack=cross", "invalid-request"),
        ("layers=6", "invalid-request"),
        ("heads=12", "invalid-request"),
        ("heads=1,1", "invalid-request"),
        ("queries=0:13", "invalid-request"),
        ("keys=5:5", "invalid-request"),
        ("renormalise=true", "invalid-request"),
        ("colour=red", "invalid-request"),
        ("size=0", "invalid-request"),
        ("size=" + "9" * 5000, "invalid-request"),
        ("layers=" + "9" * 5000, "invalid-request"),
        ("layers=%ED%A0%80", "invalid-request"),
        ("format=pickle", "invalid-request"),
        ("dtype=float64", "invalid-request"),
        ("hide=nouns", "invalid-request"),
    ],
)
def test_what_cannot_be_given_is_said(
    client: httpx.Client, analyse: Analyse, query: str, type: str
) -> None:
    check_problem(client.get(f"{analyse()}/attention?{query}"), 422, type)


def test_both_steps_in_one_call(client: httpx.Client, analyse: Analyse) -> None:
    body = {"model": MINILM, "text": TEXT}
    choice: dict[str, Any] = {
        "layers": [3],
        "heads": [1, 0],
        "queries": [[6, 7]],
        "keys": "1:4,5:6",
    }
    found = client.post("/api/v1/attention", json={**body, **choice}).json()
    query = {"layers": "3", "heads": "1,0", "queries": "6:7", "keys": "1:4,5:6"}
    single = client.get(f"{analyse()}/attention", params=query).json()
    assert {name: found[name] for name in single} == single
    assert found["tokens"] == {"queries": ["are"], "keys": ["the", "keys", "to", "cabinet"]}
    assert found["model"]["id"] == MINILM
    assert f"/api/v1/analyses/{found['analysis']}" == analyse()


def test_one_call_gives_every_format(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    body = {"model": MINILM, "text": TEXT, "layers": [3], "format": "npy", "hide": ["special"]}
    answer = client.post("/api/v1/attention", json=body)
    array = np.load(io.BytesIO(answer.content))
    np.testing.assert_array_equal(array, weights(analyse(), layers=3, hide="special"))
    assert answer.headers["Location"] == analyse()
    assert json.loads(answer.headers["X-Headscope-Meta"])["hidden"] == [0, 11]


def test_the_header_stays_under_4_kb(
    client: httpx.Client, analyse: Analyse, weights: Weights
) -> None:
    """A thousand hidden keys do not fit: they are left out there, and said to be."""
    analysis = analyse(", " * 1000, SMOLLM2)
    query: Query = {
        "hide": "punctuation",
        "layers": 0,
        "heads": 0,
        "queries": "0:1",
        "format": "npy",
    }
    header = client.get(f"{analysis}/attention", params=query).headers["X-Headscope-Meta"]
    assert len(header) < 4096
    assert header.isascii()
    meta = json.loads(header)
    assert (meta["hidden"], meta["omitted"]) == (None, ["hidden"])
    in_full = client.get(f"{analysis}/attention", params={**query, "format": "json"}).json()
    assert len(in_full["hidden"]) >= 999
    assert not weights(analysis, **query)[..., in_full["hidden"]].any()
