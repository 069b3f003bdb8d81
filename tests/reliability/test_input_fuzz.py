"""Ten thousand requests that nobody would write: none fails, and none changes an answer."""

import http.client
import io
import json
import logging
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.conftest import Array

from .calls import BODIES, DOCUMENT, FIELDS, GONE, POSTS
from .conftest import Figure

TIMEOUT_S = 10
CASES = {"bytes": 4000, "json": 2500, "queries": 1500, "http": 2000}
NOT_HTTP = b"Invalid HTTP request received."
"""What uvicorn itself answers to bytes that are no request."""


class Tally:
    """Asks the server, checks the form of every answer and counts."""

    def __init__(self, address: str, analysis: str) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.at = host, int(port)
        self.analysis = analysis
        self.cases = 0
        self.statuses: Counter[int] = Counter()
        self._connection = http.client.HTTPConnection(*self.at, timeout=TIMEOUT_S)

    def ask(self, method: str, path: str, body: bytes | None = None) -> None:
        self.cases += 1
        path = path.replace(GONE, self.analysis.rpartition("/")[2])
        headers = {} if body is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        self.check(self._connection.getresponse())

    def check(self, answer: http.client.HTTPResponse) -> None:
        self.statuses[answer.status] += 1
        content = answer.read()
        assert answer.status < 500, content
        if answer.status < 400 or content == NOT_HTTP:
            return
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert len(content) < 4096
        problem = json.loads(content)
        assert set(problem) >= {"type", "title", "status", "detail"}
        assert problem["status"] == answer.status

    def converse(self, sent: bytes) -> None:
        """Sends these bytes and nothing more, and checks whatever comes back until the end."""
        self.cases += 1
        received = _Received()
        connection = socket.create_connection(self.at, timeout=TIMEOUT_S)
        with connection, suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                received.write(part)
        received.seek(0)
        while received.tell() < len(received.getvalue()):
            answer = http.client.HTTPResponse(cast(socket.socket, received))
            answer.begin()
            self.check(answer)

    def close(self) -> None:
        self._connection.close()


class _Received(io.BytesIO):
    """Bytes that several answers are read from, one after the other, as from a socket."""

    def makefile(self, _: str) -> "_Received":
        return self

    def close(self) -> None:
        """An answer closes what it was read from; the next one still needs it."""


letters = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf", "Mn"]), max_size=20)
plausible = st.sampled_from(
    [0, 1, 5, 6, 12, [0], [0, 1], [[0, 1]], [1.0], "0", "0,1", "0:1", "1:3,5:4", "special", "first",
     "mean", "heads-max", "max", "npy", "csv", "uint8", "int8", "float16", "mask", "sink_mass",
     "word", "encoder", "cross", True, False, None, "[MASK]", "a b", "", "\ud800", 10**19,
     10**400, "minilm-l6"]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | letters,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
QUERY = [
    one["name"]
    for path in ("attention", "arithmetic", "measures", "compare/{other}", "figure")
    for one in DOCUMENT["paths"][f"/api/v1/analyses/{{id}}/{path}"]["get"]["parameters"]
    if one["in"] == "query"
]
Splices = list[tuple[float, int, bytes]]
"""Where, as a share; how many bytes; by which bytes they are replaced."""


def rarely(strategy: st.SearchStrategy[Any], otherwise: object) -> st.SearchStrategy[Any]:
    """Of four cases one: most are to get past the first check."""
    return st.integers(0, 3).flatmap(lambda n: strategy if n == 3 else st.just(otherwise))


splices = rarely(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=6)), max_size=2), []
)


def spliced(content: bytes, splices: Splices) -> bytes:
    for share, length, new in splices:
        place = int(share * len(content))
        content = content[:place] + new + content[place + length :]
    return content


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    path = draw(st.sampled_from(POSTS))
    known = st.sampled_from(FIELDS[path])
    fields: dict[str, Any] = draw(st.dictionaries(known, plausible | values, max_size=3))
    more: dict[str, Any] = draw(
        rarely(st.dictionaries(st.text(max_size=8), values, max_size=1), {})
    )
    body = {**BODIES[path], **fields, **more}
    if "text" in BODIES[path]:
        body["text"] = draw(rarely(letters, body["text"]))
    content = json.dumps(body).encode()
    return path, spliced(content, draw(splices))


@st.composite
def addresses(draw: st.DrawFn) -> str:
    path = draw(
        st.sampled_from(
            ["", *["/attention"] * 2, "/arithmetic", "/measures", f"/compare/{GONE}", "/figure"]
        ).map(lambda end: f"/api/v1/analyses/{GONE}{end}")
        | st.binary(max_size=20)
        .map(quote_from_bytes)
        .flatmap(
            lambda end: st.sampled_from(["models", "runs", "analyses"]).map(
                lambda room: f"/api/v1/{room}/{end}"
            )
        )
    )
    texts = plausible.map(lambda value: str(value).encode(errors="surrogatepass")) | st.binary(
        max_size=12
    )
    names = st.sampled_from(QUERY).map(str.encode) | rarely(st.binary(max_size=8), b"layers")
    query = draw(st.lists(st.tuples(names, texts), max_size=4))
    place = {"layer": "0", "head": "1", "query": "2"} if path.endswith("arithmetic") else {}
    place = {"layer": "0", "head": "1"} if "/compare/" in path else place
    asked = [(name.encode(), value.encode()) for name, value in place.items()] + query
    return path + "?" + "&".join(f"{quote_from_bytes(n)}={quote_from_bytes(v)}" for n, v in asked)


METHODS = [b"PATCH", b"OPTIONS", b"G ET", b"get", b"CONNECT", b"PRI", b""]
HEADERS = [
    b"Host: evil.example", b"Content-Length: 2",
    b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 4x",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Connection: close",
    b"Connection: upgrade", b"Upgrade: websocket", b"Upgrade: h2c", b"Expect: 100-continue",
    b"Content-Type: application/json", b"Content-Encoding: gzip", b"Accept-Encoding: gzip;q=x",
    b"If-None-Match: \"", b"Range: bytes=0-", b"Headscope-Run: \xff", b"Origin: null",
    b"Sec-Fetch-Site: same-origin", b"Folded: a\r\n b", b"X-Forwarded-For: ' OR 1=1",
    b"Cookie: \x00",
]  # fmt: skip
chunks = st.sampled_from(
    [b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"2;x=\r\n{}\r\n",
     b"{}", b"2\r\n{}0\r\n\r\n", b"zz\r\n", b"0\r\nX: y\r\n\r\n", b""]
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from([b"GET", b"POST"]) | st.sampled_from(METHODS))
    paths = [
        "/",
        "/healthz",
        "*",
        "http://evil.example/",
        "//",
        "/../etc/passwd",
        "/static/%2e%2e/",
    ]
    target = draw(rarely(st.binary(max_size=20), None))
    target = target or draw(st.sampled_from([*POSTS, *paths])).encode()
    version = draw(rarely(st.sampled_from([b"HTTP/1.0", b"HTTP/2.0", b"X", b""]), b"HTTP/1.1"))
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=4))
    raw = draw(rarely(st.lists(st.binary(max_size=20), max_size=2), []))
    host = draw(rarely(st.just([]), [b"Host: 127.0.0.1"]))
    head = b"\r\n".join([b" ".join([method, target, version]), *host, *headers, *raw])
    return head + b"\r\n\r\n" + draw(chunks | st.binary(max_size=20))


def test_I2_ten_thousand_raw_requests_fail_nothing_and_change_nothing(
    address: str,
    analyse: Callable[..., str],
    weights: Callable[..., Array],
    figure: Figure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = weights(analyse("Always the same."))
    tally = Tally(address, analyse())

    @settings(max_examples=CASES["bytes"])
    @given(st.sampled_from(POSTS), st.binary(max_size=300))
    def raw_bytes(path: str, body: bytes) -> None:
        tally.ask("POST", path, body)

    @settings(max_examples=CASES["json"])
    @given(bodies())
    def raw_json(request: tuple[str, bytes]) -> None:
        tally.ask("POST", *request)

    @settings(max_examples=CASES["queries"])
    @given(addresses())
    def query_strings(target: str) -> None:
        tally.ask("GET", target)

    @settings(max_examples=CASES["http"])
    @given(st.lists(requests(), min_size=1, max_size=3), splices)
    def raw_http(pipelined: list[bytes], changes: Splices) -> None:
        tally.converse(spliced(b"".join(pipelined), changes))

    for fuzz in (raw_bytes, raw_json, query_strings, raw_http):
        fuzz()
    tally.close()
    assert tally.cases >= 10_000
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    # `truncate` cuts nothing here, but makes it another analysis with a pass of its own.
    np.testing.assert_array_equal(weights(analyse("Always the same.", truncate=True)), known)
    told = ", ".join(f"{code} {count:,} times" for code, count in sorted(tally.statuses.items()))
    figure(f"{tally.cases:,} cases, answered {told}")
