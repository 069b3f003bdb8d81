"""Lines: as many as the API's numbers say; heads, hover, click, keys, directions of reading."""

import re
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

import app

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, AsFile, Headscope, Opened

Array = NDArray[Any]
ARABIC = "وضع الولد المفاتيح على الطاولة."
CHINESE = "他把钥匙放在桌子上。"

COLOURS = """async () => {
  const { headColour } = await import("/static/js/lines/colours.js");
  return ["light", "dark"].map((theme) =>
    Array.from({ length: 12 }, (_, head) => headColour(theme, head)));
}"""

LABS = """async (all) => {
  const { rgbToLab } = await import("/static/js/colour.js");
  return all.map((rgb) => rgbToLab(rgb));
}"""

PAINTED = """(canvas) => {
  const pen = canvas.getContext("2d");
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join(" "));
  }
  return [...seen];
}"""

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.3039]],
}  # fmt: skip


def rgb(colour: str) -> Array:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], float)


def linear(colours: Array) -> Array:
    share = colours / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def encoded(light: Array) -> Array:
    light = light.clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def rows(api: httpx.Client, model: str, text: str, layer: int, heads: str, **more: Any) -> Array:
    """Weights [head][query][key] as the API has them."""
    made = api.post("analyses", json={"model": model, "text": text}).json()
    answer = api.get(
        f"analyses/{made['id']}/attention", params={"layers": layer, "heads": heads, **more}
    ).json()
    return np.array(answer["attention"][0], np.float32)


def making_up(values: Array, share: float) -> int:
    """How many of the largest values it takes to make up this share of their sum, in float64."""
    largest = np.sort(values.astype(np.float64))[::-1]
    if share == 1:
        return int((largest > 0).sum())
    return int((np.cumsum(largest) < share * largest.sum() * (1 - 1e-12)).sum()) + 1


def note(page: Page) -> str:
    return page.locator("#lines-note").inner_text()


def expect_count(page: Page, shown: int, of: int) -> None:
    expect(page.locator("#lines-note")).to_contain_text(f"Showing {shown:,} of {of:,} lines")


def opened_lines(headscope: Headscope, **more: Any) -> Page:
    state = {"model": MINILM, "text": KEYS, "layer": 3, "head": 1, "query": 6, "key": 2}
    headscope.open(**{**state, **more}, view="lines")
    expect(headscope.page.locator("#lines-note")).to_contain_text(re.compile(r"Showing|显示"))
    return headscope.page


def painted(page: Page) -> set[str]:
    """Opaque colours between both sides."""
    return set(page.locator(".lines-space canvas").evaluate(PAINTED))


def spelled(colour: str) -> str:
    return " ".join(str(int(part)) for part in rgb(colour))


@pytest.mark.parametrize("mass", [0.5, 0.7, 0.9, 1])
def test_there_are_as_many_lines_as_make_up_the_chosen_mass(
    headscope: Headscope, api: httpx.Client, mass: float
) -> None:
    page = opened_lines(headscope, lineMass=mass, lineHeads="1,3,8", sinks="shown")
    weights = rows(api, MINILM, KEYS, 3, "1,3,8")
    expect_count(page, sum(making_up(head[6], mass) for head in weights), 36)
    page.get_by_label("Lines of").select_option("all queries")
    every = sum(making_up(row, mass) for head in weights for row in head)
    expect_count(page, every, weights.size)


def test_sinks_off_the_scale_are_dashed_with_their_share_and_the_mass_is_of_the_rest(
    headscope: Headscope, api: httpx.Client
) -> None:
    page = opened_lines(headscope, lineMass=0.9)
    row = rows(api, MINILM, KEYS, 3, "1")[0][6]
    expect_count(page, making_up(row[1:-1], 0.9), 12)
    expect(page.locator("#lines-note")).to_contain_text("2 dashed to sinks")
    for key in (0, 11):
        share = page.locator(f"#line-key-{key} .share")
        expect(share).to_have_text(f"{round(100 * float(row[key]))}%")
    page.get_by_label("Sinks").select_option("shown")
    expect_count(page, making_up(row, 0.9), 12)
    expect(page.locator("#lines-board .share")).to_have_count(0)


def test_hidden_sinks_have_no_lines_and_it_is_said(headscope: Headscope, api: httpx.Client) -> None:
    page = opened_lines(headscope, sinks="renormalised", lineMass=1)
    hidden = {"hide": "special", "renormalise": True}
    row = rows(api, MINILM, KEYS, 3, "1", **hidden)[0][6]
    assert (row > 0).sum() == 10
    expect_count(page, 10, 10)
    expect(page.locator("#lines-note")).to_contain_text("hidden, the other weights renormalised")


def test_keys_that_a_causal_query_cannot_see_have_no_lines_and_are_grey(
    headscope: Headscope, api: httpx.Client
) -> None:
    page = opened_lines(headscope, model=SMOLLM2, query=4, key=1, lineMass=1, sinks="shown")
    expect_count(page, 5, 5)
    expect(page.locator("#line-key-4")).not_to_have_class(re.compile("masked"))
    expect(page.locator("#line-key-5")).to_have_class(re.compile("masked"))
    page.get_by_label("Lines of").select_option("all queries")
    weights = rows(api, SMOLLM2, KEYS, 3, "1")
    tokens = weights.shape[1]
    expect_count(page, tokens * (tokens + 1) // 2, tokens * (tokens + 1) // 2)


def test_each_head_has_a_colour_of_its_own_for_every_kind_of_colour_vision(
    headscope: Headscope,
) -> None:
    page = opened_lines(headscope)
    for colours, surface in zip(page.evaluate(COLOURS), ("#ffffff", "#1a1b1f"), strict=True):
        light = linear(np.array([rgb(colour) for colour in [surface, *colours]]))
        for kind, matrix in BLINDNESS.items():
            seen = encoded(light[1:] @ np.array(matrix).T)
            labs = np.array(page.evaluate(LABS, seen.tolist()))
            apart = np.linalg.norm(labs[:, None] - labs[None], axis=-1)
            assert apart[~np.eye(12, dtype=bool)].min() > 0.09, kind
        luminance = light @ [0.2126, 0.7152, 0.0722] + 0.05
        pairs = np.array([luminance[1:], np.full(12, luminance[0])])
        assert (pairs.max(0) / pairs.min(0)).min() > 3


def test_several_heads_are_drawn_in_the_colours_of_their_swatches(headscope: Headscope) -> None:
    page = opened_lines(headscope, lineHeads="1,3")
    light, _ = page.evaluate(COLOURS)
    expect(page.locator(".line-head[aria-pressed=true]")).to_have_text(["H1", "H3"])
    assert spelled(light[1]) in painted(page)
    swatch = page.locator(".line-head[data-head='1'] i")
    expect(swatch).to_have_css("background-color", f"rgb({', '.join(spelled(light[1]).split())})")


def test_a_click_takes_a_head_in_or_out_and_a_double_click_leaves_it_alone(
    headscope: Headscope, api: httpx.Client
) -> None:
    page = opened_lines(headscope)
    heads = page.locator(".line-head")
    heads.nth(3).click()
    expect(page.locator("#lines-note")).to_contain_text("of 24 lines")
    assert "lineHeads=1%2C3" in headscope.fragment
    heads.nth(1).click()
    expect(page.locator("#head-name")).to_have_text("L3H3")
    expect(page.locator("#lines-note")).to_contain_text("of 12 lines")
    heads.nth(3).click()
    expect(page.locator(".line-head[aria-pressed=true]")).to_have_text(["H3"])
    page.get_by_role("button", name="All heads").click()
    expect(page.locator("#lines-note")).to_contain_text("of 144 lines")
    heads.nth(5).dblclick()
    expect(page.locator("#head-name")).to_have_text("L3H5")
    expect(page.locator(".line-head[aria-pressed=true]")).to_have_text(["H5"])
    row = rows(api, MINILM, KEYS, 3, "5")[0][6]
    expect_count(page, making_up(row[1:-1], 0.7), 12)
    page.go_back()
    expect(page.locator("#lines-note")).to_contain_text("of 144 lines")


def test_a_hovered_query_shows_its_lines_and_a_hovered_key_who_looks_at_it(
    headscope: Headscope, api: httpx.Client
) -> None:
    page = opened_lines(headscope, sinks="shown")
    weights = rows(api, MINILM, KEYS, 3, "1")[0]
    page.locator("#line-query-8").hover()
    expect_count(page, making_up(weights[8], 0.7), 12)
    expect(page.locator("#readout .query .index")).to_have_text("8")
    accent = page.evaluate("getComputedStyle(document.querySelector('#tab-lines')).color")
    page.locator("#line-key-2").hover()
    expect(page.locator("#lines-note")).to_contain_text("to keys 2, from those who look at it")
    expect_count(page, making_up(weights[:, 2], 0.7), 12)
    second = page.locator("#column-bars .bar-fill").first.evaluate(
        "(at) => getComputedStyle(at).backgroundColor"
    )
    of = {name: " ".join(re.findall(r"\d+", name)) for name in (accent, second)}
    assert of[second] in painted(page)
    assert of[accent] not in painted(page)
    page.mouse.move(2, 2)
    expect(page.locator("#lines-note")).to_contain_text("from are 6")


def test_a_click_on_either_side_locks_the_query_or_the_key(headscope: Headscope) -> None:
    page = opened_lines(headscope)
    page.locator("#line-query-8").click()
    page.locator("#line-key-5").click()
    page.mouse.move(2, 2)
    expect(page.locator("#row-title")).to_contain_text("the")
    assert "query=8&key=5" in headscope.fragment
    expect(page.locator("#line-query-8")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#line-key-5")).to_have_attribute("aria-selected", "true")


def test_keys_walk_both_sides_and_the_heads(headscope: Headscope) -> None:
    page = opened_lines(headscope)
    press = page.keyboard.press
    page.locator("#tab-lines").focus()
    for _ in range(20):
        press("Tab")
        if page.locator(".line-head:focus").count():
            break
    press("ArrowRight")
    press("Enter")
    expect(page.locator(".line-head[aria-pressed=true]")).to_have_text(["H1", "H2"])
    press("Shift+Enter")
    expect(page.locator("#head-name")).to_have_text("L3H2")
    while not page.locator(".lines-side.query:focus").count():
        press("Tab")
    press("ArrowDown")
    expect(page.locator("#line-query-7")).to_have_attribute("aria-selected", "true")
    press("ArrowRight")
    expect(page.locator(".lines-side.key")).to_be_focused()
    press("ArrowDown")
    press("End")
    expect(page.locator("#line-key-11")).to_have_attribute("aria-selected", "true")
    press("Tab")
    expect(page.locator("#lines-board").locator(":focus")).to_have_count(0)


def places(page: Page, side: str) -> list[tuple[float, float]]:
    found = []
    for index in (0, 1, 2):
        box = page.locator(f"#line-{side}-{index}").bounding_box()
        assert box is not None
        found.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    return found


def test_the_text_runs_down_or_across_as_chosen(headscope: Headscope) -> None:
    page = opened_lines(headscope)
    (x0, y0), (x1, y1), _ = places(page, "query")
    assert (x0, y0 < y1) == (x1, True)
    assert places(page, "key")[0][0] > x0
    page.get_by_label("Layout").select_option("horizontal")
    expect(page.locator("#lines-board")).to_have_attribute("data-layout", "horizontal")
    (x0, y0), (x1, y1), _ = places(page, "query")
    assert (x0 < x1, y0) == (True, y1)
    assert places(page, "key")[0][1] > y0
    assert "lineLayout=horizontal" in headscope.fragment


def test_chinese_runs_across_by_itself_and_arabic_from_right_to_left(opened: Opened) -> None:
    chinese = opened_lines(opened(), model=SMOLLM2, text=CHINESE, query=3, key=1)
    (x0, y0), (x1, y1), _ = places(chinese, "query")
    assert (x0 < x1, y0) == (True, y1)

    arabic = opened_lines(opened(), model=SMOLLM2, text=ARABIC, query=3, key=1)
    expect(arabic.locator("#lines-board")).to_have_attribute("dir", "rtl")
    assert places(arabic, "query")[0][0] > places(arabic, "key")[0][0]
    arabic.get_by_label("Layout").select_option("horizontal")
    expect(arabic.locator("#lines-board")).to_have_attribute("data-layout", "horizontal")
    first, second, third = places(arabic, "query")
    assert first[0] > second[0] > third[0]
    arabic.locator(".lines-side.query").press("ArrowLeft")
    expect(arabic.locator("#line-query-4")).to_have_attribute("aria-selected", "true")


def test_lines_are_in_words_and_their_weights_in_a_table(
    headscope: Headscope, api: httpx.Client
) -> None:
    page = opened_lines(headscope, lineHeads="1,3")
    words = page.locator("#lines-board-words")
    expect(words).to_contain_text("are 6. L3H1 looks most at keys 2 with 0.788")
    expect(words).to_contain_text("L3H3 looks most at")
    expect(page.locator("#lines-board")).to_have_attribute("aria-describedby", "lines-board-words")
    page.locator("#view-other .numbers summary").click()
    table = page.locator("#view-other table")
    expect(table.locator("thead th")).to_have_text(["Key", "L3H1", "L3H3"])
    weights = rows(api, MINILM, KEYS, 3, "1,3")[:, 6]
    shown = [cell for row in weights.T for cell in row]
    for cell, text in zip(shown, table.locator("tbody td").all_inner_texts(), strict=True):
        assert float(text) == pytest.approx(float(cell), abs=1e-4)


def test_lines_lead_from_word_to_word_when_words_are_the_unit(
    headscope: Headscope, api: httpx.Client
) -> None:
    text = "Theodore's unbelievably old keys."
    page = opened_lines(headscope, text=text, query=3, key=1, sinks="shown", lineQueries="all")
    tokens = page.locator("#lines-board .query .line-token")
    by_token = rows(api, MINILM, text, 3, "1")[0]
    expect(tokens).to_have_count(len(by_token))
    expect_count(page, sum(making_up(row, 0.7) for row in by_token), by_token.size)
    page.get_by_label("Unit", exact=True).select_option("word")
    by_word = rows(api, MINILM, text, 3, "1", unit="word")[0]
    assert len(by_word) < len(by_token)
    expect(tokens).to_have_count(len(by_word))
    expect(page.locator("#line-query-4")).to_contain_text("unbelievably")
    expect_count(page, sum(making_up(row, 0.7) for row in by_word), by_word.size)
    expect(page.locator("#head-note")).to_contain_text("words: sums over keys, means over queries")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_axe_finds_nothing(opened: Opened, locale: str) -> None:
    headscope = opened(bypass_csp=True, locale=locale)
    page = opened_lines(headscope, model=SMOLLM2, query=4, key=1, lineHeads="0,1,5")
    assert violations(page) == []
    page.locator("#lines-lineQueries").select_option("all")
    page.locator("#lines-lineLayout").select_option("horizontal")
    page.locator("#view-other .numbers summary").click()
    page.locator("#view-other table").wait_for()
    assert violations(page) == []


def test_the_mean_of_a_layer_is_one_head_and_the_strip_says_why(headscope: Headscope) -> None:
    page = opened_lines(headscope, show="mean", lineHeads="1,3")
    expect(page.locator("#lines-note")).to_contain_text("of 12 lines")
    expect(page.locator(".line-head").first).to_be_disabled()
    expect(page.locator(".lines-strip")).to_contain_text("choose “one head” above")


def test_a_saved_page_draws_the_same_lines(as_file: AsFile) -> None:
    page = as_file(app.analyze(KEYS)).page
    page.get_by_role("tab", name="Lines").click()
    expect(page.locator("#lines-board-words")).to_contain_text("looks most at")
    page.get_by_label("Lines of").select_option("all queries")
    expect(page.locator("#lines-note")).to_contain_text("of 144 lines")
    page.locator(".line-head").nth(5).click()
    expect(page.locator("#lines-note")).to_contain_text("of 288 lines")
