"""What is saved and copied is what the open view shows: its heads, as coarse as they are drawn."""

import io
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened
from .test_save import by_curl, by_http, by_package, copied, saved, served

MODELS = pytest.mark.parametrize("model", [MINILM, SMOLLM2])
TEXT_TAG = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def page(opened: Opened) -> Headscope:
    return opened(permissions=["clipboard-read", "clipboard-write"])


@MODELS
@pytest.mark.parametrize(
    ("view", "more", "query", "name"),
    [
        ("layer", {}, {"layers": 3}, "L3"),
        ("layers", {}, {"heads": 1}, "layers-H1"),
        ("layers", {"show": "mean"}, {"reduce": "heads-mean"}, "layers-mean"),
        ("lines", {"lineHeads": "0,1,4"}, {"layers": 3, "heads": "0,1,4"}, "L3H0+1+4"),
    ],
)
def test_a_view_of_several_heads_gives_all_of_them(
    page: Headscope,
    api: httpx.Client,
    tmp_path: Path,
    model: str,
    view: str,
    more: dict[str, str],
    query: dict[str, Any],
    name: str,
) -> None:
    page.open(model=model, text=KEYS, layer=3, head=1, view=view, **more)
    expected = served(api, model, KEYS, **query)
    assert expected.shape[0] * expected.shape[1] > 2
    page.page.locator("#save-menu summary").click()
    expect(page.page.locator("#save-which")).to_contain_text("all heads of")
    page.page.locator("#save-menu summary").click()
    for way, run_by in (
        ("Python, without a server", by_package),
        ("Python, from this server", by_http),
        ("curl", by_curl),
    ):
        code = copied(page, way)
        assert way != "curl" or f"-{name}.npy" in code
        np.testing.assert_array_equal(run_by(code, tmp_path), expected)
    file, archive = saved(page, "Weights (NPZ)")
    assert file == f"{model}-{name}.npz"
    with np.load(io.BytesIO(archive)) as arrays:
        np.testing.assert_array_equal(arrays["attention"], expected)
    drawing = fromstring(saved(page, "Drawing (SVG)")[1])  # noqa: S314
    titles = {element.text for element in drawing.iter(TEXT_TAG)}
    if view == "layer":
        assert {f"L3H{head}" for head in range(expected.shape[1])} <= titles


def test_a_table_too_large_for_all_heads_holds_the_open_one(page: Headscope) -> None:
    text = "key " * 500
    page.open(model=MINILM, text=text, layer=3, head=1, view="layer", zoom="3:8,1.4:9")
    rows = saved(page, "Weights (CSV)")[1].decode().splitlines()
    assert len(rows) == 1 + 502 * 502
    assert {row.split(",")[1] for row in rows[1:]} == {"1"}


def test_a_long_text_is_copied_as_coarse_as_it_is_drawn(
    page: Headscope, api: httpx.Client, tmp_path: Path
) -> None:
    text = " ".join([KEYS] * 60)
    page.open(model=SMOLLM2, text=text, layer=3, head=1, sinks="off")
    expect(page.page.locator("#pooled")).to_be_visible()
    drawn = served(api, SMOLLM2, text, layers=3, heads=1, size=512, pool="max", off="special,first")
    assert drawn.shape == (1, 1, 512, 512)
    np.testing.assert_array_equal(
        by_package(copied(page, "Python, without a server"), tmp_path), drawn
    )
    np.testing.assert_array_equal(by_curl(copied(page, "curl"), tmp_path), drawn)
    page.page.locator("#zoom-in").click()
    page.page.locator("#zoom-in").click()
    expect(page.page.locator("#save-menu")).to_be_visible()
    near = by_package(copied(page, "Python, without a server"), tmp_path)
    assert max(near.shape) < 512, "what is in sight, weight by weight"
    near_by_curl = by_curl(copied(page, "curl"), tmp_path)
    np.testing.assert_array_equal(near_by_curl, near)


def test_lines_of_a_set_without_the_open_head_are_of_that_head_alone(
    page: Headscope, api: httpx.Client
) -> None:
    page.open(model=MINILM, text=KEYS, layer=3, head=1, view="lines", lineHeads="0,4")
    page.page.locator("#save-menu summary").click()
    expect(page.page.locator("#save-which")).to_contain_text("is L3H1")
    page.page.locator("#save-menu summary").click()
    name, archive = saved(page, "Weights (NPZ)")
    assert name == "minilm-l6-L3H1.npz"
    with np.load(io.BytesIO(archive)) as arrays:
        expected = served(api, MINILM, KEYS, layers=3, heads=1)
        np.testing.assert_array_equal(arrays["attention"], expected)
