"""What a comparison tells: in words, in numbers, aloud, and of what cannot be compared."""

import json
import re
from typing import Any

import httpx
from playwright.sync_api import expect

from .comparing import (
    APART,
    APOSTROPHE,
    BIG,
    LONGER,
    OPEN,
    TROPHY,
    against,
    cell,
    compared,
    edited,
    numbers,
)
from .conftest import MINILM, SMOLLM2, Headscope, shown


def test_it_speaks_the_language_of_the_page_when_it_is_opened_again(headscope: Headscope) -> None:
    headscope.open(**against())
    page = headscope.page
    cell(page)
    page.get_by_role("tab", name="Heatmap").click()
    page.locator("#lang").click()
    page.get_by_role("tab", name="比较").click()
    cell(page)
    expect(page.get_by_label("与之比较")).to_be_visible()
    expect(page.get_by_label("B 的层")).to_be_visible()
    assert "Compare" not in page.locator(".compare").inner_html()


def test_a_ranking_that_is_not_wanted_any_more_is_not_waited_for(headscope: Headscope) -> None:
    page = headscope.page
    held: list[Any] = []
    page.route("**/compare/*/heads?*", lambda route: held.append(route))
    with page.expect_request("**/compare/*/heads?*") as first:
        headscope.open(**against())
    with (
        page.expect_event("requestfailed", lambda request: request == first.value),
        page.expect_request("**/compare/*/heads?*") as second,
    ):
        page.get_by_label("Head", exact=True).select_option("4")
    with page.expect_event("requestfailed", lambda request: request == second.value):
        page.get_by_role("tab", name="Heatmap").click()


def test_what_could_not_be_read_is_not_said_to_be_read(headscope: Headscope) -> None:
    headscope.open(**against())
    page = headscope.page
    note = page.locator(".compare-note")
    cell(page)
    before = note.inner_text()
    held: list[Any] = []
    page.route("**/compare/*other_head=7*", lambda route: held.append(route))
    page.get_by_label("Head of B").select_option("7")
    expect(note).to_contain_text("reading B")
    held[0].fulfill(status=500, body="")
    expect(page.locator("#head-problem")).to_be_visible()
    expect(note).to_have_text(before)
    expect(page.locator(".compare-maps")).not_to_have_class(re.compile("waiting"))


def test_a_pair_is_not_offered_to_a_model_that_reads_none(headscope: Headscope) -> None:
    headscope.open(**against(), text_pair="It was heavy.")
    page = headscope.page
    cell(page)
    option = page.get_by_label("Compare with").locator("option", has_text="another model")
    expect(option).to_be_disabled()
    expect(option).to_contain_text("reads no pairs of texts")


def test_the_open_model_is_not_another_one(headscope: Headscope) -> None:
    headscope.open(**against(model=MINILM, head=5))
    page = headscope.page
    expect(page.locator("#compare-B")).to_have_text("B · L3H5")
    expect(page.get_by_label("Compare with")).to_have_value("head")


def test_nonsense_below_zero_is_left_out(headscope: Headscope) -> None:
    headscope.open(**against(layer=-1, head=-1))
    expect(headscope.page.locator("#compare-B")).to_have_text("B · L3H2")
    expect(headscope.page.locator("#head-problem")).to_be_hidden()


def test_words_are_numbered_as_on_the_page(headscope: Headscope) -> None:
    headscope.open(**{**against(), "text": APOSTROPHE, "unit": "word", "query": 3, "key": 2})
    page = headscope.page
    readout = page.locator("#readout .index")
    indices = cell(page).locator(".index")
    expect(indices).to_have_text(["3", "2"])
    expect(readout).to_have_text(["3", "2"])


def test_a_selected_pair_of_a_long_text_has_its_own_exact_numbers(
    headscope: Headscope, api: httpx.Client
) -> None:
    state = {**OPEN, "model": SMOLLM2, "text": LONGER, "layer": 3, "head": 1}
    headscope.open(
        **{**state, "query": 1000, "key": 998}, view="compare", against=json.dumps({"head": 5})
    )
    page = headscope.page
    id = api.post("analyses", json={"model": SMOLLM2, "text": LONGER}).json()["id"]
    question: dict[str, Any] = {
        "layer": 3,
        "head": 1,
        "other_head": 5,
        "queries": "1000:1001",
        "keys": "998:999",
    }
    found = api.get(f"analyses/{id}/compare/{id}", params=question).json()
    for part in numbers(found, 0, 0):
        expect(cell(page)).to_contain_text(part)
    expect(cell(page)).not_to_contain_text("of several")
    marks = page.locator(".compare-marks").first
    box = marks.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.9)
    expect(page.locator("#compare-cell")).to_contain_text(
        "largest weights and largest difference of several"
    )


def test_keys_speak_both_heads_and_their_difference(headscope: Headscope) -> None:
    headscope.open(**{**against(edit=edited("small")), "query": 12, "key": 12})
    page = headscope.page
    spoken = page.locator(".compare [role=status].visually-hidden")
    cell(page)
    maps = page.locator("#compare-maps")
    maps.press("ArrowRight")
    maps.press("ArrowRight")
    expect(spoken).to_contain_text("small · B")
    expect(spoken).to_contain_text("A not there")
    maps.press("ArrowRight")
    expect(spoken).to_contain_text(re.compile(rf"A \d.* B \d.* {APART} \S*\d"))


def test_a_comparison_is_told_in_words_and_has_its_numbers(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(**against(edit=edited("small")))
    page = headscope.page
    words = page.locator("#compare-maps-words")
    expect(words).to_contain_text("A is L3H1 · “big”; B is L3H1 · “small”")
    expect(words).to_contain_text("They are farthest apart at")
    expect(page.locator("#compare-maps")).to_have_attribute(
        "aria-describedby", "compare-maps-words"
    )
    page.locator(".compare details.numbers summary").click()
    rows = page.locator(".compare .numbers tbody tr")
    found = compared(api, TROPHY.format("small"))
    a, b, apart = (found[name][0][0][10] for name in ("a", "b", "difference"))
    expect(rows).to_have_count(len(a))
    expect(rows.nth(2).locator("td")).to_have_text(
        [shown(a[2]), shown(b[2]), f"\N{MINUS SIGN}{shown(-apart[2])}"]
    )
    expect(rows.nth(13).locator("td").nth(1)).to_have_text("not there")


def test_a_decoder_compares_its_own_heads_and_a_shorter_text(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open(
        **{**OPEN, "model": SMOLLM2, "layer": 12, "head": 4, "key": 2},
        view="compare",
        against=json.dumps({"layer": 13, "head": 2}),
    )
    page = headscope.page
    expect(page.locator(".compare-maps h3")).to_have_text(["A · L12H4", "B · L13H2", APART])
    id = api.post("analyses", json={"model": SMOLLM2, "text": BIG}).json()["id"]
    question: dict[str, Any] = {"layer": 12, "head": 4, "other_layer": 13, "other_head": 2}
    found = api.get(f"analyses/{id}/compare/{id}", params=question).json()
    for part in numbers(found, 10, 2):
        expect(cell(page)).to_contain_text(part)
    expect(page.locator(".compare-legend")).to_contain_text("masked")
    expect(page.locator(".compare-ranking .chip")).to_have_count(10)
    page.get_by_label("Compare with").select_option("model")
    expect(page.locator("#compare-B")).to_contain_text("MiniLM")
    expect(page.locator(".compare-note")).to_contain_text("aligned by words")


def test_where_the_second_text_of_a_pair_begins_is_drawn(headscope: Headscope) -> None:
    headscope.open(**against(), text_pair="It was heavy.")
    page = headscope.page
    legend = page.locator(".compare-legend")
    expect(legend.get_by_text("where the second text begins")).to_be_visible()
    headscope.open(**against())
    cell(page)
    expect(legend.get_by_text("where the second text begins")).to_be_hidden()


def test_the_menu_says_which_head_is_saved(headscope: Headscope) -> None:
    headscope.open(**against())
    page = headscope.page
    menu = page.locator("#save-menu")
    menu.locator("summary").click()
    expect(menu).to_contain_text("Files hold A alone, L3H1")
    menu.locator("summary").click()
    page.get_by_role("tab", name="Heatmap").click()
    menu.locator("summary").click()
    expect(menu.get_by_text("A alone")).to_be_hidden()
