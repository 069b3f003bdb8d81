"""What HTTP adds: the request around an analysis, and one head on its way to the page."""

import json
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from app.engine.catalog import build_catalog
from app.engine.loader import load
from app.engine.run import analyse
from app.records import AnalysisRequest
from app.routes.encoding import encode
from app.services.answer import answer
from app.services.choice import Choice
from app.services.selection import select
from app.settings import Settings

from .budget import PAIRS, Row, median_ms
from .texts import english

MODEL = "minilm-l6"


def rows(base: str) -> list[Row]:
    client = HTTPConnection(urlsplit(base).netloc)
    return [_request(client, 128), _head()]


def _post(client: HTTPConnection, seed: int, tokens: int) -> tuple[float, dict[str, Any]]:
    """Milliseconds of one analysis as the client sees it, and the answer."""
    text = english(seed, tokens)[: tokens * 4]
    body = json.dumps({"model": MODEL, "text": text, "truncate": True})
    began = perf_counter()
    client.request("POST", "/api/v1/analyses", body, {"Content-Type": "application/json"})
    received = client.getresponse().read()
    return (perf_counter() - began) * 1e3, json.loads(received)


def _request(client: HTTPConnection, tokens: int) -> Row:
    around, counts = [], []
    for seed in range(PAIRS + 1):
        took, received = _post(client, 1000 + seed, tokens)
        around.append(took - received["timing_ms"]["forward"])
        counts.append(len(received["tokens"]["input"]))
    what = f"{MODEL}: request around the forward, {int(np.median(counts))} tokens"
    return Row(what, float(np.median(around[1:])), 5, "ms", "tokenise, hash, JSON and HTTP")


def _head() -> Row:
    settings = Settings()
    model = load(build_catalog(settings).locate(MODEL), id=MODEL, device="cpu")
    request = AnalysisRequest(MODEL, english(1, 1200), truncate=True)
    run = analyse(model, request)

    def ready(turn: int) -> object:
        choice = Choice(layers=(turn % 6,), heads=(turn % 12,), format="npy", dtype="uint8")
        return encode(
            answer(run, select(run, request, choice, settings.max_answer_bytes)), {}, True
        )

    tokens = len(run.tokens["input"])
    what = f"{MODEL}: one whole head, {tokens} tokens, ready to send"
    return Row(what, median_ms(ready), 10, "ms", "uint8, compressed")
