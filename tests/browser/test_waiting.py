"""While answers are on their way, and when they never come: what is shown is what is chosen."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.texts import english

from .conftest import SMOLLM2, Headscope

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
    expect(page.locator("#pooled")).to_contain_text("each cell the largest of up to 4 × 4")


FIRST, LAYER = r"size=32&queries=", r"layers=\d+&size=32"


@pytest.mark.parametrize("awaited", [FIRST, "size=512"])
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
    headscope.analyse("A short text.")
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
