"""Lines of hundreds and thousands of tokens: only what is in sight is drawn."""

import re

import httpx
from playwright.sync_api import expect

from benchmarks.texts import english

from .conftest import KEYS, MINILM, SMOLLM2, Headscope
from .test_lines import making_up, note, opened_lines, rows


def test_512_tokens_hold_only_what_is_in_sight(headscope: Headscope, api: httpx.Client) -> None:
    text = english(2, 600)[:2300]
    page = opened_lines(headscope, text=text, query=450, key=452)
    for queries in ("one", "all"):
        page.locator("#lines-lineQueries").select_option(queries)
        page.evaluate("performance.clearMeasures()")
        for turn in range(12):
            page.get_by_label("Head", exact=True).select_option(str(turn))
            name = "headscope:head-switch"
            page.wait_for_function(
                f"(n) => performance.getEntriesByName('{name}').length >= n", arg=turn
            )
            page.wait_for_timeout(60)
    assert page.locator(".line-token").count() < 100
    weights = rows(api, MINILM, text, 3, "11")[0]
    first, last = (int(n) for n in re.findall(r"in sight, (\d+) to (\d+)", note(page))[0])
    in_sight = weights[first : last + 1]
    strong = sum(making_up(row[1:-1], 0.7) for row in in_sight) + 2 * len(in_sight)
    assert f"of {in_sight.size:,} lines" in note(page)
    assert f"Only the strongest 1,000 of these {strong:,} are drawn." in note(page)


def test_the_query_whose_lines_are_drawn_is_in_sight(headscope: Headscope) -> None:
    text = " ".join([KEYS] * 40)
    page = opened_lines(headscope, model=MINILM, text=text, layer=3, head=1, query=200, key=20)
    page.locator("#lines-board").scroll_into_view_if_needed()
    expect(page.locator("#line-query-200")).to_be_in_viewport()
    page.locator("#sentence .word").nth(60).click()
    expect(page.locator("#line-query-60")).to_be_in_viewport()


def test_thousands_of_tokens_are_read_by_the_rows_in_sight(
    headscope: Headscope,
) -> None:
    page = headscope.page
    page.set_default_timeout(120_000)
    opened_lines(
        headscope, model=SMOLLM2, text=english(2, 1300), lineQueries="all", query=900, key=3
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".lines-box").evaluate("(box) => { box.scrollTop = 26 * 300 }")
    expect(page.locator("#lines-note")).to_contain_text("in sight, 300 to 32")
    expect(page.locator("#line-query-301")).to_be_visible()
    assert page.locator(".line-token").count() < 100
    queries = [re.findall(r"queries=(\d+)%3A(\d+)", url) for url in asked if "queries=" in url]
    assert queries
    assert all(int(stop) - int(start) < 64 for ((start, stop),) in queries)
