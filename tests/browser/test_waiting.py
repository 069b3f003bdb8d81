"""While answers are on their way, and when they never come: what is shown is what is chosen."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.texts import english

from .conftest import KEYS, MINILM, SMOLLM2, Headscope

TEXT = english(2, 1500)[:7000]


class Held:
    """Requests of this kind wait until they are let go."""

    def __init__(self, page: Page, url: str) -> None:
        self.routes: list[Route] = []
        self._page, self._url, self._held = page, url, True
        page.route(re.compile(url), self._hear)

    def _hear(self, route: Route) -> None:
        if self._held:
            self.routes.append(route)
        else:
            route.continue_()

    def wait(self) -> None:
        for _ in range(500):
            if self.routes:
                return
            self._page.wait_for_timeout(20)
        raise AssertionError(f"nothing asked for {self._url}")

    def let_go(self) -> None:
        self._held = False
        for route in self.routes:
            route.continue_()


def test_a_head_chosen_during_a_pass_is_drawn_when_the_pass_is_cancelled(
    headscope: Headscope,
) -> None:
    headscope.open()
    page = headscope.page
    before = page.locator("#pair-title").inner_text()
    page.route("**/api/v1/analyses", lambda _: None)
    headscope.analyse("Another text here.", state="working")
    page.get_by_label("Layer", exact=True).select_option("5")
    page.get_by_label("Head", exact=True).select_option("7")
    page.locator("#sentence .word").nth(8).click()
    page.get_by_role("button", name="Cancel").click()
    headscope.settle()
    expect(page.locator("#head-name")).to_have_text("L5H7")
    expect(page.locator("#readout .of")).to_have_text("L5H7")
    expect(page.locator("#pair-title")).not_to_have_text(before)
    expect(page.locator("#pair-title")).to_contain_text("from “the”")


def test_a_head_chosen_during_a_pass_is_drawn_when_the_pass_fails(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    passes = Held(page, "/api/v1/analyses$")
    headscope.analyse("Another text here.", state="working")
    passes.wait()
    page.get_by_label("Head", exact=True).select_option("7")
    passes.routes[0].fulfill(status=500, body="{}")
    headscope.settle("error")
    expect(page.locator("#head-name")).to_have_text("L3H7")


@pytest.mark.parametrize("ends", ["cancelled", "failed"])
def test_a_view_follows_what_was_chosen_during_a_pass_that_came_to_nothing(
    headscope: Headscope, ends: str
) -> None:
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2, view="arithmetic")
    page = headscope.page
    shown = page.locator("#view-other")
    expect(shown).to_have_attribute("data-shown", re.compile("L3H1 6 2$"))
    passes = Held(page, "/api/v1/analyses$")
    headscope.analyse("Another text here.", state="working")
    passes.wait()
    page.get_by_label("Head", exact=True).select_option("7")
    if ends == "cancelled":
        page.get_by_role("button", name="Cancel").click()
    else:
        passes.routes[0].fulfill(status=500, body="{}")
    expect(shown).to_have_attribute("data-shown", re.compile("L3H7 6 2$"))


def test_a_view_that_was_left_before_it_came_lands_nowhere(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2)
    page = headscope.page
    asked = Held(page, "/arithmetic")
    page.get_by_role("tab", name="Arithmetic").click()
    asked.wait()
    page.get_by_role("tab", name="Lines").click()
    page.locator("#view-other canvas").first.wait_for()
    asked.let_go()
    page.wait_for_timeout(1000)
    expect(page.locator("#view-other .step")).to_have_count(0)
    expect(page.locator("#view-other canvas").first).to_be_visible()


def test_a_hovered_head_that_is_clicked_before_it_came_is_drawn(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=TEXT, layer=3, head=1)
    page = headscope.page
    expect(page.locator("#overview-stop")).to_be_hidden()
    heads = Held(page, "size=512")
    page.mouse.move(*headscope.thumbnail(2, 5))
    page.wait_for_timeout(300)
    page.mouse.click(*headscope.thumbnail(2, 5))
    heads.let_go()
    expect(page.locator("#head-name")).to_have_text("L2H5")
    expect(page.locator("#pooled")).to_have_text(re.compile("the largest of up to [34] . [34] "))


FIRST, LAYER = r"size=32&queries=", r"layers=\d+&size=32"


@pytest.mark.parametrize("awaited", [FIRST, "size=512.*off="])
def test_the_thumbnails_of_a_text_that_was_left_are_not_asked_for(
    headscope: Headscope, awaited: str
) -> None:
    """Left while its thumbnails are on their way, and left while a head is chosen."""
    headscope.open(model=SMOLLM2, text="A text.")
    page = headscope.page
    answers = Held(page, awaited)
    headscope.analyse(TEXT, state="working")
    answers.wait()
    headscope.requested.clear()
    headscope.text.fill("A short text.")
    headscope.text.press("Control+Enter")
    headscope.settle()
    answers.let_go()
    page.wait_for_timeout(1500)
    assert [url for url in headscope.requested if re.search(LAYER, url)] == []


def test_thumbnails_in_the_background_never_run_a_pass_again(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text="A text.")
    page = headscope.page
    passes: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            passes.append(route.request.url)
        if route.request.method == "POST" or len(passes) == 2:
            route.continue_()
        else:
            route.fulfill(status=410, json={"type": "/docs/errors#analysis-gone"})

    page.route(re.compile(f"/analyses$|{LAYER}"), answer)
    headscope.analyse(TEXT)
    expect(page.locator("#overview-problem")).to_have_text("The rest could not be fetched.")
    assert len(passes) == 1
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#overview-stop")).to_be_hidden()
    assert len(passes) == 2


def test_thumbnails_go_on_when_a_pass_is_cancelled_while_they_wait(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text="A text.")
    page = headscope.page
    layers = Held(page, LAYER)
    headscope.analyse(TEXT)
    layers.wait()
    urgent = Held(page, "dtype=float32")
    page.locator("#sentence .word").nth(8).click()
    urgent.wait()
    page.route("**/api/v1/analyses", lambda _: None)
    headscope.analyse("Another text here.", state="working")
    page.get_by_role("button", name="Cancel").click()
    headscope.settle()
    layers.let_go()
    urgent.let_go()
    expect(page.locator("#overview-stop")).to_be_hidden()


@pytest.fixture
def roughly(headscope: Headscope) -> Held:
    """All thumbnails of a long text are there, and no whole head comes."""
    headscope.open(model=SMOLLM2, text=TEXT, layer=3, head=1)
    expect(headscope.page.locator("#overview-stop")).to_be_hidden()
    return Held(headscope.page, "size=512")


def test_a_rough_picture_has_its_own_name_and_says_that_it_is_rough(
    headscope: Headscope, roughly: Held
) -> None:
    page = headscope.page
    page.mouse.click(*headscope.thumbnail(2, 5))
    expect(page.locator("#head-name")).to_have_text("L2H5")
    expect(page.locator("#pooled")).to_contain_text("roughly for now: from 32")
    expect(page.locator("#trust")).to_contain_text("roughly for now, 32")
    expect(page.locator("#readout .of")).to_have_text("L2H5")
    expect(page.locator("#readout .rank")).to_contain_text("a rough picture for now")
    page.wait_for_timeout(300)
    expect(page.locator(".updating")).to_be_hidden()
    page.evaluate("performance.clearResourceTimings()")
    page.mouse.click(*headscope.cell(400, 380, tokens=1400))
    page.wait_for_function(ASKED_ABOUT_HEAD)
    roughly.let_go()
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of")
    headscope.exact()


ASKED_ABOUT_HEAD = """() => performance.getEntriesByType("resource").some(({ name }) =>
  /layers=2&heads=5&queries=\\d+%3A\\d+&keys=\\d+%3A\\d+&off/.test(name))"""


@pytest.mark.parametrize(
    ("choice", "value", "name"),
    [
        ("Show", "mean", "L3 mean"),
        ("Show", "max", "L3 maximum"),
        ("A cell shows", "mean", "L3H1"),
    ],
)
def test_every_choice_has_a_first_picture_at_once(
    headscope: Headscope, roughly: Held, choice: str, value: str, name: str
) -> None:
    page = headscope.page
    before = page.locator(".plot-cells").evaluate("(canvas) => canvas.toDataURL()")
    page.evaluate("performance.clearMeasures()")
    page.get_by_label(choice, exact=True).select_option(value)
    expect(page.locator("#pooled")).to_contain_text("roughly for now")
    expect(page.locator("#head-name")).to_have_text(name)
    assert page.locator(".plot-cells").evaluate("(canvas) => canvas.toDataURL()") != before
    (took,) = page.evaluate(
        "performance.getEntriesByName('headscope:first-picture').map(({ duration }) => duration)"
    )
    assert took < 1000
    roughly.let_go()
    expect(page.locator("#pooled")).not_to_contain_text("roughly")


def test_a_head_that_was_fetched_ends_the_wait_for_the_one_before(
    headscope: Headscope, roughly: Held
) -> None:
    """Its failure is nobody's problem any more."""
    page = headscope.page
    page.mouse.move(*headscope.thumbnail(2, 5))
    roughly.wait()
    page.mouse.move(2, 2)
    expect(page.locator("#head-name")).to_have_text("L3H1")
    roughly.routes[0].fulfill(status=500, json={})
    page.wait_for_timeout(300)
    expect(page.locator("#head-problem")).to_be_hidden()


def test_a_choice_without_a_rough_picture_is_drawn_though_one_with_it_came_before(
    headscope: Headscope,
) -> None:
    """Both within one frame: the newest is drawn, whichever is asked for first."""
    headscope.open(model=SMOLLM2, text=TEXT, layer=3, head=1)
    page = headscope.page
    expect(page.locator("#overview-stop")).to_be_hidden()
    page.evaluate(
        """async ([x, y]) => {
          const canvas = document.querySelector("#overview canvas");
          const at = { clientX: x, clientY: y, bubbles: true, pointerType: "mouse" };
          canvas.dispatchEvent(new PointerEvent("pointermove", at));
          const show = document.querySelector("#show");
          show.value = "mean";
          show.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        headscope.thumbnail(2, 5),
    )
    expect(page.locator("#head-name")).to_have_text("L2 mean")
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of")


@pytest.mark.parametrize("status", [500, None])
def test_a_part_that_is_not_there_leaves_the_cells_of_the_whole(
    headscope: Headscope, status: int | None
) -> None:
    """While it is on its way, and when it failed."""
    headscope.open(model=SMOLLM2, text=TEXT, layer=3, head=1)
    page = headscope.page
    parts = Held(page, r"keys=0%3A256.*size=256")
    zoom = "800:1100,100:400"
    page.evaluate("(zoom) => { location.hash = `${location.hash.slice(1)}&zoom=${zoom}`; }", zoom)
    parts.wait()
    if status:
        for route in parts.routes:
            route.fulfill(status=status, json={})
    page.wait_for_timeout(1000)
    pooled, trust = page.locator("#pooled"), page.locator("#trust")
    expect(pooled).to_contain_text("each cell the largest of")
    expect(trust).to_contain_text("maxima of")
    if not status:
        parts.let_go()
        expect(pooled).to_contain_text("every cell one weight")
        expect(trust).not_to_contain_text("maxima of")
