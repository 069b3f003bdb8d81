"""Equal requests run once; what is held, dropped, checked."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from threading import Event
from typing import Any, cast
from weakref import WeakSet

import pytest

from app.errors import (
    AnalysisGone,
    InvalidRequest,
    ModelFailed,
    NotFound,
    NotSupported,
    UnknownAnalysis,
)
from app.records import AnalysisRequest, Run
from app.services.admission import Admission
from app.services.analyses import Analyses, identity
from app.services.models import Models
from app.services.workers import Workers
from app.settings import Settings

from .numpy_engine import FACTS, NumpyEngine, NumpyTrace, run_of

REQUEST = AnalysisRequest("tiny", "one two three")


def play(
    scene: Callable[[Analyses, NumpyEngine], Awaitable[None]],
    engine: NumpyEngine | None = None,
    **limits: float,
) -> None:
    engine = engine or NumpyEngine()

    async def run() -> None:
        settings = Settings.model_validate({"workers": 2, **limits})
        workers = Workers(settings.workers, Admission(settings))
        try:
            models = Models(engine, settings, workers)
            await scene(Analyses(engine, models, settings, workers), engine)
        finally:
            engine.gate.set()
            workers.close()

    asyncio.run(run())


def test_equal_requests_at_the_same_moment_run_once() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        answers = await asyncio.gather(*(analyses.analyse(REQUEST) for _ in range(20)))
        assert engine.runs == [REQUEST.text]
        assert all(held is answers[0][0] for held, _ in answers)
        assert await analyses.analyse(REQUEST) == (answers[0][0], False)
        assert len(engine.runs) == 1

    play(scene)


def test_room_is_made_before_a_pass_takes_it() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        held, _ = await analyses.analyse(REQUEST)
        engine.gate.clear()
        waiting = asyncio.create_task(analyses.analyse(replace(REQUEST, text="three four five")))
        await asyncio.sleep(0.05)
        assert len(analyses) == analyses.nbytes == 0
        engine.gate.set()
        other, _ = await waiting
        assert (len(analyses), analyses.nbytes) == (1, other.run.nbytes)
        with pytest.raises(AnalysisGone), analyses.reading(held.id):
            pass

    play(scene, max_traces_bytes=run_of(REQUEST.text).nbytes * 1.5)


def test_requests_that_wait_keep_no_analysis_in_memory() -> None:
    """Two fit; twenty are made one behind the other, each for two that want something of it."""
    alive: WeakSet[NumpyTrace] = WeakSet()

    class Counting(NumpyEngine):
        def analyse(self, *of: Any) -> Run:
            run = super().analyse(*of)
            for traces in run.traces.values():
                alive.update(cast("tuple[NumpyTrace, ...]", traces))
            most.append(len(alive))
            return run

    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        async def ask(word: str) -> int:
            request = replace(REQUEST, text=f"one two {word}")
            return await analyses.analyse_for(request, lambda held: held.run.nbytes)

        sizes = await asyncio.gather(*(ask(f"w{count // 2}") for count in range(40)))
        assert set(sizes) == {run_of(REQUEST.text).nbytes}

    most: list[int] = []
    play(scene, Counting(), workers=1, max_traces_bytes=run_of(REQUEST.text).nbytes * 2)
    layers = len(run_of(REQUEST.text).traces["encoder"])
    assert max(most) <= 4 * layers


def test_a_comparison_that_waits_holds_neither_side() -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        def begin(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
            return asyncio.create_task(work)

        (a, _made), (b, _made) = [
            await analyses.analyse(replace(REQUEST, text=f"one two {word}")) for word in ("a", "b")
        ]
        assert await analyses.compute_both(a.id, b.id, lambda *both: both) == (a, b)
        leave = Event()
        busy = begin(analyses.compute(a.id, lambda _: leave.wait(10)))
        await asyncio.sleep(0.05)
        third = begin(analyses.analyse(REQUEST))
        await asyncio.sleep(0.05)
        waiting = begin(analyses.compute_both(a.id, b.id, lambda *both: both))
        await asyncio.sleep(0.05)
        leave.set()
        await asyncio.gather(busy, third)
        with pytest.raises(AnalysisGone):
            await waiting

    play(scene, workers=1, max_traces_bytes=run_of(REQUEST.text).nbytes * 2)


def test_whoever_gave_a_name_sees_how_far_the_shared_run_is() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        await analyses.analyse(replace(REQUEST, text="warm"))
        engine.gate.clear()
        waiting = [asyncio.create_task(analyses.analyse(REQUEST, name)) for name in ("a", "b")]
        await asyncio.sleep(0.05)
        assert [analyses.progress(name).stage for name in ("a", "b")] == ["forward", "forward"]
        assert (analyses.progress("a").done, analyses.progress("a").total) == (2, 3)
        engine.gate.set()
        await asyncio.gather(*waiting)
        with pytest.raises(NotFound):
            analyses.progress("a")

    play(scene)


def test_a_request_waits_for_its_model_first() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        engine.gate.clear()
        waiting = asyncio.create_task(analyses.analyse(REQUEST, "a"))
        await asyncio.sleep(0.05)
        assert analyses.progress("a").stage == "load"
        engine.gate.set()
        await waiting

    play(scene)


def test_who_leaves_does_not_cancel_the_others() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        await analyses.analyse(replace(REQUEST, text="warm"))
        engine.gate.clear()
        leaving = asyncio.create_task(analyses.analyse(REQUEST))
        staying = asyncio.create_task(analyses.analyse(REQUEST))
        await asyncio.sleep(0.02)
        leaving.cancel()
        await asyncio.sleep(0)
        engine.gate.set()
        _held, made = await staying
        assert made
        assert leaving.cancelled()
        assert engine.runs.count(REQUEST.text) == 1

    play(scene)


def test_a_failed_run_is_told_to_all_and_not_kept() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        await analyses.analyse(replace(REQUEST, text="warm"))
        engine.failure = ModelFailed("It failed.")
        waiting = [analyses.analyse(REQUEST) for _ in range(3)]
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(error) for error in told] == [ModelFailed] * 3
        engine.failure = None
        _, made = await analyses.analyse(REQUEST)
        assert made

    play(scene)


def test_timing_says_how_long_it_queued() -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        held, _made = await analyses.analyse(REQUEST)
        assert list(held.run.timing_ms) == ["queue", "tokenize", "forward"]
        assert held.run.timing_ms["queue"] >= 0

    play(scene)


def test_the_least_recently_used_analysis_is_gone_and_comes_back_under_its_id() -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        first, _made = await analyses.analyse(REQUEST)
        with analyses.reading(first.id):
            await analyses.analyse(replace(REQUEST, text="another"))
            assert len(analyses) == 2
        with pytest.raises(AnalysisGone), analyses.reading(first.id):
            pass
        again, made = await analyses.analyse(REQUEST)
        assert (again.id, made) == (first.id, True)

    play(scene, max_traces_bytes=100)


@pytest.mark.parametrize("id", ["", "a" * 31, "A" * 32, "g" * 32, "a" * 33, "a" * 31 + "\n"])
def test_what_is_no_id_is_unknown(id: str) -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        with pytest.raises(UnknownAnalysis), analyses.reading(id):
            pass

    play(scene)


def test_the_id_depends_on_all_that_changes_the_answer() -> None:
    variants = [
        (replace(REQUEST, text="x"), FACTS, "1"),
        (replace(REQUEST, text_pair=""), FACTS, "1"),
        (replace(REQUEST, model="other"), FACTS, "1"),
        (replace(REQUEST, add_special_tokens=False), FACTS, "1"),
        (replace(REQUEST, parse_special=False), FACTS, "1"),
        (replace(REQUEST, truncate=True), FACTS, "1"),
        (REQUEST, replace(FACTS, revision="r2"), "1"),
        (REQUEST, replace(FACTS, dtype="float16"), "1"),
        (REQUEST, replace(FACTS, device="cuda"), "1"),
        (REQUEST, FACTS, "2"),
        (REQUEST, FACTS, "1"),
    ]
    assert len({identity(*variant) for variant in variants}) == len(variants)
    assert identity(REQUEST, FACTS, "1") == identity(replace(REQUEST), replace(FACTS), "1")


def test_targets_and_pairs_need_a_model_that_reads_them() -> None:
    async def scene(analyses: Analyses, engine: NumpyEngine) -> None:
        for request in (replace(REQUEST, target="x"), replace(REQUEST, text_pair="x")):
            with pytest.raises(NotSupported):
                await analyses.analyse(request)
        assert engine.runs == []

    play(scene)


def test_comparisons_add_up_in_the_checks() -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        held, _made = await analyses.analyse(REQUEST)
        await analyses.verify(held.id, None, [2], [1, 0])
        await analyses.verify(held.id, None, [2], [3])
        await analyses.verify(held.id, None, [0], [3])
        with analyses.reading(held.id) as latest:
            checks = latest.run.checks
        covered = [(one.stack, one.layer, one.heads) for one in checks.eager_checked]
        assert covered == [("encoder", 0, (3,)), ("encoder", 2, (0, 1, 3))]
        assert checks.eager_max_error == pytest.approx(2e-7)

    play(scene)


@pytest.mark.parametrize(
    ("stack", "layers", "heads"),
    [("decoder", None, None), (None, [3], None), (None, [0], [4]), (None, [-1], [0])],
)
def test_only_what_is_there_can_be_verified(
    stack: None, layers: list[int] | None, heads: list[int] | None
) -> None:
    async def scene(analyses: Analyses, _: NumpyEngine) -> None:
        held, _made = await analyses.analyse(REQUEST)
        with pytest.raises(InvalidRequest):
            await analyses.verify(held.id, stack, layers, heads)

    play(scene)
