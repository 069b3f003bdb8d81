"""Nothing that can be sent makes the server fail, and nothing sent changes its answers."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import MINILM, SMOLLM2, Array, check_problem

JSON = {"Content-Type": "application/json"}
POSTS = ["/api/v1/tokenize", "/api/v1/analyses", "/api/v1/attention"]
BODIES: dict[str, bytes] = {
    "lone surrogate": rb'{"model": "minilm-l6", "text": "\ud800"}',
    "lone surrogate as model": rb'{"model": "\ud800", "text": "a"}',
    "lone surrogate as field": rb'{"model": "minilm-l6", "text": "a", "\ud800": 1}',
    "NaN": b'{"model": "minilm-l6", "text": NaN}',
    "Infinity": b'{"model": -Infinity, "text": "a"}',
    "1e999": b'{"model": "minilm-l6", "text": 1e999}',
    "number as text": b'{"model": "minilm-l6", "text": 5}',
    "5,000 digits": b'{"model": "minilm-l6", "text": ' + b"9" * 5000 + b"}",
    "nesting": b"[" * 100_000,
    "closed nesting": b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "bad UTF-8": b'{"model": "minilm-l6", "text": "\xff\xfe"}',
    "UTF-16": '{"model": 5}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "nothing": b"",
    "blank": b"  ",
    "null": b"null",
    "array": b"[]",
    "text": b'"text"',
    "half": b'{"model": "minilm-l6", "te',
    "NUL": b'{"model": "minilm-l6\\u0000", "text": "a"}',
    "many unknown fields": json.dumps({f"field{i}" * 20: i for i in range(2000)}).encode(),
    "long field": json.dumps({"x" * 10**6: 1}).encode(),
    "2 MB": b'{"text": "' + b"a" * (2 * 2**20 - 100) + b'"}',
}


def check_refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    check_problem(answer, answer.status_code, answer.json()["type"].rpartition("#")[2])


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_means_nothing_is_refused(client: httpx.Client, path: str, body: bytes) -> None:
    check_refused(client.post(path, content=body, headers=JSON))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "ä/ü",
        "application/json; charset=utf-7",
    ],
)
def test_a_body_that_is_not_called_json_is_refused(
    client: httpx.Client, path: str, kind: str | None
) -> None:
    headers = {} if kind is None else {b"Content-Type": kind.encode()}
    body = b'{"model": "minilm-l6", "text": 5}'
    check_refused(client.post(path, content=body, headers=headers))


@pytest.mark.parametrize(
    "field",
    [
        {"text": None},
        {"text_pair": 5},
        {"truncate": "true"},
        {"truncate": 1},
        {"add_special_tokens": None},
        {"layers": [True]},
        {"layers": ["0", 1]},
        {"layers": [0.0]},
        {"layers": {}},
        {"layers": [[0]]},
        {"layers": [-1]},
        {"layers": [10**400]},
        {"queries": [[0]]},
        {"queries": [[0, 1, 2]]},
        {"queries": [0, 1]},
        {"queries": [[0, "1"]]},
        {"queries": [[[0], 1]]},
        {"queries": "0:1:2"},
        {"size": 2.5},
        {"size": "5"},
        {"size": -1},
        {"size": True},
        {"hide": [["special"]]},
        {"hide": 5},
        {"renormalise": "yes"},
        {"format": None},
        {"reduce": ["mean"]},
        {"method": "x" * 10**5},
    ],
    ids=lambda field: str(field)[:40],
)
def test_types_are_strict(client: httpx.Client, field: dict[str, Any]) -> None:
    body = {"model": MINILM, "text": "a", **field}
    check_problem(client.post("/api/v1/attention", json=body), 422, "invalid-request")


@pytest.mark.parametrize(
    "field", ["text_pair", "stack", "layers", "queries", "hide", "reduce", "size"]
)
def test_null_is_the_same_as_left_out(client: httpx.Client, field: str) -> None:
    body = {"model": MINILM, "text": "a"}
    answer = client.post("/api/v1/attention", json={**body, field: None})
    assert answer.json() == client.post("/api/v1/attention", json=body).json()


@pytest.fixture(scope="module")
def analysis(analyse: Callable[..., str]) -> str:
    return analyse()


@pytest.fixture(scope="module")
def known(analyse: Callable[..., str], weights: Callable[..., Array]) -> Callable[[], Array]:
    """A fixed request made anew: its array must never change."""
    return lambda: weights(analyse("Always the same."))


@settings(max_examples=100)
@given(body=st.binary(max_size=300), path=st.sampled_from(POSTS))
def test_raw_bytes(client: httpx.Client, body: bytes, path: str) -> None:
    check_refused(client.post(path, content=body, headers=JSON))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
names = st.sampled_from(
    ["text_pair", "target", "layers", "queries", "hide", "size", "format", "truncate"]
)


@settings(max_examples=100)
@given(
    fields=st.dictionaries(names, values, max_size=3), text=st.text(st.characters(), max_size=30)
)
def test_json_of_any_kind(client: httpx.Client, fields: dict[str, Any], text: str) -> None:
    body = json.dumps({"model": MINILM, "text": text, **fields}).encode()
    answer = client.post("/api/v1/attention", content=body, headers=JSON)
    if answer.status_code != 200:
        check_refused(answer)


@settings(max_examples=100)
@given(query=st.dictionaries(st.text(max_size=8) | names, st.text(max_size=12), max_size=4))
def test_query_strings_of_any_kind(
    client: httpx.Client, analysis: str, query: dict[str, str]
) -> None:
    safe = {name: value for name, value in query.items() if value.isprintable()}
    answer = client.get(f"{analysis}/attention", params=safe)
    if answer.status_code != 200:
        check_refused(answer)


def test_after_all_that_the_numbers_are_the_same(
    client: httpx.Client, known: Callable[[], Array]
) -> None:
    before = known()
    for body in BODIES.values():
        client.post("/api/v1/attention", content=body, headers=JSON)
    np.testing.assert_array_equal(known(), before)


TORTURE = {
    "empty": "",
    "blanks": "   ",
    "invisible": "\u00a0\u200b\ufeff",
    "NUL": "a\0b",
    "bidi": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "family": "👨\u200d👩\u200d👧\u200d👦🇨🇳",
    "marks": "e" + "\u0301" * 1000,
    "composed": "\u00e9 e\u0301",
    "no spaces": "中文 ภาษาไทย",
    "ligature": "\ufdfa",
    "last": "\U0010ffff",
    "noncharacter": "\ufffe",
    "breaks": "a\r\nb\u2028c",
    "one word": "a" * 10**6,
    "many words": "a " * 500_000,
    "literal specials": "[MASK] [SEP] <|endoftext|> </s>",
    "template": "{{7*7}}",
    "script": "</script><script>",
    "image": "<img onerror>",
    "bold": "<b>x</b>",
    "formula": "=cmd|'/c calc'!A1",
    "path": "../../etc/passwd",
    "newlines": "\n" * 10_000,
}


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
@pytest.mark.parametrize("text", TORTURE.values(), ids=TORTURE)
def test_the_torture_list(client: httpx.Client, model: str, text: str) -> None:
    body = {"model": model, "text": text, "layers": [0], "format": "npy"}
    answer = client.post("/api/v1/attention", json=body)
    if answer.status_code == 200:
        sums = np.load(io.BytesIO(answer.content)).sum(-1, dtype=np.float64)
        np.testing.assert_allclose(sums, 1, atol=1e-5)
    else:
        assert answer.status_code in (400, 413, 422)
        check_refused(answer)
