"""Memory is bounded: nothing grows with the square of the text, what is held keeps its limit."""

import resource
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.records import TraceDtype
from app.settings import Settings
from tests.api.conftest import MINILM, SMOLLM2, serving
from tests.browser.conftest import process
from tests.engine.families import GROUPED, VOCABULARY, save

TOKENS = 24_576
ROOM = 480 << 20
"""Less than the 604 MB of one byte for each query and key."""


KINDS: dict[str, tuple[str, dict[str, int], TraceDtype]] = {
    "causal": ("llama", {}, "float32"),
    "windows, rounded": ("mistral", {"sliding_window": 700}, "float16"),
}


@pytest.fixture(params=KINDS)
def limited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx.Client]:
    """A server that may take `ROOM` more than it has when its model is loaded.

    One arena: each that a thread begins takes 64 MB of addresses, used or not.
    """
    family, more, dtype = KINDS[request.param]
    folder = save(tmp_path, (family, {**GROUPED, "max_position_embeddings": TOKENS, **more}))
    settings = {"HEADSCOPE_MODELS": f'["long={folder}"]', "HEADSCOPE_TRACE_DTYPE": dtype}
    settings |= {"MALLOC_ARENA_MAX": "1"}
    with (
        process(0, **settings) as (base, server),
        httpx.Client(base_url=base, timeout=120) as client,
    ):
        client.post("/api/v1/attention", json={"model": "long", "text": "a", "layers": [0]})
        size = psutil.Process(server.pid).memory_info().vms + ROOM
        resource.prlimit(server.pid, resource.RLIMIT_AS, (size, size))
        yield client


def test_nothing_is_quadratic_in_the_text(limited: httpx.Client) -> None:
    text = " ".join(f"w{i % (VOCABULARY - 10)}" for i in range(TOKENS))
    made = limited.post("/api/v1/analyses", json={"model": "long", "text": text, "truncate": True})
    assert made.status_code == 201, made.text
    tokens = len(made.json()["tokens"]["input"])
    assert tokens == TOKENS
    sampled = ",".join(f"{row}:{row + 1}" for row in range(500, TOKENS, 1024))
    middle = f"{TOKENS // 2}:{TOKENS // 2 + 256}"
    drawn: dict[str, str | int] = {"format": "npy", "dtype": "uint8"}
    several: tuple[dict[str, str | int], ...] = (
        {"queries": sampled, "size": 32, **drawn},
        {"size": 32, "layers": 1, **drawn},
        {"layers": 1, "heads": 0, "size": 512, **drawn},
        {"layers": 1, "heads": 3, "size": 512, "hide": "special,first", **drawn},
        {"layers": 1, "reduce": "heads-mean", "size": 64, "pool": "mean", **drawn},
        {"layers": 1, "heads": 0, "size": 256, "queries": middle, "keys": middle, **drawn},
        {"layers": 1, "heads": 2, "queries": middle, "keys": middle, "format": "npy"},
        {"layers": 1, "heads": 0, "queries": f"{TOKENS - 1}:{TOKENS}", "format": "npy"},
        {"layers": 1, "heads": 0, "keys": "7:8", "format": "npy"},
        {"layers": 1, "keys": "0:1", "size": 1, "pool": "mean", "format": "npy"},
        {"queries": "900:901", "keys": "7:8"},
        {"layers": 1, "part": "mask", "queries": middle, **drawn},
    )
    for asked in several:
        answer = limited.get(f"{made.headers['Location']}/attention", params=asked)
        assert answer.status_code == 200, (asked, answer.text)
    verified = limited.post(
        f"{made.headers['Location']}/verify", json={"layers": [1], "heads": [0, 3]}
    )
    checks = verified.json()["checks"]
    assert checks["eager_max_error"] < (1e-5 if checks["rounding_max_error"] is None else 5e-3)


def test_what_is_held_stays_within_its_setting() -> None:
    """Texts of 40 to 59 tokens take 0.6 to 0.9 MB each; three of them fit."""
    limit = 2_500_000
    with (
        serving(Settings(max_traces_bytes=limit)) as base,
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        for count in range(38, 58):
            asked = {"model": MINILM, "text": "word " * count}
            assert client.post("/api/v1/analyses", json=asked).status_code == 201
            lines = client.get("/metrics").text.splitlines()
            (held,) = (line for line in lines if line.startswith("headscope_analyses_bytes "))
            assert 0 < float(held.split()[1]) <= limit


def test_the_process_grows_by_what_it_holds_and_no_more() -> None:
    """Texts of 1,000 tokens take 110 to 120 MB each; two of them fit."""
    limit = 250_000_000
    with (
        process(HEADSCOPE_MAX_TRACES_BYTES=str(limit)) as (base, server),
        httpx.Client(base_url=base, timeout=120) as client,
    ):

        def resident_after(count: int) -> int:
            asked = {"model": SMOLLM2, "text": "word " * count}
            assert client.post("/api/v1/analyses", json=asked).status_code == 201
            return int(psutil.Process(server.pid).memory_info().rss)

        first = resident_after(1000)
        held = client.get("/metrics").text.partition("\nheadscope_analyses_bytes ")[2].split()[0]
        most = max(resident_after(count) for count in range(990, 998))
        assert most - (first - float(held)) < 1.2 * limit
