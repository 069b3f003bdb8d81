"""Two heads, layers, texts and models side by side on the page."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .comparing import (
    APART,
    BIG,
    LONG,
    MEASURES,
    OPEN,
    TROPHY,
    against,
    cell,
    compared,
    edited,
    numbers,
)
from .conftest import MINILM, SMOLLM2, Headscope, Opened


def test_the_next_head_is_beside_the_open_one_at_once(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(**OPEN)
    page = headscope.page
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator(".compare-maps h3")).to_have_text(["A · L3H1", "B · L3H2", APART])
    for part in numbers(compared(api, other_head=2), 10, 2):
        expect(cell(page)).to_contain_text(part)


def test_two_heads_are_chosen_by_hand_and_kept_in_the_link(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(**against())
    page = headscope.page
    page.get_by_label("Layer of B").select_option("2")
    page.get_by_label("Head of B").select_option("11")
    expect(page.locator("#compare-B")).to_have_text("B · L2H11")
    for part in numbers(compared(api, other_layer=2, other_head=11), 10, 2):
        expect(cell(page)).to_contain_text(part)
    page.wait_for_function("location.hash.includes('against')")
    page.reload()
    headscope.settle()
    expect(page.locator("#compare-B")).to_have_text("B · L2H11")
    page.go_back()
    expect(page.locator("#compare-B")).not_to_have_text("B · L2H11")


def test_a_head_beside_itself_does_not_differ(headscope: Headscope) -> None:
    headscope.open(**against(layer=3, head=1))
    expect(headscope.page.locator(".compare-note")).to_contain_text(f"mean |{APART}| 0,")
    expect(headscope.page.locator(".compare-legend")).to_contain_text("no difference")


def test_two_layers_by_the_mean_of_their_heads(headscope: Headscope) -> None:
    headscope.open(**against(), show="mean")
    page = headscope.page
    expect(page.locator(".compare-maps h3")).to_have_text(["A · L3 mean", "B · L4 mean", APART])
    expect(page.get_by_label("Head of B")).to_be_hidden()
    page.get_by_label("Layer of B").select_option("0")
    expect(page.locator("#compare-B")).to_have_text("B · L0 mean")
    expect(page.locator(".compare-ranking")).to_be_hidden()


def test_one_word_is_edited_and_the_heads_that_moved_most_are_listed(headscope: Headscope) -> None:
    headscope.open(**OPEN, view="compare")
    page = headscope.page
    page.get_by_label("Compare with").select_option("text")
    text = page.get_by_label("Edit the text")
    expect(text).to_be_focused()
    text.fill(TROPHY.format("small"))
    text.press("Enter")
    expect(page.locator("#compare-A")).to_have_text("A · L3H1 · “big”")
    expect(page.locator("#compare-B")).to_have_text("B · L3H1 · “small”")
    expect(cell(page)).to_contain_text("A 0.5735")
    expect(cell(page)).to_contain_text("B 0.6090")
    expect(cell(page)).to_contain_text(f"{APART} \N{MINUS SIGN}0.0355")
    expect(page.locator(".compare-note")).to_contain_text("one key only in A; one key only in B")
    expect(page.locator(".compare-ranking h3")).to_have_text("Heads that moved most")
    chips = page.locator(".compare-ranking .chip")
    expect(chips).to_have_count(10)
    expect(chips.first).to_have_text("1. L3H11 0.0056")
    chips.first.click()
    expect(page.locator("#head-name")).to_have_text("L3H11")
    expect(page.locator("#compare-B")).to_have_text("B · L3H11 · “small”")
    page.get_by_label("Order of the heads").select_option("jsd")
    expect(chips.first).to_contain_text("L0H6")
    page.reload()
    headscope.settle()
    expect(chips.first).to_contain_text("L0H6")


def test_two_models_meet_at_words(headscope: Headscope, api: httpx.Client) -> None:
    headscope.open(**OPEN, view="compare")
    page = headscope.page
    page.get_by_label("Compare with").select_option("model")
    page.get_by_label("Layer of B").select_option("12")
    page.get_by_label("Head of B").select_option("4")
    expect(page.locator("#compare-B")).to_contain_text("SmolLM2")
    expect(page.locator(".compare-note")).to_contain_text("aligned by words")
    found = compared(api, model=SMOLLM2, other_layer=12, other_head=4)
    for part in numbers(found, 10, 2):
        expect(cell(page)).to_contain_text(part)
    chips = page.locator(".compare-ranking .chip")
    expect(chips).to_have_count(10)
    page.get_by_label("Order of the heads").select_option("least_jsd")
    expect(page.locator(".compare-ranking h3")).to_contain_text("most like L3H1 of A")
    chips.first.click()
    expect(chips.first).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Compare with").select_option("head")
    expect(page.locator("#compare-B")).to_have_text("B · L3H2")


def test_what_is_hovered_is_hovered_in_all_three_and_on_the_page(headscope: Headscope) -> None:
    headscope.open(**against(edit=edited("small")))
    page = headscope.page
    cell(page)
    marks = page.locator(".compare-marks")
    before = [marks.nth(at).evaluate("(canvas) => canvas.toDataURL()") for at in range(3)]
    box = marks.nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.5)
    expect(cell(page)).not_to_contain_text("trophy")
    after = [marks.nth(at).evaluate("(canvas) => canvas.toDataURL()") for at in range(3)]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.mouse.move(2, 2)
    expect(cell(page)).to_contain_text("trophy")
    assert [marks.nth(at).evaluate("(canvas) => canvas.toDataURL()") for at in range(3)] == before


def test_keys_walk_over_words_that_only_one_text_has(headscope: Headscope) -> None:
    headscope.open(**{**against(edit=edited("small")), "query": 12, "key": 12})
    page = headscope.page
    expect(cell(page)).to_contain_text("too")
    maps = page.get_by_role("application", name="A, B and A minus B")
    maps.press("ArrowRight")
    expect(cell(page)).to_contain_text("big · A")
    expect(cell(page)).to_contain_text("B not there")
    maps.press("ArrowRight")
    expect(cell(page)).to_contain_text("small · B")
    expect(cell(page)).to_contain_text("A not there")
    maps.press("ArrowRight")
    expect(cell(page)).to_contain_text(APART)
    assert "key=14" in headscope.page.evaluate(
        "new Promise((r) => setTimeout(() => r(location.hash), 300))"
    )


def test_hidden_sinks_are_hidden_on_both_sides_and_said(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(**against(edit=edited("small")), sinks="renormalised")
    ids = [
        api.post("analyses", json={"model": MINILM, "text": text}).json()["id"]
        for text in (BIG, TROPHY.format("small"))
    ]
    question: dict[str, Any] = {"layer": 3, "head": 1, "hide": "special", "renormalise": True}
    found = api.get(f"analyses/{ids[0]}/compare/{ids[1]}", params=question).json()
    for part in numbers(found, 10, 2):
        expect(cell(headscope.page)).to_contain_text(part)
    expect(headscope.page.locator(".compare-note")).to_contain_text("sinks hidden in both")


def test_a_text_that_cannot_be_read_says_so_and_the_next_one_is_tried(headscope: Headscope) -> None:
    headscope.open(**OPEN, view="compare")
    page = headscope.page
    page.get_by_label("Compare with").select_option("text")
    text = page.get_by_label("Edit the text")
    text.fill("word " * 600)
    text.press("Enter")
    expect(page.locator("#head-problem")).to_contain_text("The text is too long for this model.")
    text.fill(TROPHY.format("heavy"))
    text.press("Enter")
    expect(page.locator("#compare-B")).to_contain_text("“heavy”")
    expect(page.locator("#head-problem")).to_be_hidden()


def test_a_link_that_makes_no_sense_compares_with_the_next_head(headscope: Headscope) -> None:
    for nonsense in ("{broken", '{"edit": [3, "dog", "cat"]}', '{"layer": "x", "head": 99}'):
        headscope.open(**OPEN, view="compare", against=nonsense)
        expect(headscope.page.locator("#compare-A")).to_have_text("A · L3H1")
        expect(headscope.page.locator("#compare-B")).to_contain_text("B · L3H")
        headscope.page.goto("about:blank")


def test_every_switch_of_a_head_is_measured_once_its_comparison_is_drawn(
    headscope: Headscope,
) -> None:
    headscope.open(
        **{**OPEN, "text": LONG[:2560], "truncate": 1},
        view="compare",
        against=json.dumps({"edit": [4, "keys", "locks"]}),
    )
    page = headscope.page
    cell(page)
    head = page.get_by_label("Head", exact=True)
    for at in range(2, 12):
        head.select_option(str(at))
        expect(page.locator("#compare-B")).to_contain_text(f"B · L3H{at} ·")
        page.wait_for_timeout(300)
    assert len(page.evaluate(MEASURES)) >= 10


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_either_theme(opened: Opened, width: int) -> None:
    headscope = opened(width=width, bypass_csp=True)
    page = headscope.page
    headscope.open(**against(edit=edited("small")))
    cell(page)
    page.locator(".compare-ranking .chip").first.wait_for()
    assert violations(page) == []
    page.get_by_label("Compare with").select_option("model")
    expect(page.locator("#compare-B")).to_contain_text("SmolLM2")
    assert violations(page) == []
