"""Which models there are and which are in memory: loaded once however many ask."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from time import monotonic
from typing import Annotated, Literal

from ..engine.catalog import Entry
from ..errors import (
    HeadscopeError,
    ModelFailed,
    ModelLoading,
    ModelRefused,
    NotSupported,
    UnknownModel,
)
from ..records import Cost, ModelFacts, Stack, StackName, Token
from ..settings import Settings
from .cache import Cache
from .choice import integers
from .engine import Engine, LoadedModel
from .workers import Workers

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 5
MAX_LOADING = 8
"""Models that requests may make wait for the one thread that loads."""
NOT_TO_BE_HAD = (ModelFailed, ModelRefused, UnknownModel)
"""What `Models.use` raises for a model that cannot be loaded, or is no longer offered."""
REMEMBERED = 20
"""Models outside the list that are told of, beside those in memory."""

Status = Literal["available", "loading", "ready", "failed"]


@dataclass(frozen=True)
class Model:
    """One line of the model list, as the API gives it."""

    id: str
    title: str
    family: str
    input: Literal["text"]
    stacks: tuple[StackName, ...]
    layers: int | None
    heads: int | None
    max_tokens: int | None
    parameters: int | None
    pairs: bool
    source: Literal["packaged", "local", "hub"]
    revision: str | None
    license: str | None
    size_bytes: int | None
    on_disk: bool
    status: Status
    progress: float | None = None
    """Share of a download that is there; null before and after one."""
    reason: str | None = None


@dataclass(frozen=True)
class Tokenized:
    """The live count under the text box."""

    count: int
    limit: int | None
    tokens: tuple[Token, ...]
    """Those that the model reads, at most `limit`."""
    windows: tuple[Annotated[tuple[int, int], integers(2)], ...] | None
    """Parts [start, stop) of a text that is too long, in code points, each of which the model
    reads whole; null for a text that fits, and for a pair."""


@dataclass(frozen=True)
class Known:
    """What the load of a model told; it stays known when the model leaves memory."""

    facts: ModelFacts
    stacks: tuple[Stack, ...]
    max_tokens: int | None
    pairs: bool
    parameters: int


class Models:
    """The models of this process. Belongs to the event loop; only loading leaves it."""

    def __init__(
        self, engine: Engine, settings: Settings, workers: Workers, only: Sequence[str] = ()
    ) -> None:
        """`only` are those of a lesson: no other is offered, and all are loaded at start."""
        self._engine = engine
        self._catalog = engine.catalog.only(only) if only else engine.catalog
        self._first = only or (self._catalog.initial,)
        self._deadline_s = settings.load_deadline_s
        self._workers = workers
        self._held: Cache[LoadedModel] = Cache(settings.max_models_bytes)
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._downloaded: dict[str, float] = {}
        """Share of a download, heard from the thread that loads."""
        self._failed: dict[str, HeadscopeError] = {}
        self._known: dict[str, Known] = {}
        self._asked: dict[str, None] = {}
        """Models outside the list that somebody asked for, the latest last."""
        self.loads = Counter[str](ready=0, failed=0, refused=0)
        """By outcome (ready, failed, refused), since the start."""
        self.loading_s = 0.0
        """Time that all loads took."""

    def __len__(self) -> int:
        """How many are in memory."""
        return len(self._held)

    @property
    def nbytes(self) -> int:
        return self._held.nbytes

    @property
    def any_model(self) -> bool:
        """Whether more are offered than `all` says: every one of the Hub."""
        return self._catalog.any_model

    def all(self) -> list[Model]:
        asked = map(self._catalog.entry, self._asked)
        return [self._described(entry) for entry in (*self._catalog.entries(), *asked)]

    def one(self, id: str) -> Model:
        """Raises UnknownModel."""
        return self._described(self._catalog.entry(id))

    def load_initial(self) -> None:
        """Begins to load what a first visitor will want."""
        for id in self._first:
            self._begin(id)

    def check_ready(self) -> None:
        """Raises ModelLoading or ModelFailed until the first models have once been ready."""
        for id in self._first:
            if id in self._failed:
                raise ModelFailed(self._failed[id].detail)
        if not all(id in self._known for id in self._first):
            raise still_loading()

    async def known(self, id: str) -> Known:
        """What its load told; waits for the load if there was none yet. Raises like `use`."""
        if id not in self._known:
            async with self.use(id):
                pass
        return self._known[id]

    @asynccontextmanager
    async def use(self, id: str) -> AsyncIterator[LoadedModel]:
        """The model, which stays in memory while the block runs.

        Waits for its load up to the deadline. Raises UnknownModel, ModelLoading, and what the load
        raised: ModelFailed or ModelRefused; the next call tries again.
        """
        self._catalog.entry(id)
        while id not in self._held:
            if id not in self._loading and len(self._loading) >= MAX_LOADING:
                raise still_loading()
            await self._wait_for(self._begin(id))
        with self._held.pinned(id) as model:
            yield model

    async def tokenize(self, id: str, text: str, text_pair: str | None) -> Tokenized:
        """Raises like `use`, NotSupported for a pair where the model reads none, and InvalidRequest
        where no token comes out."""
        async with self.use(id) as model:
            check_pair(model.pairs, text_pair)
            limit = model.max_tokens
            work = partial(model.inputs.preview, text, text_pair, limit)
            found = await self._workers.compute(work)
            return Tokenized(found.count, limit, found.tokens, found.windows)

    async def cost(self, id: str, tokens: int) -> Cost:
        """Raises like `use`, TooManyTokens and AnswerTooLarge."""
        async with self.use(id) as model:
            return await self._workers.compute(partial(self._engine.cost, model, tokens))

    def _begin(self, id: str) -> asyncio.Task[None]:
        if id not in self._loading:
            if id not in self._catalog.ids():
                self._remember(id)
            self._loading[id] = asyncio.create_task(self._load(id))
            # Whoever asked may have left; the failure is kept in `_failed` all the same.
            self._loading[id].add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._loading[id]

    def _remember(self, id: str) -> None:
        """Forgets the ids that were asked for longest ago and are of no use to anybody now."""
        self._asked.pop(id, None)
        self._asked[id] = None
        idle = [old for old in self._asked if self._status(old) in ("available", "failed")]
        for old in idle[:-REMEMBERED]:
            del self._asked[old]
            self._failed.pop(old, None)
            self._known.pop(old, None)

    async def _wait_for(self, loading: asyncio.Task[None]) -> None:
        with self._workers.aside():
            done, _ = await asyncio.wait({loading}, timeout=self._deadline_s)
        if not done:
            raise still_loading()
        await loading

    async def _load(self, id: str) -> None:
        self._failed.pop(id, None)
        report, began = partial(self._downloaded.__setitem__, id), monotonic()
        try:
            model = await self._workers.load(partial(self._engine.load, id, report))
        except HeadscopeError as error:
            self._failed[id] = error
            self.loads["refused" if isinstance(error, ModelRefused) else "failed"] += 1
            raise
        except Exception as error:
            logger.exception("loading a model failed")
            self._failed[id] = ModelFailed(
                f"The model could not be loaded ({type(error).__name__}); the server's log has the "
                "details. Try again or choose another."
            )
            self.loads["failed"] += 1
            raise self._failed[id] from error
        finally:
            self.loading_s += monotonic() - began
            del self._loading[id]
            self._downloaded.pop(id, None)
        self._known[id] = Known(
            model.facts, model.stacks, model.max_tokens, model.pairs, model.parameters
        )
        self._held.put(id, model, model.nbytes)
        self.loads["ready"] += 1

    def _status(self, id: str) -> Status:
        if id in self._held:
            return "ready"
        if id in self._loading:
            return "loading"
        return "failed" if id in self._failed else "available"

    def _progress(self, id: str) -> float | None:
        """A whole download is followed by a load, of which nobody knows how long it takes."""
        share = self._downloaded.get(id)
        return share if share is not None and share < 1 else None

    def _described(self, entry: Entry) -> Model:
        """The catalogue's entry, completed by what loading told."""
        failure = self._failed.get(entry.id)
        model = Model(
            **asdict(entry),
            status=self._status(entry.id),
            progress=self._progress(entry.id),
            reason=None if failure is None else failure.detail,
        )
        known = self._known.get(entry.id)
        if known is None:
            return model
        layers = [layer for stack in known.stacks for layer in stack.layers]
        return replace(
            model,
            stacks=tuple(stack.name for stack in known.stacks),
            layers=entry.layers or len(known.stacks[0].layers),
            heads=entry.heads or max(layer.heads for layer in layers),
            max_tokens=known.max_tokens,
            parameters=known.parameters,
            pairs=known.pairs,
            revision=known.facts.revision,
        )


def check_pair(pairs: bool, text_pair: str | None) -> None:
    if text_pair is not None and not pairs:
        raise NotSupported("This model does not read pairs; leave the second text out.")


def still_loading() -> ModelLoading:
    return ModelLoading(
        f"The model is still being loaded. Ask again in {RETRY_AFTER_S} seconds.",
        retry_after=RETRY_AFTER_S,
    )
