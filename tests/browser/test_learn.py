"""Learn: one word's way through one head, with the reader's text and the model's own numbers."""

import math
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened


def learn(headscope: Headscope, **state: object) -> Page:
    """The page once it shows all steps of what the link names."""
    fragment = f"#{urlencode(state)}" if state else ""
    headscope.page.goto(f"{headscope.address}/learn{fragment}")
    headscope.settle()
    headscope.page.wait_for_selector("#steps[data-shown]")
    return headscope.page


def value(page: Page, selector: str) -> float:
    return float(page.locator(selector).get_attribute("value") or "nan")


def test_the_numbers_on_screen_close_on_the_weight_of_the_api(
    headscope: Headscope, weight: Callable[..., float]
) -> None:
    page = learn(headscope)
    expect(page.locator("#result")).to_contain_text("0.7878")
    rows = page.locator("#dimensions tbody tr")
    dimensions = rows.evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('data')].map(each => Number(each.value)))"
    )
    assert len(dimensions) == 32
    score = sum(q * k for q, k, _ in dimensions) / math.sqrt(len(dimensions))
    assert score == pytest.approx(value(page, "#score"), abs=1e-5)
    scores = page.locator("#scores td data").evaluate_all(
        "all => all.map(one => Number(one.value))"
    )
    drawn = math.exp(score) / sum(math.exp(each) for each in scores)
    assert drawn == pytest.approx(weight(KEYS, 3, 1, 6, 2), abs=1e-5)
    assert drawn == pytest.approx(value(page, "#weight"), abs=1e-5)


def test_an_own_text_in_either_language_and_the_word_that_looks(opened: Opened) -> None:
    headscope = opened(locale="zh-CN", width=390)
    page = learn(headscope)
    expect(page.locator("main h1")).to_have_text("一个词怎样看向另一个词")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="English").click()
    expect(page.locator("main h1")).to_have_text("How one word looks at another")
    page.get_by_label("Text", exact=True).fill("Birds sing.")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#tokens button")).to_have_count(5)
    page.locator("#tokens button").nth(1).click()
    expect(page.locator("#result")).to_contain_text("“birds”")
    page.wait_for_url("**query=1**")
    page.reload()
    headscope.settle()
    expect(page.locator("#result")).to_contain_text("“birds”")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_contents_fold_away_on_a_narrow_screen(opened: Opened) -> None:
    page = learn(opened(width=390, reduced_motion="reduce"))
    contents, link = page.locator("#contents-title"), page.locator('.contents a[href="#mask"]')
    page.locator("#product").scroll_into_view_if_needed()
    expect(contents).to_be_in_viewport()
    expect(link).to_be_hidden()
    contents.press("Enter")
    link.press("Escape")
    expect(link).to_be_hidden()
    expect(contents).to_be_focused()
    contents.click()
    link.click()
    expect(link).to_be_hidden()
    heading = page.get_by_role("heading", name="Who may be looked at")
    expect(heading).to_be_focused()
    bar, title = page.locator(".contents").bounding_box(), heading.bounding_box()
    assert bar and title and bar["y"] == 0 and bar["height"] < title["y"] < 200
    contents.click()
    page.mouse.click(380, 890)
    expect(link).to_be_hidden()
    page.set_viewport_size({"width": 1000, "height": 900})
    expect(link).to_be_visible()


def test_a_decoder_cuts_the_future_and_shares_keys(headscope: Headscope) -> None:
    page = learn(headscope)
    expect(page.locator("#mask-said")).to_contain_text("no mask")
    page.get_by_role("button", name="See the mask").click()
    expect(page.locator("#mask-said")).to_contain_text("causal", timeout=60_000)
    expect(page.locator("#mask .cut").first).to_be_visible()
    expect(page.locator("#mask td").last).to_contain_text("masked")
    expect(page.locator("#heads-shared")).to_contain_text("group")
    assert f"model={SMOLLM2}" in headscope.fragment


def test_a_long_text_lists_its_strongest_keys_and_says_how_many_more(headscope: Headscope) -> None:
    page = learn(headscope, model=MINILM, text=KEYS * 8, layer=3, head=1, query=6, key=2)
    expect(page.locator("#softmax caption")).to_contain_text("more that share")
    expect(page.locator("#softmax tbody tr")).to_have_count(10)
    page.get_by_label("Text", exact=True).fill("word " * 600)
    page.get_by_role("button", name="Show it").click()
    headscope.settle("error")
    expect(page.locator("#text-problem")).to_contain_text("512")
    page.get_by_label("Text", exact=True).fill("Short again.")
    page.locator("#text-problem").get_by_role("button", name="Try again").click()
    headscope.settle()
    expect(page.locator("#text-problem")).to_be_hidden()


def test_the_link_opens_that_very_head_on_the_main_page(headscope: Headscope) -> None:
    page = learn(headscope, model=MINILM, text="The cat sat.", layer=2, head=7, query=2, key=3)
    shown = page.locator("#weight").inner_text()
    page.get_by_role("link", name="Open L2H7").click()
    page.wait_for_selector("#head-name")
    headscope.settle()
    expect(page.locator("#head-name")).to_have_text("L2H7")
    assert headscope.exact() == shown


def test_the_cost_is_measured_and_can_be_stopped(headscope: Headscope) -> None:
    page = learn(headscope)
    page.get_by_role("button", name="Measure on this machine").click()
    rows = page.locator("#cost-table tbody tr")
    expect(rows.nth(1)).to_be_visible(timeout=30_000)
    stop = page.get_by_role("button", name="Stop")
    stop.click()
    expect(page.locator("#cost-status")).to_have_text("Stopped.")
    expect(rows.locator("th").nth(1)).to_have_text("128")
    assert all(float(cell) > 0 for cell in rows.first.locator("td").all_inner_texts())
    expect(page.locator("#cost-setting")).to_contain_text("float32")
    expect(page.get_by_role("img", name="Time in attention against length")).to_be_visible()
