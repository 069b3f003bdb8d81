"""Headscope at one size: text, its first picture in Chromium, and what that took."""

from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, Error, Page, Playwright

from .models import text_of
from .picture import SIZE, browsing, first_picture, first_picture_of
from .rivals.trial import Failed, Shown
from .watch import Watch, chromium

READY = "html[data-state=ready]"
"""Set when overview, head and row are drawn."""
PATIENT_S = 400.0
"""A forward pass over 8,192 tokens takes a minute on two cores."""

FETCHED = """wanted => performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .filter(entry => entry.name.includes("/api/") === wanted)
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
"""Bytes of the API's answers, or of all else, as they came over the wire."""

SEEDS = count(5000)
ROOM = "performance.setResourceTimingBufferSize(10000)"


@dataclass(frozen=True)
class Ours:
    base: str
    model: str
    typed: bool
    """Whether a person has the page before them and types, or opens a link in a new browser."""

    def show(self, driver: Playwright, tokens: int) -> Shown:
        """Another text each time. Raises Failed."""
        text = text_of(self.base, self.model, tokens, next(SEEDS))
        self._load()
        with browsing(driver) as browser, Watch(chromium, PATIENT_S) as watch:
            try:
                return (self._typed if self.typed else self._opened)(browser, text, watch)
            except Error as error:
                why = watch.ended or f"failed: {error.message.splitlines()[0][:120]}"
                raise Failed(f"{why} in Chromium") from error

    def _load(self) -> None:
        body = {"model": self.model, "text": "A text."}
        httpx.post(f"{self.base}/api/v1/analyses", json=body, timeout=120).raise_for_status()

    def _typed(self, browser: Browser, text: str, watch: Watch) -> Shown:
        page = self._page(browser)
        page.goto(f"{self.base}/#{urlencode({'model': self.model, 'text': 'A text.'})}")
        page.wait_for_selector(READY)
        code = page.evaluate(FETCHED, False)
        page.evaluate("performance.clearResourceTimings()")
        page.fill("#text", text)
        page.wait_for_timeout(1000)
        seconds = first_picture_of(page, "#analyze", READY)
        return Shown(seconds, page.evaluate(FETCHED, True), code, watch.most)

    def _opened(self, browser: Browser, text: str, watch: Watch) -> Shown:
        page = self._page(browser)
        link = urlencode({"model": self.model, "text": text})
        seconds = first_picture(page, f"{self.base}/#{link}", READY)
        return Shown(
            seconds, page.evaluate(FETCHED, True), page.evaluate(FETCHED, False), watch.most
        )

    def _page(self, browser: Browser) -> Page:
        page = browser.new_page(viewport=SIZE)
        page.add_init_script(ROOM)
        return page
