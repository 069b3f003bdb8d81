"""What the browser remembers, and files that come in."""

from pathlib import Path

from playwright.sync_api import FilePayload, expect

from .conftest import KEYS, Headscope, Opened


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def test_texts_and_named_views_open_again_and_stay_in_the_browser(headscope: Headscope) -> None:
    headscope.open()
    page, shelf = headscope.page, headscope.page.locator("#shelf")
    headscope.analyse("The second text.")
    headscope.analyse("The second text.")
    page.mouse.click(*headscope.thumbnail(4, 5))
    page.get_by_role("button", name="History").click()
    expect(page.locator("#shelf-recent button")).to_have_count(2)
    shelf.get_by_label("Name", exact=True).first.fill("a sink")
    shelf.get_by_role("button", name="Save this view").click()
    expect(page.locator("#shelf-saved input")).to_have_value("a sink")
    page.locator("#shelf-recent button").nth(1).click()
    expect(page.locator("#sentence .word")).to_have_count(12)
    headscope.settle()
    assert headscope.text.input_value() == KEYS

    page.reload()
    headscope.settle()
    page.get_by_role("button", name="History").click()
    page.locator("#shelf-saved input").fill("renamed")
    page.keyboard.press("Tab")
    shelf.get_by_role("button", name="Open a sink").click()
    expect(page.locator("#head-name")).to_have_text("L4H5")
    headscope.settle()
    assert headscope.text.input_value() == "The second text."

    page.get_by_role("button", name="History").click()
    expect(page.locator("#shelf-saved input")).to_have_value("renamed")
    shelf.get_by_role("button", name="Delete renamed").click()
    expect(page.locator("#shelf-saved input")).to_have_count(0)
    shelf.get_by_label("Remember texts").uncheck()
    expect(page.locator("#shelf-recent button")).to_have_count(0)
    page.keyboard.press("Escape")
    headscope.analyse("A third one.")
    assert page.evaluate("localStorage.getItem('headscope:recent')") is None


def test_a_browser_without_storage_loses_nothing_else(opened: Opened) -> None:
    headscope = opened()
    headscope.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })"
    )
    headscope.open()
    headscope.page.get_by_role("button", name="History").click()
    headscope.page.get_by_role("button", name="Save this view").click()
    expect(headscope.page.locator("#shelf-full")).to_be_visible()


def test_a_view_is_saved_as_a_file_and_any_text_can_be_opened(
    headscope: Headscope, tmp_path: Path
) -> None:
    headscope.open()
    page, trouble = headscope.page, headscope.page.locator("#text-problem")
    page.locator("#save-menu summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="This view").click()
    saved = tmp_path / download.value.suggested_filename
    assert saved.name == "minilm-l6-L3H1.headscope.json"
    download.value.save_as(saved)

    page.set_input_files("#file", payload("notes.txt", "Straße und 猫".encode()))
    expect(headscope.text).to_have_value("Straße und 猫")
    expect(page.locator("#stale")).to_be_visible()
    page.set_input_files("#file", payload("data.json", b'{"any": "json"}'))
    expect(headscope.text).to_have_value('{"any": "json"}')
    page.get_by_role("button", name="History").click()
    expect(page.locator("#shelf-recent button").first).to_contain_text("Straße und 猫")
    page.keyboard.press("Escape")
    page.set_input_files("#file", payload("cat.png", b"\x89PNG\x00\xff"))
    expect(trouble).to_contain_text("not UTF-8 text")
    page.set_input_files("#file", payload("old.headscope.json", b'{"headscope": 1}'))
    expect(trouble).to_contain_text("not a view that Headscope saved")
    page.set_input_files("#file", payload("new.json", b'{"headscope": 2}'))
    expect(trouble).to_contain_text("A newer Headscope")
    page.set_input_files("#file", payload("long.txt", b"a" * 2_000_001))
    expect(trouble).to_contain_text("more than 2 million characters")
    expect(headscope.text).to_have_value('{"any": "json"}')

    page.mouse.click(*headscope.thumbnail(0, 2))
    page.set_input_files("#file", saved)
    expect(page.locator("#head-name")).to_have_text("L3H1")
    expect(trouble).to_be_hidden()
    assert headscope.text.input_value() == KEYS


def test_a_pasted_file_becomes_the_text(headscope: Headscope) -> None:
    headscope.open()
    headscope.text.evaluate(
        """(field) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File(["from a file"], "a.txt", { type: "text/plain" }));
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }"""
    )
    expect(headscope.text).to_have_value("from a file")
