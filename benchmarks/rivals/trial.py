"""One rival at one size: weights in memory, a page, its first picture in Chromium."""

import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Error, Playwright, Route

from ..picture import SIZE, browsing, first_picture
from ..watch import Watch, chromium
from .environment import CDN

DRAW = Path(__file__).with_name("draw.py")
DRAWN = {
    "head_view": "#vis line",
    "model_view": "#vis line",
    "attnview": "#destinations .destination",
}
"""What of each page shows weights; each draws all of its first picture in one go."""


class Failed(Exception):
    """What a tool did instead of a picture, as words that follow its name."""


@dataclass(frozen=True)
class Shown:
    """What a first picture took."""

    seconds: float
    page_bytes: int
    """With the weights in it."""
    script_bytes: int
    memory: int
    """The most that all processes of the browser took together."""


@dataclass(frozen=True)
class Rivals:
    """An environment, the scripts of the CDN, and a folder with weights and tokens of each size."""

    python: Path
    scripts: dict[str, bytes]
    weights: Path

    def show(self, driver: Playwright, view: str, tokens: int) -> Shown:
        """Raises Failed."""
        page = self.weights / f"{view}-{tokens}.html"
        try:
            drawing = self._draw(view, tokens, page)
            with browsing(driver) as browser:
                served: list[int] = []
                with Watch(chromium) as watch:
                    opening = self._open(browser, view, page, served, watch)
            return Shown(drawing + opening, page.stat().st_size, sum(served), watch.most)
        finally:
            page.unlink(missing_ok=True)

    def _draw(self, view: str, tokens: int, page: Path) -> float:
        tensors = self.weights / f"{tokens}.npy", self.weights / f"{tokens}.json"
        command = [str(part) for part in (self.python, DRAW, view, *tensors, page)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with Watch(lambda: [psutil.Process(process.pid)]) as watch:
            printed, complaint = process.communicate()
        if watch.ended:
            raise Failed(f"{watch.ended} in Python")
        if process.returncode:
            raise Failed(f"ended in Python: {complaint.strip().splitlines()[-1][:120]}")
        return float(printed)

    def _open(
        self, browser: Browser, view: str, file: Path, served: list[int], watch: Watch
    ) -> float:
        page = browser.new_page(viewport=SIZE)
        page.route(f"{CDN}**", partial(self._serve, served))
        try:
            return first_picture(page, file.as_uri(), DRAWN[view])
        except Error as error:
            why = watch.ended or f"failed: {error.message.splitlines()[0][:120]}"
            raise Failed(f"{why} in Chromium ({file.stat().st_size / 1e6:.0f} MB)") from error

    def _serve(self, served: list[int], route: Route) -> None:
        script = self.scripts[route.request.url]
        served.append(len(script))
        route.fulfill(body=script, content_type="text/javascript")
