"""Text from outside on its way through the page: typed, in a link, in a file."""

import base64
import json
import zlib
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Dialog, expect

from tests.browser.conftest import KEYS, MINILM, Headscope

from .conftest import Figure
from .torture import REFUSED, TEXTS

SETTLED = "html[data-state=ready], html[data-state=error]"
WRITABLE = {name: text for name, text in TEXTS.items() if name not in REFUSED}
"""Half a surrogate pair cannot be typed."""


DROP = """([name, numbers]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(numbers)], name));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
}"""


class Visit(Headscope):
    """One window; whatever runs in it that should not is noted."""

    def __init__(self, browser: Browser, address: str) -> None:
        super().__init__(browser.new_context(locale="en-US").new_page(), address)
        self.dialogs: list[str] = []
        self.page.on("dialog", self._note)

    def _note(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def drop(self, name: str, content: bytes) -> None:
        self.page.evaluate(DROP, [name, list(content)])

    def check(self, text: str) -> None:
        """The text is there as it was given, and there is an answer: a picture or a sentence."""
        self.page.wait_for_selector(SETTLED, timeout=60_000)
        assert self.text.input_value() == text.replace("\r\n", "\n").replace("\r", "\n")
        trouble = self.page.locator("#text-problem")
        if self.page.get_attribute("html", "data-state") == "error":
            expect(trouble).to_be_visible()
            assert trouble.inner_text().rstrip().count(" ") >= 3
        assert self.page.locator("[onerror], body script, #sentence :is(b, img)").count() == 0

    def check_nothing_ran(self) -> None:
        """W6 and W7: no dialog, no failing script, no request to anybody else."""
        assert self.errors == []
        assert self.dialogs == []
        outside = [url for url in self.requested if not url.startswith(self.address)]
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    visit = Visit(chromium, address)
    yield visit
    visit.check_nothing_ran()
    visit.page.context.close()


def test_I3_the_torture_list_typed(visit: Visit, figure: Figure) -> None:
    visit.open()
    for text in WRITABLE.values():
        # Chromium itself takes a minute to type this many lines into any text area.
        if text.count("\n") < 100:
            visit.text.fill(text)
        else:
            visit.drop("lines.txt", text.encode())
            expect(visit.text).to_have_value(text)
        visit.page.get_by_role("button", name="Analyze", exact=True).click()
        visit.check(text)
    visit.analyse(KEYS)
    assert visit.page.locator("#sentence .word").count() == 12
    figure(f"{len(WRITABLE)} texts typed")


def test_I3_the_torture_list_in_links(visit: Visit, figure: Figure) -> None:
    texts = {name: text for name, text in WRITABLE.items() if len(text) <= 10_000}
    for number, text in enumerate(texts.values()):
        plain = urlencode({"model": MINILM, "text": text}, quote_via=quote)
        visit.page.goto("about:blank")
        visit.page.goto(f"{visit.address}/#{packed(text) if number % 2 else plain}")
        visit.check(text)
    figure(f"{len(texts)} in links, every second one deflated")


def packed(text: str, **fields: object) -> str:
    """The fragment of a link with a deflated text."""
    return f"model={MINILM}&z={deflated(json.dumps({'text': text, **fields}).encode())}"


def deflated(content: bytes) -> str:
    packer = zlib.compressobj(9, wbits=-15)
    return base64.urlsafe_b64encode(packer.compress(content) + packer.flush()).decode().rstrip("=")


def test_I3_links_that_cannot_be_read(visit: Visit, figure: Figure) -> None:
    bomb = deflated(b'{"text": "' + b"a" * 100_000_000 + b'"}')
    links = [
        "%",
        "%%%E4",
        "model=minilm-l6",
        "model=minilm-l6&z=!",
        "model=minilm-l6&z=" + deflated(b'{"text": "cut'),
        "model=minilm-l6&z=" + packed("a" * 3000).partition("z=")[2][:20],
        "model=minilm-l6&z=" + deflated(b'{"text": 5}'),
        "model=minilm-l6&z=" + deflated(b"[]"),
        "model=minilm-l6&z=" + deflated(b'{"text": "a", "text_pair": {}}'),
        f"model=minilm-l6&z={bomb}",
    ]
    for link in links:
        visit.page.goto("about:blank")
        visit.page.goto(f"{visit.address}/#{link}")
        visit.settle()
        expect(visit.page.locator("#link-unreadable")).to_be_visible()
        assert visit.page.locator("#sentence .word").count() == 12
    visit.page.goto("about:blank")
    visit.page.goto(
        f"{visit.address}/#model=minilm-l6&text=a+b&layer=NaN&head=-1&query=1e9&key=%00"
    )
    visit.check("a b")
    expect(visit.page.locator("#link-unreadable")).to_be_hidden()
    figure(f"{len(links)} unreadable links, one of {len(bomb) >> 10} kB for 100 MB")


def test_I3_the_torture_list_in_files(visit: Visit, figure: Figure) -> None:
    visit.open()
    texts = {name: text for name, text in WRITABLE.items() if text and len(text) <= 10_000}
    for name, text in texts.items():
        visit.drop(f"{name}.txt", text.encode())
        if "\0" in text:
            expect(visit.page.locator("#text-problem")).to_contain_text("not UTF-8 text")
            continue
        expect(visit.text).to_have_value(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    before = visit.text.input_value()
    for content in (b"\xff\xfea\x00", b"\x80abc", bytes(range(256))):
        visit.drop("odd.txt", content)
        expect(visit.page.locator("#text-problem")).to_contain_text("not UTF-8 text")
        assert visit.text.input_value() == before
    for view in ('{"headscope": 1}', '{"headscope": 1, "model": 5, "text": [], "text_pair": 1}'):
        visit.drop("view.headscope.json", view.encode())
        expect(visit.page.locator("#text-problem")).to_be_visible()
        assert visit.text.input_value() == before
    figure(f"{len(texts)} files dropped")


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>x</b> {{7*7}}"],
)
def test_W7_markup_is_shown_as_typed_and_runs_nowhere(visit: Visit, text: str) -> None:
    visit.open(model=MINILM, text=text)
    shown = "".join(visit.page.locator("#sentence .word").all_inner_texts())
    for part in ("script", "alert(1)", "onerror", "<b>", "{{7*7}}"):
        if part in text:
            assert part in "".join(shown.split())
    assert "49" not in shown
    assert visit.page.locator("#sentence :is(b, img, script)").count() == 0
    assert visit.page.title().startswith("Headscope") or text not in visit.page.title()


def test_W6_the_page_asks_no_other_host(visit: Visit, figure: Figure) -> None:
    for path in ("/", "/learn", "/docs", "/docs/errors"):
        visit.page.goto(visit.address + path, wait_until="networkidle")
    hosts = {url.split("/")[2] for url in visit.requested if not url.startswith(("data:", "blob:"))}
    assert hosts == {visit.address.split("/")[2]}
    figure(f"{len(visit.requested)} requests of 4 pages")
