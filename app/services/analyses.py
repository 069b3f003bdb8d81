"""One run for equal requests, and what is kept of it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b, sha256
from time import perf_counter
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from ..errors import AnalysisGone, Busy, DeadlinePassed, NotSupported, UnknownAnalysis
from ..records import (
    AnalysisRequest,
    Arithmetic,
    Axis,
    Checks,
    EagerCheck,
    ModelFacts,
    Reports,
    Run,
    Stack,
    StackName,
    Token,
    Write,
)
from ..settings import Settings
from .admission import Seat, here
from .cache import Cache
from .engine import Engine, LoadedModel
from .models import NOT_TO_BE_HAD, Models, check_pair
from .progress import Follower, Followers, Progress
from .selection import choose_heads, choose_layers, choose_stack
from .words import Span, Word, spans_of, words_of
from .workers import Workers

T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{32}")
Writer = Callable[[int, int, Arithmetic], Write]
"""Gets a layer's place in its stack, a head and its numbers; BLOCKING."""


@dataclass(frozen=True)
class Analysis:
    """An analysis as the API gives it."""

    id: str
    request: AnalysisRequest
    model: ModelFacts
    tokens: dict[Axis, tuple[Token, ...]]
    words: Annotated[
        dict[Axis, tuple[Span, ...]],
        Field(description="What unit=word counts: the tokens [start, stop) of each word."),
    ]
    stacks: tuple[Stack, ...]
    truncated: bool
    bytes: int
    timing_ms: dict[str, float]
    checks: Checks
    text_sha256: str
    """Of the text in UTF-8, of a pair with a line feed between: what figures name a text by."""


@dataclass(frozen=True)
class Held:
    """A run with the request that made it; the trace stays in this process."""

    id: str
    request: AnalysisRequest
    run: Run

    def verified(self, error: float, checked: Sequence[EagerCheck]) -> "Held":
        """The same with one more comparison among its checks."""
        checks = with_eager(self.run.checks, error, checked)
        return replace(self, run=replace(self.run, checks=checks))

    def words(self, axis: Axis) -> tuple[Word, ...]:
        return words_of(self.run.tokens[axis], self.request.texts(axis))

    def described(self) -> Analysis:
        run = self.run
        tokens: dict[Axis, tuple[Token, ...]] = {"input": (), "target": (), **run.tokens}
        return Analysis(
            id=self.id,
            request=self.request,
            model=run.model,
            tokens=tokens,
            words={axis: spans_of(tokens) for axis, tokens in tokens.items()},
            stacks=run.stacks,
            truncated=run.truncated,
            bytes=run.nbytes,
            timing_ms=run.timing_ms,
            checks=run.checks,
            text_sha256=text_hash(self.request),
        )


class Errand(Generic[T]):
    """Work on an analysis that is done in the turn of the run that makes it: nothing can take its
    place in memory before."""

    def __init__(self, work: Callable[[Held], T]) -> None:
        self.work = work
        self.done: Future[T] = Future()

    def run(self, held: Held) -> None:
        try:
            self.done.set_result(self.work(held))
        except Exception as error:
            self.done.set_exception(error)


@dataclass(eq=False)
class Running:
    """A run under way, and how many wait for it."""

    task: asyncio.Task[Held]
    progress: Progress
    seat: Seat | None
    """Of the request that began it, in whose turn it runs."""
    errands: list[Errand[Any]]
    waiters: int = 0


class Analyses:
    """The analyses of this process. Belongs to the event loop; only computing leaves it."""

    def __init__(
        self, engine: Engine, models: Models, settings: Settings, workers: Workers
    ) -> None:
        self._engine = engine
        self._models = models
        self._workers = workers
        self._held: Cache[Held] = Cache(settings.max_traces_bytes, settings.max_mapped_bytes)
        self._running: dict[str, Running] = {}
        self._followers = Followers()
        self.asked = Counter[str](held=0, joined=0, made=0)
        """Requests by what they met: held, joined (a run under way), made; since the start."""

    def __len__(self) -> int:
        return len(self._held)

    @property
    def nbytes(self) -> int:
        return self._held.nbytes

    @property
    def mapped_bytes(self) -> int:
        return self._held.mapped

    def progress(self, name: str) -> Progress:
        """How far the request is that was given this name. Raises NotFound."""
        return self._followers.of(name)

    async def analyse(self, request: AnalysisRequest, name: str | None = None) -> tuple[Held, bool]:
        """The analysis of this request, and whether it had to be made.

        Raises what `Models.use` and the engine raise.
        """
        with self._followers.following(name) as follower:
            return await self._analyse(request, follower)

    async def analyse_for(self, request: AnalysisRequest, work: Callable[[Held], T]) -> T:
        """What `work` makes of the analysis of this request. Raises what either raises."""
        while True:
            errand = Errand(work)
            with self._followers.following(None) as follower:
                id = (await self._analyse(request, follower, errand))[0].id
            if errand.done.done():
                return errand.done.result()
            with suppress(AnalysisGone):
                return await self.compute(id, work)

    async def _analyse(
        self, request: AnalysisRequest, follower: Follower, errand: Errand[Any] | None = None
    ) -> tuple[Held, bool]:
        known = await self._models.known(request.model)
        check_request(known.pairs, request)
        id = identity(request, known.facts, self._engine.version)
        held = self._held.get(id)
        if held is not None:
            self.asked["held"] += 1
            return held, False
        while True:
            self.asked["joined" if id in self._running else "made"] += 1
            run = self._running.get(id) or self._begin(id, request)
            follower.progress = run.progress
            run.errands.extend([errand] if errand else [])
            try:
                return await self._outcome(id, run), True
            except (Busy, DeadlinePassed):
                if run.seat is here():
                    raise
                # It was another's turn that did not come; this request has one of its own.

    def _begin(self, id: str, request: AnalysisRequest) -> Running:
        progress, errands = Progress(), list[Errand[Any]]()
        task = asyncio.create_task(self._run(id, request, progress, errands))
        self._running[id] = run = Running(task, progress, here(), errands)
        task.add_done_callback(lambda _: self._end(id, run))
        return run

    async def _outcome(self, id: str, run: Running) -> Held:
        """What comes of a run; the last one who leaves ends it."""
        run.waiters += 1
        try:
            return await asyncio.shield(run.task)
        finally:
            run.waiters -= 1
            if not run.waiters:
                self._end(id, run)
                run.task.cancel()

    def _end(self, id: str, run: Running) -> None:
        """Who asks from now on begins anew."""
        if self._running.get(id) is run:
            del self._running[id]

    @contextmanager
    def reading(self, id: str) -> Iterator[Held]:
        """The analysis, which stays held while the block runs.

        Raises UnknownAnalysis for what is no id, AnalysisGone for one that is not held.
        """
        if not _ID.fullmatch(id):
            raise UnknownAnalysis("The id of an analysis has 32 hexadecimal digits.")
        if id not in self._held:
            raise _gone()
        with self._held.pinned(id) as held:
            yield held

    async def verify(
        self,
        id: str,
        stack: StackName | None,
        layers: Sequence[int] | None,
        heads: Sequence[int] | None,
    ) -> Held:
        """Compares these heads with the model's own eager attention and keeps the outcome.

        Raises AnswerTooLarge where eager attention would take more memory than allowed.
        """
        with self.reading(id) as held:
            wanted = heads_to_verify(held.run, stack, layers, heads)
        error = await self._compute_with_model(
            id, lambda model, held: compared(self._engine, model, held, wanted)
        )
        with self.reading(id) as latest:  # another comparison may have ended meanwhile
            verified = latest.verified(error, wanted)
        self._held.replace(id, verified)
        return verified

    async def compute_writes(self, id: str, work: Callable[[Held, Writer | None], T]) -> T:
        """Like `compute`, for work that asks what heads write: nobody, where their model is not to
        be had any more. Raises ModelLoading too."""

        def told(model: LoadedModel, held: Held) -> T:
            check_maker(model, held)
            return work(held, partial(self._engine.write, model))

        try:
            return await self._compute_with_model(id, told)
        except NOT_TO_BE_HAD:
            return await self.compute(id, lambda held: work(held, None))

    async def _compute_with_model(self, id: str, work: Callable[[LoadedModel, Held], T]) -> T:
        """Like `compute`, with the model of the analysis, loaded again where it has left memory."""
        with self.reading(id) as held:
            name = held.request.model
        async with self._models.use(name) as model:
            return await self.compute(id, partial(work, model))

    async def compute(self, id: str, work: Callable[[Held], T]) -> T:
        """What `work` makes of an analysis, in its turn, and which is held only then: requests
        that wait keep no analysis in memory. Raises AnalysisGone where it went meanwhile."""
        return await self._workers.compute_on(self.reading(id), work)

    @contextmanager
    def reading_both(self, id: str, other: str) -> Iterator[tuple[Held, Held]]:
        """The same of two, which may be one."""
        with self.reading(id) as a, self.reading(other) as b:
            yield a, b

    async def compute_both(self, id: str, other: str, work: Callable[[Held, Held], T]) -> T:
        """What `work` makes of two analyses, both held only in its turn. Raises AnalysisGone."""
        both = self.reading_both(id, other)
        return await self._workers.compute_on(both, lambda held: work(*held))

    def _make_room(self, id: str, nbytes: float, mapped: float) -> None:
        """Not for a pass that nobody waits for any more: it stops at its next layer."""
        if id in self._running:
            self._held.make_room(id, nbytes, mapped)

    async def _run(
        self, id: str, request: AnalysisRequest, progress: Progress, errands: list[Errand[Any]]
    ) -> Held:
        asked = perf_counter()
        loop = asyncio.get_running_loop()

        def make_room(nbytes: float, mapped: float) -> None:
            loop.call_soon_threadsafe(self._make_room, id, nbytes, mapped)

        def work(model: LoadedModel) -> Held:
            queue = (perf_counter() - asked) * 1e3
            progress.begin(len(model.stacks[0].layers))
            run = self._engine.analyse(model, request, Reports(progress.layer, make_room))
            held = Held(id, request, replace(run, timing_ms={"queue": queue, **run.timing_ms}))
            while errands:
                errands.pop().run(held)
            return held

        try:
            async with self._models.use(request.model) as model:
                progress.stage = "queue"
                held = await self._workers.compute(partial(work, model))
        except BaseException:
            self._held.give_up(id)
            raise
        run = held.run
        self._held.put(id, held, run.nbytes - run.mapped_bytes, run.mapped_bytes)
        return held


def check_request(pairs: bool, request: AnalysisRequest) -> None:
    """Raises NotSupported for an input that the model does not read."""
    if request.target is not None:
        raise NotSupported("This model reads one input only; leave `target` out.")
    check_pair(pairs, request.text_pair)


def heads_to_verify(
    run: Run,
    stack: StackName | None,
    layers: Sequence[int] | None,
    heads: Sequence[int] | None,
) -> tuple[EagerCheck, ...]:
    """The heads of a comparison, the same in each layer. Raises InvalidRequest."""
    chosen = choose_stack(run, stack)
    places = choose_layers(chosen, layers)
    which = choose_heads(chosen, places, heads)
    return tuple(EagerCheck(chosen.name, chosen.layers[place].index, which) for place in places)


def compared(engine: Engine, model: LoadedModel, held: Held, wanted: Sequence[EagerCheck]) -> float:
    """BLOCKING. Largest difference from the model's own eager weights in these heads.

    Raises like `check_maker`.
    """
    check_maker(model, held)
    stack, heads = wanted[0].stack, wanted[0].heads
    layers = [check.layer for check in wanted]
    return engine.verify(model, held.request, held.run, stack, layers, heads)


def check_maker(model: LoadedModel, held: Held) -> None:
    """Raises AnalysisGone where this model is no longer the one that made the analysis."""
    if model.facts != held.run.model:
        raise _gone()


def identity(request: AnalysisRequest, facts: ModelFacts, engine_version: str) -> str:
    """32 hexadecimal digits, the same for the same request to the same model and engine."""
    parts = [asdict(request), facts.revision, facts.dtype, facts.device, engine_version]
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def text_hash(request: AnalysisRequest) -> str:
    texts = (request.text, request.text_pair, request.target)
    joined = "\n".join(text for text in texts if text is not None)
    return sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def with_eager(checks: Checks, error: float, checked: Sequence[EagerCheck]) -> Checks:
    """These checks and one more comparison: the worst error of all, and every head it covers."""
    heads: dict[tuple[StackName, int], set[int]] = {}
    for check in (*checks.eager_checked, *checked):
        heads.setdefault((check.stack, check.layer), set()).update(check.heads)
    return replace(
        checks,
        eager_max_error=max(error, checks.eager_max_error or 0.0),
        eager_checked=tuple(
            EagerCheck(stack, layer, tuple(sorted(which)))
            for (stack, layer), which in sorted(heads.items())
        ),
    )


def _gone() -> AnalysisGone:
    return AnalysisGone(
        "This analysis is no longer held. Post its text again: it gets the same id."
    )
