"""Heads sorted by how far they are from what is compared; A, B and A - B side by side."""

import json
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened

OPEN: dict[str, Any] = {"model": MINILM, "text": KEYS, "layer": 3, "head": 1, "query": 6, "key": 2}
SORT = "Sort by"


def ranked(api: httpx.Client, other: dict[str, Any], measure: str, **of: int) -> list[str]:
    """Heads of A from the one that is farthest from B, as the API has it."""
    ids = [
        api.post("analyses", json=body).json()["id"]
        for body in ({"model": MINILM, "text": KEYS}, {"model": MINILM, "text": KEYS} | other)
    ]
    found = api.get(f"analyses/{ids[1]}/compare/{ids[0]}/heads", params=of).json()
    values = np.array(found[measure])
    order = np.argsort(-values, axis=None, kind="stable")
    return [f"L{at // 12}H{at % 12} {values.flat[at]:.4f}" for at in order]


def first(page: Page) -> str:
    """What the overview says of the head that comes first."""
    page.locator("#overview.in-order").wait_for()
    canvas = page.locator("#overview canvas")
    canvas.scroll_into_view_if_needed()
    canvas.hover(position={"x": 20, "y": 30})
    return str(canvas.get_attribute("title"))


@pytest.mark.parametrize(
    ("against", "other", "of", "said"),
    [
        ({"layer": 2, "head": 3}, {}, {"layer": 2, "head": 3}, "from L2H3"),
        ({"edit": [4, "keys", "locks"]}, {"text": KEYS.replace("keys", "locks")}, {}, "other text"),
        (
            {"model": SMOLLM2, "layer": 12, "head": 4},
            {"model": SMOLLM2},
            {"layer": 12, "head": 4},
            "from L12H4 of SmolLM2",
        ),
    ],
)
@pytest.mark.parametrize("order", ["mean_abs", "jsd"])
def test_heads_are_sorted_by_their_difference_from_b(
    headscope: Headscope,
    api: httpx.Client,
    against: dict[str, Any],
    other: dict[str, Any],
    of: dict[str, int],
    said: str,
    order: str,
) -> None:
    headscope.open(**OPEN, view="compare", against=json.dumps({**against, "order": order}))
    page = headscope.page
    page.get_by_label(SORT).select_option("difference")
    expect(page.locator("#sort-note")).to_contain_text(said)
    expect(page.locator("#sort-note")).to_contain_text(
        {"mean_abs": "mean absolute difference", "jsd": "Jensen-Shannon"}[order]
    )
    name, value = ranked(api, other, order, **of)[0].split()
    assert first(page).startswith(f"{name}: ")
    assert first(page).endswith(f": {value}")
    page.wait_for_function("location.hash.includes('sort=difference')")
    page.reload()
    headscope.settle()
    expect(page.get_by_label(SORT)).to_have_value("difference")
    expect(page.locator("#sort-note")).to_contain_text(said)


def test_without_a_comparison_there_is_no_difference_to_sort_by(headscope: Headscope) -> None:
    headscope.open(**OPEN)
    option = headscope.page.locator("#sort-difference")
    expect(option).to_be_disabled()
    headscope.page.get_by_role("tab", name="Compare").click()
    expect(option).to_be_enabled()


@pytest.mark.parametrize(("width", "rows"), [(1440, 1), (1024, 1), (390, 3)])
def test_a_b_and_their_difference_stand_side_by_side_where_there_is_room(
    opened: Opened, width: int, rows: int
) -> None:
    headscope = opened(width=width)
    headscope.open(**OPEN, view="compare")
    maps = headscope.page.locator(".compare-map")
    expect(maps).to_have_count(3)
    headscope.page.locator("#compare-cell[data-exact=true]").wait_for()
    boxes = [each.bounding_box() for each in maps.all()]
    assert len({round(box["y"]) for box in boxes if box}) == rows
    assert all(box and box["width"] >= 180 for box in boxes)
