"""The arithmetic view: a weight, number by number, closing on the number that is drawn."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.engine.families import KEEP_WEIGHTS, save

from .axe import violations
from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, serving
from .test_keyboard import Keys

SIZES = {MINILM: (6, 12, 12), SMOLLM2: (30, 9, 10)}
"""Layers, heads, and tokens of the text."""
EXAMPLE = {"model": MINILM, "text": KEYS, "layer": 3, "head": 1, "query": 6, "key": 2}
Weight = Callable[..., float]


def arithmetic(headscope: Headscope, **state: Any) -> Page:
    """The view of this selection, once it is drawn."""
    wanted = {**EXAMPLE, **state}
    headscope.open(**wanted, view="arithmetic")
    place = f"L{wanted['layer']}H{wanted['head']} {wanted['query']} {wanted['key']}"
    headscope.page.wait_for_selector(f'#view-other[data-shown$=" {place}"]', timeout=60_000)
    return headscope.page


def numbers(page: Page, selector: str) -> list[float]:
    found: list[float] = page.locator(selector).evaluate_all(
        "all => all.map((one) => Number(one.value))"
    )
    return found


def places(model: str) -> list[tuple[int, int, int, int]]:
    """Ten random (layer, head, query, key); a decoder's query sees no later key."""
    layers, heads, tokens = SIZES[model]
    random = np.random.default_rng(layers)
    found = []
    for _ in range(10):
        query = int(random.integers(tokens))
        seen = tokens if model == MINILM else query + 1
        layer, head, key = (int(random.integers(count)) for count in (layers, heads, seen))
        found.append((layer, head, query, key))
    return found


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_the_numbers_on_screen_recompute_to_the_weight_of_the_api(
    headscope: Headscope, weight: Weight, model: str
) -> None:
    for layer, head, query, key in places(model):
        page = arithmetic(headscope, model=model, layer=layer, head=head, query=query, key=key)
        dimensions = numbers(page, "#dimensions data")
        q, k = dimensions[::3], dimensions[1::3]
        assert len(q) == (32 if model == MINILM else 64)
        products = [one * other for one, other in zip(q, k, strict=True)]
        assert dimensions[2::3] == products
        score = math.fsum(products) / math.sqrt(len(q))
        scores = numbers(page, '[data-step="scores"] td data')
        assert len(scores) == (12 if model == MINILM else query + 1)
        assert min(abs(score - each) for each in scores) < 1e-9
        top = max(scores)
        drawn = math.exp(score - top) / sum(math.exp(each - top) for each in scores)
        own = weight(KEYS, layer, head, query, key, model=model)
        assert drawn == pytest.approx(own, abs=1e-5)
        assert numbers(page, "#weight")[0] == pytest.approx(own, abs=1e-5)
        verdict = page.locator("#arithmetic-verdict.good")
        assert abs(float(verdict.get_attribute("data-difference") or "nan")) <= 1e-5


def test_an_encoder_says_what_it_writes_and_that_no_tokens_follow(headscope: Headscope) -> None:
    page = arithmetic(headscope)
    expect(page.locator("#arithmetic-weight")).to_have_text("0.7878")
    expect(page.locator('[data-step="mask"] summary')).to_contain_text("none")
    write = page.locator('[data-step="write"]')
    parts = numbers(page, '[data-step="write"] td data')
    assert 0 < numbers(page, "#write-norm")[0] < sum(parts)
    expect(write).to_contain_text("no vocabulary head")
    expect(page.locator(".said")).to_have_count(0)


def test_a_decoder_says_what_its_write_promotes_and_what_it_shares(headscope: Headscope) -> None:
    page = arithmetic(headscope, model=SMOLLM2, layer=20, head=7)
    said = page.locator(".said")
    expect(said).to_contain_text("KV head 2, which 3 heads share")
    expect(page.locator('[data-step="product"]')).to_contain_text("rotary embedding")
    logits = numbers(page, ".promoted data")
    assert len(logits) == 20
    assert logits[:10] == sorted(logits[:10], reverse=True)
    assert logits[10:] == sorted(logits[10:])
    expect(page.locator('[data-step="mask"] .cut')).to_have_count(3)


def test_a_masked_key_has_no_score_and_no_weight(headscope: Headscope) -> None:
    page = arithmetic(headscope, model=SMOLLM2, query=3, key=8)
    expect(page.locator('[data-step="scores"] summary')).to_contain_text("−∞")  # noqa: RUF001
    expect(page.locator('[data-step="mask"] summary')).to_contain_text("cut off")
    expect(page.locator("#arithmetic-weight")).to_have_text("0")
    expect(page.locator("#arithmetic-verdict")).to_have_class("verdict good")


def test_predict_then_reveal(headscope: Headscope) -> None:
    page = arithmetic(headscope)
    expect(page.locator("#spoken")).to_contain_text("Done, 12 tokens.")
    page.get_by_role("button", name="Predict, then reveal").click()
    expect(page.locator(".question")).to_contain_text("“are” look at most in L3H1")
    for answer in ("#arithmetic-weight", ".step", "#row-bars", "#readout", "#pair-list"):
        expect(page.locator(answer)).to_be_hidden()
    expect(page.locator("#spoken")).not_to_contain_text("0.78")
    assert "0.78" not in page.locator("body").inner_text()
    page.locator(".question").get_by_role("button", name="cabinet 5").click()
    expect(page.locator(".outcome")).to_have_text(
        "“cabinet” has 0.0346 and is 3rd; the strongest is “keys”, with 0.7878."
    )
    expect(page.locator("#row-bars")).to_be_visible()
    page.wait_for_url("**key=5**")
    spoken = page.locator("#spoken")
    expect(spoken).to_have_text("L3H1, query are 6, key cabinet 5, 0.035")
    page.get_by_label("Head", exact=True).select_option("2")
    expect(page.locator(".question")).to_contain_text("L3H2")
    expect(spoken).to_have_text("L3H2, query are 6, key cabinet 5")
    page.get_by_label("Head", exact=True).select_option("1")
    expect(page.locator(".outcome")).to_contain_text("cabinet")
    page.get_by_role("button", name="Predict, then reveal").click()
    expect(page.locator(".outcome")).to_have_count(0)
    expect(page.locator(".step")).to_have_count(6)


def test_every_step_folds_to_its_number_and_all_of_it_is_reached_by_keys(
    headscope: Headscope,
) -> None:
    page = arithmetic(headscope)
    keys = Keys(page)
    page.locator("#tab-arithmetic").focus()
    keys.tab_to("#arithmetic-guess", 9)
    keys.tab_to("#arithmetic-fold", 1)
    keys.press("Enter")
    keys.at("#arithmetic-fold")
    expect(page.locator(".step[open]")).to_have_count(0)
    expect(page.locator("#step-product")).to_contain_text("36.3289")
    keys.tab_to("#step-product", 1)
    keys.press("Enter")
    keys.tab_to("#key", 1)
    page.get_by_label("Word that is looked at (key)").select_option("5")
    page.wait_for_selector('#view-other[data-shown$=" L3H1 6 5"]')
    keys.at("#key")
    expect(page.locator(".step[open]")).to_have_count(1)
    keys.tab_to("#dimension-order", 1)
    keys.press("l")
    heights = page.locator(".strip.p rect").evaluate_all(
        "all => all.map((one) => Number(one.getAttribute('height')) * "
        "(one.classList.contains('down') ? -1 : 1))"
    )
    assert heights == sorted(heights, reverse=True)


def test_a_long_text_asks_for_its_strongest_keys_only(headscope: Headscope) -> None:
    page = arithmetic(headscope, text=" ".join([KEYS] * 40), query=200, key=196)
    expect(page.locator(".said")).to_contain_text("more are in every sum")
    asked = [url for url in headscope.requested if "/arithmetic?" in url]
    assert asked
    for url in asked:
        ranges = url.partition("keys=")[2].split("%2C")
        bounds = [range_.split("%3A") for range_ in ranges]
        assert sum(int(stop) - int(start) for start, stop in bounds) <= 15
    expect(page.locator("#arithmetic-verdict")).to_have_class("verdict good")


def test_what_the_picture_shows_in_another_way_is_said(headscope: Headscope) -> None:
    page = arithmetic(headscope, sinks="hidden")
    expect(page.locator(".answer")).to_contain_text("own weight of this head")
    page = arithmetic(headscope, show="mean")
    expect(page.locator(".said")).to_contain_text("this is L3H1")
    expect(page.locator("#arithmetic-weight")).to_have_text("0.7878")


def test_of_a_word_its_first_token_is_taken_and_said(
    headscope: Headscope, api: httpx.Client, weight: Weight
) -> None:
    text = "The unbelievably old keys."
    made = api.post("analyses", json={"model": MINILM, "text": text}).json()
    (query, _), (key, after) = (made["words"]["input"][word] for word in (4, 2))
    assert (query, after - key > 1) == (8, True)
    place = {"model": MINILM, "text": text, "layer": 3, "head": 1, "query": 4, "key": 2}
    headscope.open(**place, unit="word", view="arithmetic")
    page = headscope.page
    page.wait_for_selector(f'#view-other[data-shown$=" L3H1 {query} {key}"]')
    expect(page.locator(".said")).to_contain_text("of each word this is its first")
    expect(page.locator(".answer")).to_contain_text("own weight of this head")
    own = weight(text, 3, 1, query, key)
    assert numbers(page, "#weight")[0] == pytest.approx(own, abs=1e-5)
    chosen = page.get_by_label("Word that is looked at (key)")
    chosen.select_option(str(query))
    page.wait_for_url("**key=4**")
    page.wait_for_selector(f'#view-other[data-shown$=" L3H1 {query} {query}"]')
    chosen.select_option(str(after - 1))
    page.wait_for_url("**key=2**")
    page.wait_for_selector(f'#view-other[data-shown$=" L3H1 {query} {key}"]')


def test_a_model_that_hands_out_weights_only_greys_the_tab(opened: Opened, tmp_path: Path) -> None:
    folder = save(tmp_path, KEEP_WEIGHTS["bloom"])
    with serving(HEADSCOPE_MODELS=f'["bloom={folder}"]') as address:
        headscope = opened(address)
        headscope.open(model="bloom", text="one two three")
        tab = headscope.page.get_by_role("tab", name="Arithmetic")
        expect(tab).to_have_attribute("aria-disabled", "true")
        expect(headscope.page.locator("#views-why")).to_contain_text("weights only")
        tab.click(force=True)
        expect(tab).to_have_attribute("aria-selected", "false")
        headscope.open(model="bloom", text="one two three", view="arithmetic")
        expect(headscope.page.locator("#view-other")).to_contain_text("weights only")


def test_in_chinese_on_a_narrow_screen_axe_finds_nothing(opened: Opened) -> None:
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}):
        headscope = opened(bypass_csp=True, locale="zh-CN", width=390, **options)
        page = arithmetic(headscope, model=SMOLLM2, layer=20, head=7)
        expect(page.locator("#step-write")).to_contain_text("这个头写入了什么")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert violations(page) == []
        page.get_by_role("button", name="先猜，再揭晓").click()  # noqa: RUF001
        expect(page.locator(".question")).to_be_visible()
        assert violations(page) == []
