"""What the services ask of an engine, and the one that this machine runs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from ..engine.catalog import Catalog, build_catalog
from ..records import (
    NOBODY,
    AnalysisRequest,
    Arithmetic,
    Cost,
    ModelFacts,
    Report,
    Reports,
    Run,
    Stack,
    StackName,
    Token,
    Write,
    unheard,
)
from ..settings import Settings


class Encoded(Protocol):
    @property
    def tokens(self) -> tuple[Token, ...]: ...
    @property
    def count(self) -> int: ...
    @property
    def windows(self) -> tuple[tuple[int, int], ...] | None: ...


class Inputs(Protocol):
    def preview(self, text: str, text_pair: str | None, limit: int | None) -> Encoded: ...


class LoadedModel(Protocol):
    @property
    def facts(self) -> ModelFacts: ...
    @property
    def stacks(self) -> tuple[Stack, ...]: ...
    @property
    def inputs(self) -> Inputs: ...
    @property
    def max_tokens(self) -> int | None: ...
    @property
    def pairs(self) -> bool: ...
    @property
    def parameters(self) -> int: ...
    @property
    def nbytes(self) -> int: ...


class Engine(Protocol):
    """All methods block and may be called from any thread."""

    @property
    def catalog(self) -> Catalog: ...
    @property
    def version(self) -> str:
        """Another where the same request would have other numbers."""
        ...

    def load(self, id: str, report: Report = unheard) -> LoadedModel:
        """`report` hears which share of a download is there."""
        ...

    def analyse(
        self,
        model: Any,
        request: AnalysisRequest,
        reports: Reports = NOBODY,
    ) -> Run: ...

    def verify(
        self,
        model: Any,
        request: AnalysisRequest,
        run: Run,
        stack: StackName,
        layers: Sequence[int],
        heads: Sequence[int],
    ) -> float:
        """Largest difference from the model's own eager weights in these heads."""
        ...

    def write(self, model: Any, place: int, head: int, found: Arithmetic) -> Write:
        """What this head of the layer at `place` writes into the residual stream."""
        ...

    def cost(self, model: Any, tokens: int) -> Cost:
        """What attention takes at this length, measured."""
        ...


class LocalEngine:
    """The engine in this process. Importing torch takes seconds, so it waits for the first load."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.catalog = build_catalog(settings)

    @cached_property
    def version(self) -> str:
        from ..engine.run import ENGINE_VERSION

        kept = self._settings.trace_dtype
        return ENGINE_VERSION if kept == "float32" else f"{ENGINE_VERSION}+{kept}"

    def load(self, id: str, report: Report = unheard) -> LoadedModel:
        location = self.catalog.locate(id, report)
        from ..engine.loader import load

        return load(
            location,
            id=id,
            device=self._settings.device,
            limit_bytes=self._settings.max_models_bytes,
        )

    def analyse(
        self,
        model: Any,
        request: AnalysisRequest,
        reports: Reports = NOBODY,
    ) -> Run:
        from ..engine.keeping import Room
        from ..engine.run import analyse

        settings = self._settings
        room = Room(
            dtype=settings.trace_dtype,
            memory_bytes=settings.max_traces_bytes,
            map_over_bytes=settings.map_traces_over_bytes,
            mapped_bytes=settings.max_mapped_bytes,
            folder=settings.cache_dir / "traces",
        )
        return analyse(model, request, room, reports)

    def verify(
        self,
        model: Any,
        request: AnalysisRequest,
        run: Run,
        stack: StackName,
        layers: Sequence[int],
        heads: Sequence[int],
    ) -> float:
        from ..engine.run import verify

        limit = self._settings.max_verify_bytes
        return verify(model, request, run, stack, list(layers), list(heads), limit)

    def write(self, model: Any, place: int, head: int, found: Arithmetic) -> Write:
        from ..engine.writing import write

        return write(model, place, head, found)

    def cost(self, model: Any, tokens: int) -> Cost:
        from ..engine.cost import measure

        return measure(model, tokens, self._settings.max_verify_bytes)
