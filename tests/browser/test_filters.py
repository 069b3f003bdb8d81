"""What is left in sight: by weight, by rank, by mass, from one text to another; and it is said."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import app

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, AsFile, Headscope, Opened, shown

PAIR = {
    "model": MINILM,
    "text": "What is the password for the guest network?",
    "text_pair": "The password is printed on the card.",
}
SPLIT = {**PAIR, "text": "Theodore's unbelievably old keys."}
TOKENS, BORDER = 20, 11
"""[CLS] what is the password for the guest network ? [SEP] | the password is ... card . [SEP]"""
HEAD = {"layer": 3, "head": 1}
Answer = Callable[..., Any]


@pytest.fixture
def ask(api: httpx.Client) -> Answer:
    """Weights of L3H1 as the API filters them, [query][key]."""

    def attention(request: dict[str, str], layer: int = 3, head: int = 1, **read: str) -> Any:
        of = {"layers": [layer], "heads": [head]}
        answer = api.post("attention", json={**request, **of, **read}).json()
        return np.array(answer["attention"])[0, 0]

    return attention


def bars(page: Page) -> list[tuple[int, str]]:
    """Index and weight of the keys that are listed for the chosen row, once they are exact."""
    expect(page.locator("#row-bars .bar-value").first).not_to_contain_text("≈")
    rows = page.locator("#row-bars button")
    indices = [int(row.get_attribute("data-i") or -1) for row in rows.all()]
    return list(zip(indices, page.locator("#row-bars .bar-value").all_inner_texts(), strict=True))


def colour(page: Page, query: int, key: int, tokens: int) -> list[int]:
    """What is painted under the axes in the middle of a cell, red, green, blue and alpha."""
    found: list[int] = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector(".plot-cells");
          const [left, top] = [x * canvas.width, y * canvas.height];
          return [...canvas.getContext("2d").getImageData(left, top, 1, 1).data];
        }""",
        [(key + 0.5) / tokens, (query + 0.5) / tokens],
    )
    return found


def flat(page: Page, name: str) -> list[int]:
    """A colour of the theme."""
    swatch = page.locator(f".{name}-swatch")
    said = swatch.evaluate("swatch => getComputedStyle(swatch).backgroundColor")
    return [*map(int, said[4:-1].split(",")), 255]


def test_the_strongest_keys_are_chosen_counted_and_said(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    headscope.open(model=MINILM, text=KEYS, **HEAD, query=6, key=2)
    page = headscope.page
    expect(page.get_by_label("Between", exact=True)).to_be_hidden()
    page.get_by_label("Keep", exact=True).select_option("top")
    expect(page.locator("#head-note")).to_contain_text(
        "filtered: only the 5 strongest keys of each row"
    )
    page.get_by_label("How much to keep").fill("2")
    words = "filtered: only the 2 strongest keys of each row"
    for place in ("#head-note", "#head-legend", ".panel.heads", ".looks", "#heatmap-words"):
        expect(page.locator(place)).to_contain_text(words)
    headscope.settle()
    row = ask({"model": MINILM, "text": KEYS}, keep="top:2")[6]
    assert np.count_nonzero(row) == 2
    expect(page.locator("#row-bars button")).to_have_count(2)
    assert bars(page) == [(int(key), shown(row[key])) for key in np.argsort(-row)[:2]]
    expect(page.locator("#row-note")).to_contain_text(f"{100 * row.sum():.1f}% of the row is left")
    assert "keep=top%3A2" in headscope.fragment
    page.get_by_label("Keep", exact=True).select_option("all")
    expect(page.locator("#row-bars button")).to_have_count(6)
    expect(page.locator("#head-legend")).not_to_contain_text("filtered")
    assert "keep" not in headscope.fragment


def test_what_is_left_is_a_share_of_what_was_there_before_and_of_each_head(
    opened: Opened,
) -> None:
    headscope = opened()
    headscope.open(model=MINILM, text=KEYS, **HEAD, query=6, key=2, keep="mass:0.7")
    note = headscope.page.locator("#head-note .filter-on")
    expect(note).to_have_text("filtered: only the strongest keys that make up 70% of their row")
    headscope.page.get_by_label("Sinks", exact=True).select_option("hidden")
    expect(note).to_contain_text("70% of what is left of their row")
    headscope.page.get_by_label("Show", exact=True).select_option("mean")
    expect(note).to_contain_text("70% of what is left of each head's row")


def test_an_example_speaks_of_weights_as_the_model_has_them(opened: Opened) -> None:
    headscope = opened()
    headscope.open()
    look = headscope.page.locator("#head-note .look")
    expect(look).to_contain_text("keys 0.788")
    headscope.page.get_by_label("Sinks", exact=True).select_option("renormalised")
    expect(headscope.page.locator("#head-note")).to_contain_text("shared out")
    expect(look).to_have_count(0)


def test_a_weight_that_is_hidden_says_why_and_one_that_is_left_keeps_its_number(
    opened: Opened, ask: Answer
) -> None:
    headscope = opened()
    headscope.open(model=MINILM, text=KEYS, **HEAD, query=6, key=2, keep="min:0.05")
    whole = ask({"model": MINILM, "text": KEYS})
    assert headscope.exact() == shown(whole[6, 2])
    assert 0 < whole[6, 5] < 0.05
    headscope.page.mouse.move(*headscope.cell(6, 5, tokens=12))
    expect(headscope.page.locator("#readout .key .index")).to_have_text("5")
    expect(headscope.page.locator("#readout .rank")).to_have_text("filtered: below 0.05 is hidden")
    assert headscope.exact() == "0"
    left = whole[whole >= 0.05].sum() / whole.sum()
    legend = headscope.page.locator("#left-legend")
    expect(legend).to_have_text(f"{100 * left:.1f}% of the weight is left")


def test_only_from_the_first_text_to_the_second(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    headscope.open(**PAIR, **HEAD, sinks="shown")
    page = headscope.page
    page.get_by_label("Between", exact=True).select_option("ab")
    expect(page.locator("#outside-legend")).to_have_text("outside A → B: not shown")
    headscope.settle()
    outside = flat(page, "outside")
    assert outside != flat(page, "mask")
    for query, key in [(1, 1), (12, 2), (TOKENS - 1, TOKENS - 1), (BORDER - 1, BORDER - 1)]:
        assert colour(page, query, key, TOKENS) == outside
    assert colour(page, BORDER - 1, BORDER, TOKENS) == [0, 0, 0, 0]
    across = ask(PAIR, between="ab")
    page.mouse.move(*headscope.cell(4, 12, tokens=TOKENS))
    expect(page.locator("#readout .key .index")).to_have_text("12")
    assert headscope.exact() == shown(across[4, 12])
    page.mouse.move(*headscope.cell(12, 4, tokens=TOKENS))
    expect(page.locator("#readout .rank")).to_have_text("filtered: only A → B")
    expect(page.locator("#readout .weight")).to_have_text("")
    assert "between=ab" in headscope.fragment


def test_both_texts_have_their_names_on_the_axes_and_in_the_text(opened: Opened) -> None:
    headscope = opened(width=390)
    headscope.open(**PAIR, **HEAD)
    page = headscope.page
    assert page.locator("#sentence .text-name").all_inner_texts() == ["A", "B"]
    before, after = page.evaluate(
        """() => [...document.querySelectorAll(".text-name")].map((name) => {
          let next = name.nextSibling;
          while (!next.dataset) next = next.nextSibling;
          return Number(next.dataset.i);
        })"""
    )
    assert (before, after) == (0, BORDER)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    painted = page.evaluate(
        """([border, tokens]) => {
          const overlay = document.querySelector(".plot-overlay");
          const over = overlay.getBoundingClientRect();
          const under = document.querySelector(".plot-cells").getBoundingClientRect();
          const ratio = overlay.width / over.width;
          const strip = (x, y, width, height) => {
            const box = [x - over.x, y - over.y, width, height].map((each) => each * ratio);
            return overlay.getContext("2d").getImageData(...box).data
              .filter((alpha, i) => i % 4 === 3 && alpha > 0).length;
          };
          const at = under.x + (under.width * border) / tokens;
          return {
            line: strip(at - 1, under.y, 2, under.height),
            elsewhere: strip(at - 6, under.y, 2, under.height),
            right: strip(under.right + 2, under.y, 14, under.height),
            below: strip(under.x, under.bottom + 2, under.width, 14),
          };
        }""",
        [BORDER, TOKENS],
    )
    assert painted["line"] > 4 * painted["elsewhere"]
    assert painted["right"] > 100
    assert painted["below"] > 100


def test_a_text_without_a_second_leaves_nothing_between(opened: Opened) -> None:
    headscope = opened()
    headscope.open(**PAIR, **HEAD, between="ba", keep="top:3")
    page = headscope.page
    expect(page.get_by_label("Between", exact=True)).to_have_value("ba")
    page.locator("#pair-toggle").click()
    page.get_by_role("button", name="Analyze", exact=True).click()
    expect(page.get_by_label("Between", exact=True)).to_be_hidden()
    headscope.settle()
    expect(page.locator("#head-note")).to_contain_text("filtered: only the 3 strongest")
    expect(page.locator("#head-note")).not_to_contain_text("B → A")
    assert "between" not in headscope.fragment
    assert page.locator("#sentence .text-name").count() == 0


@pytest.mark.parametrize("keep", ["min:0.1", "top:3"])
def test_a_decoder_is_filtered_by_every_rule(opened: Opened, ask: Answer, keep: str) -> None:
    headscope = opened()
    of = {"model": SMOLLM2, "text": KEYS}
    headscope.open(**of, layer=7, head=2, query=6, key=3, keep=keep, sinks="shown")
    row = ask(of, 7, 2, keep=keep)[6]
    left = int(np.count_nonzero(row))
    assert 0 < left < np.count_nonzero(ask(of, 7, 2)[6])
    expect(headscope.page.locator("#row-bars button")).to_have_count(min(6, left))
    found = bars(headscope.page)
    assert found == [(int(key), shown(row[key])) for key in np.argsort(-row)[: len(found)]]
    expect(headscope.page.locator("#head-note .filter-on")).to_be_visible()


def test_a_decoder_keeps_the_keys_that_make_up_most_of_a_row(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    of = {"model": SMOLLM2, "text": KEYS}
    headscope.open(**of, layer=7, head=2, query=6, key=3, keep="mass:0.7", sinks="shown")
    page = headscope.page
    expect(page.get_by_label("How much to keep")).to_have_value("70")
    row = ask(of, 7, 2, keep="mass:0.7")[6]
    assert row.sum() >= 0.7 > row.sum() - row[row > 0].min()
    found = bars(page)
    assert found == [(int(key), shown(row[key])) for key in np.argsort(-row)[: len(found)]]
    assert len(found) == min(6, np.count_nonzero(row))
    assert colour(page, 2, 8, 10) == flat(page, "mask")
    page.keyboard.press("Escape")
    page.get_by_label("How much to keep").fill("0")
    expect(page.get_by_label("How much to keep")).to_have_js_property("validity.valid", False)
    page.get_by_label("How much to keep").blur()
    expect(page.get_by_label("How much to keep")).to_have_value("70")


def test_what_is_chosen_while_the_page_works_is_read_when_it_is_done(
    opened: Opened, ask: Answer
) -> None:
    headscope = opened()
    headscope.open(model=MINILM, text=KEYS, **HEAD, query=6, key=2)
    page = headscope.page
    for keep in ("top:9", "min:0.5", "top:1"):
        rule, _, _ = keep.partition(":")
        page.get_by_label("Keep", exact=True).select_option(rule)
    page.get_by_label("How much to keep").fill("1")
    expect(page.locator("#head-note")).to_contain_text("only the strongest key of each row")
    headscope.settle()
    row = ask({"model": MINILM, "text": KEYS}, keep="top:1")[6]
    expect(page.locator("#row-bars button")).to_have_count(1)
    assert bars(page) == [(int(row.argmax()), shown(row.max()))]


def test_words_are_counted_where_words_are_read(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    headscope.open(**SPLIT, **HEAD, unit="word", between="ab", keep="top:1", query=1, key=1)
    page = headscope.page
    row = ask(SPLIT, unit="word", between="ab", keep="top:1")[1]
    assert len(row) < len(ask(SPLIT))
    assert np.count_nonzero(row) == 1
    expect(page.locator("#row-bars button")).to_have_count(1)
    assert bars(page) == [(int(row.argmax()), shown(row.max()))]
    page.get_by_label("Unit", exact=True).select_option("token")
    headscope.settle()
    row = ask(SPLIT, between="ab", keep="top:1")[1]
    expect(page.locator("#row-bars button")).to_have_count(1)
    assert bars(page) == [(int(row.argmax()), shown(row.max()))]


def test_lines_are_those_that_are_left_and_say_so(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    headscope.open(**PAIR, **HEAD, view="lines", lineQueries="all", lineMass="1", keep="top:2")
    left = np.count_nonzero(ask(PAIR, keep="top:2"))
    assert left == 2 * TOKENS
    note = headscope.page.locator("#view-other")
    expect(note).to_contain_text("filtered: only the 2 strongest keys of each row")
    expect(note).to_contain_text(f"of {left} lines")


@pytest.mark.parametrize("unit", ["token", "word"])
def test_learn_explains_the_weights_of_the_model_itself(
    opened: Opened, ask: Answer, unit: str
) -> None:
    headscope = opened()
    of = {"model": MINILM, "text": KEYS}
    state = {**of, **HEAD, "query": 6, "key": 2, "keep": "top:1", "unit": unit}
    headscope.page.goto(f"{headscope.address}/learn#{urlencode(state)}")
    headscope.settle()
    headscope.page.wait_for_selector("#steps[data-shown]")
    said = parse_qs(headscope.fragment.removeprefix("#"))
    weight = headscope.page.locator("#weight").get_attribute("value")
    expected = ask(of)[int(said["query"][0]), int(said["key"][0])]
    assert float(weight or "nan") == pytest.approx(expected, abs=1e-5)
    assert not {"keep", "unit"} & set(said)


def test_a_file_of_weights_is_filtered_as_the_picture_is(opened: Opened, ask: Answer) -> None:
    headscope = opened()
    headscope.open(**PAIR, **HEAD, between="ba", keep="top:2")
    headscope.page.locator("#save-menu summary").click()
    with headscope.page.expect_download() as download:
        headscope.page.get_by_role("button", name="Weights (JSON)").click()
    saved = json.loads(download.value.path().read_text("utf-8"))
    assert (saved["between"], saved["keep"], saved["normalised"]) == ("ba", "top:2", False)
    np.testing.assert_array_equal(saved["attention"][0][0], ask(PAIR, between="ba", keep="top:2"))


def test_a_saved_page_filters_by_itself(as_file: AsFile) -> None:
    pair = app.analyze(PAIR["text"], text_pair=PAIR["text_pair"])
    headscope = as_file(pair, layers=3)
    page = headscope.page
    page.locator("#head").select_option("1")
    page.get_by_label("Between", exact=True).select_option("ba")
    page.get_by_label("Keep", exact=True).select_option("mass")
    expect(page.locator("#head-note")).to_contain_text(
        "only B → A, only the strongest keys that make up 70% of what is left of their row"
    )
    headscope.settle()
    kept = pair.attention(3, 1, between="ba", keep="mass:0.7")[0, 0]
    query, key = np.unravel_index(kept.argmax(), kept.shape)
    page.mouse.move(*headscope.cell(int(query), int(key), tokens=TOKENS))
    expect(page.locator("#readout .key .index")).to_have_text(str(key))
    assert headscope.exact() == shown(kept.max())


def test_a_long_text_is_filtered_in_its_bins_as_in_its_rows(opened: Opened, ask: Answer) -> None:
    """A sink that the picture of a long text leaves out has taken part in what was kept."""
    headscope = opened()
    of = {"model": SMOLLM2, "text": f"{KEYS} " * 60}
    headscope.open(**of, layer=24, head=8, query=500, key=0, keep="top:1")
    page = headscope.page
    expect(page.locator("#pooled")).to_be_visible()
    every = ask(of, 24, 8, keep="top:1")
    assert every[500].argmax() == 0
    assert bars(page) == [(0, shown(every[500].max()))]
    in_words = page.locator("#heatmap-words")
    expect(in_words).to_contain_text("filtered: only the strongest key of each row")
    every[:, 0] = 0
    assert every.max() < ask(of, 24, 8, hide="first", keep="top:1").max() - 0.1
    expect(in_words).to_contain_text(f"about {every.max():.2f}")


def test_nothing_is_wrong_for_those_who_do_not_see_it(opened: Opened) -> None:
    for options in ({}, {"width": 390, "color_scheme": "dark"}, {"locale": "zh-CN"}):
        headscope: Headscope = opened(bypass_csp=True, **options)
        headscope.open(**PAIR, **HEAD, between="ab", keep="mass:0.7")
        expect(headscope.page.locator("#left-legend")).to_be_visible()
        assert violations(headscope.page) == []
