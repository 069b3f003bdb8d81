"""Keys that work anywhere, what they say, and that they can be turned off."""

from playwright.sync_api import Page, expect

from .conftest import MINILM, Headscope, Opened


def open_dialogs(page: Page) -> list[str]:
    found: list[str] = page.locator("dialog[open]").evaluate_all("(all) => all.map(({ id }) => id)")
    return found


def test_brackets_step_through_the_layers_and_g_jumps_to_a_head(headscope: Headscope) -> None:
    headscope.open()
    page, name = headscope.page, headscope.page.locator("#head-name")
    page.keyboard.press("]")
    expect(name).to_have_text("L4H1")
    for _ in range(6):
        page.keyboard.press("[")
    expect(name).to_have_text("L0H1")

    page.keyboard.press("g")
    trouble = page.locator("#jump-problem")
    for typed, said in [
        ("five", "Write the layer and the head, such as L5H1."),
        ("L6H1", "This model has layers 0 to 5 and heads 0 to 11."),
        ("L5H12", "This model has layers 0 to 5 and heads 0 to 11."),
    ]:
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(trouble).to_have_text(said)
    page.keyboard.type("l5h11")
    page.keyboard.press("Enter")
    expect(name).to_have_text("L5H11")
    expect(page.locator("#spoken")).to_contain_text("L5H11, query are 6")
    assert open_dialogs(page) == []


def test_s_switches_the_sinks_e_opens_save_and_slash_goes_to_the_text(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    expect(page.locator("#spoken")).to_contain_text("L3H1, query are 6, key keys 2")
    page.keyboard.press("s")
    expect(page.get_by_label("Sinks", exact=True)).to_have_value("shown")
    expect(page.locator("#spoken")).to_have_text("Sinks: shown")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Picture (PNG)")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#save-menu summary")).to_be_focused()
    assert not page.get_by_role("button", name="Picture (PNG)").is_visible()
    page.keyboard.press("/")
    expect(headscope.text).to_be_focused()
    typed = "s [e] /? g"
    page.keyboard.press("Control+a")
    page.keyboard.type(typed)
    assert headscope.text.input_value() == typed
    expect(page.get_by_label("Sinks", exact=True)).to_have_value("shown")
    assert open_dialogs(page) == []


def test_keys_of_one_character_can_be_turned_off_and_stay_off(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    page.keyboard.press("?")
    assert open_dialogs(page) == ["keys"]
    page.get_by_label("Use keys of a single character").press("Space")
    page.keyboard.press("Escape")
    for key in "?gs[":
        page.keyboard.press(key)
    page.reload()
    headscope.settle()
    for key in "?gs[":
        page.keyboard.press(key)
    assert open_dialogs(page) == []
    expect(page.get_by_label("Sinks", exact=True)).to_have_value("off")
    expect(page.locator("#head-name")).to_have_text("L3H1")
    page.get_by_role("button", name="Keys", exact=True).press("Enter")
    page.get_by_label("Use keys of a single character").press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_focused()
    page.keyboard.press("]")
    expect(page.locator("#head-name")).to_have_text("L4H1")


def test_keys_with_ctrl_or_alt_are_left_to_the_browser(headscope: Headscope) -> None:
    headscope.open()
    page = headscope.page
    grid = page.locator("#overview")
    for key in ("Control+g", "Alt+s", "Alt+ArrowDown", "Control+ArrowRight", "Meta+]"):
        grid.press(key)
    assert open_dialogs(page) == []
    expect(page.get_by_label("Sinks", exact=True)).to_have_value("off")
    expect(page.locator("#head-name")).to_have_text("L3H1")


def test_the_open_head_is_zoomed_and_moved_by_keys(headscope: Headscope) -> None:
    headscope.open()
    head = headscope.page.locator("#heatmap")
    rows = headscope.page.locator(".yaxislayer-above text")
    expect(rows).to_have_count(12)
    head.press("+")
    expect(rows).to_have_count(7)
    expect(rows.filter(has_text="[CLS]")).to_have_count(0)
    for _ in range(4):
        head.press("Shift+ArrowUp")
    expect(rows.filter(has_text="[CLS]")).to_have_count(1)
    head.press("End")
    for _ in range(3):
        head.press("PageDown")
    expect(rows.filter(has_text="[SEP]")).to_have_count(1)
    expect(headscope.page.locator("#readout .query .index")).to_have_text("11")
    expect(headscope.page.locator("#readout .key .index")).to_have_text("11")
    head.press("-")
    expect(rows).to_have_count(12)
    head.press("+")
    head.press("0")
    expect(rows).to_have_count(12)


def test_escape_cancels_and_what_happens_is_spoken_and_keeps_focus(opened: Opened) -> None:
    headscope = opened()
    headscope.open(model=MINILM, text="one two")
    page = headscope.page
    expect(page.locator("#spoken")).to_contain_text("Done, 4 tokens. L0H0, query")
    page.route("**/analyses", lambda _: None)  # an answer that takes for ever
    headscope.text.fill("three four")
    page.get_by_role("button", name="Analyze", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.locator("#spoken")).to_have_text("working")
    page.keyboard.press("Escape")
    headscope.settle("ready")
    expect(page.get_by_role("button", name="Analyze", exact=True)).to_be_focused()
    expect(page.locator("#spoken")).to_have_text("Cancelled.")
    page.unroute_all()
    headscope.text.fill("word " * 600)
    page.keyboard.press("Control+Enter")
    headscope.settle("error")
    expect(page.locator("#spoken")).to_have_text("The analysis failed.")


def test_c_opens_the_comparison(headscope: Headscope) -> None:
    headscope.open()
    headscope.page.keyboard.press("c")
    expect(headscope.page.get_by_role("tab", name="Compare")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(headscope.page.locator("#compare-maps")).to_be_visible()
