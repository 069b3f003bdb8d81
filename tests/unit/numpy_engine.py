"""A small real engine in numpy: exact softmax attention over random queries and keys.

The services run on it in tests where a model's meaning does not matter but its timing does.
"""

import threading
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.catalog import Catalog, Entry
from app.records import (
    NOBODY,
    AnalysisRequest,
    Arithmetic,
    AttentionBytes,
    AttentionTime,
    Bins,
    Bools,
    Checks,
    Cost,
    Floats,
    Layer,
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


class NumpyTrace:
    """Softmax of random scores; a sink takes its share of every row where there is one."""

    def __init__(
        self, heads: int, length: int, seed: int, causal: bool = False, sink: float | None = None
    ) -> None:
        rng = np.random.default_rng(seed)
        self.heads, self.queries, self.keys = heads, length, length
        query, key = rng.normal(size=(2, heads, length, 4))
        scores = 2 * query @ key.swapaxes(-1, -2)
        self.mask = np.tri(length, dtype=bool) if causal else np.ones((length, length), bool)
        raw = np.exp(scores) * self.mask
        share = 0.0 if sink is None else np.exp(sink)
        total = raw.sum(-1, keepdims=True) + share
        self.weights: Floats = (raw / total).astype(np.float32)
        self.sinks: Floats = (share / total[..., 0]).astype(np.float32)

    @property
    def nbytes(self) -> int:
        return self.weights.nbytes

    def block(
        self, heads: slice | list[int], queries: slice, keys: slice, exact: bool = True
    ) -> Floats:
        del exact
        return self.weights[heads][:, queries, keys].copy()

    def pooled_max(
        self, heads: slice | list[int], queries: Bins, keys: Bins, exact: bool = True
    ) -> Floats:
        del exact
        chosen = self.weights[heads]
        cells = [
            [chosen[:, a[:, None], b].max((1, 2), initial=0) for b in _bins(keys)]
            for a in _bins(queries)
        ]
        return np.moveaxis(np.asarray(cells, np.float32), -1, 0)

    def allowed(self, queries: slice, keys: slice) -> Bools:
        return self.mask[queries, keys]

    def sink_mass(self, heads: slice | list[int], queries: slice) -> Floats:
        return self.sinks[heads][:, queries]


def _bins(bins: Bins) -> list[NDArray[np.int64]]:
    return [bins.positions[start:stop] for start, stop in pairwise(bins.edges)]


def tokens_of(text: str) -> tuple[Token, ...]:
    """Words between a [CLS] and a [SEP]."""
    found = [Token(0, 1, "[CLS]", True, False, None, 0, 0, 0, True)]
    start = 0
    for word in text.split():
        start = text.index(word, start)
        index = len(found)
        found.append(Token(index, 9, word, False, False, index, start, start + len(word), 0, False))
        start += len(word)
    found.append(Token(len(found), 2, "[SEP]", True, False, None, 0, 0, 0, True))
    return tuple(found)


def run_of(
    text: str,
    traces: list[NumpyTrace] | None = None,
    name: StackName = "encoder",
    indices: tuple[int, ...] | None = None,
) -> Run:
    tokens = tokens_of(text)
    traces = traces or [NumpyTrace(4, len(tokens), seed) for seed in range(3)]
    layers = tuple(
        Layer(index, trace.heads, trace.heads, False, None, "full")
        for index, trace in zip(indices or range(len(traces)), traces, strict=True)
    )
    return Run(
        model=FACTS,
        tokens={"input": tokens},
        stacks=(Stack(name, "input", "input", layers),),
        traces={name: tuple(traces)},
        truncated=False,
        nbytes=sum(trace.nbytes for trace in traces),
        checks=Checks(0.0, 0.0, "all rows"),
        timing_ms={"tokenize": 0.0, "forward": 1.0},
    )


FACTS = ModelFacts("tiny", "r1", "numpy", "float32", "cpu", "qkv", "eager")


@dataclass(frozen=True)
class NumpyEncoded:
    tokens: tuple[Token, ...]
    count: int
    windows: tuple[tuple[int, int], ...]


class NumpyInputs:
    def preview(self, text: str, text_pair: str | None, limit: int | None) -> NumpyEncoded:
        assert text_pair is None
        tokens = tokens_of(text)
        parts = tuple((start, start + 64) for start in range(0, len(text), 64))
        return NumpyEncoded(tokens[:limit], len(tokens), parts)


@dataclass(frozen=True)
class NumpyModel:
    facts: ModelFacts
    nbytes: int = 100
    inputs: NumpyInputs = field(default_factory=NumpyInputs)
    stacks: tuple[Stack, ...] = run_of("a b").stacks
    max_tokens: int | None = 64
    pairs: bool = False
    parameters: int = 10


@dataclass(frozen=True)
class NumpyOffer:
    id: str

    def entry(self) -> Entry:
        return Entry(self.id, self.id, "numpy", "local", on_disk=True)

    def find(self, report: Report, limit_bytes: int | None) -> Path:  # noqa: ARG002
        return Path()

    def revision(self, folder: Path) -> str:  # noqa: ARG002
        return "r1"


class NumpyEngine:
    """Counts what it is asked for; `gate` holds loads and runs back while it is closed."""

    version = "numpy-1"

    def __init__(self, ids: tuple[str, ...] = ("tiny", "other")) -> None:
        self.catalog = Catalog({id: NumpyOffer(id) for id in ids}, ids[0])
        self.gate = threading.Event()
        self.gate.set()
        self.loads: list[str] = []
        self.runs: list[str] = []
        self.failure: Exception | None = None

    def load(self, id: str, report: Report = unheard) -> NumpyModel:
        self.loads.append(id)
        report(0.25)
        self.gate.wait(10)
        if self.failure:
            raise self.failure
        return NumpyModel(ModelFacts(id, "r1", "numpy", "float32", "cpu", "qkv", "eager"))

    def analyse(
        self,
        model: NumpyModel,
        request: AnalysisRequest,
        reports: Reports = NOBODY,
    ) -> Run:
        reports.room(run_of(request.text).nbytes, 0)
        assert model.facts.id == request.model
        reports.layers(2)
        self.runs.append(request.text)
        self.gate.wait(10)
        if self.failure:
            raise self.failure
        return run_of(request.text)

    def verify(
        self,
        model: NumpyModel,
        request: AnalysisRequest,
        run: Run,
        stack: StackName,
        layers: Any,
        heads: Any,
    ) -> float:
        assert (model.facts, model.facts.id) == (run.model, request.model)
        assert stack in run.traces
        return 1e-7 * len(layers) * len(heads)

    def write(self, model: NumpyModel, place: int, head: int, found: Arithmetic) -> Write:
        raise NotImplementedError("its traces have no arithmetic")

    def cost(self, model: NumpyModel, tokens: int) -> Cost:
        """Of one layer of one head, really computed."""
        self.gate.wait(10)
        started = perf_counter()
        trace = NumpyTrace(1, tokens, 0)
        took = (perf_counter() - started) * 1e3
        return Cost(
            model=model.facts.id, tokens=tokens, layers=1, heads=1,
            device="cpu", dtype="float32", threads=1, kernel="eager", repeats=1, forward_ms=took,
            attention_ms=AttentionTime(None, took),
            attention_bytes=AttentionBytes(trace.nbytes, True, trace.nbytes), reason=None,
        )  # fmt: skip
