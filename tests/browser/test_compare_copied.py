"""Code copied from a comparison: it gives A, B and A - B, whatever the texts."""

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened
from .test_save import HOSTILE, by_curl, by_http, by_package, copied

WAYS = (
    ("Python, without a server", by_package),
    ("Python, from this server", by_http),
    ("curl", by_curl),
)


@pytest.fixture
def page(opened: Opened) -> Headscope:
    return opened(permissions=["clipboard-read", "clipboard-write"])


def check(
    page: Headscope, api: httpx.Client, folder: Path, requests: list[Any], **query: Any
) -> None:
    """That each way gives what the server has of these texts, as A and B."""
    ids = [api.post("analyses", json=request).json()["id"] for request in requests]
    asked = {**query, "format": "npy"}
    answer = api.get(f"analyses/{ids[0]}/compare/{ids[-1]}", params=asked)
    assert answer.status_code == 200, answer.text
    expected = np.load(io.BytesIO(answer.content))
    assert expected.shape[:2] == (3, 1)
    for name, run_by in WAYS:
        np.testing.assert_array_equal(run_by(copied(page, name), folder), expected, name)


@pytest.mark.parametrize(("model", "text"), [(MINILM, KEYS), (SMOLLM2, HOSTILE)])
def test_of_two_heads(
    page: Headscope, api: httpx.Client, tmp_path: Path, model: str, text: str
) -> None:
    page.open(model=model, text=text, layer=3, head=1, view="compare")
    page.page.get_by_label("Layer of B").select_option("2")
    page.page.get_by_label("Head of B").select_option("7")
    expect(page.page.locator("#compare-B")).to_contain_text("L2H7")
    page.page.locator("#save-menu summary").click()
    expect(page.page.locator("#save-which")).to_contain_text("Code gives A, B and A − B")  # noqa: RUF001
    page.page.locator("#save-menu summary").click()
    heads = {"layer": 3, "head": 1, "other_layer": 2, "other_head": 7}
    check(page, api, tmp_path, [{"model": model, "text": text}], **heads)
    assert not (tmp_path / "acted").exists()


@pytest.mark.parametrize("other", [KEYS.replace("keys", "key"), HOSTILE.replace("\n", " ")])
def test_of_two_texts_read_in_words_without_sinks(
    page: Headscope, api: httpx.Client, tmp_path: Path, other: str
) -> None:
    page.open(
        model=MINILM, text=KEYS, layer=3, head=1, view="compare", sinks="renormalised", unit="word"
    )
    page.page.get_by_label("Compare with").select_option("text")
    box = page.page.get_by_label("Edit the text")
    box.fill(other)
    box.press("Enter")
    expect(page.page.locator("#compare-B")).to_contain_text("L3H1 · “")
    texts = [{"model": MINILM, "text": text} for text in (KEYS, other)]
    read = {"hide": "special", "renormalise": "true", "unit": "word"}
    check(page, api, tmp_path, texts, layer=3, head=1, **read)
    assert not (tmp_path / "acted").exists()


def test_of_two_models(page: Headscope, api: httpx.Client, tmp_path: Path) -> None:
    page.open(model=MINILM, text=KEYS, layer=3, head=1, view="compare")
    page.page.get_by_label("Compare with").select_option("model")
    page.page.get_by_label("Layer of B").select_option("12")
    page.page.get_by_label("Head of B").select_option("4")
    expect(page.page.locator("#compare-B")).to_contain_text("L12H4")
    texts = [{"model": model, "text": KEYS} for model in (MINILM, SMOLLM2)]
    check(page, api, tmp_path, texts, layer=3, head=1, other_layer=12, other_head=4)


def test_of_the_means_of_two_layers(page: Headscope, api: httpx.Client, tmp_path: Path) -> None:
    page.open(model=MINILM, text=KEYS, layer=3, head=1, show="mean", view="compare")
    page.page.get_by_label("Layer of B").select_option("0")
    expect(page.page.locator("#compare-B")).to_contain_text("L0")
    query = {"layer": 3, "other_layer": 0, "reduce": "heads-mean"}
    check(page, api, tmp_path, [{"model": MINILM, "text": KEYS}], **query)


def test_of_long_texts_as_coarse_as_the_picture(
    page: Headscope, api: httpx.Client, tmp_path: Path
) -> None:
    text = " ".join([KEYS] * 60)
    page.open(model=SMOLLM2, text=text, layer=3, head=1, view="compare")
    expect(page.page.locator("#compare-legend")).to_contain_text("512")
    query = {"layer": 3, "head": 1, "other_layer": 3, "other_head": 2, "size": 512}
    check(page, api, tmp_path, [{"model": SMOLLM2, "text": text}], **query)
