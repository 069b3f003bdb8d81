"""The saved page: the views on weights of its own, without a server and without a network."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Frame, expect

import app

from .conftest import KEYS, MINILM, Opened, shown

Array = NDArray[Any]
HOSTILE = f"{KEYS} </script><script>alert(1)</script><img src=x onerror=alert(2)> <!-- &lt; 坐"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def saved(folder: Path) -> Path:
    """A page whose text tries to break out of it, with one head compared with eager attention."""
    path = folder / "page.html"
    path.write_text(app.analyze(HOSTILE).verify(3, 1).to_html(), "utf-8")
    return path


def test_a_saved_page_reads_what_the_api_answers(
    opened: Opened, saved: Path, weight: Callable[..., float]
) -> None:
    headscope = opened(saved.as_uri(), color_scheme="dark")
    page = headscope.page
    page.context.set_offline(True)
    headscope.open()
    expect(page.locator("#saved")).to_contain_text("exact float32 weights of layers 0")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Layer", exact=True).select_option("3")
    page.get_by_label("Head", exact=True).select_option("1")
    expect(page.locator("#head-name")).to_have_text("L3H1")
    tokens = page.locator("#sentence .word").count()
    for query, key in [(4, 5), (8, 5), (12, 2)]:
        page.mouse.move(*headscope.cell(query, key, tokens))
        expect(page.locator("#readout .query .index")).to_have_text(str(query))
        expect(page.locator("#readout .key .index")).to_have_text(str(key))
        assert headscope.exact() == shown(weight(HOSTILE, 3, 1, query, key))
    page.mouse.click(*headscope.thumbnail(2, 8))
    page.mouse.move(2, 2)
    page.keyboard.press("]")
    expect(page.locator("#head-name")).to_have_text("L3H8")
    page.locator("#pair-list + .in-words + .numbers summary").click()
    expect(page.locator("#pair-list ~ .numbers table tbody tr")).to_have_count(6)
    page.locator("#overview-steps + .in-words + .numbers summary").click()
    expect(page.locator("#overview ~ .numbers table").first).to_contain_text("L0H0")
    page.get_by_label("Show", exact=True).select_option("mean")
    expect(page.locator("#head-name")).to_have_text("L3 mean")
    assert page.locator("img[src=x]").count() == 0
    asked = [url for url in headscope.requested if not url.startswith(("blob:", "data:"))]
    assert asked == [saved.as_uri()]


def test_a_saved_page_reads_words_as_the_api_does(opened: Opened, saved: Path) -> None:
    headscope = opened(saved.as_uri())
    headscope.open()
    page = headscope.page
    page.get_by_label("Layer", exact=True).select_option("3")
    page.get_by_label("Head", exact=True).select_option("1")
    page.get_by_label("Unit", exact=True).select_option("word")
    headscope.settle()
    found = app.analyze(HOSTILE)
    texts = [word.text for word in found.words]
    expect(page.locator("#sentence .word")).to_have_count(len(texts))
    weights = found.attention(layers=3, heads=1, unit="word")[0, 0]
    for query, key in [(6, 2), (texts.index("onerror"), 2)]:
        page.mouse.move(*headscope.cell(query, key, len(texts)))
        expect(page.locator("#readout .query .index")).to_have_text(str(query))
        assert headscope.exact() == shown(float(weights[query, key]))


def test_a_saved_page_has_no_control_that_needs_a_server(opened: Opened, saved: Path) -> None:
    headscope = opened(saved.as_uri(), locale="zh-CN")
    headscope.open()
    page = headscope.page
    expect(page.locator("#saved")).to_contain_text("无需服务器")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
    expect(page.get_by_role("link", name="API")).to_have_count(0)
    expect(page.get_by_role("button", name="check this head")).to_have_count(0)
    expect(page.locator("#trust")).to_contain_text("not measured")
    page.locator("#layer").select_option("3")
    page.locator("#head").select_option("1")
    expect(page.locator("#trust .good")).to_have_count(3)
    page.locator("#save-menu summary").click()
    expect(page.locator("#save-menu button")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture (PNG)").click()
    assert download.value.suggested_filename == "minilm-l6-L3H1.png"
    page.get_by_role("tab", name="Lines").click()
    page.locator("#save-menu summary").click()
    page.get_by_role("button", name="Picture (PNG)").click()
    expect(page.locator("#head-problem")).to_contain_text("its heatmap only: open that, then save")
    page.get_by_role("tab", name="Heatmap").click()
    page.locator("body").press("/")


def test_a_page_of_some_layers_names_them_as_the_model_does(
    opened: Opened, folder: Path, weight: Callable[..., float]
) -> None:
    path = folder / "some.html"
    path.write_text(app.analyze(KEYS).to_html(layers=[1, 3]), "utf-8")
    headscope = opened(path.as_uri())
    headscope.open()
    page = headscope.page
    expect(page.locator("#saved")).to_contain_text("layers 1, 3 of minilm-l6")
    assert page.locator("#layer option").all_inner_texts() == ["1", "3"]
    page.mouse.click(*headscope.thumbnail(1, 1))
    page.mouse.move(2, 2)
    expect(page.locator("#head-name")).to_have_text("L3H1")
    page.mouse.move(*headscope.cell(6, 2, tokens=12))
    expect(page.locator("#readout .key .index")).to_have_text("2")
    assert headscope.exact() == shown(weight(KEYS, 3, 1, 6, 2))
    expect(page.locator("#head-note")).to_contain_text("[CLS] + [SEP] take 38%")


def test_a_notebook_shows_the_page_in_a_frame_without_an_origin(
    opened: Opened, folder: Path, weight: Callable[..., float]
) -> None:
    path = folder / "notebook.html"
    path.write_text(f"<!doctype html>{app.analyze(HOSTILE)._repr_html_()}", "utf-8")
    headscope = opened(path.as_uri())
    headscope.page.goto(path.as_uri())
    (frame,) = headscope.page.frames[1:]
    assert frame.evaluate("origin") == "null"
    frame.wait_for_selector("html[data-state=ready]")
    assert the_weight(frame) == shown(weight(HOSTILE, 0, 0, *selected(frame)))
    frame.locator("#save-menu summary").click()
    with headscope.page.expect_download() as download:
        frame.get_by_role("button", name="Picture (PNG)").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    frame.get_by_role("button", name="Switch between light and dark").click()
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")


def the_weight(frame: Frame) -> str:
    weight = frame.locator("#readout[data-exact=true] .weight")
    weight.wait_for()
    return weight.inner_text()


def selected(frame: Frame) -> tuple[int, int]:
    query, key = (frame.locator(f"#readout .{of} .index").inner_text() for of in ("query", "key"))
    return int(query), int(key)


def test_the_text_cannot_end_the_element_that_holds_it(saved: Path) -> None:
    page = saved.read_text("utf-8")
    document = page.partition('id="analysis">')[2].partition("</script>")[0]
    assert json.loads(document)["request"]["text"] == HOSTILE
    assert "<" not in document


def test_a_saved_page_measures_sorts_and_renormalises_by_itself(
    opened: Opened, saved: Path, api: httpx.Client
) -> None:
    made = api.post("analyses", json={"model": MINILM, "text": HOSTILE}).json()["id"]
    entropy = api.get(f"analyses/{made}/measures").json()["entropy"]
    least = min((bits, f"L{i}H{j}") for i, row in enumerate(entropy) for j, bits in enumerate(row))
    headscope = opened(saved.as_uri())
    page = headscope.page
    page.context.set_offline(True)
    headscope.open()
    expect(page.locator("#goes-title")).to_have_text("Where the weight of L0H0 goes")
    expect(page.locator("#goes")).to_contain_text(f"{entropy[0][0]:.2f} bits")
    page.get_by_label("Sort by").select_option("entropy")
    expect(page.locator("#overview.in-order")).to_have_count(1)
    page.locator("#overview").press("Home")
    expect(page.locator("#head-name")).to_have_text(least[1])
    page.get_by_label("Sinks", exact=True).select_option("renormalised")
    expect(page.locator("#bar-name")).to_contain_text("rows renormalised")
    expect(page.locator("#sort-note")).to_contain_text("rows renormalised")
