"""The two packaged models, and texts of just so many tokens."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import torch
from transformers import AutoModel, GPT2Config

from app.engine.catalog import Location, build_catalog
from app.engine.loader import LoadedModel, load
from app.records import AnalysisRequest
from app.settings import Settings

from .texts import english

MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"


@cache
def loaded(name: str) -> LoadedModel:
    return load(build_catalog(Settings()).locate(name), id=name, device="cpu")


def plain(name: str, attention: str = "sdpa") -> Any:
    """The same weights as transformers alone runs them."""
    folder = build_catalog(Settings()).locate(name).folder
    model: Any = AutoModel.from_pretrained(
        folder, attn_implementation=attention, dtype=torch.float32
    )
    model.config.use_cache = False
    return model.eval()


def random_gpt2() -> LoadedModel:
    """GPT-2's shape with random weights, and SmolLM2's tokenizer in a vocabulary to fit."""
    source = build_catalog(Settings()).locate(SMOLLM2).folder
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = GPT2Config(vocab_size=49152, bos_token_id=0, eos_token_id=0)
        model: Any = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
        model.save_pretrained(folder)
        for file in source.glob("tokenizer*"):
            (folder / file.name).write_bytes(file.read_bytes())
        return load(Location(folder, "random"), id="gpt2-random", device="cpu")


def requests(model: LoadedModel, tokens: int, count: int) -> list[AnalysisRequest]:
    """Different texts, cut by the model's own tokenizer."""
    special = len(model.inputs.tokenize("a").tokens) - 1
    made = []
    for seed in range(count):
        text = english(seed, tokens)
        last = model.inputs.tokenize(text, add_special_tokens=False).tokens[tokens - special - 1]
        made.append(AnalysisRequest(model.facts.id, text[: last.end]))
    return made


def text_of(base: str, model: str, tokens: int, seed: int) -> str:
    """The same by the tokenizer of a server."""
    text = english(seed, tokens)
    asked = httpx.post(f"{base}/api/v1/tokenize", json={"model": model, "text": text}, timeout=120)
    listed = asked.raise_for_status().json()["tokens"]
    words = [token for token in listed if not token["special"]]
    return text[: words[tokens - (len(listed) - len(words)) - 1]["end"]]
