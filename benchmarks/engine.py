"""What the engine costs beside the plain SDPA forward of the same model in the same run."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from app.engine.keeping import Room
from app.engine.loader import LoadedModel
from app.engine.run import analyse, read
from app.records import AnalysisRequest, Run, TraceDtype
from app.routes.encoding import encode
from app.services.analyses import Held
from app.services.answer import answer
from app.services.choice import Choice
from app.services.selection import select

from .budget import PAIRS, Row, median_ms, paired
from .models import MINILM, SMOLLM2, loaded, plain, random_gpt2, requests

LENGTHS = {
    MINILM: {128: PAIRS, 512: PAIRS},
    SMOLLM2: {128: PAIRS, 512: PAIRS, 2048: 4, 8192: 2},
}
"""Pairs of forward passes at each length: as many as take a bearable time."""
OVERVIEWS = {MINILM: {512: (10, 0.5)}, SMOLLM2: {512: (10, 0.5), 4096: (2, 1.0)}}
"""Pairs, and the most that an overview may take over a forward pass."""
CELLS, TILE, WHOLE, LONG = 32, 256, 512, 8192
ANSWER_BYTES = 1 << 30


def rows() -> Iterator[Row]:
    for name, lengths in LENGTHS.items():
        model, alone = loaded(name), plain(name)
        for tokens, pairs in lengths.items():
            row, run = _forward(model, alone, tokens, pairs)
            yield row
            if tokens == LONG:
                yield from _blocks(model, run)
                yield _kept(model, run)
        yield _head(model, 512)
        for tokens, (pairs, limit) in OVERVIEWS[name].items():
            yield _overview(model, alone, tokens, pairs, limit)
    yield from _beside_eager(random_gpt2(), 1024)


def _forward(model: LoadedModel, alone: Any, tokens: int, pairs: int) -> tuple[Row, Run]:
    """The row, and the last run of the engine."""
    texts = [model.inputs.tokenize(request.text) for request in requests(model, tokens, pairs)]
    runs: list[Run] = []

    def ours(turn: int) -> object:
        runs[:] = [read(model, texts[turn])]
        return runs

    def theirs(turn: int) -> object:
        with torch.inference_mode():
            return alone(**model.inputs.tensors(texts[turn], "cpu"))

    timed = paired(ours, theirs, pairs, warm=tokens <= 512)
    beside = (
        f"{timed.first:.0f} ms beside {timed.second:.0f} ms plain SDPA, cpu {timed.cpu_ratio:.2f}, "
        f"{pairs} pairs"
    )
    what = f"{model.facts.id}: analysis over plain forward, {tokens} tokens"
    return Row(what, timed.ratio, 1.10, "x", beside), runs[0]


def _blocks(model: LoadedModel, run: Run) -> Iterator[Row]:
    """Different heads and places of a causal model, all below the diagonal."""
    draw = np.random.default_rng(0)
    (traces,) = run.traces.values()

    def block(turn: int, exact: bool) -> object:
        trace = traces[turn % len(traces)]
        query = int(draw.integers(LONG // 2, LONG - TILE))
        key = int(draw.integers(0, LONG // 2 - TILE))
        rows, columns = slice(query, query + TILE), slice(key, key + TILE)
        return trace.block([turn % trace.heads], rows, columns, exact)

    for exact, how in ((False, "for drawing"), (True, "exactly")):
        what = f"{model.facts.id}: a {TILE}x{TILE} block {how}, {LONG} tokens, in the engine"
        took = median_ms(partial(block, exact=exact), 10 * PAIRS)
        yield Row(what, took, 1, "ms", f"median of {10 * PAIRS}, every head")


def _kept(model: LoadedModel, run: Run) -> Row:
    what = f"{model.facts.id}: memory kept in float32, {LONG} tokens"
    return Row(
        what, run.nbytes / 1e9, 1, "GB", "queries, keys, values and log-sum-exp of all layers"
    )


def _beside_eager(model: LoadedModel, tokens: int) -> Iterator[Row]:
    (request,) = requests(model, tokens, 1)
    limits: dict[TraceDtype, float] = {"float32": 0.2, "float16": 0.1}
    for dtype, limit in limits.items():
        run = analyse(model, request, room=Room(dtype))
        eager = sum(layer.heads * tokens**2 * 4 for layer in run.stacks[0].layers)
        beside = f"{run.nbytes / 1e6:.0f} MB beside {eager / 1e6:.0f} MB of eager attentions"
        what = f"GPT-2's shape: memory kept in {dtype}, {tokens} tokens"
        yield Row(what, run.nbytes / eager, limit, "x", beside)


def _head(model: LoadedModel, tokens: int) -> Row:
    runs = _runs(model, tokens, 5)
    (stack,) = runs[0][0].stacks

    def ready(turn: int) -> object:
        layer, head = stack.layers[turn % len(stack.layers)], turn % stack.layers[0].heads
        choice = Choice(
            layers=(layer.index,), heads=(head,), size=WHOLE, format="npy", dtype="uint8"
        )
        return _ready(*runs[turn % 5], choice)

    what = f"{model.facts.id}: one whole head, {tokens} tokens, ready to send"
    return Row(what, median_ms(ready), 10, "ms", "uint8, compressed")


def _overview(model: LoadedModel, alone: Any, tokens: int, pairs: int, limit: float) -> Row:
    runs, choice = _runs(model, tokens, 2), Choice(size=CELLS, format="npy", dtype="uint8")
    inputs = [_tensors(model, request) for _, request in runs]

    def overview(turn: int) -> object:
        return _ready(*runs[turn % 2], choice)

    def forward(turn: int) -> object:
        with torch.inference_mode():
            return alone(**inputs[turn % 2])

    timed = paired(overview, forward, pairs)
    beside = f"{timed.first:.0f} ms beside {timed.second:.0f} ms, {pairs} pairs, uint8, compressed"
    what = f"{model.facts.id}: overview {CELLS}x{CELLS} over plain forward, {tokens} tokens"
    return Row(what, timed.ratio, limit, "x", beside)


def _runs(model: LoadedModel, tokens: int, count: int) -> list[tuple[Run, AnalysisRequest]]:
    return [(analyse(model, request), request) for request in requests(model, tokens, count)]


def _ready(run: Run, request: AnalysisRequest, choice: Choice) -> object:
    chosen = select(run, request, choice, ANSWER_BYTES)
    return encode(Held("", request, run), answer(run, chosen), {}, True)


def _tensors(model: LoadedModel, request: AnalysisRequest) -> Any:
    return model.inputs.tensors(model.inputs.tokenize(request.text), "cpu")
