"""While answers are on their way, and when they never come: what is shown is what is chosen."""

import re

from playwright.sync_api import Page, Route, expect

from benchmarks.texts import english

from .conftest import SMOLLM2, Headscope

TEXT = english(2, 1500)[:7000]


class Held:
    """Requests of this kind wait until they are let go."""

    def __init__(self, page: Page, url: str) -> None:
        self.routes: list[Route] = []
        self._page, self._url = page, re.compile(url)
        page.route(self._url, lambda route: self.routes.append(route))

    def let_go(self) -> None:
        self._page.unroute(self._url)
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
