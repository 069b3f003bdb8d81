"""How often one address may ask: not dodged by what it says of itself, and remembered in bounds."""

import asyncio
import math
import time
import tracemalloc
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from app.routes.rate import MOST, Rate
from app.settings import Settings
from tests.api.conftest import check_problem, serving
from tests.browser.conftest import Headscope
from tests.unit.numpy_engine import NumpyEngine

from .conftest import Figure
from .processes import started

BODY = {"model": "tiny", "text": "a b"}
FORGED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "203.0.113.10, 127.0.0.1"},
    {"Forwarded": "for=203.0.113.11"},
    {"X-Real-IP": "203.0.113.12"},
    {"X-Client-IP": "203.0.113.13", "True-Client-IP": "203.0.113.14"},
]


def test_W8_forged_addresses_change_neither_the_limit_nor_the_log() -> None:
    body = {"model": "minilm-l6", "text": "a"}
    with started(HEADSCOPE_RATE_LIMIT="2/hour") as server, httpx.Client() as client:
        tokenize = f"{server.url}/api/v1/tokenize"
        for forged in FORGED[:2]:
            assert client.post(tokenize, json=body, headers=forged).status_code == 200
        for forged in FORGED:
            forged["X-Forwarded-Proto"] = "https"
            answer = client.post(tokenize, json=body, headers=forged)
            check_problem(answer, 429, "rate-limited")
        lines = [server.line() for _ in (*FORGED, *FORGED[:2])]
    assert all(" 127.0.0.1 " in line and "203.0.113" not in line for line in lines)


def test_W9_what_computes_is_counted_by_address_and_the_rest_is_not() -> None:
    with serving(Settings(rate_limit="3/hour"), NumpyEngine()) as base:
        one, other = (
            httpx.Client(base_url=base, transport=httpx.HTTPTransport(local_address=address))
            for address in ("127.0.0.1", "127.0.0.2")
        )
        made = one.post("/api/v1/analyses", json=BODY)
        attention = f"{made.headers['Location']}/attention"
        assert one.get(attention).status_code == 200
        assert one.get(attention).status_code == 200
        for refused in (one.get(attention), one.post("/api/v1/analyses", json=BODY)):
            problem = check_problem(refused, 429, "rate-limited")
            assert "3 requests per hour" in problem["detail"]
            assert 1190 <= int(refused.headers["Retry-After"]) <= 1200
        for path in ("/", "/api/v1/models", "/healthz", made.headers["Location"]):
            assert one.get(path).status_code == 200
        assert other.get(attention).status_code == 200
        one.close()
        other.close()


def test_W9_who_waits_as_told_is_served() -> None:
    settings = Settings(rate_limit="2/second")
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        while (answer := client.post("/api/v1/tokenize", json=BODY)).status_code == 200:
            pass
        wait = int(answer.headers["Retry-After"])
        assert wait == 1
        time.sleep(wait)
        assert client.post("/api/v1/tokenize", json=BODY).status_code == 200


def test_W9_the_page_waits_as_told(chromium: Browser) -> None:
    with serving(Settings(rate_limit="5/second")) as base:
        page = chromium.new_page(locale="en-US")
        refused: list[str] = []
        page.on("response", lambda it: refused.append(it.url) if it.status == 429 else None)
        headscope = Headscope(page, base)
        headscope.open()
        headscope.analyse("Refused at first, then shown")
        assert refused
        assert headscope.errors == []


def test_W9_refused_before_the_body_is_read() -> None:
    settings = Settings(rate_limit="1/hour")
    with serving(settings, NumpyEngine()) as base, httpx.Client(base_url=base) as client:
        client.post("/api/v1/tokenize", json=BODY)
        answer = client.post("/api/v1/tokenize", content=b"{ not json")
        check_problem(answer, 429, "rate-limited")


async def statuses(rate: Rate, addresses: Any) -> list[int]:
    """What a request of each of these addresses is answered."""
    answered: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    for address in addresses:
        scope = {"type": "http", "method": "POST", "path": "/api/v1/cost", "client": (address, 1)}
        await rate(scope, None, send)  # type: ignore[arg-type]
    return answered


async def served(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})


@pytest.mark.parametrize(
    ("addresses", "answers"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::1"], [200, 429, 429]),
        (["2001:db8::1", "2001:db8:0:1::1"], [200, 200]),
        (["fe80::1%eth0", "fe80::2%eth0"], [200, 429]),
        (["192.0.2.1", "192.0.2.2", "192.0.2.1"], [200, 200, 429]),
    ],
)
def test_W9_a_network_of_ipv6_counts_as_one_address(
    addresses: list[str], answers: list[int]
) -> None:
    assert asyncio.run(statuses(Rate(served, "1/hour"), addresses)) == answers


@pytest.mark.parametrize("up_s", [500.1, 2000.3, 3000.1])
def test_W9_no_first_request_is_refused_by_rounding(
    up_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times at which a sum of seconds is a little more than its parts."""
    monkeypatch.setattr(time, "monotonic_ns", lambda: int(up_s * 1e9))
    monkeypatch.setattr(time, "monotonic", lambda: up_s)
    answers = asyncio.run(statuses(Rate(served, "7/hour"), ["192.0.2.1"] * 8))
    assert answers == [200] * 7 + [429]


def test_W9_the_table_stays_bounded(figure: Figure) -> None:
    rate = Rate(served, "1/hour")
    tracemalloc.start()

    def held(first: int, last: int) -> int:
        addresses = (f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(first, last))
        asyncio.run(statuses(rate, addresses))
        return tracemalloc.get_traced_memory()[0]

    full = held(0, MOST)
    after = held(MOST, MOST + 100_000)
    tracemalloc.stop()
    assert after < 2 * full
    figure(f"{math.ceil(after / 1e6)} MB after {MOST + 100_000:,} addresses")
