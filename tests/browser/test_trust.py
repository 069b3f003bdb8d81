"""Is this picture right? Every line of the panel, against what the API says and has measured."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened, serving

OPEN: dict[str, Any] = {"text": KEYS, "layer": 3, "head": 1}
SPECIAL = {MINILM: "[CLS] [SEP]", SMOLLM2: "none, no BOS"}
MASKS = {MINILM: "none", SMOLLM2: "causal"}
HIDDEN = {MINILM: "[CLS] [SEP]", SMOLLM2: "The"}
MEASURED = "A·V equals this pass\N{RIGHT SINGLE QUOTATION MARK}s output"
EAGER = "equals eager attention"


def line(page: Page, name: str) -> Locator:
    """What the panel says of it."""
    return page.locator(f'#trust dt:text-is("{name}") + dd')


def value(text: str) -> float:
    """The number of a measured line."""
    assert text.startswith("✓ ")
    return float(text[2:])


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_every_line_says_what_the_api_says(
    headscope: Headscope, api: httpx.Client, model: str
) -> None:
    made = api.post("analyses", json={"model": model, "text": KEYS}).json()
    headscope.open(**OPEN, model=model)
    page = headscope.page
    checks, facts = made["checks"], made["model"]
    assert value(line(page, MEASURED).inner_text()) == pytest.approx(
        checks["output_max_error"], rel=0.5
    )
    assert value(line(page, "rows sum to 1").inner_text()) == pytest.approx(
        checks["row_sum_error"], rel=0.5
    )
    for name, said in [
        ("rounded where it is kept", "no"),
        ("mask", MASKS[model]),
        ("added tokens", SPECIAL[model]),
        ("text cut", "no"),
        ("pooled", "no"),
        ("sinks", "off the scale"),
        ("unit", "token"),
        ("left in sight", "all weights"),
        ("model", f"{model} · rev {facts['revision'][:12]}"),
        (
            "computed with",
            f"{facts['device']} · {facts['dtype']} · {facts['kernel']} · from q and k",
        ),
    ]:
        expect(line(page, name)).to_have_text(said)
    top = page.locator("#bar-high").inner_text()
    expect(line(page, "scale")).to_have_text(f"linear, 0 to {top}")
    expect(page.locator("#trust-verdict")).to_have_text("✓ measured")


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_eager_is_green_for_the_head_that_was_checked_and_no_other(
    headscope: Headscope, api: httpx.Client, model: str
) -> None:
    text = f"{KEYS} {model}"
    headscope.open(**{**OPEN, "text": text}, model=model)
    page = headscope.page
    expect(line(page, EAGER).locator(".good")).to_have_count(0)
    page.get_by_role("button", name="check this head").click()
    expect(line(page, EAGER).locator(".good")).to_have_count(1)
    made = api.post("analyses", json={"model": model, "text": text}).json()["checks"]
    assert made["eager_checked"] == [
        {"stack": "encoder" if model == MINILM else "decoder", "layer": 3, "heads": [1]}
    ]
    assert value(line(page, EAGER).inner_text()) == pytest.approx(made["eager_max_error"], rel=0.5)
    assert made["eager_max_error"] < 1e-5
    page.get_by_label("Head", exact=True).select_option("2")
    expect(page.get_by_role("button", name="check this head")).to_be_visible()


@pytest.mark.parametrize("model", [MINILM, SMOLLM2])
def test_how_the_weights_are_read_is_said(headscope: Headscope, model: str) -> None:
    headscope.open(**OPEN, model=model)
    page = headscope.page
    for choice, said in [
        ("shown", "shown"),
        ("hidden", f"hidden: {HIDDEN[model]}; rows sum to less than 1"),
        ("renormalised", f"hidden: {HIDDEN[model]}; rows renormalised to 1"),
    ]:
        page.get_by_label("Sinks", exact=True).select_option(choice)
        expect(line(page, "sinks")).to_have_text(said)
    page.get_by_label("Unit", exact=True).select_option("word")
    expect(line(page, "unit")).to_have_text("word: sums over keys, means over queries")
    page.get_by_label("Keep", exact=True).select_option("top")
    expect(line(page, "left in sight")).to_contain_text("the 5 strongest keys")
    page.get_by_label("Scale", exact=True).select_option("log")
    expect(line(page, "scale")).to_contain_text("log, 0 to")
    page.get_by_role("tab", name="Layer", exact=True).click()
    for name in ("scale", "pooled"):
        expect(line(page, name)).to_have_text("as the open view says")


def test_two_texts_name_what_separates_them_and_what_lies_between(headscope: Headscope) -> None:
    pair = {"text": "Where is the key?", "text_pair": "On the table."}
    headscope.open(**{**OPEN, **pair}, model=MINILM, between="ab")
    page = headscope.page
    expect(line(page, "added tokens")).to_have_text("[CLS] [SEP] [SEP]")
    expect(line(page, "left in sight")).to_contain_text("A")


def test_a_text_that_was_cut_or_pooled_says_so(headscope: Headscope) -> None:
    headscope.open(**{**OPEN, "text": KEYS * 80}, model=MINILM, truncate=1)
    expect(line(headscope.page, "text cut")).to_have_text("yes, to 512 tokens")
    headscope.open(**{**OPEN, "text": f"{KEYS} " * 70}, model=SMOLLM2)
    expect(line(headscope.page, "pooled")).to_contain_text("maxima of 2 ")


def test_what_was_rounded_is_never_green(opened: Opened) -> None:
    with serving(HEADSCOPE_TRACE_DTYPE="float16") as address:
        headscope = opened(address)
        headscope.open(**OPEN, model=MINILM)
        page = headscope.page
        expect(line(page, "q, k, v kept as float16: weights move by")).to_contain_text("≈")
        expect(page.locator("#trust-verdict")).to_have_text("≈ rounded to float16")
        expect(page.locator("#trust .good")).to_have_count(0)


def test_the_panel_speaks_chinese(opened: Opened) -> None:
    headscope = opened(locale="zh-CN")
    headscope.open(**OPEN, model=MINILM, sinks="hidden")
    page = headscope.page
    for name, said in [
        ("汇点", "已隐藏\N{FULLWIDTH COLON}[CLS] [SEP]\N{FULLWIDTH SEMICOLON}每行之和小于 1"),
        ("单位", "词元"),
        ("留在视野中", "全部权重"),
        ("保存时舍入", "否"),
    ]:
        expect(line(page, name)).to_have_text(said)
