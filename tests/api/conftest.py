"""A real server over real HTTP, with the packaged weights."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray

from app.main import create_app
from app.protocol import BoundedProtocol
from app.services.engine import Engine
from app.serving import listen
from app.settings import Settings

MINILM = "minilm-l6"
SMOLLM2 = "smollm2-135m-q4"
TEXT = "The keys to the cabinet are on the table."
Array = NDArray[Any]


@contextmanager
def serving(settings: Settings | None = None, engine: Engine | None = None) -> Iterator[str]:
    """Base address of an own server, up while the block runs."""
    with serving_app(create_app(settings or Settings(), engine)) as base:
        yield base


@contextmanager
def serving_app(app: FastAPI) -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", http=BoundedProtocol))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serving() as base:
        yield base


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def analyse(client: httpx.Client) -> Callable[..., str]:
    """Address of the analysis of a text."""

    def post(text: str = TEXT, model: str = MINILM, **fields: Any) -> str:
        answer = client.post("/api/v1/analyses", json={"model": model, "text": text, **fields})
        assert answer.status_code in (200, 201), answer.text
        return answer.headers["Location"]

    return post


@pytest.fixture(scope="session")
def weights(client: httpx.Client) -> Callable[..., Array]:
    """Weights of an analysis as an array, through npy."""

    def get(analysis: str, **parameters: Any) -> Array:
        query = {"format": "npy", **parameters}
        answer = client.get(f"{analysis}/attention", params=query)
        assert answer.status_code == 200, answer.text
        array: Array = np.load(io.BytesIO(answer.content), allow_pickle=False)
        return array

    return get


def check_problem(answer: httpx.Response, status: int, type: str) -> dict[str, Any]:
    """The one shape of every error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 4096
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"} | (
        {"errors"} if status == 422 else set()
    )
    assert problem["type"] == f"/docs/errors#{type}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return problem
