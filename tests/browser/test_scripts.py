"""Texts of every script: order, isolation, letters that join, characters in pieces."""

import pytest
from playwright.sync_api import Locator, expect

from .conftest import MINILM, SMOLLM2, Headscope, Opened

ARABIC = "وضع الولد المفاتيح على الطاولة ثم أغلق الباب."
HEBREW = "קניתי iPhone 15 Pro בחנות Apple אתמול."
CHINESE = "他把钥匙放在桌子上, 然后关上了门。"
TURNING = "An evil \u202etext that turns\u202c and \u2067more\u2069 of it."
BROAD = "=" * 200 + " 👨‍👩‍👧‍👦 🇨🇭 z\u0351\u0352\u0353 " + "Donaudampfschifffahrt" * 10

INK = """(sentence, text) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(sentence).font;
  return pen.measureText(text).width;
}"""


def edges(word: Locator) -> tuple[float, float]:
    box = word.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


def words_of(headscope: Headscope) -> Locator:
    return headscope.page.locator("#sentence .word")


def test_arabic_reads_from_right_to_left_in_whole_words(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=ARABIC, layer=5, head=1, query=0, key=0)
    words = words_of(headscope)
    sentence = headscope.page.locator("#sentence")
    expect(sentence).to_have_attribute("dir", "rtl")
    first, second = edges(words.nth(0)), edges(words.nth(3))
    assert second[1] <= first[0] + 1
    first_word = headscope.page.evaluate(
        """() => {
          const range = document.createRange();
          const words = document.querySelectorAll("#sentence > span > *");
          range.setStartBefore(words[0]);
          range.setEndAfter(words[2]);
          return [range.getBoundingClientRect().width, range.toString()];
        }"""
    )
    assert first_word[1] == "وضع"
    assert first_word[0] == pytest.approx(sentence.evaluate(INK, "وضع"), abs=0.6)
    headscope.page.locator("#sentence").press("ArrowLeft")
    expect(headscope.page.locator("#readout .query .index")).to_have_text("1")
    headscope.page.locator("#sentence").press("ArrowRight")
    expect(headscope.page.locator("#readout .query .index")).to_have_text("0")


def test_latin_words_in_hebrew_keep_their_own_order(headscope: Headscope) -> None:
    headscope.open(model=MINILM, text=HEBREW)
    expect(headscope.page.locator("#sentence")).to_have_attribute("dir", "rtl")
    words = words_of(headscope)
    texts = words.all_inner_texts()
    assert "".join(texts[1:6]) == "קניתי"
    iphone, number, pro = (edges(words.nth(texts.index(word))) for word in ("iphone", "15", "pro"))
    assert iphone[1] <= number[0] + 1 < pro[0]
    assert pro[1] <= edges(words.nth(5))[0] + 1
    assert edges(words.nth(0))[1] > edges(words.nth(1))[1]


def test_a_turning_character_turns_nothing(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=TURNING)
    expect(headscope.page.locator("#sentence")).to_have_attribute("dir", "ltr")
    words = words_of(headscope)
    lefts = [edges(words.nth(index))[0] for index in (0, 1, 2)]
    assert lefts == sorted(lefts)
    headscope.page.locator("#sentence").press("ArrowRight")
    expect(headscope.page.locator("#readout")).to_contain_text("<U+202E>")
    shown = headscope.page.evaluate("document.body.innerText")
    assert not {"\u202e", "\u202c", "\u2067"} & set(shown)
    weight, query = headscope.page.locator("#readout .weight"), "#readout .query"
    assert edges(headscope.page.locator(query))[1] < edges(weight)[0]


def test_a_character_in_pieces_stands_once_over_its_pieces(opened: Opened) -> None:
    headscope = opened(locale="zh-CN")
    headscope.open(model=SMOLLM2, text=CHINESE, layer=0, head=0, query=4, key=2)
    read = headscope.page.locator("#sentence").text_content() or ""
    assert read.replace(" ", "") == CHINESE.replace(" ", "")
    assert headscope.page.locator("html").get_attribute("lang") == "zh-CN"
    pieces = [edges(words_of(headscope).nth(index)) for index in (4, 5, 6)]
    assert [left for left, _ in pieces] == sorted(left for left, _ in pieces)
    words_of(headscope).nth(6).click()
    headscope.page.mouse.move(2, 2)
    expect(headscope.page.locator("#readout .query b")).to_have_text("钥 3/3")
    expect(words_of(headscope).nth(6)).to_have_attribute("aria-label", "钥 3/3")


@pytest.mark.parametrize("width", [1440, 320])
def test_long_words_and_emoji_burst_nothing(opened: Opened, width: int) -> None:
    headscope = opened(width=width)
    headscope.open(model=SMOLLM2, text=BROAD)
    assert headscope.page.evaluate("document.documentElement.scrollWidth") == width
    outside = headscope.page.evaluate(
        """() => [...document.querySelectorAll(".panel > *, #sentence, .readout *")]
          .filter((each) => each.checkVisibility())
          .filter((each) => each.getBoundingClientRect().right
            > each.closest(".panel").getBoundingClientRect().right + 1)
          .map((each) => each.className)"""
    )
    assert outside == []
    labels = headscope.page.locator(".yaxislayer-above text").all_text_contents()
    assert max(map(len, labels)) <= 14
    assert any(label.endswith("…") for label in labels)


def test_a_text_that_the_model_cannot_read_names_one_that_can(opened: Opened) -> None:
    headscope = opened()
    headscope.open()
    note = headscope.page.locator("#unread")
    headscope.text.fill(CHINESE)
    expect(note).to_contain_text("% of this text is unknown to all-MiniLM-L6-v2")
    expect(note).to_contain_text("it reads all of it.")
    note.get_by_role("button", name="Use SmolLM2").click()
    expect(headscope.page.get_by_label("Model", exact=True)).to_have_value(SMOLLM2)
    assert headscope.text.input_value() == CHINESE
    expect(note).to_contain_text("in pieces of a few bytes")
    headscope.text.fill("The keys, and 他.")
    expect(note).to_be_hidden()
    headscope.page.get_by_label("Model", exact=True).select_option(MINILM)
    headscope.text.fill("The keys to the cabinet are on the table: 他.")
    expect(headscope.page.locator("#count")).to_have_text("14 of 512 tokens")
    expect(note).to_be_hidden()
    downloads = [url for url in headscope.requested if "bert-base-chinese" in url]
    assert downloads == []
