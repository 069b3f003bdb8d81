"""The main job without a mouse: from an empty page to a link that shows the same elsewhere."""

from urllib.parse import parse_qs

from playwright.sync_api import Page, expect

from .conftest import SMOLLM2, Headscope, Opened, shown
from .test_numbers import body
from .test_reading import Weight

TEXT = "小明把书还给小红，因为她要看书。"  # noqa: RUF001


class Keys:
    """A person at a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page, self.press = page, page.keyboard.press

    def tab_to(self, target: str, most: int, key: str = "Tab") -> None:
        """Reach this with at most so many presses, seeing focus at every stop."""
        for _ in range(most):
            self.press(key)
            stop = self.page.locator(":focus")
            expect(stop).to_have_count(1)
            assert stop.evaluate("(at) => getComputedStyle(at).outlineStyle") != "none", target
            if stop.evaluate("(at, target) => at.matches(target)", target):
                return
        raise AssertionError(f"{target} is further than {most} stops away")

    def at(self, target: str) -> None:
        expect(self.page.locator(target)).to_be_focused()


def test_the_main_job_in_chinese_from_start_to_a_copied_link(
    opened: Opened, weight: Weight
) -> None:
    headscope = opened(locale="zh-CN", permissions=["clipboard-read", "clipboard-write"])
    headscope.open()
    page, keys = headscope.page, Keys(headscope.page)
    expect(page.get_by_role("button", name="分析", exact=True)).to_be_visible()

    keys.tab_to("#model", most=2)
    keys.press("ArrowDown")
    expect(page.locator("#model")).to_have_value(SMOLLM2)
    keys.press("/")
    keys.at("#model")  # in a list of choices, characters choose
    keys.tab_to("#text", most=6)
    keys.press("Control+a")
    page.keyboard.insert_text(TEXT)
    keys.press("Control+Enter")
    expect(page.locator("#sentence")).to_contain_text("小")
    headscope.settle()
    keys.at("#text")

    keys.tab_to("#overview", most=10)
    before = page.locator("#head-name").inner_text()
    for _ in range(3):
        keys.press("ArrowDown")
    keys.press("ArrowRight")
    layer, head = (int(part) for part in before[1:].split("H"))
    name = f"L{layer + 3}H{head + 1}"
    expect(page.locator("#head-name")).to_have_text(name)
    expect(page.locator("#overview-words")).to_contain_text(f"当前打开 {name}")
    keys.at("#overview")

    keys.tab_to("#sentence", most=26)
    keys.press("Home")
    for _ in range(4):
        keys.press("ArrowRight")
    chosen = page.locator("#sentence [aria-selected=true]")
    expect(chosen).to_have_attribute("data-i", "4")
    expect(page.locator("#spoken")).to_contain_text(f"{name}，查询")  # noqa: RUF001
    keys.tab_to("#sentence-words + details summary", most=8)
    keys.press("Enter")
    table = page.locator("#sentence-words + details table")
    table.wait_for()
    own = weight(TEXT, layer + 3, head + 1, 4, 0, model=SMOLLM2)
    assert body(table)[0][1] == shown(own)
    keys.at("#sentence-words + details summary")

    keys.press("s")
    expect(page.locator("#sinks")).to_have_value("shown")
    keys.tab_to("#copy-link", most=30, key="Shift+Tab")
    keys.press("Enter")
    expect(page.locator("#spoken")).to_have_text("链接已复制")
    keys.at("#copy-link")
    copied = page.evaluate("navigator.clipboard.readText()")

    state = parse_qs(copied.partition("#")[2])
    other = opened(locale="zh-CN")
    other.open(**{name: value[0] for name, value in state.items()})
    assert shows(other) == shows(headscope)
    assert state["query"] == ["4"] and state["sinks"] == ["shown"]


def shows(headscope: Headscope) -> list[str]:
    """What a person sees of the selection."""
    page = headscope.page
    parts = [
        page.locator(at).inner_text() for at in ("#head-name", "#readout .query", "#row-title")
    ]
    return [*parts, headscope.exact(), *(page.input_value(at) for at in ("#text", "#sinks"))]


def test_focus_is_never_lost_and_nothing_traps_it(headscope: Headscope) -> None:
    headscope.open()
    page, keys = headscope.page, Keys(headscope.page)
    keys.press("Tab")
    keys.at("#skip")
    expect(page.locator("#skip")).to_be_in_viewport()
    keys.press("Enter")
    keys.at("#overview")
    assert "model=minilm-l6" in headscope.fragment

    keys.tab_to("#pair-list button", most=4)
    keys.press("Enter")
    keys.at("#pair-list li:first-child button")
    keys.tab_to("#column-bars button", most=40)
    keys.press("Enter")
    keys.at("#column-bars li:first-child button")
    keys.tab_to("#verify", most=10)
    keys.press("Enter")
    expect(page.locator("#trust .good")).to_have_count(3)
    keys.at("#trust")
    keys.tab_to("#examples button", most=60, key="Shift+Tab")
    keys.press("Enter")
    headscope.settle()
    keys.at("#examples button[aria-pressed=true]")

    stops = page.locator("a, button, select, summary, textarea, [tabindex='0']")
    reachable = [each for each in stops.all() if each.is_visible() and each.is_enabled()]
    for _ in range(len(reachable) + 2):  # from anywhere round to the top, past every composite
        keys.press("Tab")
        if page.locator("#skip:focus").count():
            break
    else:
        raise AssertionError("Tab does not come round")
