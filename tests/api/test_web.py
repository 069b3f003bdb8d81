"""What never leaves the server."""

import logging

import httpx
import pytest

from tests.unit.numpy_engine import NumpyEngine

from .conftest import MINILM, check_problem, serving


def test_a_failure_nobody_expected_is_told_without_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = NumpyEngine()
    with serving(engine=engine) as base, httpx.Client(base_url=base) as client:
        client.post("/api/v1/tokenize", json={"model": "tiny", "text": "warm"})
        engine.failure = ZeroDivisionError("my secret text")
        with caplog.at_level(logging.DEBUG):
            answer = client.post("/api/v1/analyses", json={"model": "tiny", "text": "my secret"})
        problem = check_problem(answer, 500, "internal")
        assert "secret" not in problem["detail"]
        assert "ZeroDivisionError" in caplog.text
        assert "secret" not in caplog.text
        engine.failure = None
        request = {"model": "tiny", "text": "my secret"}
        assert client.post("/api/v1/analyses", json=request).status_code == 201


def test_text_is_never_logged(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for text in ("open sesame", "open sesame " * 300):
            for path in ("/api/v1/tokenize", "/api/v1/analyses", "/api/v1/attention"):
                client.post(path, json={"model": MINILM, "text": text})
                client.post(path, json={"model": MINILM, "text": [text]})
    assert "sesame" not in caplog.text
