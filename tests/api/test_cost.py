"""The cost of attention over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from app.settings import Settings
from tests.unit.numpy_engine import NumpyEngine

from .conftest import MINILM, check_problem, serving

FIELDS = {
    "model", "tokens", "layers", "heads", "device", "dtype", "threads", "kernel", "repeats",
    "forward_ms", "attention_ms", "attention_bytes", "reason",
}  # fmt: skip
URL = "/api/v1/cost"


def test_a_model_is_measured_at_a_length(client: httpx.Client) -> None:
    answer = client.post(URL, json={"model": MINILM, "tokens": 32})
    cost = answer.json()
    assert (answer.status_code, set(cost)) == (200, FIELDS)
    assert (cost["model"], cost["tokens"], cost["reason"]) == (MINILM, 32, None)
    assert set(cost["attention_ms"]) == {"sdpa", "eager"}
    assert cost["attention_bytes"]["weights"] == 6 * 12 * 32**2 * 4
    assert answer.headers["Cache-Control"] == "no-store"


def test_more_tokens_than_the_model_reads_are_refused(client: httpx.Client) -> None:
    problem = check_problem(
        client.post(URL, json={"model": MINILM, "tokens": 513}), 413, "too-many-tokens"
    )
    assert "512" in problem["detail"]
    for tokens in (0, "12", 1.5, None):
        refused = client.post(URL, json={"model": MINILM, "tokens": tokens})
        check_problem(refused, 422, "invalid-request")


def test_over_the_memory_limit_eager_is_null_and_says_so() -> None:
    settings = Settings(max_verify_bytes=1000)
    with serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
        cost = client.post(URL, json={"model": MINILM, "tokens": 32}).json()
    assert cost["attention_ms"]["eager"] is None
    assert cost["attention_ms"]["sdpa"] > 0
    assert cost["attention_bytes"]["weights_measured"] is False
    assert "limit" in cost["reason"]


def test_the_server_answers_while_it_measures() -> None:
    engine = NumpyEngine()
    with (
        serving(engine=engine) as base,
        httpx.Client(base_url=base, timeout=60) as client,
        ThreadPoolExecutor(1) as threads,
    ):
        body = {"model": "tiny", "tokens": 5}
        assert client.post(URL, json=body).status_code == 200
        engine.gate.clear()
        measuring = threads.submit(client.post, URL, json=body)
        try:
            assert client.get("/healthz", timeout=5).status_code == 200
            assert not measuring.done()
        finally:
            engine.gate.set()
        assert measuring.result().json()["tokens"] == 5
