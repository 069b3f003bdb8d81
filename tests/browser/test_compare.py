"""Two heads, layers, texts and models side by side on the page."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import app

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, shown

TROPHY = "The trophy did not fit in the suitcase because it was too {}."
BIG = TROPHY.format("big")
APOSTROPHE = "Theodore's unbelievably old keys do not fit."
LONG = " ".join([KEYS] * 60)
LONGER = f"{LONG} {LONG}"
OPEN: dict[str, Any] = {"model": MINILM, "text": BIG, "layer": 3, "head": 1, "query": 10, "key": 2}
APART = "A \N{MINUS SIGN} B"
MEASURES = (
    """() => performance.getEntriesByName("headscope:head-switch").map((each) => each.duration)"""
)
BOTH = """async ([id, calls]) => {
  const { createEmbeddedSource } = await import("/static/js/embedded.js");
  const { createHttpSource } = await import("/static/js/datasource.js");
  const http = createHttpSource(new URL("/api/v1/", document.baseURI));
  const analysis = await (await fetch(`/api/v1/analyses/${id}`)).json();
  const { data: weights } = await http.attention(id, { dtype: "float32" });
  const plain = {
    alignment: ({ unit, queries, keys }) => ({ unit, queries, keys }),
    comparison: ({ data, shape, meta }) => ({
      data: [...data], shape, mean_abs: meta.mean_abs, jsd: meta.jsd,
      ...(data instanceof Int8Array && { scale: meta.scale }),
    }),
    ranking: ({ layers, mean_abs, jsd, rows, aligned }) =>
      ({ layers, mean_abs, jsd, rows, aligned }),
  };
  const sources = [createEmbeddedSource(analysis, weights), http];
  const both = ([call, query]) => Promise.all(sources.map(async (source) =>
    plain[call](await source[call](id, id, query))));
  return Promise.all(calls.map(both));
}"""
"""What a saved page and the server answer to the same."""


@pytest.fixture
def saved(opened: Opened, tmp_path: Path) -> Callable[[str], Page]:
    """The page that is saved of a text, offline at L3H1."""

    def open_(text: str) -> Page:
        path = tmp_path / "page.html"
        path.write_text(app.analyze(text).to_html(), "utf-8")
        headscope = opened(path.as_uri())
        page = headscope.page
        page.context.set_offline(True)
        headscope.open()
        page.get_by_label("Layer", exact=True).select_option("3")
        page.get_by_label("Head", exact=True).select_option("1")
        return page

    return open_


def against(**fields: Any) -> dict[str, Any]:
    """A link that opens the comparison with what these fields say."""
    return {**OPEN, "view": "compare", "against": json.dumps(fields)}


def edited(word: str) -> list[Any]:
    return [BIG.index("big"), "big", word]


def cell(page: Page) -> Locator:
    """The line about the selected or hovered cell, once its numbers are exact."""
    page.locator("#compare-cell[data-exact=true]").wait_for()
    return page.locator("#compare-cell")


def compared(api: httpx.Client, other: str = BIG, model: str = MINILM, **place: Any) -> Any:
    """The same comparison as the API has it."""
    ids = [
        api.post("analyses", json={"model": of, "text": text}).json()["id"]
        for of, text in ((MINILM, BIG), (model, other))
    ]
    question: dict[str, Any] = {"layer": 3, "head": 1, **place}
    return api.get(f"analyses/{ids[0]}/compare/{ids[1]}", params=question).json()


def numbers(found: Any, row: int, column: int) -> list[str]:
    return [
        f"{letter} {shown(abs(found[name][0][0][row][column]))}"
        for letter, name in (("A", "a"), ("B", "b"))
    ]


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


def test_a_saved_page_compares_its_own_heads(
    saved: Callable[[str], Page], api: httpx.Client
) -> None:
    page = saved(BIG)
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("Layer of B").select_option("2")
    page.get_by_label("Head of B").select_option("11")
    found = compared(api, other_layer=2, other_head=11)
    expect(page.locator(".compare-note")).to_contain_text(
        f"mean |{APART}| {shown(found['mean_abs'])}, Jensen-Shannon {shown(found['jsd'])} bits"
    )
    expect(page.locator(".compare-ranking .chip")).to_have_count(10)
    page.get_by_label("Sinks", exact=True).select_option("renormalised")
    read = compared(api, other_layer=2, other_head=11, hide="special", renormalise=True)
    expect(page.locator(".compare-note")).to_contain_text(
        f"mean |{APART}| {shown(read['mean_abs'])}"
    )
    expect(page.locator(".compare-note")).to_contain_text("sinks hidden in both")
    for kind in ("another text", "another model"):
        option = page.get_by_label("Compare with").locator("option", has_text=kind)
        expect(option).to_be_disabled()
        expect(option).to_contain_text("not in a saved page")


@pytest.mark.parametrize("unit", [{}, {"unit": "word"}])
@pytest.mark.parametrize(
    "read", [{}, {"hide": "special"}, {"hide": "special,first", "renormalise": True}]
)
def test_a_saved_page_says_of_its_heads_what_the_server_says(
    headscope: Headscope, api: httpx.Client, unit: dict[str, Any], read: dict[str, Any]
) -> None:
    id = api.post("analyses", json={"model": MINILM, "text": APOSTROPHE}).json()["id"]
    headscope.page.goto(f"{headscope.address}/healthz")
    lens = {"stack": "encoder", **unit, **read}
    heads = {**lens, "layer": 3, "head": 1, "other_layer": 2, "other_head": 11}
    means = {**lens, "layer": 3, "other_layer": 2, "reduce": "heads-mean"}
    calls = [
        ["comparison", {**heads, "dtype": "float32"}],
        ["comparison", {**heads, "queries": "2:4"}],
        ["comparison", {**means, "dtype": "float32"}],
        ["ranking", {**lens, "layer": 3, "head": 1}],
    ]
    for own, served in headscope.page.evaluate(BOTH, [id, calls]):
        assert own.keys() == served.keys()
        for name in own:
            np.testing.assert_allclose(own[name], served[name], rtol=0, atol=1e-6)
    ((own, served),) = headscope.page.evaluate(
        BOTH, [id, [["alignment", {"stack": "encoder", **unit}]]]
    )
    assert own == served
    assert any(stop - start > 1 for start, stop, *_ in own["keys"]) == bool(unit)
    drawn = {**heads, "dtype": "int8"}
    ((own, served),) = headscope.page.evaluate(BOTH, [id, [["comparison", drawn]]])
    np.testing.assert_allclose(own["data"], served["data"], rtol=0, atol=1)
    np.testing.assert_allclose(own["scale"], served["scale"], rtol=0, atol=1e-6)


def test_a_saved_page_compares_by_words(saved: Callable[[str], Page], api: httpx.Client) -> None:
    page = saved(APOSTROPHE)
    page.get_by_label("Unit", exact=True).select_option("word")
    page.get_by_role("tab", name="Compare").click()
    id = api.post("analyses", json={"model": MINILM, "text": APOSTROPHE}).json()["id"]
    question: dict[str, Any] = {"layer": 3, "head": 1, "other_head": 2, "unit": "word"}
    found = api.get(f"analyses/{id}/compare/{id}", params=question).json()
    note = page.locator(".compare-note")
    expect(note).to_contain_text(
        f"mean |{APART}| {shown(found['mean_abs'])}, Jensen-Shannon {shown(found['jsd'])} bits"
    )
    expect(note).to_contain_text("aligned by words")
    expect(page.locator(".compare-ranking .chip")).to_have_count(10)


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
    expect(menu).to_contain_text("is A alone, L3H1")
    menu.locator("summary").click()
    page.get_by_role("tab", name="Heatmap").click()
    menu.locator("summary").click()
    expect(menu.get_by_text("A alone")).to_be_hidden()
