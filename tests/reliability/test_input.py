"""What can be sent is bounded and checked; nothing is read, computed or said without a limit."""

import http.client
import json
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import httpx
import psutil
import pytest

from tests.api.conftest import MINILM, SMOLLM2, check_problem

from .calls import BODIES, JSON, POSTS, check_refused
from .conftest import Figure

by_post = pytest.mark.parametrize("path", POSTS)
MEANINGLESS: dict[str, bytes] = {
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


@by_post
@pytest.mark.parametrize("body", MEANINGLESS.values(), ids=MEANINGLESS)
def test_I8_a_body_that_means_nothing_is_refused(
    client: httpx.Client, path: str, body: bytes
) -> None:
    check_refused(client.post(path, content=body, headers=JSON))


@by_post
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
def test_I8_a_body_that_is_not_called_json_is_refused(
    client: httpx.Client, path: str, kind: str | None
) -> None:
    headers = {} if kind is None else {b"Content-Type": kind.encode()}
    check_refused(client.post(path, content=b'{"model": "minilm-l6", "text": 5}', headers=headers))


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
        {"keep": 5},
        {"keep": ["top:5"]},
        {"between": "cd"},
        {"renormalise": "yes"},
        {"format": None},
        {"reduce": ["mean"]},
        {"method": "x" * 10**5},
    ],
    ids=lambda field: str(field)[:40],
)
def test_I8_types_are_strict(client: httpx.Client, field: dict[str, Any]) -> None:
    body = {"model": MINILM, "text": "a", **field}
    check_problem(client.post("/api/v1/attention", json=body), 422, "invalid-request")


@pytest.mark.parametrize(
    "field",
    ["text_pair", "stack", "layers", "queries", "hide", "keep", "between", "reduce", "size"],
)
def test_I8_null_is_the_same_as_left_out(client: httpx.Client, field: str) -> None:
    body = {"model": MINILM, "text": "a"}
    answer = client.post("/api/v1/attention", json={**body, field: None})
    assert answer.json() == client.post("/api/v1/attention", json=body).json()


@by_post
def test_I8_unknown_fields_are_refused_and_not_named(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json={**BODIES[path], "sesame": "open"})
    problem = check_problem(answer, 422, "invalid-request")
    assert problem["errors"] == [{"loc": ["body"], "msg": "Extra inputs are not permitted"}]
    assert "sesame" not in answer.text


@by_post
def test_I8_a_body_of_the_wrong_type_is_refused_and_not_echoed(
    client: httpx.Client, path: str
) -> None:
    wrong: dict[str, Any] = {name: ["sesame"] for name in BODIES[path]}
    answer = client.post(path, json=wrong)
    assert check_problem(answer, 422, "invalid-request")["errors"]
    assert "sesame" not in answer.text


@by_post
def test_I4_a_body_over_the_limit_is_refused_before_it_is_read(path: str, address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(20 * 2**20))
    connection.endheaders()  # and not one byte of the body
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    connection.close()


@by_post
def test_I4_a_body_that_does_not_say_its_length_is_cut_off(client: httpx.Client, path: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"text": "'
        while sent < 2**30:
            sent += 2**16
            yield b"a" * 2**16

    check_problem(client.post(path, content=endless(), headers=JSON), 413, "body-too-large")
    assert sent < 64 * 2**20


LONG = {
    "text": "x" * 10**6,
    "whole number": 10**4000,
    "negative number": -(10**4000),
    "fraction": 1e308,
    "many": ["x" * 100] * 10**4,
    "many numbers": [10**1000] * 100,
    "object": {"x" * 10**5: "y" * 10**5},
}


@by_post
@pytest.mark.parametrize("value", LONG.values(), ids=LONG)
def test_I5_no_field_makes_an_error_answer_long(
    client: httpx.Client, path: str, value: object
) -> None:
    fields = {**BODIES[path], "layers": None, "queries": None, "method": None, "stack": None}
    for field in fields:
        answer = client.post(path, json={**BODIES[path], field: value})
        if not answer.is_success:
            check_refused(answer)


@pytest.mark.parametrize("path", ["attention", "arithmetic", "measures"])
@pytest.mark.parametrize("name", ["layers", "layer", "keys", "stack", "size", "x" * 20_000])
def test_I5_no_query_string_makes_an_error_answer_long(
    client: httpx.Client, analyse: Callable[..., str], path: str, name: str
) -> None:
    for value in ("9" * 40_000, "x" * 40_000, ",".join("7" * 5_000), "%00" * 10_000):
        check_refused(client.get(f"{analyse()}/{path}?layer=0&head=0&query=0&{name}={value}"))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/models/" + "x" * 50_000,
        "/api/v1/analyses/" + "x" * 50_000,
        "/api/v1/runs/" + "x" * 50_000,
        "/static/" + "x" * 50_000,
        "/" + "%ff" * 10_000,
    ],
    ids=lambda path: path[:20],
)
def test_I5_no_address_makes_an_error_answer_long(client: httpx.Client, path: str) -> None:
    check_refused(client.get(path))


def test_I6_too_many_tokens_are_refused_with_count_and_limit(client: httpx.Client) -> None:
    body = {"model": MINILM, "text": "a " * 600}
    for path in ("/api/v1/analyses", "/api/v1/attention"):
        problem = check_problem(client.post(path, json=body), 413, "too-many-tokens")
        assert "602 tokens" in problem["detail"] and "at most 512" in problem["detail"]
    too_long = client.post("/api/v1/cost", json={"model": MINILM, "tokens": 513})
    assert "512 tokens or fewer" in check_problem(too_long, 413, "too-many-tokens")["detail"]


def test_I6_or_they_are_cut_and_the_answer_says_so(client: httpx.Client) -> None:
    body = {"model": MINILM, "text": "a " * 600, "truncate": True}
    made = client.post("/api/v1/analyses", json=body).json()
    assert made["truncated"] and len(made["tokens"]["input"]) == 512
    short = client.post("/api/v1/analyses", json={**body, "text": "a"}).json()
    assert not short["truncated"]


@pytest.fixture(scope="module")
def long_analysis(analyse: Callable[..., str]) -> str:
    """Of 2,048 tokens; all of its weights would take 18 GB."""
    return analyse("a" + " a" * 2047, model=SMOLLM2)


@pytest.mark.parametrize("query", ["", "format=npy", "format=csv&layers=0", "part=mask&dtype=int8"])
def test_I7_too_large_an_answer_is_refused_before_it_is_computed(
    client: httpx.Client, long_analysis: str, query: str, figure: Figure
) -> None:
    process = psutil.Process()
    before, begun = process.memory_info().rss, perf_counter()
    for _ in range(10):
        check_problem(client.get(f"{long_analysis}/attention?{query}"), 413, "answer-too-large")
    milliseconds = (perf_counter() - begun) * 100
    grown = (process.memory_info().rss - before) / 2**20
    assert milliseconds < 50
    assert grown < 16
    figure(f"refused in {milliseconds:.1f} ms, {max(grown, 0):.1f} MB more")
