"""What a person waits for, by the page's own measures in a real Chromium."""

import random
from collections.abc import Iterator
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from .budget import Row
from .models import MINILM, SMOLLM2, text_of
from .ours import FETCHED, READY, ROOM
from .picture import SIZE, browsing

HOVERED = 24
PATIENT_MS = 400_000


def rows(base: str) -> Iterator[Row]:
    with sync_playwright() as driver, browsing(driver) as browser:
        yield from _cold(browser, base)
        page = _open(browser, base, MINILM)
        yield _first_view(page, base)
        yield _bytes(page, base)
        yield from _head_switch(page)
        yield from _views(page, base)
        page.close()
        yield from _long(_open(browser, base, SMOLLM2), base)


READY_AT = """new MutationObserver((_, observer) => {
    if (document.documentElement?.dataset.state !== "ready") return;
    performance.mark("ready");
    observer.disconnect();
}).observe(document, { attributes: true, childList: true, subtree: true })"""


def _cold(browser: Browser, base: str) -> Iterator[Row]:
    """Opening the page with nothing in the browser's cache, until its first head is drawn."""
    took, code = [], []
    for _ in range(10):
        context = browser.new_context(viewport=SIZE)
        context.add_init_script(READY_AT)
        page = context.new_page()
        page.goto(base)
        page.wait_for_selector(READY)
        took.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime"))
        code.append(page.evaluate(FETCHED, False))
        context.close()
    what = "page: cold, until the first head is drawn"
    yield Row(what, median(took), 1500, "ms", "median of 10")
    yield Row("page: its code, compressed", median(code) / 1e3, 700, "kB", "all but API answers")


def _open(browser: Browser, base: str, model: str) -> Page:
    page = browser.new_page(viewport=SIZE)
    page.add_init_script(ROOM)
    page.goto(f"{base}/#model={model}&text=A+text.")
    page.wait_for_selector(READY)
    return page


def _analyse(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.wait_for_timeout(600)
    page.evaluate("performance.clearMeasures(); performance.clearResourceTimings()")
    page.click("#analyze")
    page.wait_for_selector("html[data-state=working]")
    page.wait_for_selector(READY, timeout=PATIENT_MS)


def _measures(page: Page, name: str) -> list[float]:
    script = "name => performance.getEntriesByName(name).map(entry => entry.duration)"
    durations: list[float] = page.evaluate(script, f"headscope:{name}")
    return durations


def _first_view(page: Page, base: str) -> Row:
    posted = """performance.getEntriesByType("resource")
        .find(entry => entry.name.endsWith("/analyses")).duration"""
    over = []
    for seed in range(12):
        _analyse(page, text_of(base, MINILM, 128, 300 + seed))
        (shown,) = _measures(page, "first-view")
        over.append(shown - page.evaluate(posted))
    what = "page: first view, 128 tokens, over the analysis"
    return Row(what, median(over), 300, "ms", "from Analyze to all drawn, minus the POST")


def _bytes(page: Page, base: str) -> Row:
    _analyse(page, text_of(base, MINILM, 512, 900))
    total = page.evaluate(FETCHED, True) / 1e3
    return Row("page: bytes to the first view, 512 tokens", total, 400, "kB", "all API answers")


def _head_switch(page: Page) -> Iterator[Row]:
    """Every head once, so that none was fetched before; and the words of the text in sight."""
    _hover(page, 72, "head-switch")
    for name, meaning in (("head-switch", "head switch"), ("text-switch", "text at a head switch")):
        took = _measures(page, name)
        what = f"page: {meaning}, 512 tokens, {len(took)} heads"
        yield Row(what, median(took), 50, "ms", f"median; slowest {max(took):.0f} ms")


def _views(page: Page, base: str) -> Iterator[Row]:
    """Those beside the heatmap, each with a text of its own: no head was fetched before."""
    tabs = page.get_by_role("tab").all()
    for seed, tab in enumerate(tabs[1:]):
        tab.click()
        _analyse(page, text_of(base, MINILM, 512, 910 + seed))
        page.wait_for_timeout(2000)
        _hover(page, HOVERED, "head-switch")
        took = _measures(page, "head-switch")
        what = f"page: {tab.inner_text()}, head switch, 512 tokens"
        yield Row(
            what, median(took), 100, "ms", f"median of {len(took)}; slowest {max(took):.0f} ms"
        )
    tabs[0].click()


def _hover(page: Page, count: int, until: str) -> None:
    """Points at thumbnails in a random order, each until the page has measured once more.

    Raises:
        TimeoutError: a head is so slow that it would be missing from the slowest.
    """
    canvas = page.locator("#overview canvas")
    size = [int(canvas.get_attribute(f"data-{of}") or 0) for of in ("layers", "heads")]
    box = canvas.bounding_box()
    assert box is not None
    order = [(layer, head) for layer in range(size[0]) for head in range(size[1])]
    random.Random(0).shuffle(order)  # noqa: S311
    page.evaluate("performance.clearMeasures()")
    for layer, head in order[:count]:
        before = len(_measures(page, until))
        position: Any = {
            "x": (head + 0.5) * box["width"] / size[1],
            "y": (layer + 0.5) * box["height"] / size[0],
        }
        canvas.hover(position=position)
        for _ in range(500):
            page.wait_for_timeout(20)
            if len(_measures(page, until)) > before:
                break
        else:
            raise TimeoutError(f"L{layer}H{head}: no {until} within 10 seconds")
        page.wait_for_timeout(100)


def _long(page: Page, base: str) -> Iterator[Row]:
    """The whole context of SmolLM2: all of a head at first, then so near that cells are exact."""
    _analyse(page, text_of(base, SMOLLM2, 8192, 1000))
    page.wait_for_timeout(5000)
    _hover(page, HOVERED, "head-switch")
    yield _measured(page, "first-picture", "first picture of a head after the click", 200)
    page.locator(".plot-cells").hover(force=True)
    for _ in range(14):
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(20)
    _hover(page, 2 * HOVERED, "exact-cells")
    yield _measured(page, "exact-cells", "exact cells after the answer", 50)


def _measured(page: Page, name: str, meaning: str, limit: float) -> Row:
    took = _measures(page, name)
    what = f"page: {meaning}, 8192 tokens"
    if not took:
        return Row(what, None, limit, "ms", f"the page has no measure headscope:{name}")
    beside = f"slowest of {len(took)}; median {median(took):.0f} ms"
    return Row(what, max(took), limit, "ms", beside)
