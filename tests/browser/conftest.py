"""The real server as a process of its own, with real weights, and the page in a real Chromium."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
MINILM = "minilm-l6"
SMOLLM2 = "smollm2-135m-q4"
KEYS = "The keys to the cabinet are on the table."
NO_HUB = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": "/nonexistent"}
"""A Hub that nothing answers for, and nothing kept from it."""

expect.set_options(timeout=15_000)


@contextmanager
def serving(port: int = 0, **environment: str) -> Iterator[str]:
    """Address of `python -m app serve`, ready to answer, until the block ends."""
    with process(port, **environment) as (address, _):
        yield address


@contextmanager
def process(port: int = 0, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with its process."""
    with tempfile.TemporaryFile("w+") as log:  # a pipe that nobody reads would stop the server
        server = subprocess.Popen(
            [sys.executable, "-m", "app", "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **NO_HUB, **environment, "PYTHONUNBUFFERED": "1"},
            stdout=log,
        )
        try:
            address = announced(server, log)
            while httpx.get(f"{address}/readyz").status_code not in (200, 401):
                time.sleep(0.05)
            yield address, server
        finally:
            server.terminate()
            server.wait(timeout=60)


def announced(process: subprocess.Popen[bytes], log: IO[str]) -> str:
    """The address that the server says it listens on."""
    while process.poll() is None:
        if found := re.search(r"http://\S+(?=\s)", os.pread(log.fileno(), 4096, 0).decode()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError("the server ended without saying its address")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serving() as base:
        yield base


@pytest.fixture(scope="session")
def api(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{address}/api/v1/", timeout=60) as client:
        yield client


@contextmanager
def launched() -> Iterator[Browser]:
    own = SYSTEM_CHROMIUM if SYSTEM_CHROMIUM.exists() else None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


class Headscope:
    """The page as a person uses it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.requested: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))

    def open(self, **state: object) -> None:
        self.page.goto(f"{self.address}/#{urlencode(state)}" if state else self.address)
        self.settle()

    def settle(self, state: str = "ready") -> None:
        self.page.wait_for_selector(f"html[data-state={state}]")

    def analyse(self, text: str, state: str = "ready") -> None:
        self.text.fill(text)
        self.page.get_by_role("button", name="Analyze", exact=True).click()
        self.settle(state)

    @property
    def text(self) -> Locator:
        return self.page.get_by_label("Text", exact=True)

    @property
    def fragment(self) -> str:
        return str(self.page.evaluate("location.hash"))

    def exact(self) -> str:
        """The weight of the read-out line, once it is exact."""
        weight = self.page.locator("#readout[data-exact=true] .weight")
        weight.wait_for()
        return weight.inner_text()

    def thumbnail(self, layer: int, head: int) -> tuple[float, float]:
        """Middle of a head's thumbnail in the window."""
        canvas = self.page.locator("#overview canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        layers, heads = (int(canvas.get_attribute(f"data-{of}") or 0) for of in ("layers", "heads"))
        return (
            box["x"] + box["width"] * (head + 0.5) / heads,
            box["y"] + box["height"] * (layer + 0.5) / layers,
        )

    def cell(self, query: int, key: int, tokens: int) -> tuple[float, float]:
        """Middle of a cell of the whole head in the window."""
        cells = self.page.locator(".plot-cells")
        cells.scroll_into_view_if_needed()
        box = cells.bounding_box()
        assert box is not None
        return (
            box["x"] + box["width"] * (key + 0.5) / tokens,
            box["y"] + box["height"] * (query + 0.5) / tokens,
        )


Opened = Callable[..., Headscope]


@pytest.fixture
def opened(chromium: Browser, address: str) -> Iterator[Opened]:
    """Opens a window of its own: `opened(locale="zh-CN", width=390)(**state of the link)`.

    Whatever a test does, no script may fail and nothing may be asked of another host.
    """
    pages: list[Headscope] = []

    def open_(at: str = address, width: int = 1440, height: int = 900, **options: Any) -> Headscope:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, **{"locale": "en-US", **options}
        )
        pages.append(Headscope(context.new_page(), at))
        return pages[-1]

    yield open_
    for headscope in pages:
        headscope.page.context.close()
        assert headscope.errors == []
        outside = [url for url in headscope.requested if not url.startswith(headscope.address)]
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []


AsFile = Callable[..., Headscope]


@pytest.fixture
def as_file(opened: Opened, tmp_path: Path) -> AsFile:
    """Opens an analysis as a page in one file, without a network: `as_file(analysis, layers=3)`."""

    def open_(analysis: Any, layers: Any = None, **options: Any) -> Headscope:
        path = tmp_path / "page.html"
        path.write_text(analysis.to_html(layers), "utf-8")
        headscope = opened(path.as_uri(), **options)
        headscope.page.context.set_offline(True)
        headscope.open()
        return headscope

    return open_


@pytest.fixture
def headscope(opened: Opened) -> Headscope:
    return opened()


@pytest.fixture
def weight(api: httpx.Client) -> Callable[..., float]:
    """One weight as the API has it."""

    def ask(
        text: str, layer: int, head: int, query: int, key: int, model: str = MINILM, **more: Any
    ) -> float:
        made = api.post("analyses", json={"model": model, "text": text, **more}).json()
        answer = api.get(
            f"analyses/{made['id']}/attention",
            params={
                "layers": layer,
                "heads": head,
                "queries": f"{query}:{query + 1}",
                "keys": f"{key}:{key + 1}",
            },
        ).json()
        return float(answer["attention"][0][0][0][0])

    return ask


def shown(weight: float) -> str:
    """As the read-out line writes it."""
    return f"{weight:.4f}"
