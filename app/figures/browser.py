"""PDF and PNG of a figure, by a Chromium of this machine, which sets text of any script"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Literal

from ..errors import AnswerTooLarge, NotSupported
from ..stopping import check_wanted
from .svg import Drawing

Printed = Literal["pdf", "png"]

SHARPNESS = 2
DEADLINE_S = 15
_STEP_S = 0.1
MOST_PIXELS = 1 << 23
"""Of the figure, before it is made sharper."""
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_PAGE = """<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>@page {{ size: {width}px {height}px; margin: 0 }} html, body {{ margin: 0 }}
svg {{ display: block }} text {{ font-variant-ligatures: none }}</style>
<title>{title}</title>{svg}"""


def render(drawing: Drawing, format: Printed) -> bytes:
    """BLOCKING, about a second. Raises NotSupported where no browser is found, or none works, and
    AnswerTooLarge for what none would draw in time."""
    if drawing.width * drawing.height > MOST_PIXELS:
        raise AnswerTooLarge(
            f"The figure would be {drawing.width:,} x {drawing.height:,} pixels, too many for "
            f"{format}. Ask for fewer layers or heads, or for svg."
        )
    with TemporaryDirectory(prefix="headscope-") as folder:
        page, made = Path(folder, "figure.html"), Path(folder, f"figure.{format}")
        size = {"width": drawing.width, "height": drawing.height}
        page.write_text(_PAGE.format(**size, svg=drawing.words, title=drawing.title), "utf-8")
        asked = {
            "pdf": [f"--print-to-pdf={made}", "--no-pdf-header-footer"],
            "png": [
                f"--screenshot={made}",
                f"--window-size={drawing.width},{drawing.height}",
                f"--force-device-scale-factor={SHARPNESS}",
            ],
        }[format]
        _run([find(), *_flags(folder), *asked, page.as_uri()])
        if not made.is_file():
            raise NotSupported(
                f"The browser of this machine made no {format}. Save the figure as svg, which "
                "any browser prints."
            )
        return made.read_bytes()


def _flags(folder: str) -> list[str]:
    """A profile of its own, no network; root has no sandbox, and nothing in the page acts."""
    flags = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    flags += [f"--user-data-dir={folder}/profile", "--host-resolver-rules=MAP * ~NOTFOUND"]
    root = sys.platform != "win32" and os.geteuid() == 0
    return [*flags, "--no-sandbox"] if root else flags


def _run(command: list[str]) -> None:
    """Until it ends, or nobody waits for it any more, or it takes too long."""
    try:
        with subprocess.Popen(  # noqa: S603 (fixed words, and files that were just made)
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait(process)
            finally:
                process.kill()
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotSupported(
            f"The browser of this machine did not draw the figure ({type(error).__name__}). Save "
            "it as svg, which any browser prints."
        ) from error


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Raises TimeoutExpired at the deadline, and Stopped."""
    deadline = monotonic() + DEADLINE_S
    while True:
        check_wanted()
        try:
            process.wait(_STEP_S)
        except subprocess.TimeoutExpired:
            if monotonic() > deadline:
                raise
        else:
            return


@cache
def find() -> str:
    """Its program. Raises NotSupported."""
    found = next(filter(None, map(shutil.which, (*_NAMES, *_PLACES))), None)
    if found is None:
        raise NotSupported(
            "PDF and PNG are drawn by a Chromium, Chrome or Edge of this machine, and none is "
            "there. Install one, or ask for svg, which any browser prints."
        )
    return found
