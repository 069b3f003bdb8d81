"""The moment at which a page shows its first picture, by one rule for every tool."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = os.environ.get("HEADSCOPE_CHROMIUM", "/usr/bin/chromium")
SIZE: Any = {"width": 1440, "height": 900}

SHOWN = """selector => new Promise(resolve => {
    let frames = 3;
    const look = () => {
        if (document.querySelector(selector)) frames -= 1;
        if (frames < 0) resolve(performance.now());
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""
"""Three frames after what was drawn is in the document: a browser begins the third only when it has
taken the first one in."""


@contextmanager
def browsing(driver: Playwright) -> Iterator[Browser]:
    path = CHROMIUM if Path(CHROMIUM).exists() else None
    browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
    try:
        yield browser
    finally:
        browser.close()


def first_picture(page: Page, address: str, selector: str) -> float:
    """Seconds from opening `address` until what `selector` finds is on the screen."""
    page.add_init_script(f"window.firstPicture = ({SHOWN})({selector!r})")
    page.goto(address, wait_until="commit", timeout=0)
    return float(page.evaluate("window.firstPicture")) / 1e3


def first_picture_of(page: Page, click: str, selector: str) -> float:
    """The same from a click on a page that is open and takes the old picture away at once."""
    script = f"""([click, selector]) => {{
        const began = performance.now();
        document.querySelector(click).click();
        return ({SHOWN})(selector).then(at => at - began);
    }}"""
    return float(page.evaluate(script, [click, selector])) / 1e3
