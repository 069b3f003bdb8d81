"""What stands under each picture: what it shows in words, and its numbers as a table."""

import re

import httpx
from playwright.sync_api import Locator, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, shown


def opened_numbers(headscope: Headscope, picture: str) -> Locator:
    """The table under a picture, opened by its disclosure."""
    words = headscope.page.locator(f"#{picture}-words")
    details = words.locator("xpath=following-sibling::details[1]")
    details.locator("summary").press("Enter")
    table = details.locator("table")
    table.wait_for()
    return table


def body(table: Locator) -> list[list[str]]:
    cells: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map(({ cells }) => [...cells].map((cell) => cell.textContent))"
    )
    return cells


def test_each_picture_has_a_table_of_its_numbers(headscope: Headscope, api: httpx.Client) -> None:
    headscope.open()
    made = api.post("analyses", json={"model": MINILM, "text": KEYS}).json()["id"]
    weights = api.get(f"analyses/{made}/attention").json()["attention"]

    head = body(opened_numbers(headscope, "heatmap"))
    assert [row[1:] for row in head] == [[shown(w) for w in row] for row in weights[3][1]]
    assert head[6][0] == "are 6"

    pair = body(opened_numbers(headscope, "pair-grid"))
    asked = [[layer[head][6][2] for head in range(12)] for layer in weights]
    assert [[float(cell) for cell in row[1:]] for row in pair] == [
        [float(shown(w) if w >= 0.00005 else f"{w:.0e}") for w in row] for row in asked
    ]

    row = body(opened_numbers(headscope, "sentence"))
    assert [cell for _, cell in row] == [shown(w) for w in weights[3][1][6]]
    column = body(opened_numbers(headscope, "column-bars"))
    assert [cell for _, cell in column] == [shown(row[6]) for row in weights[3][1]]

    heads = body(opened_numbers(headscope, "overview"))
    assert [name for name, *_ in heads] == [f"L{i}H{j}" for i in range(6) for j in range(12)]
    one = weights[3][1]
    sinks = sum(row[0] + row[11] for row in one) / len(one)
    found = api.get(f"analyses/{made}/measures").json()
    assert heads[3 * 12 + 1] == [
        "L3H1",
        shown(max(max(r[1:11]) for r in one)),
        f"{sinks:.1%}",
        f"{found['entropy'][3][1]:.3f}",
        f"{found['distance'][3][1]:.2f}",
        shown(one[6][2]),
    ]

    page = headscope.page
    expect(page.locator("#overview-words")).to_contain_text("6 layers of 12 heads; L3H1 is open.")
    expect(page.locator("#heatmap-words")).to_contain_text("are 6 to keys 2 about 0.79")
    expect(page.locator("#sentence-words")).to_contain_text("are 6 looks most at keys 2 with 0.788")
    expect(page.get_by_role("columnheader", name="keys 2")).to_be_visible()
    page.locator("#sentence").press("ArrowRight")
    expect(page.locator("#sentence-words")).to_contain_text("on 7 looks most at")
    expect(page.locator("#heatmap")).to_have_accessible_description(re.compile("Selected: on 7"))
    expect(page.locator("td[aria-current=true]").last).to_have_text(shown(max(one[7][1:11])))


def test_a_large_head_shows_a_window_of_its_numbers_that_moves(
    headscope: Headscope, api: httpx.Client
) -> None:
    text = " ".join(f"word{i}" for i in range(90))
    headscope.open(model=SMOLLM2, text=text, layer=2, head=3, query=150, key=149)
    table = opened_numbers(headscope, "heatmap")
    caption = table.locator("caption")
    expect(caption).to_contain_text("L2H3: queries 142 to 157 of")
    expect(table.locator("td[aria-current=true]")).to_have_text(headscope.exact())
    expect(table.get_by_text("masked").first).to_be_visible()

    later = headscope.page.get_by_role("button", name="Later queries")
    later.press("Enter")
    expect(caption).to_contain_text("queries 158 to 173 of")
    expect(later).to_be_focused()
    headscope.page.get_by_role("button", name="Earlier keys").press("Enter")
    expect(caption).to_contain_text("keys 125 to 140 of")
    made = api.post("analyses", json={"model": SMOLLM2, "text": text}).json()["id"]
    asked = "layers=2&heads=3&queries=158:174&keys=125:141"
    answer = api.get(f"analyses/{made}/attention?{asked}").json()["attention"][0][0]
    assert [[float(cell) for cell in row[1:]] for row in body(table)] == [
        [float(shown(w) if w >= 0.00005 else f"{w:.0e}") for w in row] for row in answer
    ]
    headscope.page.get_by_role("button", name="To the selection").first.press("Enter")
    expect(caption).to_contain_text("queries 142 to 157 of")
