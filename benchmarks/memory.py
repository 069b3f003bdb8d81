"""What a server holds: while 100 long texts are analysed, and of the longest one there can be."""

import httpx

from app.settings import MIB

from .budget import Row
from .serving import serving
from .texts import english

MODEL = "smollm2-135m-q4"
TEXTS, TOKENS, LONGEST = 100, 2048, 8192
LIMIT = 1024 * MIB


def rows() -> list[Row]:
    return [*_many(), *_longest()]


def _text(base: str, seed: int, tokens: int) -> str:
    text = english(seed, tokens)
    body = {"model": MODEL, "text": text}
    listed = httpx.post(f"{base}/api/v1/tokenize", json=body, timeout=60).json()["tokens"]
    return text[: listed[tokens - 1]["end"]]


def _analyse(base: str, text: str) -> dict[str, int]:
    body = {"model": MODEL, "text": text}
    answer = httpx.post(f"{base}/api/v1/analyses", json=body, timeout=600).raise_for_status()
    made: dict[str, int] = answer.json()
    return made


def _many() -> list[Row]:
    """Memory beside what one text needs: the traces that are held, as the setting bounds them."""
    most = 0
    with serving(HEADSCOPE_MAX_TRACES_BYTES=str(LIMIT)) as base:
        one = _analyse(base, _text(base, 0, TOKENS))["bytes"]
        before = _resident(base) - one
        for seed in range(1, TEXTS + 1):
            _analyse(base, _text(base, seed, TOKENS))
            most = max(most, _resident(base) - before)
    what = f"{MODEL}: memory beside that of one pass, {TEXTS} texts of {TOKENS:,} tokens"
    beside = f"HEADSCOPE_MAX_TRACES_BYTES={LIMIT}; one trace takes {one / 1e6:.0f} MB"
    return [Row(what, most / 1e6, LIMIT / 1e6, "MB", beside)]


def _longest() -> list[Row]:
    found = []
    for dtype, limit in (("float32", 1000), ("float16", 500)):
        with serving(HEADSCOPE_TRACE_DTYPE=dtype) as base:
            held = _analyse(base, _text(base, 7, LONGEST))["bytes"] / 1e6
        what = f"{MODEL}: one analysis of {LONGEST:,} tokens in {dtype}"
        found.append(Row(what, held, limit, "MB", "as the API's `bytes` says"))
    return found


def _resident(base: str) -> int:
    """Bytes that the server's process has in memory, as it says itself."""
    lines = httpx.get(f"{base}/metrics").text.splitlines()
    (line,) = (line for line in lines if line.startswith("process_resident_memory_bytes "))
    return int(float(line.split()[1]))
