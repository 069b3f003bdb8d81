"""Fingers: a tap shows, a second tap keeps, two fingers zoom, one scrolls the page."""

import pytest
from playwright.sync_api import CDPSession, expect

from .conftest import KEYS, MINILM, SMOLLM2, Headscope, Opened

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
Points = list[tuple[float, float]]


def test_a_tap_shows_and_a_second_tap_keeps(opened: Opened) -> None:
    headscope = opened(**PHONE)
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2)
    page = headscope.page
    name, readout = page.locator("#head-name"), page.locator("#readout")
    expect(page.locator(".heads .by-touch")).to_be_visible()
    expect(page.locator(".heads .by-mouse")).to_be_hidden()

    page.touchscreen.tap(*headscope.thumbnail(2, 8))
    expect(name).to_have_text("L2H8")
    expect(readout).to_be_in_viewport()
    expect(readout).to_contain_text("L2H8")
    assert "layer=3&head=1" in headscope.fragment
    page.touchscreen.tap(*headscope.thumbnail(2, 8))
    expect(page.get_by_label("Head", exact=True)).to_have_value("8")
    assert "layer=2&head=8" in headscope.fragment

    page.touchscreen.tap(*headscope.cell(7, 5, tokens=12))
    expect(readout.locator(".query .index")).to_have_text("7")
    expect(readout).to_be_in_viewport()
    assert "query=6&key=2" in headscope.fragment
    page.touchscreen.tap(*headscope.cell(7, 5, tokens=12))
    expect(page.locator("#row-title")).to_have_text("“on” looks at")
    assert "query=7&key=5" in headscope.fragment

    word = page.locator("#sentence .word").nth(3)
    word.tap()
    expect(readout.locator(".key .index")).to_have_text("3")
    expect(readout).to_be_in_viewport()
    expect(page.locator("#row-title")).to_have_text("“on” looks at")
    word.tap()
    expect(page.locator("#row-title")).to_have_text("“to” looks at")


def test_a_kept_cell_keeps_the_head_that_a_tap_showed(opened: Opened) -> None:
    headscope = opened(**PHONE)
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2)
    page = headscope.page
    expect(page.locator("#head-note")).not_to_be_empty()
    before = top_of_cells(headscope)
    page.touchscreen.tap(*headscope.thumbnail(0, 2))
    expect(page.locator("#head-name")).to_have_text("L0H2")
    assert top_of_cells(headscope) == before, "the picture moved under the finger"
    for _ in range(2):
        page.touchscreen.tap(*headscope.cell(7, 6, tokens=12))
    expect(page.locator("#row-title")).to_have_text("“on” looks at")
    assert "layer=0&head=2&query=7&key=6" in headscope.fragment

    page.touchscreen.tap(*headscope.thumbnail(5, 5))
    expect(page.locator("#head-name")).to_have_text("L5H5")
    page.locator("#overview-title").tap()
    expect(page.locator("#head-name")).to_have_text("L0H2")


def top_of_cells(headscope: Headscope) -> float:
    """Its distance from the top of the page."""
    cells = headscope.page.locator(".plot-cells")
    return float(cells.evaluate("cells => cells.getBoundingClientRect().top + scrollY"))


def touch(session: CDPSession, kind: str, points: Points) -> None:
    session.send(
        "Input.dispatchTouchEvent",
        {
            "type": kind,
            "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)],
        },
    )


def drag(session: CDPSession, steps: list[Points]) -> None:
    touch(session, "touchStart", steps[0])
    for points in steps[1:]:
        touch(session, "touchMove", points)
    touch(session, "touchEnd", [])


def test_two_fingers_zoom_and_one_scrolls(opened: Opened) -> None:
    headscope = opened(**PHONE)
    headscope.open(model=MINILM, text=KEYS, layer=3, head=1, query=6, key=2)
    page = headscope.page
    session = page.context.new_cdp_session(page)
    labels = page.locator(".yaxislayer-above text")
    expect(labels).to_have_count(12)
    x, y = headscope.cell(6, 6, tokens=12)
    drag(session, [[(x - d, y - d), (x + d, y + d)] for d in (20, 30, 45, 60)])
    expect(labels).to_have_count(4)
    assert {"are", "on"} <= set(labels.all_text_contents())
    assert "query=6&key=2" in headscope.fragment
    assert page.evaluate("visualViewport.scale") == 1

    before = page.evaluate("scrollY")
    drag(session, [[(x, y + 100 - d)] for d in range(0, 200, 20)])
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > before + 50
    expect(labels).to_have_count(4)


BESIDE = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const own = [...document.querySelectorAll("body *")].filter((each) =>
    each.scrollWidth > each.clientWidth + 1 && each.checkVisibility()
    && ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
    && !each.matches(".grid-box, .table-box, textarea"));
  return [wide, ...own.map((each) => each.id || each.className)];
}"""


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_but_the_grid_scrolls_sideways_in_any_state(opened: Opened, width: int) -> None:
    headscope = opened(**{**PHONE, "width": width}, locale="zh-CN")
    headscope.open(model=SMOLLM2, text="他把钥匙放在桌子上, 然后关上了门。" * 3 + "=" * 64)
    page = headscope.page

    def holds(state: str) -> None:
        assert (state, page.evaluate(BESIDE)) == (state, [0])

    holds("chinese, long token")
    page.locator("#overview canvas").tap(position={"x": 20, "y": 20})
    expect(page.locator("#readout")).to_be_in_viewport()
    holds("preview")
    for opener in page.locator("summary:visible, #keys-open:visible").all():
        opener.click()
        holds("open menu")
        page.keyboard.press("Escape")
    page.get_by_label("模型", exact=True).select_option(MINILM)
    expect(page.locator("#unread button")).to_be_visible()
    holds("unread text")
    page.get_by_label("文本", exact=True).fill("w" * 300 + " word" * 600)
    page.get_by_role("button", name="分析", exact=True).click()
    headscope.settle("error")
    holds("too many tokens")
    page.get_by_label("模型", exact=True).select_option("openai-community/gpt2")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Analyze", exact=True).click()
    expect(page.locator("#model-problem")).to_be_visible()
    holds("model out of reach")
    page.get_by_label("Model", exact=True).select_option(MINILM)
    headscope.analyse(KEYS)
    page.get_by_role("button", name="+ second text").click()
    holds("two texts")
