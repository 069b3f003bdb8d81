"""From a text to an exact weight: analyse, see all heads, open one, read a cell."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, Headscope, Opened, shown

Weight = Callable[..., float]
TEXT = "A cat that chased the dogs was asleep, but nobody noticed it."

COLOURFUL = """(canvas) => {
  const { layers, heads } = canvas.dataset;
  const pen = canvas.getContext("2d");
  let count = 0;
  for (let layer = 0; layer < layers; layer += 1) {
    for (let head = 0; head < heads; head += 1) {
      const [x, y] = [canvas.width * (head + .2) / heads, canvas.height * (layer + .2) / layers];
      const [w, h] = [canvas.width * .6 / heads, canvas.height * .6 / layers];
      const pixels = new Uint32Array(pen.getImageData(x, y, w, h).data.buffer);
      if (new Set(pixels).size > 2) count += 1;
    }
  }
  return count;
}"""


def test_it_opens_on_a_finding_without_a_click(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    expect(page.locator("#head-name")).to_have_text("L3H1")
    assert headscope.exact() == "0.7878"
    expect(page.locator("#readout")).to_contain_text("largest of its row, 1st of 72 heads")
    expect(page.locator("#head-note")).to_contain_text("“are” finds its subject")
    expect(page.locator("#row-bars li").first).to_contain_text("keys 2")
    expect(page.locator("#row-note")).to_have_text("and 6 more, 3.4%")


def test_a_typed_text_is_counted_and_analysed(headscope: Headscope) -> None:
    headscope.open()
    headscope.text.fill(TEXT)
    expect(headscope.page.locator("#count")).to_have_text("16 of 512 tokens")
    headscope.text.press("Control+Enter")
    expect(headscope.page.locator("#sentence .word")).to_have_count(16)
    headscope.settle()
    assert "nobody" in headscope.page.locator("#sentence").inner_text()
    expect(headscope.page.locator("#stage")).to_have_text(re.compile(r"tokenize .+ ms, forward"))


def test_every_head_has_a_thumbnail_and_a_cell_of_the_pair_grid(headscope: Headscope) -> None:
    headscope.open()
    assert headscope.page.locator("#overview canvas").evaluate(COLOURFUL) == 72
    pairs = headscope.page.locator("#pair-grid canvas")
    assert (pairs.get_attribute("data-layers"), pairs.get_attribute("data-heads")) == ("6", "12")


def test_hovering_a_thumbnail_previews_its_head_and_a_click_keeps_it(headscope: Headscope) -> None:
    headscope.open()
    name = headscope.page.locator("#head-name")
    headscope.page.mouse.move(*headscope.thumbnail(2, 8))
    expect(name).to_have_text("L2H8")
    assert "layer=3&head=1" in headscope.fragment
    headscope.page.mouse.move(2, 2)
    expect(name).to_have_text("L3H1")
    headscope.page.mouse.click(*headscope.thumbnail(2, 8))
    headscope.page.mouse.move(2, 2)
    expect(name).to_have_text("L2H8")
    assert "layer=2&head=8" in headscope.fragment
    expect(headscope.page.get_by_label("Layer", exact=True)).to_have_value("2")
    expect(headscope.page.get_by_label("Head", exact=True)).to_have_value("8")


def test_a_hovered_cell_reads_what_the_api_answers(headscope: Headscope, weight: Weight) -> None:
    headscope.open()
    for query, key in [(4, 5), (8, 5), (1, 2), (10, 1)]:
        headscope.page.mouse.move(*headscope.cell(query, key, tokens=12))
        expect(headscope.page.locator("#readout .query .index")).to_have_text(str(query))
        expect(headscope.page.locator("#readout .key .index")).to_have_text(str(key))
        assert headscope.exact() == shown(weight(KEYS, 3, 1, query, key))


def test_a_cell_painted_on_the_canvas_reads_what_the_api_answers(
    headscope: Headscope, weight: Weight
) -> None:
    text = " ".join([KEYS] * 20)
    headscope.open(model=MINILM, text=text, layer=0, head=2, query=100, key=99)
    tokens = 202
    expect(headscope.page.locator("#sentence .word")).to_have_count(tokens)
    headscope.page.mouse.move(*headscope.cell(150, 149, tokens))
    expect(headscope.page.locator("#readout .query .index")).to_have_text("150")
    assert headscope.exact() == shown(weight(text, 0, 2, 150, 149))


def test_heads_that_link_two_words_are_ranked_and_open(
    headscope: Headscope, api: httpx.Client
) -> None:
    headscope.open()
    made = api.post("analyses", json={"model": MINILM, "text": KEYS}).json()["id"]
    answer = api.get(f"analyses/{made}/attention?queries=6:7&keys=2:3").json()["attention"]
    weights = {
        f"L{layer}H{head}": cell[0][0]
        for layer, heads in enumerate(answer)
        for head, cell in enumerate(heads)
    }
    best = sorted(weights, key=lambda name: -weights[name])[:5]
    chips = headscope.page.locator("#pair-list button")
    expect(chips).to_have_count(5)
    for chip, name in zip(chips.all(), best, strict=True):
        expect(chip).to_contain_text(f"{name} {weights[name]:.3f}")
    chips.nth(1).click()
    headscope.page.mouse.move(2, 2)
    expect(headscope.page.locator("#head-name")).to_have_text(best[1])


def test_clicking_a_word_moves_the_query(headscope: Headscope, weight: Weight) -> None:
    headscope.open()
    headscope.page.locator("#sentence .word").nth(8).click()
    headscope.page.mouse.move(2, 2)
    expect(headscope.page.locator("#row-title")).to_have_text("“the” looks at")
    expect(headscope.page.locator("#readout .query .index")).to_have_text("8")
    assert headscope.exact() == shown(weight(KEYS, 3, 1, 8, 5))
    expect(headscope.page.locator("#pair-title")).to_contain_text("from “the” to “cabinet”")


def test_mean_and_maximum_of_a_layer(headscope: Headscope, api: httpx.Client) -> None:
    headscope.open()
    made = api.post("analyses", json={"model": MINILM, "text": KEYS}).json()["id"]
    for choice, name in [("mean", "L3 mean"), ("max", "L3 maximum")]:
        headscope.page.get_by_label("Show", exact=True).select_option(choice)
        expect(headscope.page.locator("#head-name")).to_have_text(name)
        asked = f"layers=3&reduce=heads-{choice}&queries=6:7&keys=2:3"
        answer = api.get(f"analyses/{made}/attention?{asked}").json()["attention"]
        assert headscope.exact() == shown(answer[0][0][0][0])


def test_sinks_are_off_the_scale_with_their_share_or_shown(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    expect(page.locator("#head-note")).to_contain_text("[CLS] + [SEP] take 38%, off the scale")
    expect(page.locator("#hatch-legend")).to_be_visible()
    page.get_by_label("Sinks", exact=True).select_option("shown")
    expect(page.locator("#hatch-legend")).to_be_hidden()
    expect(page.locator("#head-note")).to_contain_text("[CLS] + [SEP] take 38%")
    expect(page.locator("#head-note")).not_to_contain_text("off the scale")


def test_the_scale_is_named_on_its_bar(headscope: Headscope) -> None:
    headscope.open()
    for choice, name in [("linear", "linear"), ("sqrt", "square root"), ("log", "log")]:
        headscope.page.get_by_label("Scale", exact=True).select_option(choice)
        expect(headscope.page.locator("#bar-name")).to_have_text(f"weight, {name}")
        expect(headscope.page.locator("#bar-high")).to_have_text("0.79")


def test_zooming_in_and_back(headscope: Headscope) -> None:
    headscope.open()
    labels = headscope.page.locator(".yaxislayer-above text")
    expect(labels).to_have_count(12)
    headscope.page.get_by_role("button", name="Zoom in").click()
    expect(labels).to_have_count(7)
    headscope.page.get_by_role("button", name="Whole head").click()
    expect(labels).to_have_count(12)


def test_the_open_head_is_compared_with_eager_on_demand(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=TEXT, layer=1, head=4)
    trust = headscope.page.locator("#trust")
    measured = headscope.page.locator("#trust .good")
    expect(measured).to_have_count(2)
    headscope.page.get_by_role("button", name="check this head").click()
    expect(measured).to_have_count(3)
    expect(trust.get_by_role("button")).to_have_count(0)
    expect(trust).to_contain_text("[CLS] [SEP]")
    headscope.page.mouse.click(*headscope.thumbnail(2, 2))
    expect(trust.get_by_role("button", name="check this head")).to_be_visible()


def test_two_texts(opened: Opened, weight: Weight) -> None:
    headscope = opened()
    headscope.open()
    headscope.text.fill("Where is the key?")
    headscope.page.get_by_role("button", name="+ second text").click()
    headscope.page.get_by_label("Second text", exact=True).fill("It lies on the table.")
    headscope.page.get_by_role("button", name="Analyze", exact=True).click()
    expect(headscope.page.locator("#sentence .special")).to_have_count(3)
    headscope.settle()
    read = weight("Where is the key?", 3, 1, 7, 4, text_pair="It lies on the table.")
    headscope.page.mouse.move(*headscope.cell(7, 4, tokens=14))
    expect(headscope.page.locator("#readout .query .index")).to_have_text("7")
    assert headscope.exact() == shown(read)
