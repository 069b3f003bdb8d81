"""What a person waits for, by the page's own measures in a real Chromium."""

import os
import random
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from .budget import Row
from .texts import english

LAYERS, HEADS, TOKENS = 6, 12, 512
CHROMIUM = os.environ.get("HEADSCOPE_CHROMIUM", "/usr/bin/chromium")


def rows(base: str) -> list[Row]:
    with sync_playwright() as driver:
        path = CHROMIUM if Path(CHROMIUM).exists() else None
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        cold = _cold(browser, base)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(base)
        page.wait_for_selector("html[data-state=ready]")
        first = _first_view(page, base)
        found = [*cold, first, _bytes(page, base), _head_switch(page)]
        browser.close()
        return found


READY_AT = """new MutationObserver((_, observer) => {
    if (document.documentElement?.dataset.state !== "ready") return;
    performance.mark("ready");
    observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true })"""

CODE = """performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .filter(entry => !entry.name.includes("/api/"))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


def _cold(browser: Browser, base: str) -> list[Row]:
    """Opening the page with nothing in the browser's cache, until its first head is drawn."""
    took, code = [], []
    for _ in range(10):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(READY_AT)
        page = context.new_page()
        page.goto(base)
        page.wait_for_selector("html[data-state=ready]")
        took.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime"))
        code.append(page.evaluate(CODE))
        context.close()
    return [
        Row("page: cold, until the first head is drawn", median(took), 1500, "ms", "median of 10"),
        Row("page: its code, compressed", median(code) / 1e3, 700, "kB", "all but API answers"),
    ]


def _cut(base: str, seed: int, tokens: int) -> str:
    """English of just so many MiniLM tokens, [CLS] and [SEP] among them."""
    text = english(seed, tokens)
    body = {"model": "minilm-l6", "text": text}
    listed = httpx.post(f"{base}/api/v1/tokenize", json=body).raise_for_status().json()["tokens"]
    return text[: listed[tokens - 2]["end"]]


def _analyse(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.wait_for_timeout(600)
    page.evaluate("performance.clearMeasures(); performance.clearResourceTimings()")
    page.click("#analyze")
    page.wait_for_selector("html[data-state=working]")
    page.wait_for_selector("html[data-state=ready]")


def _measures(page: Page, name: str) -> list[float]:
    script = "name => performance.getEntriesByName(name).map(entry => entry.duration)"
    durations: list[float] = page.evaluate(script, f"headscope:{name}")
    return durations


def _api_calls(page: Page) -> list[dict[str, Any]]:
    script = """performance.getEntriesByType("resource")
        .filter(entry => entry.name.includes("/api/"))
        .map(entry => ({name: entry.name, ms: entry.duration, bytes: entry.encodedBodySize}))"""
    calls: list[dict[str, Any]] = page.evaluate(script)
    return calls


def _first_view(page: Page, base: str) -> Row:
    over = []
    for seed in range(12):
        _analyse(page, _cut(base, 300 + seed, 128))
        (shown,) = _measures(page, "first-view")
        posted = next(call for call in _api_calls(page) if call["name"].endswith("/analyses"))
        over.append(shown - posted["ms"])
    what = "page: first view, 128 tokens, over the analysis"
    return Row(what, median(over), 300, "ms", "from Analyze to all drawn, minus the POST")


def _bytes(page: Page, base: str) -> Row:
    _analyse(page, _cut(base, 900, TOKENS))
    total = sum(call["bytes"] for call in _api_calls(page)) / 1e3
    return Row(
        f"page: bytes to the first view, {TOKENS} tokens", total, 400, "kB", "all API answers"
    )


def _head_switch(page: Page) -> Row:
    """Hovers every thumbnail once, in a random order, so that none was fetched before."""
    box = page.locator("#overview canvas").bounding_box()
    if box is None:
        raise SystemExit("the page shows no overview")
    order = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
    random.Random(0).shuffle(order)  # noqa: S311
    page.evaluate("performance.clearMeasures()")
    for done, (layer, head) in enumerate(order, 1):
        x = box["x"] + (head + 0.5) * box["width"] / HEADS
        page.mouse.move(x, box["y"] + (layer + 0.5) * box["height"] / LAYERS)
        for _ in range(100):
            page.wait_for_timeout(20)
            if len(_measures(page, "head-switch")) >= done:
                break
        page.wait_for_timeout(100)
    took = _measures(page, "head-switch")
    what = f"page: head switch, {TOKENS} tokens, {len(took)} heads"
    return Row(what, median(took), 50, "ms", f"median; slowest {max(took):.0f} ms")
