"""The server answers while the first model loads, and says why it is not ready."""

import time

import httpx
import pytest

from app.errors import ModelRefused
from app.main import create_app
from app.settings import Settings
from tests.unit.numpy_engine import NumpyEngine

from .conftest import check_problem, serving


def test_it_answers_while_the_first_model_loads() -> None:
    engine = NumpyEngine()
    engine.gate.clear()
    settings = Settings(load_deadline_s=0.1)
    with serving(settings, engine) as base, httpx.Client(base_url=base) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/").status_code == 200
        not_ready = client.get("/readyz")
        check_problem(not_ready, 503, "model-loading")
        assert int(not_ready.headers["Retry-After"]) > 0
        assert client.get("/api/v1/models/tiny").json()["status"] == "loading"
        waited = client.post("/api/v1/analyses", json={"model": "tiny", "text": "a"})
        check_problem(waited, 503, "model-loading")
        assert int(waited.headers["Retry-After"]) > 0
        engine.gate.set()
        while client.get("/readyz").status_code != 200:
            time.sleep(0.01)
        assert client.get("/api/v1/models/tiny").json()["status"] == "ready"
        assert engine.loads == ["tiny"]


def test_a_first_model_that_fails_leaves_the_others_working() -> None:
    engine = NumpyEngine()
    engine.failure = ModelRefused("It has no attention.")
    with serving(engine=engine) as base, httpx.Client(base_url=base) as client:
        refused = client.post("/api/v1/analyses", json={"model": "tiny", "text": "a"})
        assert check_problem(refused, 422, "model-refused")["detail"] == "It has no attention."
        assert check_problem(client.get("/readyz"), 503, "model-failed")
        model = client.get("/api/v1/models/tiny").json()
        assert (model["status"], model["reason"]) == ("failed", "It has no attention.")
        engine.failure = None
        other = client.post("/api/v1/analyses", json={"model": "other", "text": "a"})
        assert other.status_code == 201


def test_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    with pytest.raises(SystemExit, match="one process"):
        create_app(Settings(), NumpyEngine())
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    assert create_app(Settings(), NumpyEngine())
