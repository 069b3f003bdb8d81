"""The comparison in a saved page: of its own heads, as the server has it."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import app

from .comparing import APART, APOSTROPHE, BIG, BOTH, compared
from .conftest import MINILM, AsFile, Headscope, shown


@pytest.fixture
def saved(as_file: AsFile) -> Callable[[str], Page]:
    """The page that is saved of a text, offline at L3H1."""

    def open_(text: str) -> Page:
        page = as_file(app.analyze(text)).page
        page.get_by_label("Layer", exact=True).select_option("3")
        page.get_by_label("Head", exact=True).select_option("1")
        return page

    return open_


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
