"""What the process says about itself."""

import re
from collections.abc import Callable

import httpx


def gauges(client: httpx.Client) -> dict[str, int]:
    found = re.findall(r"^(\w+) (\d+)$", client.get("/metrics").text, re.MULTILINE)
    return {name: int(value) for name, value in found}


def test_metrics_count_what_is_held(client: httpx.Client, analyse: Callable[..., str]) -> None:
    analyse()
    before = gauges(client)
    made = client.get(analyse("Held and counted."))
    after = gauges(client)
    assert after["headscope_analyses"] == before["headscope_analyses"] + 1
    grown = after["headscope_analyses_bytes"] - before["headscope_analyses_bytes"]
    assert grown == made.json()["bytes"]
    assert after["headscope_models"] >= 1
    assert after["headscope_models_bytes"] > 50_000_000
    assert client.get("/metrics").headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_a_ready_server_says_so(client: httpx.Client, analyse: Callable[..., str]) -> None:
    analyse()
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/healthz").json() == {"status": "alive"}
