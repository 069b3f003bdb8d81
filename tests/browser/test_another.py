"""A model that is not in the list, where the server offers every one of the Hub."""

from pathlib import Path

from playwright.sync_api import expect

from tests.engine.families import KEEP_QKV, save
from tests.reliability.hub import serving_hub

from .axe import violations
from .conftest import Headscope, Opened, serving

ID = "prajjwal1/bert-tiny"


def test_any_model_of_the_hub_is_asked_for_by_its_id(opened: Opened, tmp_path: Path) -> None:
    folder = save(tmp_path / "tiny", KEEP_QKV["bert"])
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with (
        serving_hub(files) as hub,
        serving(
            HF_ENDPOINT=hub.url, HF_HOME=str(tmp_path / "home"), HEADSCOPE_ALLOW_ANY_MODEL="1"
        ) as base,
    ):
        headscope = opened(base)
        headscope.open()
        page = headscope.page
        page.get_by_role("button", name="Other model").click()
        field = page.get_by_label("Its id")
        field.fill("bert")
        field.press("Enter")
        expect(page.get_by_role("alert").filter(has_text="write owner/name")).to_be_visible()
        assert violations(page) == []
        field.fill(f" {ID} ")
        field.press("Enter")
        expect(page.get_by_label("Model", exact=True)).to_have_value(ID)
        headscope.analyse("a new text")
        link = page.url
        shows(headscope)
        page.reload()
        assert page.url == link
        headscope.settle()
        shows(headscope)


def shows(headscope: Headscope) -> None:
    expect(headscope.page.get_by_label("Model", exact=True)).to_have_value(ID)
    expect(headscope.page.locator("#overview canvas")).to_have_attribute("data-layers", "2")


def test_where_the_list_is_all_there_is_no_other_is_asked_for(headscope: Headscope) -> None:
    headscope.open()
    expect(headscope.page.get_by_role("button", name="Other model")).to_be_hidden()
