"""What HTTP adds: the request around an analysis, and one head on its way to the page."""

from time import perf_counter
from typing import Any

import httpx
import numpy as np

from .budget import PAIRS, Row, median_ms
from .texts import english


def rows(base: str) -> list[Row]:
    with httpx.Client(base_url=base, timeout=60) as client:
        return [_request(client, 128), _request(client, 512), _head(client)]


def _post(client: httpx.Client, seed: int, tokens: int) -> tuple[float, dict[str, Any]]:
    """Milliseconds of one analysis as the client sees it, and the answer."""
    text = english(seed, tokens)[: tokens * 4]
    body = {"model": "minilm-l6", "text": text, "truncate": True}
    began = perf_counter()
    answer = client.post("/api/v1/analyses", json=body)
    took = (perf_counter() - began) * 1e3
    answer.raise_for_status()
    return took, answer.json()


def _request(client: httpx.Client, tokens: int) -> Row:
    around = []
    for seed in range(PAIRS + 1):
        took, answer = _post(client, 1000 + seed, tokens)
        around.append(took - answer["timing_ms"]["forward"])
    what = f"minilm-l6: request around the forward, about {tokens} tokens"
    return Row(what, float(np.median(around[1:])), 5, "ms", "tokenise, hash, JSON and HTTP")


def _head(client: httpx.Client) -> Row:
    _, answer = _post(client, 1, 1200)
    tokens = len(answer["tokens"]["input"])
    path = f"/api/v1/analyses/{answer['id']}/attention"

    def get(turn: int) -> object:
        query: dict[str, str | int] = {
            "layers": turn % 6,
            "heads": turn % 12,
            "format": "npy",
            "dtype": "uint8",
        }
        return client.get(path, params=query).raise_for_status()

    what = f"minilm-l6: one whole head as uint8, {tokens} tokens"
    return Row(what, median_ms(get), 10, "ms", "over HTTP, compressed, received")
