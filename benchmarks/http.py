"""What HTTP adds: the request around an analysis, and a block on its way to the page."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np

from .budget import PAIRS, Row, median_ms
from .models import MINILM, SMOLLM2, text_of

LENGTHS = ((MINILM, 128, PAIRS), (MINILM, 512, PAIRS), (SMOLLM2, 2048, 3), (SMOLLM2, 8192, 1))
TILE, LONG = 256, 8192
PATIENT_S = 400


class Client:
    """One connection that stays open, as a browser's does."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._connection = HTTPConnection(urlsplit(base).netloc, timeout=PATIENT_S)

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, f"/api/v1/{path}", body, headers)
        answer = self._connection.getresponse()
        received = answer.read()
        if answer.status >= 400:
            raise RuntimeError(received.decode())
        return received

    def analyse(self, model: str, tokens: int, seed: int) -> tuple[float, dict[str, Any]]:
        """Milliseconds of one analysis as the client sees it, and the answer."""
        body = json.dumps({"model": model, "text": text_of(self._base, model, tokens, seed)})
        began = perf_counter()
        received = self.ask("POST", "analyses", body)
        return (perf_counter() - began) * 1e3, json.loads(received)


def rows(base: str) -> Iterator[Row]:
    client = Client(base)
    for model in (MINILM, SMOLLM2):
        client.analyse(model, 16, 0)
    for model, tokens, times in LENGTHS:
        made = [client.analyse(model, tokens, 1000 + seed) for seed in range(times)]
        around = median(took - answer["timing_ms"]["forward"] for took, answer in made)
        what = f"{model}: request around the forward, {tokens} tokens"
        beside = f"tokenise, hash, JSON and HTTP; median of {times}"
        yield Row(what, around, 5, "ms", beside)
        if tokens == LONG:
            yield _block(client, made[0][1])


def _block(client: Client, analysis: dict[str, Any]) -> Row:
    draw = np.random.default_rng(1)
    layers = analysis["stacks"][0]["layers"]

    def block(turn: int) -> object:
        query = int(draw.integers(LONG // 2, LONG - TILE))
        key = int(draw.integers(0, LONG // 2 - TILE))
        wanted = urlencode(
            {
                "layers": turn % len(layers),
                "heads": turn % layers[0]["heads"],
                "queries": f"{query}:{query + TILE}",
                "keys": f"{key}:{key + TILE}",
                "format": "npy",
                "dtype": "uint8",
            }
        )
        return client.ask("GET", f"analyses/{analysis['id']}/attention?{wanted}")

    times = 3 * PAIRS
    what = f"{analysis['model']['id']}: a {TILE}x{TILE} block, {LONG} tokens, over HTTP"
    return Row(what, median_ms(block, times), 10, "ms", f"uint8; median of {times}, every head")
