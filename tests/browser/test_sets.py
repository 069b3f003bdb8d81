"""Several words taken as queries or as keys: what the page says is what sums of weights say."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened
from .test_save import by_curl, by_http, by_package, copied, saved

Array = NDArray[np.float64]
Whole = Callable[..., Array]
OPEN = {"text": KEYS, "layer": 3, "head": 1, "query": 6, "key": 2}
MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])


SHADES = """() => [...document.querySelectorAll("#sentence .word")].map((word) =>
  word.style.getPropertyValue("--shade").match(/\\d+/g)?.map(Number) ?? [255, 255, 255])"""


@pytest.fixture
def clipped(opened: Opened) -> Headscope:
    """A page that may copy."""
    return opened(permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def whole(api: httpx.Client) -> Whole:
    """All weights [layer][head][query][key] in float64, as `read` has them."""

    def ask(model: str = MINILM, text: str = KEYS, **read: Any) -> Array:
        made = api.post("analyses", json={"model": model, "text": text}).json()
        found = api.get(f"analyses/{made['id']}/attention", params=read).json()["attention"]
        return np.array(found, np.float64)

    return ask


def middle(page: Page, word: int) -> tuple[float, float]:
    box = page.locator(f"#sentence [data-i='{word}']").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(headscope: Headscope, first: int, last: int, more: bool = False) -> None:
    page = headscope.page
    page.locator("#sentence").scroll_into_view_if_needed()
    if more:
        page.keyboard.down("Control")
    page.mouse.move(*middle(page, first))
    page.mouse.down()
    for word in range(first, last, 1 if last > first else -1):
        page.mouse.move(*middle(page, word))
    page.mouse.move(*middle(page, last))
    page.mouse.up()
    if more:
        page.keyboard.up("Control")
    page.mouse.move(5, 5)


def turn(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def bars(page: Page, which: str) -> dict[int, float]:
    """Exact weights of a list by token."""
    expect(page.locator(f"#{which}-bars .bar-value").first).not_to_contain_text("≈")
    rows = page.locator(f"#{which}-bars button")
    places = [int(row.get_attribute("data-i") or "") for row in rows.all()]
    texts = page.locator(f"#{which}-bars .bar-value").all_inner_texts()
    return dict(zip(places, map(float, texts), strict=True))


def check_list(page: Page, which: str, values: Array) -> None:
    """That a list has the largest of these values, exactly as they are."""
    strongest = np.argsort(-values, kind="stable")[: 6 if len(bars(page, which)) > 4 else 4]
    expect(page.locator(f"#{which}-bars button").first).to_have_attribute(
        "data-i", str(strongest[0])
    )
    found = bars(page, which)
    assert set(found) == {place for place in strongest if values[place] > 0}
    for place, weight in found.items():
        assert weight == pytest.approx(values[place], abs=6e-5)


@MODELS
def test_a_drag_takes_words_as_queries_and_shades_by_their_mean(
    headscope: Headscope, whole: Whole, model: str
) -> None:
    headscope.open(model=model, **OPEN)
    weights = whole(model, layers=3, heads=1)[0, 0]
    drag(headscope, 4, 2)
    page = headscope.page
    expect(page.locator("#set-note")).to_contain_text("mean over 3 queries")
    check_list(page, "row", weights[2:5].mean(0))
    expect(page.locator("#row-note")).to_contain_text("mean over its 3 queries")
    check_list(page, "column", weights[:, 2:5].sum(1))
    expect(page.locator("#column-note")).to_have_text(
        "sum over its 3 keys, columns do not sum to 1"
    )
    assert "query=4&key=2&querySet=2%3A5" in headscope.fragment
    chosen = page.locator("#sentence [aria-selected=true]")
    assert [word.get_attribute("data-i") for word in chosen.all()] == ["2", "3", "4"]


@MODELS
def test_words_that_are_looked_at_are_summed_and_have_the_second_hue(
    headscope: Headscope, whole: Whole, model: str
) -> None:
    headscope.open(model=model, **OPEN)
    page = headscope.page
    turn(page, "Is looked at by")
    drag(headscope, 1, 3)
    weights = whole(model, layers=3, heads=1)[0, 0]
    column = weights[:, 1:4].sum(1)
    expect(page.locator("#set-note")).to_contain_text("sum over 3 keys")
    check_list(page, "row", column)
    strongest = int(np.argmax(column))
    shades = page.evaluate(SHADES)
    red, _, blue = shades[strongest]
    assert red > blue
    light = [sum(shade) for shade in shades]
    assert light[strongest] == min(light)
    assert page.locator("#row-bars").evaluate("(list) => list.classList.contains('second-hue')")


@MODELS
@pytest.mark.parametrize(
    "read",
    [
        {},
        {"unit": "word"},
        {"keep": "top:3"},
        {"hide": "special"},
    ],
)
def test_two_sets_are_one_number_in_every_head(
    headscope: Headscope, whole: Whole, model: str, read: dict[str, str]
) -> None:
    lens = {"sinks": "hidden"} if "hide" in read else read
    asked = {"hide": "special,first"} if "hide" in read and model == SMOLLM2 else read
    headscope.open(model=model, **OPEN | lens | {"querySet": "4:6,7:9", "keySet": "1:3"})
    page = headscope.page
    weights = whole(model, **asked)
    heads = weights[:, :, [4, 5, 7, 8]][..., [1, 2]].sum(-1).mean(-1)
    expect(page.locator("#pair-scale")).to_contain_text("sum over 2 keys, mean over 4 queries")
    assert float(headscope.exact()) == pytest.approx(heads[3, 1], abs=6e-5)
    order = np.argsort(-heads.ravel(), kind="stable")
    rank = int(np.flatnonzero(order == 3 * heads.shape[1] + 1)[0]) + 1
    expect(page.locator("#readout .rank")).to_contain_text(f"no. {rank} of {heads.size} heads")
    for chip, at in zip(page.locator("#pair-list button").all(), order[:5], strict=True):
        layer, head = divmod(int(at), heads.shape[1])
        expect(chip).to_contain_text(f"L{layer}H{head} {heads[layer, head]:.3f}")


def test_the_heads_are_sorted_by_the_sets(headscope: Headscope, whole: Whole) -> None:
    headscope.open(model=MINILM, sort="pair", querySet="1:3", keySet="4:6", **OPEN)
    heads = whole()[:, :, [1, 2]][..., [4, 5]].sum(-1).mean(-1)
    layer, head = divmod(int(heads.argmax()), 12)
    expect(headscope.page.locator("#sort-note")).to_contain_text("sum over 2 keys")
    expect(headscope.page.locator("#overview.in-order")).to_have_count(1)
    headscope.page.mouse.move(*headscope.thumbnail(0, 0))
    expect(headscope.page.locator("#head-name")).to_have_text(f"L{layer}H{head}")


def test_more_words_are_added_and_taken_out(headscope: Headscope) -> None:
    headscope.open(model=MINILM, **OPEN)
    page = headscope.page
    drag(headscope, 1, 2)
    expect(page.locator("#set-note")).to_contain_text("2 queries")
    drag(headscope, 7, 9, more=True)
    expect(page.locator("#set-note")).to_contain_text("5 queries")
    assert "querySet=1%3A3%2C7%3A10" in headscope.fragment
    page.locator("#sentence [data-i='8']").click(modifiers=["Control"])
    expect(page.locator("#set-note")).to_contain_text("4 queries")
    page.locator("#sentence [data-i='5']").click(modifiers=["Shift"])
    expect(page.locator("#row-title")).to_have_text("“the keys to the cabinet” looks at")


def test_keys_extend_a_set_and_let_go_of_it(headscope: Headscope) -> None:
    headscope.open(model=MINILM, **OPEN)
    page = headscope.page
    page.locator("#sentence").focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("#row-title")).to_have_text("“are on” looks at")
    page.keyboard.press("Shift+Home")
    expect(page.locator("#set-note")).to_contain_text("7 queries")
    page.keyboard.press("Escape")
    expect(page.locator("#row-title")).to_have_text("“are” looks at")
    expect(page.locator("#set-note")).to_be_empty()
    page.keyboard.press("Shift+ArrowDown")
    turn(page, "Clear set")
    expect(page.locator("#row-title")).to_have_text("“are” looks at")
    expect(page.get_by_role("button", name="Clear set")).to_be_hidden()


def test_one_word_lets_go_of_the_set_of_its_side_alone(headscope: Headscope) -> None:
    headscope.open(model=MINILM, querySet="4:6", keySet="1:3", **OPEN)
    page = headscope.page
    page.locator("#sentence [data-i='7']").click()
    page.mouse.move(5, 5)
    expect(page.locator("#row-title")).to_have_text("“on” looks at")
    expect(page.locator("#pair-title")).to_have_text("Which heads look from “on” to “the keys”?")
    assert "keySet=1%3A3" in headscope.fragment
    assert "querySet" not in headscope.fragment
    page.mouse.click(*headscope.cell(5, 4, tokens=12))
    expect(page.locator("#pair-title")).to_have_text("Which heads look from “cabinet” to “the”?")


def test_a_word_stays_when_the_direction_turns(headscope: Headscope, whole: Whole) -> None:
    headscope.open(model=MINILM, **OPEN)
    page = headscope.page
    weights = whole(layers=3, heads=1)[0, 0]
    turn(page, "Is looked at by")
    expect(page.locator("#row-title")).to_have_text("“are” is looked at by")
    check_list(page, "row", weights[:, 6])
    check_list(page, "column", weights[6])
    page.locator("#sentence [data-i='2']").click()
    expect(page.locator("#row-title")).to_have_text("“keys” is looked at by")
    expect(page.locator("#readout .query .index")).to_have_text(str(weights[:, 2].argmax()))
    turn(page, "Looks at")
    expect(page.locator("#row-title")).to_have_text("“keys” looks at")


def test_hovering_says_what_the_set_gives_to_a_word(headscope: Headscope, whole: Whole) -> None:
    headscope.open(model=MINILM, querySet="4:7", **OPEN)
    headscope.exact()
    page = headscope.page
    page.locator("#sentence [data-i='5']").hover()
    expect(page.locator("#readout .key .index")).to_have_text("5")
    expect(page.locator("#readout .rank")).to_contain_text("heads")
    mean = whole(layers=3, heads=1)[0, 0][4:7, 5].mean()
    assert float(headscope.exact()) == pytest.approx(mean, abs=6e-5)


def test_a_text_of_other_tokens_lets_go_of_the_sets_and_says_so(headscope: Headscope) -> None:
    headscope.open(model=MINILM, querySet="4:7", keySet="1:3", **OPEN)
    headscope.analyse("Another text of other words.")
    expect(headscope.page.locator("#set-note")).to_contain_text("let go")
    assert "Set" not in headscope.fragment
    headscope.page.locator("#sentence [data-i='2']").click()
    expect(headscope.page.locator("#set-note")).to_be_empty()


def test_a_set_that_is_not_there_is_said(headscope: Headscope) -> None:
    headscope.open(model=MINILM, querySet="4:70", **OPEN)
    expect(headscope.page.locator("#link-replaced")).to_be_visible()
    assert "Set" not in headscope.fragment


def test_sets_of_tokens_become_sets_of_their_words(headscope: Headscope, whole: Whole) -> None:
    text = "The unbelievable tokenizers work."
    headscope.open(model=MINILM, text=text, layer=3, head=1, query=2, key=1, querySet="2:6")
    before = headscope.exact()
    headscope.page.get_by_label("Unit").select_option("word")
    expect(headscope.page.locator("#set-note")).not_to_have_text(re.compile(re.escape(before)))
    ranges = re.search(r"querySet=(\d+)%3A(\d+)", headscope.fragment)
    assert ranges
    start, stop = map(int, ranges.groups())
    mean = whole(text=text, layers=3, heads=1, unit="word")[0, 0][start:stop, 1].mean()
    assert float(headscope.exact()) == pytest.approx(mean, abs=6e-5)


def test_lines_are_those_of_the_queries_of_the_set(headscope: Headscope) -> None:
    headscope.open(model=MINILM, view="lines", querySet="4:6,8:9", lineMass="1", **OPEN)
    note = headscope.page.locator("#lines-note")
    expect(note).to_contain_text("from the 3 chosen queries")
    expect(note).to_contain_text("30 of 36")
    expect(headscope.page.locator(".lines-side.query .chosen")).to_have_count(3)


def test_code_that_is_copied_gives_the_sets_too(
    clipped: Headscope,
    whole: Whole,
    tmp_path: Path,
) -> None:
    clipped.open(model=MINILM, querySet="4:6,8:9", keySet="1:3", **OPEN)
    expected = whole(layers=3, heads=1)[0, 0][[4, 5, 8]][:, [1, 2]].sum(-1).mean()
    expect(clipped.page.locator("#spoken")).to_contain_text("mean over 3 queries")
    for name, run in (
        ("Python, without a server", by_package),
        ("Python, from this server", by_http),
    ):
        code = copied(clipped, name)
        found = run(f"{code}\nweights = together\n", tmp_path)
        np.testing.assert_allclose(found, [[[[expected]]]], atol=1e-6)
    script = copied(clipped, "curl").rpartition("\ncurl")
    found = by_curl("curl" + script[2], tmp_path)
    np.testing.assert_allclose(found, [[[[expected]]]], atol=1e-6)


def test_a_saved_page_takes_sets_by_itself(
    opened: Opened,
    clipped: Headscope,
    whole: Whole,
    tmp_path: Path,
) -> None:
    clipped.open(model=MINILM, **OPEN)
    path = tmp_path / "page.html"
    path.write_bytes(saved(clipped, "Self-contained page (HTML)")[1])
    offline = opened(path.as_uri())
    offline.open()
    offline.page.locator("#sentence [data-i='2']").click()
    drag(offline, 2, 5)
    expect(offline.page.locator("#set-note")).to_contain_text("4 queries")
    layer, head = map(int, re.findall(r"\d+", offline.page.locator("#head-name").inner_text()))
    check_list(offline.page, "row", whole()[layer, head][2:6].mean(0))


def test_a_long_text_is_never_asked_for_query_by_query(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=f"{KEYS} " * 160, layer=3, head=1, query=5, key=2)
    headscope.requested.clear()
    headscope.page.locator("#sentence").focus()
    headscope.page.keyboard.press("Shift+End")
    expect(headscope.page.locator("#set-note")).to_contain_text("queries")
    headscope.exact()
    exact = [url for url in headscope.requested if "dtype=float32" in url and "/attention" in url]
    assert any("sets=queries" in url for url in exact)
    assert all("sets=" in url or "size=1&" in url or "keys=" in url for url in exact)


def test_too_many_words_for_every_head_are_said(headscope: Headscope) -> None:
    headscope.open(model=SMOLLM2, text=f"{KEYS} " * 160, query=5, key=2, keep="top:3")
    headscope.page.locator("#sentence").focus()
    headscope.page.keyboard.press("Shift+End")
    expect(headscope.page.locator("#pair-scale")).to_contain_text("Choose fewer words")
    expect(headscope.page.locator("#set-note")).to_contain_text("queries")


def test_a_finger_that_holds_takes_words_and_one_that_moves_scrolls(opened: Opened) -> None:
    headscope = opened(width=390, height=844, has_touch=True, is_mobile=True)
    headscope.open(model=MINILM, **OPEN)
    page = headscope.page
    page.locator("#sentence").scroll_into_view_if_needed()
    session = page.context.new_cdp_session(page)
    x, y = middle(page, 9)
    at = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    session.send("Input.dispatchTouchEvent", at)
    page.wait_for_timeout(600)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#set-note")).to_contain_text("mean over 4 queries")
    page.locator("#sentence [data-i='3']").tap()
    expect(page.locator("#readout .key .index")).to_have_text("3")
    page.locator("#sentence [data-i='3']").tap()
    expect(page.locator("#row-title")).to_have_text("“to” looks at")

    x, y = middle(page, 9)
    moved = {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 40}]}
    session.send("Input.dispatchTouchEvent", {**at, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", moved)
    page.wait_for_timeout(600)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert "querySet" not in headscope.fragment


def test_nothing_is_wrong_for_those_who_do_not_see_it(opened: Opened) -> None:
    for direction, options in (("looks", {}), ("looked", {"width": 390, "locale": "zh-CN"})):
        headscope = opened(bypass_csp=True, **options)
        headscope.open(model=MINILM, querySet="4:6", keySet="1:3", direction=direction, **OPEN)
        headscope.exact()
        assert violations(headscope.page) == []


def test_a_set_of_too_many_pieces_is_refused_with_a_sentence(headscope: Headscope) -> None:
    most = ",".join(f"{2 * at + 1}:{2 * at + 2}" for at in range(64))
    headscope.open(model=MINILM, text="key " * 140, layer=3, head=1, querySet=most)
    page = headscope.page
    expect(page.locator("#set-note")).to_contain_text("64 queries")
    word = page.locator("#sentence [data-i='131']")
    word.click(modifiers=["Control"])
    expect(page.locator("#set-note")).to_contain_text("at most 64 separate pieces")
    expect(page.locator("#sentence [aria-selected=true]")).to_have_count(64)
    page.locator("#sentence [data-i='2']").click(modifiers=["Control"])
    expect(page.locator("#set-note")).to_contain_text("65 queries")
