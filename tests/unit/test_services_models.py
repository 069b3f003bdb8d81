"""Loading once, waiting, failing, trying again, leaving memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from app.errors import ModelFailed, ModelLoading, ModelRefused, NotSupported, UnknownModel
from app.services.admission import Admission
from app.services.models import MAX_LOADING, Models
from app.services.workers import Workers
from app.settings import Settings

from .numpy_engine import NumpyEngine

Scene = Callable[[Models, NumpyEngine], Awaitable[None]]


@asynccontextmanager
async def pool(engine: NumpyEngine, **limits: float) -> AsyncIterator[Models]:
    settings = Settings.model_validate(limits)
    workers = Workers(1, Admission(Settings()))
    try:
        yield Models(engine, settings, workers)
    finally:
        engine.gate.set()
        workers.close()


def play(scene: Scene, ids: tuple[str, ...] = ("tiny", "other"), **limits: float) -> None:
    async def run() -> None:
        engine = NumpyEngine(ids)
        async with pool(engine, **limits) as models:
            await scene(models, engine)

    asyncio.run(run())


async def load(models: Models, id: str) -> None:
    async with models.use(id):
        pass


def test_status_goes_from_available_over_loading_to_ready() -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        seen = [models.one("tiny").status]
        engine.gate.clear()
        models.load_initial()
        seen.append(models.one("tiny").status)
        await asyncio.sleep(0.02)
        assert models.one("tiny").progress == 0.25
        engine.gate.set()
        await load(models, "tiny")
        seen.append(models.one("tiny").status)
        assert seen == ["available", "loading", "ready"]
        assert models.one("tiny").progress is None

    play(scene)


def test_loading_completes_the_description() -> None:
    async def scene(models: Models, _: NumpyEngine) -> None:
        assert (models.one("tiny").revision, models.one("tiny").max_tokens) == (None, None)
        await load(models, "tiny")
        model = models.one("tiny")
        assert (model.revision, model.layers, model.heads) == ("r1", 3, 4)
        assert (model.stacks, model.max_tokens, model.parameters) == (("encoder",), 64, 10)

    play(scene)


def test_who_waits_too_long_is_told_when_to_come_back_and_the_load_goes_on() -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        engine.gate.clear()
        with pytest.raises(ModelLoading) as told:
            await load(models, "tiny")
        assert told.value.retry_after
        engine.gate.set()
        await load(models, "tiny")
        assert engine.loads == ["tiny"]

    play(scene, load_deadline_s=0.05)


def test_where_many_models_wait_to_be_loaded_the_next_one_is_asked_to_come_back() -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        engine.gate.clear()
        waiting = [asyncio.create_task(load(models, f"m{n}")) for n in range(MAX_LOADING)]
        await asyncio.sleep(0.01)
        with pytest.raises(ModelLoading):
            await load(models, "late")
        assert models.one("late").status == "available"
        engine.gate.set()
        await asyncio.gather(*waiting)
        await load(models, "late")

    play(scene, ids=(*(f"m{n}" for n in range(MAX_LOADING)), "late"))


def test_who_leaves_does_not_stop_the_load_for_others() -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        engine.gate.clear()
        leaving = asyncio.create_task(load(models, "tiny"))
        staying = asyncio.create_task(load(models, "tiny"))
        await asyncio.sleep(0.01)
        leaving.cancel()
        engine.gate.set()
        await staying
        assert leaving.cancelled()
        assert engine.loads == ["tiny"]

    play(scene)


@pytest.mark.parametrize(
    ("failure", "raised", "reason"),
    [
        (ModelRefused("It has no attention."), ModelRefused, "It has no attention."),
        (OSError("/secret/path"), ModelFailed, "(OSError)"),
        (MemoryError(), ModelFailed, "(MemoryError)"),
    ],
)
def test_a_failed_load_says_why_and_can_be_tried_again(
    failure: Exception, raised: type[Exception], reason: str
) -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        engine.failure = failure
        with pytest.raises(raised):
            await load(models, "tiny")
        model = models.one("tiny")
        assert model.status == "failed"
        assert reason in str(model.reason)
        assert "secret" not in str(model.reason)
        with pytest.raises(ModelFailed):
            models.check_ready()
        engine.failure = None
        await load(models, "tiny")
        assert (models.one("tiny").status, models.one("tiny").reason) == ("ready", None)
        models.check_ready()

    play(scene)


def test_the_least_recently_used_leaves_memory_but_never_one_in_use() -> None:
    async def scene(models: Models, _: NumpyEngine) -> None:
        async with models.use("tiny"):
            await load(models, "other")
            assert [model.status for model in models.all()] == ["ready", "ready"]
        assert [model.status for model in models.all()] == ["available", "ready"]
        assert models.one("tiny").revision == "r1"
        models.check_ready()

    play(scene, max_models_bytes=150)


def test_a_model_outside_the_list_is_unknown_and_never_loaded() -> None:
    async def scene(models: Models, engine: NumpyEngine) -> None:
        with pytest.raises(UnknownModel):
            await load(models, "../../etc")
        assert engine.loads == []

    play(scene)


def test_tokenize_counts_all_and_shows_what_the_model_reads() -> None:
    async def scene(models: Models, _: NumpyEngine) -> None:
        answer = await models.tokenize("tiny", "a " * 100, None)
        assert (answer.count, answer.limit, len(answer.tokens)) == (102, 64, 64)
        with pytest.raises(NotSupported):
            await models.tokenize("tiny", "a", "b")

    play(scene)
