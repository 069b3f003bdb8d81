"""axe-core on the page: https://github.com/dequelabs/axe-core, its licence beside it."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

RUN = """async (standards) => (await axe.run(document, { runOnly: standards })).violations.flatMap(
  ({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target.join(" ")}: ${failureSummary.replaceAll("\\n", " ")}`))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, light and dark, on a page of a context that bypasses the CSP."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in page.evaluate(RUN, STANDARDS)]
    return found
