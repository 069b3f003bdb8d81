"""The page of a server that gives a lesson."""

from pathlib import Path

from playwright.sync_api import expect

from .conftest import Opened, serving

FILE = """
title = {en = "Subjects <b>& verbs</b>", zh = "主语与动词"}
introduction = "First line.\\nSecond line."
opening = 2
[[texts]]
title = "By position"
text = "The keys to the cabinet are on the table."
model = "minilm-l6"
layer = 0
head = 2
note = "Only English."
[[texts]]
title = {en = "Subject", zh = "主语"}
text = "The keys to the cabinet are on the table."
model = "minilm-l6"
layer = 3
head = 1
query = 6
key = 2
sinks = "shown"
scale = "sqrt"
note = {en = "Look at *keys*.\\nThen at <i>the</i>.", zh = "看 keys。"}
[[texts]]
title = "The other row"
text = "The keys to the cabinet are on the table."
model = "minilm-l6"
layer = 3
head = 1
query = 4
key = 5
note = "Now the article."
"""


def test_a_lesson_opens_as_its_file_says(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "lesson.toml"
    path.write_text(FILE, "utf-8")
    with serving(HEADSCOPE_LESSON=str(path)) as address:
        headscope = opened(at=address)
        headscope.open()
        page, look = headscope.page, headscope.page.locator("#head-note .look")
        expect(page.get_by_role("heading", level=2).first).to_have_text("Subjects <b>& verbs</b>")
        assert page.locator("#lesson-introduction").inner_text() == "First line.\nSecond line."
        expect(page.locator("#head-name")).to_have_text("L3H1")
        assert headscope.exact() == "0.7878"
        assert look.inner_text() == "Look at *keys*.\nThen at <i>the</i>."
        assert [page.locator(f"#{name}").input_value() for name in ("sinks", "scale")] == [
            "shown",
            "sqrt",
        ]
        expect(page.locator("#model option")).to_have_count(1)
        texts = page.locator("#examples button")
        expect(texts).to_have_text(["By position", "Subject", "The other row"])
        page.get_by_role("button", name="The other row").click()
        expect(look).to_have_text("Now the article.")
        headscope.settle()
        expect(texts.nth(2)).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="By position").click()
        expect(look).to_have_text("Only English.")
        page.locator("#lang").click()
        expect(look).to_have_text("Only English.")
        expect(page.locator("#lesson-title")).to_have_text("主语与动词")
        expect(texts).to_have_text(["By position", "主语", "The other row"])

        linked = opened(at=address)
        linked.open(model="minilm-l6", text="one two", layer=5, head=7)
        expect(linked.page.locator("#head-name")).to_have_text("L5H7")
        assert linked.text.input_value() == "one two"
        expect(linked.page.locator("#head-note .look")).to_have_count(0)
