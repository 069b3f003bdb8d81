"""What other tests drive with one of the packaged models only, with the other one."""

import httpx
import pytest
from playwright.sync_api import expect

import app

from .comparing import APART, BIG, TROPHY, cell, compared
from .conftest import KEYS, MINILM, SMOLLM2, AsFile, Headscope, shown
from .test_lines import expect_count, making_up, rows

WORDS = "Theodore's unbelievably old keys do not fit."


@pytest.fixture
def page(headscope: Headscope) -> Headscope:
    """SmolLM2's L3H1 on a short text."""
    headscope.open(model=SMOLLM2, text=KEYS, layer=3, head=1, query=6, key=2)
    return headscope


def test_predict_then_reveal(page: Headscope, api: httpx.Client) -> None:
    row = rows(api, SMOLLM2, KEYS, 3, "1")[0][6]
    order = row.argsort()[::-1]
    page.page.get_by_role("tab", name="Arithmetic").click()
    page.page.get_by_role("button", name="Predict, then reveal").click()
    expect(page.page.locator("#arithmetic-weight")).to_be_hidden()
    guessed = page.page.locator(".question").get_by_role("button")
    guessed.filter(has_text=f" {order[1]}").first.click()
    expect(page.page.locator(".outcome")).to_contain_text(f"{shown(row[order[1]])} and is 2nd")
    expect(page.page.locator(".outcome")).to_contain_text(f"with {shown(row[order[0]])}")


def test_one_word_is_edited(headscope: Headscope, api: httpx.Client) -> None:
    headscope.open(model=SMOLLM2, text=BIG, layer=3, head=1, query=8, key=2, view="compare")
    page = headscope.page
    page.get_by_label("Compare with").select_option("text")
    text = page.get_by_label("Edit the text")
    text.fill(TROPHY.format("small"))
    text.press("Enter")
    expect(page.locator("#compare-B")).to_have_text("B · L3H1 · “small”")
    found = compared(api, TROPHY.format("small"), SMOLLM2, (SMOLLM2, BIG))
    expect(page.locator(".compare-note")).to_contain_text(
        f"mean |{APART}| {shown(found['mean_abs'])}, Jensen-Shannon "
    )
    expect(cell(page)).to_contain_text(f"A {shown(found['a'][0][0][8][2])}")
    expect(page.locator(".compare-ranking h3")).to_have_text("Heads that moved most")
    expect(page.locator(".compare-ranking .chip")).to_have_count(10)


def test_lines_and_grids_are_in_words(headscope: Headscope, api: httpx.Client) -> None:
    read = {"sinks": "shown", "lineQueries": "all", "unit": "word"}
    headscope.open(model=SMOLLM2, text=WORDS, layer=3, head=1, query=2, view="lines", **read)
    page = headscope.page
    by_word = rows(api, SMOLLM2, WORDS, 3, "1", unit="word")[0]
    assert len(by_word) < len(rows(api, SMOLLM2, WORDS, 3, "1")[0])
    expect(page.locator("#lines-board .query .line-token")).to_have_count(len(by_word))
    seen = len(by_word) * (len(by_word) + 1) // 2  # no word looks ahead
    expect_count(page, sum(making_up(row, 0.7) for row in by_word), seen)
    for tab in ("Layer", "Over layers"):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.locator("#grid-note")).to_contain_text("words: sums over keys")


def test_where_the_weight_goes(page: Headscope, api: httpx.Client) -> None:
    made = api.post("analyses", json={"model": SMOLLM2, "text": KEYS}).json()["id"]
    found = api.get(f"analyses/{made}/measures", params={"layers": 3}).json()
    expect(page.page.locator("#goes-title")).to_have_text("Where the weight of L3H1 goes")
    panel = page.page.locator("#goes")
    for name in ("first", "punctuation", "itself"):
        expect(panel).to_contain_text(f"{100 * found[name][0][1]:.1f}%")
    expect(panel).to_contain_text(f"{found['entropy'][0][1]:.2f} bits")
    expect(panel).to_contain_text(f"{found['distance'][0][1]:.1f} tokens on average")


def test_a_saved_page(as_file: AsFile, api: httpx.Client) -> None:
    headscope = as_file(app.analyze(KEYS, SMOLLM2), layers=[3])
    page = headscope.page
    page.get_by_label("Head", exact=True).select_option("1")
    expect(page.locator("#head-name")).to_have_text("L3H1")
    weights = rows(api, SMOLLM2, KEYS, 3, "1")[0]
    for query, key in ((6, 2), (9, 5)):
        page.mouse.move(*headscope.cell(query, key, len(weights)))
        expect(page.locator("#readout .query .index")).to_have_text(str(query))
        assert headscope.exact() == shown(float(weights[query, key]))
    for tab, drawn in (("Lines", "#lines-board"), ("Layer", "#grid-note")):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.locator(drawn)).to_be_visible()
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("Head of B").select_option("4")
    found = compared(api, KEYS, SMOLLM2, (SMOLLM2, KEYS), other_head=4)
    expect(page.locator(".compare-note")).to_contain_text(shown(found["mean_abs"]))


def test_find(headscope: Headscope) -> None:
    """The one thing of which the other tests use SmolLM2 alone."""
    headscope.open(model=MINILM, text=" ".join([KEYS] * 14), layer=3, head=1)
    page = headscope.page
    page.get_by_label("Find", exact=True).fill("cabinet")
    page.keyboard.press("Enter")
    expect(page.locator("#find-count")).to_contain_text(" of 14")
    expect(page.locator("#row-title")).to_have_text("“cabinet” looks at")
