"""What the engine costs beside the plain SDPA forward of the same model in the same run."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, GPT2Config

from app.engine.catalog import Location, build_catalog
from app.engine.inputs import Encoded
from app.engine.loader import LoadedModel, load
from app.engine.run import analyse
from app.records import AnalysisRequest, Bins, Run
from app.settings import Settings

from .budget import PAIRS, Row, median_ms, paired
from .texts import english

MODELS = ("minilm-l6", "smollm2-135m-q4")
CELLS = 32
ALL = slice(None)


def rows() -> list[Row]:
    catalog = build_catalog(Settings())
    found: list[Row] = []
    for name in MODELS:
        location = catalog.locate(name)
        model = load(location, id=name, device="cpu")
        plain = _plain(location.folder)
        for tokens in (128, 512):
            found += _forward(model, plain, tokens)
        found += _reading(model, plain, 512)
        if (model.max_tokens or 0) >= 1024:
            found.append(_memory(name, model))
    found.append(_memory("a random GPT-2", _random_gpt2()))
    return found


def _plain(folder: Path) -> Any:
    model: Any = AutoModel.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32)
    model.config.use_cache = False
    return model.eval()


def _requests(model: LoadedModel, tokens: int, count: int = PAIRS) -> list[AnalysisRequest]:
    """Different texts of just so many tokens, cut by the model's own tokenizer."""
    special = len(model.inputs.tokenize("a").tokens) - 1
    made = []
    for seed in range(count):
        text = english(seed, tokens)
        last = model.inputs.tokenize(text, add_special_tokens=False).tokens[tokens - special - 1]
        made.append(AnalysisRequest(model.facts.id, text[: last.end]))
    return made


def _forward(model: LoadedModel, plain: Any, tokens: int) -> list[Row]:
    requests = _requests(model, tokens)
    encoded: list[Encoded] = [model.inputs.tokenize(request.text) for request in requests]
    inputs = [model.inputs.tensors(one, "cpu") for one in encoded]

    def ours(turn: int) -> object:
        seen = model.strategy.run(model.module, inputs[turn])
        return seen.output_max_error(), seen.row_sum_error()

    def theirs(turn: int) -> object:
        with torch.inference_mode():
            return plain(**inputs[turn])

    timed = paired(ours, theirs)
    beside = (
        f"{timed.first:.1f} ms beside {timed.second:.1f} ms plain SDPA, cpu {timed.cpu_ratio:.2f}"
    )
    return [Row(f"{model.facts.id}: analysis, {tokens} tokens", timed.ratio, 1.10, "x", beside)]


def _reading(model: LoadedModel, plain: Any, tokens: int) -> list[Row]:
    runs = [analyse(model, request) for request in _requests(model, tokens, 5)]
    inputs = model.inputs.tensors(model.inputs.tokenize(_requests(model, tokens, 1)[0].text), "cpu")
    (stack,) = runs[0].traces
    heads = runs[0].traces[stack][0].heads
    bins = Bins(np.arange(tokens), np.arange(CELLS + 1) * tokens // CELLS)

    def head(turn: int) -> object:
        traces = runs[turn % 5].traces[stack]
        return traces[turn % len(traces)].block([turn % heads], ALL, ALL)

    def overview(turn: int) -> object:
        return [trace.pooled_max(ALL, bins, bins) for trace in runs[turn % 5].traces[stack]]

    def forward(_: int) -> object:
        with torch.inference_mode():
            return plain(**inputs)

    seen = paired(overview, forward, 10)
    beside = f"{seen.first:.0f} ms beside a forward of {seen.second:.0f} ms"
    name = model.facts.id
    return [
        Row(f"{name}: one whole head, {tokens} tokens", median_ms(head), 10, "ms", "in the engine"),
        Row(f"{name}: overview {CELLS}x{CELLS}, {tokens} tokens", seen.ratio, 0.5, "x", beside),
    ]


def _memory(name: str, model: LoadedModel) -> Row:
    run: Run = analyse(model, _requests(model, 1024, 1)[0])
    layers = run.stacks[0].layers
    eager = sum(layer.heads * 1024 * 1024 * 4 for layer in layers)
    beside = f"{run.nbytes / 1e6:.0f} MB beside {eager / 1e6:.0f} MB of eager attentions"
    return Row(f"{name}: memory kept, 1,024 tokens", run.nbytes / eager, 0.2, "x", beside)


def _random_gpt2() -> LoadedModel:
    """GPT-2's shape with random weights, and SmolLM2's tokenizer in a vocabulary to fit."""
    source = build_catalog(Settings()).locate("smollm2-135m-q4").folder
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = GPT2Config(vocab_size=49152, bos_token_id=0, eos_token_id=0)
        model: Any = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
        model.save_pretrained(folder)
        for file in source.glob("tokenizer*"):
            (folder / file.name).write_bytes(file.read_bytes())
        return load(Location(folder, "random"), id="gpt2-random", device="cpu")
