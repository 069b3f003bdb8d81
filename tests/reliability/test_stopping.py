"""The end of a server, and of a model that fails in the middle."""

import asyncio
import resource
import signal
import subprocess
import time
from typing import Any

import httpx
import psutil
import pytest

from app.main import create_app
from app.records import Report, unheard
from app.services.engine import LoadedModel, LocalEngine
from app.settings import Settings
from benchmarks.texts import english
from tests.api.conftest import MINILM, SMOLLM2, check_problem, serving_app
from tests.browser.conftest import process

from .conftest import Figure
from .load import Client

ROOM = 400 * 2**20
"""Memory that the server may still take once its model is loaded."""


def test_C4_what_was_begun_is_answered_after_sigterm(figure: Figure) -> None:
    with process(HEADSCOPE_WORKERS="10", HEADSCOPE_MAX_QUEUE="10") as (base, server):
        answers, during, seconds = asyncio.run(_stopped(base, server))
        assert [answer.status for answer in answers] == [201] * 20
        assert [probe.status for probe in during] == [503, 503, 200, 200]
        assert b"/docs/errors#busy" in during[0].body
        assert b"is stopping" in during[1].body
        assert server.wait(30) == 0
        figure(f"20 of 20 answered, ended {seconds:.1f} s after the signal")


async def _stopped(base: str, server: subprocess.Popen[bytes]) -> tuple[Any, Any, float]:
    """Twenty answers, what is said meanwhile, and how long the server took to end."""
    clients = [Client(base) for _ in range(21)]
    for model in (MINILM, SMOLLM2):
        await clients[0].ask("POST", "/api/v1/analyses", {"model": model, "text": "Loaded."})
    work = [
        asyncio.create_task(
            client.ask("POST", "/api/v1/analyses", {"model": SMOLLM2, "text": english(seed, 250)})
        )
        for seed, client in enumerate(clients[:20])
    ]
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in work)
    server.send_signal(signal.SIGTERM)
    began = time.perf_counter()
    await asyncio.sleep(0.3)
    late = clients[20]
    during = [
        await late.ask("GET", "/readyz"),
        await late.ask("POST", "/api/v1/analyses", {"model": MINILM, "text": "Too late."}),
        await late.ask("GET", "/healthz"),
        await late.ask("GET", "/api/v1/models"),
    ]
    answers = await asyncio.gather(*work)
    await asyncio.to_thread(server.wait, 60)
    for client in clients:
        client.leave()
    return answers, during, time.perf_counter() - began


def test_C5_a_second_signal_ends_at_once(figure: Figure) -> None:
    with process() as (base, server):
        took = asyncio.run(_ended_twice(base, server))
        assert took < 1
        assert server.returncode == 128 + signal.SIGTERM
        figure(f"ended {took * 1e3:.0f} ms after the second, in the middle of a pass")


async def _ended_twice(base: str, server: subprocess.Popen[bytes]) -> float:
    """Seconds from the second signal to the end."""
    async with Client(base) as client, Client(base) as probe:
        await client.ask("POST", "/api/v1/analyses", {"model": SMOLLM2, "text": "Loaded."})
        await client.send("POST", "/api/v1/analyses", {"model": SMOLLM2, "text": english(1, 4000)})
        await asyncio.sleep(0.5)
        server.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        assert (await probe.ask("GET", "/readyz")).status == 503
        server.send_signal(signal.SIGTERM)
        began = time.perf_counter()
        await asyncio.to_thread(server.wait, 10)
        return time.perf_counter() - began


def test_C7_after_running_out_of_memory_the_next_request_works(figure: Figure) -> None:
    with process() as (base, server), httpx.Client(base_url=base, timeout=120) as client:
        short = {"model": SMOLLM2, "text": "The next request works.", "layers": [0]}
        before = client.post("/api/v1/attention", json=short)
        size = psutil.Process(server.pid).memory_info().vms + ROOM
        resource.prlimit(server.pid, resource.RLIMIT_AS, (size, size))
        long = {"model": SMOLLM2, "text": english(2, 6500)}
        answer = client.post("/api/v1/analyses", json=long)
        problem = check_problem(answer, 503, "model-failed")
        assert "memory" in problem["detail"]
        after = client.post("/api/v1/attention", json={**short, "add_special_tokens": False})
        assert after.json()["attention"] == before.json()["attention"]
        figure(
            f"with {ROOM >> 20} MiB left a text of 8,000 tokens fails in a sentence, others work"
        )


class Throwing(LocalEngine):
    """The real engine with a model that raises inside its first layer, once."""

    error: Exception

    def load(self, id: str, report: Report = unheard) -> LoadedModel:
        model = super().load(id, report)
        layer: Any = model.module.encoder.layer[0]  # type: ignore[attr-defined]

        def throw(*_: object) -> None:
            hook.remove()
            raise self.error

        hook = layer.register_forward_pre_hook(throw)
        return model


@pytest.mark.parametrize(
    "error", [RuntimeError("secret"), MemoryError(), ValueError("secret"), KeyError("secret")]
)
def test_C7_after_a_model_threw_the_next_request_works(error: Exception) -> None:
    engine = Throwing(Settings())
    engine.error = error
    with serving_app(create_app(Settings(), engine)) as base, httpx.Client(base_url=base) as client:
        asked = {"model": MINILM, "text": "It throws once."}
        problem = check_problem(client.post("/api/v1/analyses", json=asked), 503, "model-failed")
        assert "secret" not in str(problem)
        assert client.post("/api/v1/analyses", json=asked).status_code == 201
