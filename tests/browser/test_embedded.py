"""Weights inside a saved page: whatever a view asks, the answer is the server's."""

from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from app.metrics.hiding import hide, renormalise
from app.metrics.keeping import read_keep
from app.metrics.pooling import Pool, even_edges
from app.metrics.quantising import to_uint8
from app.metrics.reducing import over_heads
from app.metrics.words import merge

from .conftest import KEYS, MINILM, SMOLLM2, Headscope

Array = NDArray[Any]
HOSTILE = f"{KEYS} </script><script>alert(1)</script><img src=x onerror=alert(2)> <!-- &lt; 坐"
LONG = " ".join([f"{KEYS} Theodore's unbelievably old ones aren't."] * 3)
VIEWS = [
    {"stack": "encoder", "layer": 2, "head": 1, "show": show} for show in ("head", "mean", "max")
]
CALLS = {
    "head": [[view] for view in VIEWS],
    "small": [[[view], 16] for view in VIEWS],
    "tile": [[view, [4, 20, 0, 9]] for view in VIEWS],
    "row": [[view, of] for view in VIEWS for of in (6, "2:5,7:9")],
    "ownRow": [[VIEWS[0], 6]],
    "column": [[view, of] for view in VIEWS for of in (3, "0:2,11:12")],
    "together": [[view, "2:5,7:9", "0:2,11:12"] for view in VIEWS],
    "rows": [[view, [4, 9]] for view in VIEWS],
    "cells": [[view, [4, 9], [1, 12]] for view in VIEWS],
    "largest": [[VIEWS[0], [4, 9], [1, 12]]],
    "mean": [[VIEWS[0], [4, 9], [1, 12]]],
    "pair": [["encoder", 6, 2], ["encoder", "2:5,7:9", "1:3"], ["encoder", "2:3", "4:9"]],
    "offSinks": [["encoder", "max"], ["encoder", "mean"]],
    "left": [[view] for view in VIEWS],
    "keyShare": [[VIEWS[0], 0]],
}
"""Of static/js/weights.js: all that a view can ask for."""
OWN_ROW = {"stack": "encoder", "layers": 2, "heads": 1, "queries": "6:7", "dtype": "float32"}
"""What goes by tokens in either unit."""
NO_NUMBERS = {
    "lens",
    "heldHead",
    "heldSmall",
    "heldTile",
    "coarse",
    "isLong",
    "drawn",
    "pause",
    "resume",
    "close",
}
NO_NUMBERS |= {"verify", "file", "arithmetic", "thumbnails", "measures", "beside"}
SAMPLED = ",".join(f"{row}:{row + 1}" for row in range(1, 40, 5))
COARSE: list[dict[str, Any]] = [
    {"stack": "encoder", "queries": SAMPLED, "size": 5, "pool": "max", "dtype": "uint8"},
    {"stack": "encoder", "layers": 3, "heads": 1, "size": 7, "pool": "max", "dtype": "uint8"},
    {"stack": "encoder", "layers": 2, "reduce": "heads-mean", "size": 32, "dtype": "uint8"},
    {"stack": "encoder", "layers": "1,5", "heads": "0,7", "size": 9, "dtype": "uint8"},
    {"stack": "encoder", "layers": "0,4", "size": 10, "pool": "mean", "dtype": "float32"},
    {"stack": "encoder", "hide": "special,first", "size": 1, "pool": "max", "dtype": "float32"},
    {"stack": "encoder", "off": "special", "keep": "top:3", "size": 7, "dtype": "float32"},
    {"stack": "encoder", "hide": "special", "renormalise": True, "layers": 3, "dtype": "float32"},
    {
        "stack": "encoder",
        "hide": "special",
        "renormalise": True,
        "queries": "3:5,0:2",
        "dtype": "uint8",
    },
]
FILTERS: list[dict[str, Any]] = [
    {"keep": "min:0.05"},
    {"keep": "top:5"},
    {"keep": "mass:0.7"},
    {"between": "aa"},
    {"between": "ab", "hide": "special", "keep": "top:2"},
    {"between": "ba", "keep": "mass:0.5", "off": "special"},
    {"between": "bb", "keep": "min:0.01"},
    {"hide": "special", "renormalise": True, "keep": "top:3"},
]
FILTERED: list[dict[str, Any]] = [
    {"stack": "encoder", "layers": 3, "heads": 1, "dtype": "float32"},
    {"stack": "encoder", "layers": "1,5", "queries": "2:9", "keys": "7:12", "dtype": "float32"},
    {"stack": "encoder", "layers": 2, "reduce": "heads-max", "size": 8, "dtype": "float32"},
    {"stack": "encoder", "layers": 0, "size": 9, "pool": "mean", "dtype": "float32"},
    {"stack": "encoder", "size": 6, "dtype": "uint8"},
    {
        "stack": "encoder",
        "queries": "1:4,6:8",
        "keys": "0:3,7:8",
        "sets": "queries,keys",
        "dtype": "float32",
    },
    {
        "stack": "encoder",
        "layers": 1,
        "keys": "2:5",
        "sets": "keys",
        "reduce": "heads-max",
        "dtype": "float32",
    },
]
READINGS: list[dict[str, Any]] = [
    {"stack": "encoder"},
    {"stack": "encoder", "layers": "0,4", "hide": "special,first"},
    {"stack": "encoder", "hide": "special,punctuation", "renormalise": True},
]
LONGER: list[dict[str, Any]] = [{"stack": "decoder", "layers": 3}]
LONGER += [{**LONGER[0], "hide": "special,first", "renormalise": True}]

ASKED = """async ([calls, document, unit]) => {
  const { createWeights } = await import("/static/js/weights.js");
  const { readIn } = await import("/static/js/lens.js");
  const analysis = readIn(document, { unit });
  const queries = [];
  const attention = async (id, query) => {
    queries.push(query);
    return { data: new Float32Array(1), shape: [1, 1, 1, 1], meta: { scale: [[1]] } };
  };
  const weights = createWeights({ attention }, analysis, { unit });
  await weights.thumbnails("encoder").first;
  for (const [name, several] of Object.entries(calls)) {
    for (const call of several) await weights[name](...call);
  }
  return { queries, names: Object.keys(weights) };
}"""

ANSWERS = """async ([id, queries]) => {
  const { createEmbeddedSource } = await import("/static/js/embedded.js");
  const { createHttpSource } = await import("/static/js/datasource.js");
  const http = createHttpSource(new URL("/api/v1/", document.baseURI));
  const analysis = await (await fetch(`/api/v1/analyses/${id}`)).json();
  const whole = await http.attention(id, { dtype: "float32" });
  const embedded = createEmbeddedSource(analysis, whole.data);
  const plain = ({ data, shape, meta }) => ({ data: [...data], shape, meta });
  const both = async (query) => Promise.all(
    [embedded, http].map(async (source) => plain(await source.attention(id, query))));
  return { whole: plain(whole), answers: await Promise.all(queries.map(both)) };
}"""


MEASURES = """async ([id, readings, layers]) => {
  const { createEmbeddedSource } = await import("/static/js/embedded.js");
  const { createHttpSource } = await import("/static/js/datasource.js");
  const http = createHttpSource(new URL("/api/v1/", document.baseURI));
  const analysis = await (await fetch(`/api/v1/analyses/${id}`)).json();
  const [stack] = analysis.stacks;
  stack.layers = stack.layers.filter(({ index }) => layers.includes(index));
  const whole = await http.attention(id, { layers: layers.join(), dtype: "float32" });
  const embedded = createEmbeddedSource(analysis, whole.data);
  return Promise.all(readings.map((reading) =>
    Promise.all([embedded, http].map((source) => source.measures(id, reading)))));
}"""


def expected(
    whole: Array, edges: Array, query: dict[str, Any], tokens: list[dict[str, Any]]
) -> Array:
    """The answer by the server's own numpy, from float32 weights [layer][head][query][key]."""
    shown = whole.copy()
    special = [token["index"] for token in tokens if token["special"]]
    if "hide" in query:
        (renormalise if "renormalise" in query else hide)(shown, special)
    if query.get("unit") == "word":
        shown = np.stack([merge([layer], len(layer), edges, edges) for layer in shown])
        tokens = [tokens[start] for start in edges[:-1]]
    if "between" in query:
        segments = np.array([token["segment"] for token in tokens])
        shown *= np.outer(*(segments == "ab".index(text) for text in query["between"]))
    if "keep" in query:
        read_keep(query["keep"]).apply(shown)
    if "off" in query:
        hide(shown, [place for place, token in enumerate(tokens) if token["special"]])
    rows, columns = (
        np.r_[tuple(slice(*map(int, part.split(":"))) for part in query[axis].split(","))]
        if axis in query
        else np.arange(shown.shape[place])
        for place, axis in ((2, "queries"), (3, "keys"))
    )
    layers = [int(one) for one in str(query.get("layers", "0,1,2,3,4,5")).split(",")]
    several = "heads" in query
    heads = [int(one) for one in str(query["heads"]).split(",")] if several else slice(None)
    # As it lies in memory on the server: numpy adds in that order.
    cut = [np.ascontiguousarray(shown[layer][heads][:, rows][:, :, columns]) for layer in layers]
    sets = query.get("sets", "").split(",")
    ends = [
        np.array([0, length]) if axis in sets else np.arange(length + 1)
        for axis, length in (("queries", cut[0].shape[1]), ("keys", cut[0].shape[2]))
    ]
    cut = [merge([part], len(part), *ends) for part in cut] if "sets" in query else cut
    parts = np.stack([over_heads(part, query.get("reduce")) for part in cut])
    if "size" in query:
        bins = [even_edges(length, query["size"]) for length in parts.shape[2:]]
        pool = Pool(query.get("pool", "max"), len(layers), parts.shape[1], bins[0], bins[1])
        for place, part in enumerate(parts):
            pool.add(place, 0, part)
        parts = pool.result()
    return to_uint8(parts, 1.0) if query["dtype"] == "uint8" else parts


@pytest.mark.parametrize("unit", ["token", "word"])
def test_embedded_weights_answer_all_that_views_ask_as_the_server_does(
    headscope: Headscope, api: httpx.Client, unit: str
) -> None:
    made = api.post("analyses", json={"model": MINILM, "text": LONG}).json()
    headscope.page.goto(f"{headscope.address}/healthz")
    asked = headscope.page.evaluate(ASKED, [CALLS, made, unit])
    assert set(asked["names"]) == set(CALLS) | NO_NUMBERS, "say above what the new one asks for"
    in_unit = {} if unit == "token" else {"unit": unit}
    queries = [{**query, "stack": "encoder"} for query in asked["queries"]]
    others = [query for query in queries if query.get("unit", "token") != unit]
    assert others == ([OWN_ROW] if unit == "word" else [])
    check_both_answer(headscope, made, queries + [{**query, **in_unit} for query in COARSE])


@pytest.mark.parametrize("unit", ["token", "word"])
def test_embedded_weights_are_filtered_as_the_server_does(
    headscope: Headscope, api: httpx.Client, unit: str
) -> None:
    pair = {"text": KEYS, "text_pair": "They open Theodore's unbelievably old cabinet."}
    made = api.post("analyses", json={"model": MINILM, **pair}).json()
    headscope.page.goto(f"{headscope.address}/healthz")
    queries = [{**query, **read, "unit": unit} for read in FILTERS for query in FILTERED]
    check_both_answer(headscope, made, queries)


def test_embedded_words_are_means_of_the_queries_that_have_anything_left(
    headscope: Headscope, api: httpx.Client
) -> None:
    """Of a decoder's first token nothing is left where it is hidden: it sees nothing else."""
    made = api.post("analyses", json={"model": SMOLLM2, "text": "Theodosian walls"}).json()
    assert made["words"]["input"][0][1] >= 2
    headscope.page.goto(f"{headscope.address}/healthz")
    hiding = {"hide": "first", "renormalise": True, "unit": "word"}
    query = {"stack": "decoder", "layers": 3, "dtype": "float32", **hiding}
    found = headscope.page.evaluate(ANSWERS, [made["id"], [query]])
    ((embedded, served),) = found["answers"]
    np.testing.assert_allclose(embedded["data"], served["data"], rtol=0, atol=2e-6)
    rows = np.reshape(embedded["data"], embedded["shape"]).sum(-1)
    np.testing.assert_allclose(rows, 1, rtol=0, atol=1e-5)


def check_both_answer(
    headscope: Headscope, made: dict[str, Any], queries: list[dict[str, Any]]
) -> None:
    edges = np.array([0, *(stop for _, stop in made["words"]["input"])])
    found = headscope.page.evaluate(ANSWERS, [made["id"], queries])
    whole = np.array(found["whole"]["data"], np.float32).reshape(found["whole"]["shape"])
    for query, (embedded, served) in zip(queries, found["answers"], strict=True):
        wanted = expected(whole, edges, query, made["tokens"]["input"])
        own = np.array(embedded["data"], wanted.dtype).reshape(embedded["shape"])
        np.testing.assert_array_equal(own, wanted, str(query), strict=True)
        # The server multiplies blocks of other shapes, which rounds a last bit differently.
        close = 1 if query["dtype"] == "uint8" else 2e-6
        np.testing.assert_allclose(embedded["data"], served["data"], rtol=0, atol=close)
        for name in ("query_bins", "key_bins"):
            assert embedded["meta"][name] == served["meta"][name]
        if query["dtype"] == "uint8":
            assert embedded["meta"]["scale"] == served["meta"]["scale"]


@pytest.mark.parametrize(
    ("model", "text", "readings", "layers"),
    [
        (MINILM, LONG, READINGS, [*range(6)]),
        (MINILM, "Wait: «what»? (Yes!) It costs $5, 坐。", READINGS, [*range(6)]),
        (SMOLLM2, " ".join([KEYS] * 60), LONGER, [3]),
    ],
)
def test_embedded_weights_are_measured_as_the_server_measures_its_trace(
    headscope: Headscope,
    api: httpx.Client,
    model: str,
    text: str,
    readings: list[dict[str, Any]],
    layers: list[int],
) -> None:
    made = api.post("analyses", json={"model": model, "text": text}).json()
    headscope.page.goto(f"{headscope.address}/healthz")
    answers = headscope.page.evaluate(MEASURES, [made["id"], readings, layers])
    for embedded, served in answers:
        assert embedded["rows"] == served["rows"]
        assert embedded["sampled"] == served["sampled"] == (model == SMOLLM2)
        assert list(embedded["special"]) == list(served["special"])
        for text_, shares in served["special"].items():
            np.testing.assert_allclose(embedded["special"][text_], shares, rtol=0, atol=1e-6)
        for name in ("entropy", "distance", "first", "punctuation", "itself", "sink_mass"):
            np.testing.assert_allclose(embedded[name], served[name], rtol=1e-6, atol=1e-6)
