"""One run for equal requests, and what is kept of it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import blake2b, sha256
from time import perf_counter

from ..errors import AnalysisGone, Busy, DeadlinePassed, NotSupported, UnknownAnalysis
from ..records import (
    AnalysisRequest,
    Axis,
    Checks,
    EagerCheck,
    ModelFacts,
    Reports,
    Run,
    Stack,
    StackName,
    Token,
)
from ..settings import Settings
from .admission import Seat, here
from .cache import Cache
from .engine import Engine, LoadedModel
from .models import Models, check_pair
from .progress import Follower, Followers, Progress
from .selection import choose_heads, choose_layers, choose_stack
from .workers import Workers

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Analysis:
    """An analysis as the API gives it."""

    id: str
    request: AnalysisRequest
    model: ModelFacts
    tokens: dict[Axis, tuple[Token, ...]]
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

    def described(self) -> Analysis:
        run = self.run
        return Analysis(
            id=self.id,
            request=self.request,
            model=run.model,
            tokens={"input": (), "target": (), **run.tokens},
            stacks=run.stacks,
            truncated=run.truncated,
            bytes=run.nbytes,
            timing_ms=run.timing_ms,
            checks=run.checks,
            text_sha256=text_hash(self.request),
        )


@dataclass(eq=False)
class Running:
    """A run under way, and how many wait for it."""

    task: asyncio.Task[Held]
    progress: Progress
    seat: Seat | None
    """Of the request that began it, in whose turn it runs."""
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

    async def _analyse(self, request: AnalysisRequest, follower: Follower) -> tuple[Held, bool]:
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
            try:
                return await self._outcome(id, run), True
            except (Busy, DeadlinePassed):
                if run.seat is here():
                    raise
                # It was another's turn that did not come; this request has one of its own.

    def _begin(self, id: str, request: AnalysisRequest) -> Running:
        progress = Progress()
        task = asyncio.create_task(self._run(id, request, progress))
        self._running[id] = run = Running(task, progress, here())
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
            async with self._models.use(held.request.model) as model:
                compare = partial(compared, self._engine, model, held, wanted)
                error = await self._workers.compute(compare)
            with self.reading(id) as latest:  # another comparison may have ended meanwhile
                verified = latest.verified(error, wanted)
            self._held.replace(id, verified)
            return verified

    async def _run(self, id: str, request: AnalysisRequest, progress: Progress) -> Held:
        asked = perf_counter()
        loop = asyncio.get_running_loop()

        def make_room(nbytes: float) -> None:
            loop.call_soon_threadsafe(self._held.make_room, nbytes)

        def work(model: LoadedModel) -> Run:
            queue = (perf_counter() - asked) * 1e3
            progress.begin(len(model.stacks[0].layers))
            run = self._engine.analyse(model, request, Reports(progress.layer, make_room))
            return replace(run, timing_ms={"queue": queue, **run.timing_ms})

        async with self._models.use(request.model) as model:
            progress.stage = "queue"
            held = Held(id, request, await self._workers.compute(partial(work, model)))
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

    Raises AnalysisGone where the model is no longer the one that made the analysis.
    """
    if model.facts != held.run.model:
        raise _gone()
    stack, heads = wanted[0].stack, wanted[0].heads
    layers = [check.layer for check in wanted]
    return engine.verify(model, held.request, held.run, stack, layers, heads)


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
