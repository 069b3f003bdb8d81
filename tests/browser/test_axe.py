"""axe-core finds nothing, in any state of the page and in both themes."""

from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from playwright.sync_api import Page, expect

import app
from app.routes.pages import router

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened

LONG = "The keys to the cabinet are on the table. " * 55


def readable(opened: Opened, **options: Any) -> Headscope:
    """A window that lets a script in."""
    return opened(bypass_csp=True, **options)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_an_encoder_with_everything_that_opens(opened: Opened) -> None:
    headscope = readable(opened)
    page = headscope.page
    page.route("**/models", lambda _: None)
    page.goto(headscope.address)
    page.wait_for_selector("#keys-open:visible")
    assert violations(page) == []
    page.unroute_all()

    headscope.open()
    assert violations(page) == []
    for summary in page.locator(".numbers summary").all():
        summary.press("Enter")
    expect(page.locator(".numbers table")).to_have_count(5)
    assert violations(page) == []
    press(page, "e")
    assert violations(page) == []
    press(page, "Escape", "?")
    assert violations(page) == []
    press(page, "Escape", "g", "9", "Enter")
    expect(page.locator("#jump-problem")).to_be_visible()
    assert violations(page) == []


def test_hidden_sinks_and_heads_in_another_order(opened: Opened) -> None:
    headscope = readable(opened, width=390)
    page = headscope.page
    for model, sinks, sort in [(MINILM, "renormalised", "entropy"), (SMOLLM2, "hidden", "pair")]:
        headscope.open(model=model, text=KEYS, layer=3, head=1, key=0, sinks=sinks, sort=sort)
        expect(page.locator("#overview.in-order")).to_have_count(1)
        expect(page.locator("#goes .absent").first).to_be_visible()
        assert violations(page) == []


def test_a_pass_that_runs_and_one_that_fails(opened: Opened) -> None:
    headscope = readable(opened)
    headscope.open(model=MINILM, text="one two")
    page = headscope.page
    page.route("**/analyses", lambda _: None)
    headscope.analyse("three four", state="working")
    assert violations(page) == []
    press(page, "Escape")
    page.unroute_all()
    headscope.analyse("word " * 600, state="error")
    assert violations(page) == []
    headscope.text.fill("钥匙桌子")
    page.get_by_role("button", name="Use ").focus()
    assert violations(page) == []
    press(page, "Enter")
    expect(page.get_by_label("Model", exact=True)).to_have_value(SMOLLM2)
    expect(headscope.text).to_be_focused()
    page.get_by_label("Model", exact=True).select_option("openai-community/gpt2")
    headscope.analyse("Hello there", state="error")
    assert violations(page) == []


def test_a_decoder_in_chinese_and_a_text_of_thousands_of_tokens(opened: Opened) -> None:
    headscope = readable(opened, locale="zh-CN")
    headscope.open(model=SMOLLM2, text="他把钥匙放在桌子上。")
    page = headscope.page
    page.locator(".panel.head .numbers summary").press("Enter")
    page.locator(".panel.head table").wait_for()
    assert violations(page) == []
    headscope.open(model=SMOLLM2, text=LONG, layer=3, head=2)
    page.wait_for_selector("html[data-state=ready]", timeout=60_000)
    expect(page.locator("#pooled")).to_be_visible()
    assert violations(page) == []


def test_a_narrow_screen(opened: Opened) -> None:
    headscope = readable(opened, width=390)
    headscope.open()
    page = headscope.page
    for summary in page.locator(".numbers summary").all():
        summary.press("Enter")
    expect(page.locator(".numbers table")).to_have_count(5)
    assert violations(page) == []
    press(page, "?")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_every_other_page_there_is(opened: Opened) -> None:
    headscope = readable(opened)
    paths = [route.path for route in router.routes if isinstance(route, APIRoute)]
    assert {"/docs", "/docs/errors"} < set(paths)
    for path in paths:
        headscope.page.goto(headscope.address + path)
        assert violations(headscope.page) == [], path


def test_the_steps_of_learn_and_what_attention_costs(opened: Opened) -> None:
    headscope = readable(opened, width=390)
    page = headscope.page
    page.goto(f"{headscope.address}/learn")
    headscope.settle()
    page.locator(".all-dimensions summary").press("Enter")
    page.get_by_role("button", name="Measure on this machine").click()
    expect(page.locator("#cost-table tbody tr").nth(1)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Text", exact=True).fill("word " * 600)
    page.get_by_role("button", name="Show it").click()
    headscope.settle("error")
    assert violations(page) == []


def test_a_saved_page(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "saved.html"
    path.write_text(app.analyze(KEYS).to_html(layers=3), "utf-8")
    headscope = readable(opened, at=path.as_uri())
    headscope.open()
    for summary in headscope.page.locator(".numbers summary").all():
        summary.press("Enter")
    expect(headscope.page.locator(".numbers table")).to_have_count(5)
    assert violations(headscope.page) == []
