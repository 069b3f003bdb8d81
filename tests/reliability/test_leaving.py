"""Clients who leave before their answer, and what their work takes with it."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import pytest
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from app.main import create_app
from app.records import NOBODY, AnalysisRequest, Reports, Run
from app.services.admission import Admission
from app.services.engine import LocalEngine
from app.settings import Settings
from benchmarks.texts import english
from tests.api.conftest import MINILM, SMOLLM2, serving_app

from .conftest import Figure
from .load import Client, text
from .test_load import soon

ROUNDS = 200
LEAVERS = 16


class Watched(LocalEngine):
    """The real engine; hears how many layers each pass has done."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.passes: list[int] = []

    def analyse(
        self,
        model: object,
        request: AnalysisRequest,
        reports: Reports = NOBODY,
    ) -> Run:
        self.passes.append(0)

        def heard(done: float) -> None:
            self.passes[-1] = int(done)
            reports.layers(done)

        return super().analyse(model, request, replace(reports, layers=heard))


@pytest.fixture(scope="module")
def engine() -> Watched:
    return Watched(Settings())


@pytest.fixture(scope="module")
def app(engine: Watched) -> FastAPI:
    return create_app(Settings(), engine)


@pytest.fixture(scope="module")
def base(app: FastAPI) -> Iterator[str]:
    with serving_app(app) as base:
        yield base


@pytest.fixture
def queue(app: FastAPI) -> Admission:
    admission: Admission = app.state.admission
    return admission


def is_idle(queue: Admission) -> bool:
    return (queue.inside, queue.queued, queue.in_flight) == (0, 0, 0)


async def leave_after(base: str, seconds: float, body: object) -> None:
    async with Client(base) as client:
        await client.send("POST", "/api/v1/analyses", body)
        await asyncio.sleep(seconds)


async def ask(base: str, body: object) -> int:
    async with Client(base) as client:
        return (await client.ask("POST", "/api/v1/analyses", body)).status


def test_C1_who_leaves_leaves_nothing_in_flight_and_no_permit_is_lost(
    base: str, queue: Admission, engine: Watched, figure: Figure
) -> None:
    rng = random.Random(0)  # noqa: S311

    async def rounds() -> list[float]:
        await ask(base, {"model": MINILM, "text": "Warm and loaded."})
        began, emptied = perf_counter(), []
        await ask(base, {"model": MINILM, "text": text(rng)})
        solo = perf_counter() - began
        for _ in range(ROUNDS):
            bodies = [{"model": MINILM, "text": text(rng)} for _ in range(LEAVERS)]
            await asyncio.gather(*(leave_after(base, 0.06, body) for body in bodies))
            left = perf_counter()
            await soon(lambda: is_idle(queue), 2 * solo + 2)
            emptied.append(perf_counter() - left)
        assert await ask(base, {"model": MINILM, "text": "After."}) == 201
        return emptied

    emptied = sorted(asyncio.run(rounds()))
    began = len(engine.passes)
    assert began < ROUNDS * LEAVERS
    figure(
        f"{ROUNDS} rounds of {LEAVERS}, {began} of {ROUNDS * LEAVERS} begun, empty again after "
        f"{emptied[ROUNDS // 2] * 1e3:.0f} ms (slowest {emptied[-1] * 1e3:.0f}), permits all there"
    )


def test_C1_one_of_those_who_share_a_pass_may_leave(base: str, engine: Watched) -> None:
    body = {"model": SMOLLM2, "text": english(7, 600)}

    async def scene() -> int:
        await ask(base, {"model": SMOLLM2, "text": "Loaded."})
        before = len(engine.passes)
        staying = asyncio.create_task(ask(base, body))
        await leave_after(base, 0.3, body)
        assert await staying == 201
        return len(engine.passes) - before

    assert asyncio.run(scene()) == 1


def test_C2_nothing_in_the_stack_hides_that_a_client_has_left(app: FastAPI, base: str) -> None:  # noqa: ARG001
    layer, seen = app.middleware_stack, 0
    while layer is not None:
        assert not isinstance(layer, BaseHTTPMiddleware)
        seen += 1
        layer = getattr(layer, "app", None) or getattr(layer, "_app", None)
    assert seen > 4


def test_C3_the_pass_of_a_client_who_left_stops_within_a_layer(
    base: str, queue: Admission, engine: Watched, figure: Figure
) -> None:
    body = {"model": SMOLLM2, "text": english(3, 6000), "truncate": True}

    async def scene() -> tuple[int, float, float]:
        await ask(base, {"model": SMOLLM2, "text": "Loaded."})
        client, count = Client(base), len(engine.passes)
        await client.send("POST", "/api/v1/analyses", body)
        await soon(lambda: len(engine.passes) > count and engine.passes[-1] >= 1, 60)
        began, first = perf_counter(), engine.passes[-1]
        await soon(lambda: engine.passes[-1] >= first + 2, 60)
        layer = (perf_counter() - began) / 2
        client.leave()
        left, done = perf_counter(), engine.passes[-1]
        await soon(lambda: is_idle(queue), 60)
        return done, layer, perf_counter() - left

    done, layer, freed = asyncio.run(scene())
    assert engine.passes[-1] <= done + 1
    figure(f"free {freed * 1e3:.0f} ms after it left at layer {done}; a layer takes "
           f"{layer * 1e3:.0f} ms, stopped at {engine.passes[-1]} of 30")  # fmt: skip


@pytest.mark.parametrize("call", ["attention?pool=mean&size=32", "verify"])
def test_C3_other_work_of_a_client_who_left_stops_too(
    base: str, queue: Admission, call: str, figure: Figure
) -> None:
    async def scene() -> tuple[float, float]:
        body = {"model": SMOLLM2, "text": english(5, 800)}
        method = "POST" if call == "verify" else "GET"
        async with Client(base) as client:
            made = await client.ask("POST", "/api/v1/analyses", body)
            path = f"{made.headers['location']}/{call}"
            began = perf_counter()
            assert (await client.ask(method, path, {})).status == 200
            whole = perf_counter() - began
            await client.send(method, path, {})
            await soon(lambda: queue.in_flight == 1)
        left = perf_counter()
        await soon(lambda: is_idle(queue))
        return whole, perf_counter() - left

    whole, freed = asyncio.run(scene())
    assert freed < whole / 2
    figure(f"{call.partition('?')[0]}: {whole * 1e3:.0f} ms whole, free after {freed * 1e3:.0f} ms")
