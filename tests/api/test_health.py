"""What the process says about itself."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"


def gauges(client: httpx.Client) -> dict[str, float]:
    found = re.findall(r"^(headscope_\S+) (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return {name: float(value) for name, value in found}


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
    assert client.get("/metrics").headers["Content-Type"].startswith("text/plain; version=")


def test_a_ready_server_says_so(client: httpx.Client, analyse: Callable[..., str]) -> None:
    analyse()
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/healthz").json() == {"status": "alive"}


def test_metrics_count_what_happens(client: httpx.Client, analyse: Callable[..., str]) -> None:
    path = analyse("Counted once.")
    before = gauges(client)
    analyse("Counted once.")
    analyse("Counted anew.")
    client.get(f"{path}/attention?layers=0")
    client.get("/nothing")
    client.get("/static/js/main.js")
    after = gauges(client)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('headscope_analyses_asked_total{met="held"}') == 1
    assert grown('headscope_analyses_asked_total{met="made"}') == 1
    asked = 'headscope_requests_total{method="%s",route="%s",status="%d"}'
    assert grown(asked % ("POST", "/api/v1/analyses", 200)) == 1
    assert grown(asked % ("POST", "/api/v1/analyses", 201)) == 1
    assert grown(asked % ("GET", "/api/v1/analyses/{id}/attention", 200)) == 1
    assert grown(asked % ("GET", "none", 404)) == 1
    assert grown(asked % ("GET", "/static", 200)) == 1
    assert grown('headscope_request_seconds_count{route="/api/v1/analyses"}') == 2
    assert after['headscope_loads_total{outcome="ready"}'] >= 1
    assert after["headscope_load_seconds_total"] > 0
    assert (after["headscope_inside"], after["headscope_in_flight"]) == (0, 0)


def test_metrics_grow_no_labels_from_what_is_sent(client: httpx.Client) -> None:
    def junk(number: int) -> None:
        client.get(f"/junk/{number}")
        client.request(f"METHOD{number}", "/")
        client.get(f"/api/v1/models/owner/{number}")
        client.post("/api/v1/tokenize", json={"model": f"owner/{number}", "text": "a"})
        client.get(f"/static/{number}")

    junk(-1)
    known = set(gauges(client))
    for number in range(50):
        junk(number)
    assert set(gauges(client)) == known


def test_every_answer_has_an_id_that_the_one_in_front_may_give(client: httpx.Client) -> None:
    made = [client.get("/healthz").headers["X-Request-ID"] for _ in range(2)]
    assert made[0] != made[1]
    given = client.get("/nothing", headers={"X-Request-ID": "proxy-7.a_B"})
    assert given.headers["X-Request-ID"] == "proxy-7.a_B"
    for bad in ("", "a b", "x" * 65, "<b>", "a\tb"):
        own = client.get("/healthz", headers={"X-Request-ID": bad}).headers["X-Request-ID"]
        assert own not in (bad, "")


def test_the_documentation_lists_every_metric(client: httpx.Client) -> None:
    kinds = r"^# TYPE (headscope_\S+) (?:counter|gauge|histogram)$"
    there = set(re.findall(kinds, client.get("/metrics").text, re.MULTILINE))
    listed = set(re.findall(r"`(headscope_\w+)", OPERATING.read_text("utf-8")))
    assert there == listed
